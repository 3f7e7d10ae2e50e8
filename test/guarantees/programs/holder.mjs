/**
 * Reserves and holds until it is killed: half of its calls have left, half have not.
 *
 *     node holder.mjs DOOR URL NAME COUNT TTL_MS
 *
 * Says `held` when all are held.
 */
const [door, url, name, count, ttlMs] = process.argv.slice(2);
const { openLedger } = await import(door);
const ledger = await openLedger(url);
for (let index = 0; index < Number(count); index++) {
  await ledger.reserve({
    requestId: `${name}-${index}`,
    provider: "acme",
    model: "acme-1",
    estimate: { costUsd: "0.000000001" },
    ttlMs: Number(ttlMs),
    dispatched: index % 2 === 0,
  });
}
console.log("held");
setInterval(() => {}, 1000);
