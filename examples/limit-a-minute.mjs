// So much in a minute and in an hour, and so many calls. Run `npm run build` once, then `node examples/limit-a-minute.mjs`.
import { BudgetWindows, RateLimiter } from "tokenledger";

const limiter = new RateLimiter({ requestsPerMinute: 3 });
const windows = new BudgetWindows([
  { name: "per_minute", durationMs: 60_000, maxTokens: 2_000 },
  { name: "per_hour", durationMs: 3_600_000, maxCostUsd: 10 },
]);

for (const tokens of [1_500, 1_000, 400, 50]) {
  const rate = limiter.tryCheck("ada");
  const room = rate.ok ? windows.tryRecord({ tokens, costUsd: tokens / 1e6 }) : undefined;
  console.log(!rate.ok ? `${rate.perMinute} calls a minute are made` : room.ok ? `${tokens} passed` : `${tokens}: ${room.breach.budget}`);
}

/* Prints:
1500 passed
1000: per_minute
400 passed
3 calls a minute are made
*/
