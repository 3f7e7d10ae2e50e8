// One budget for tasks that run at once. Run `npm run build` once, then `node examples/share-a-pool.mjs`.
import { BudgetExceeded, BudgetPool } from "tokenledger";

const pool = new BudgetPool({ maxCostUsd: 0.25 });

async function ask(question) {
  const reservation = pool.reserve({ costUsd: 0.1 });
  try {
    const answer = await Promise.resolve({ text: question.toUpperCase(), costUsd: 0.04 });
    reservation.settle({ costUsd: answer.costUsd });
    return answer.text;
  } finally {
    reservation.release(); // after settle: nothing happens
  }
}

const answers = await Promise.allSettled(["one", "two", "three"].map(ask));
console.log(answers.map(({ value, reason }) => value ?? (reason instanceof BudgetExceeded ? reason.message : reason)).join("\n"));
console.log(`$${pool.totals().costUsd} spent, $${pool.remaining().costUsd} left`);

/* Prints:
ONE
TWO
cap cost_usd would be exceeded: attempted 0.3 > limit 0.25.
$0.08 spent, $0.17 left
*/
