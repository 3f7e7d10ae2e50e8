// A budget that holds: money is set aside before a call and settled after it. Run `npm run build` once, then `node examples/hold-a-budget.mjs`.
import { formatUsd, parseUsd } from "tokenledger";
import { openLedger } from "tokenledger/ledger";

const ledger = await openLedger("sqlite::memory:");
await ledger.budgets.put({
  name: "per-user",
  scope: { user: "*" }, // each user by itself
  amountNanoUsd: parseUsd(1),
  period: "daily",
  alerts: [50, 75],
  enforcement: "block_requests",
  hard: true,
});

// Ten calls at once, each of at most 20 cents: whatever their order, and in however many processes, a dollar is never passed.
const call = { provider: "openai", model: "gpt-5", scope: { user: "ada" }, estimate: { costUsd: "0.20" } };
const asked = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => ledger.reserve({ requestId: `call-${i}`, ...call })));
const reservations = asked.flatMap(({ value }) => value ?? []);
const { code, breaches } = asked.find(({ reason }) => reason).reason;
console.log(`${reservations.length} of 10 may be made; the others: ${code}, by ${breaches[0].budget} of ${breaches[0].value}`);

for (const reservation of reservations) {
  await reservation.dispatched(); // from here on it is charged, even if this program dies
  await reservation.settle({ inputTokens: 4000, outputTokens: 900, costUsd: "0.15" }); // what the call really was
}
const [budget] = await ledger.budgets.status();
console.log(`${budget.name} of ${budget.value}: $${formatUsd(budget.spentNanoUsd)} spent, $${formatUsd(budget.reservedNanoUsd)} reserved`);
console.log(`alerts: ${(await ledger.alerts.list()).map(({ threshold }) => `${threshold}%`).join(", ")}`);
await ledger.close();

/* Prints:
5 of 10 may be made; the others: BUDGET_EXCEEDED, by per-user of ada
per-user of ada: $0.75 spent, $0 reserved
alerts: 50%, 75%
*/
