/**
 * Reserves, says `held`, and when something comes on standard input settles, and asks for as much again.
 *
 *     node sleeper.mjs DOOR URL TTL_MS ESTIMATE_USD ACTUAL_USD
 */
const [door, url, ttlMs, estimateUsd, actualUsd] = process.argv.slice(2);
const { openLedger } = await import(door);
const ledger = await openLedger(url);
const call = { provider: "acme", model: "acme-1", estimate: { costUsd: estimateUsd } };
const reservation = await ledger.reserve({ requestId: "slept-through", ...call, ttlMs: Number(ttlMs), dispatched: true });
console.log("held");
process.stdin.once("data", async () => {
  await reservation.settle({ costUsd: actualUsd });
  const again = await ledger.reserve({ requestId: "after-sleep", ...call }).then(
    () => "admitted",
    ({ code }) => code,
  );
  await ledger.close();
  console.log(again);
  process.exit(0);
});
