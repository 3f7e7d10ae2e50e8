/**
 * Tries to take ten tokens each time, and prints how often it could.
 *
 *     node taker.mjs DOOR URL NAME TRIES
 */
const [door, url, name, tries] = process.argv.slice(2);
const { openLedger } = await import(door);
const ledger = await openLedger(url);
let taken = 0;
const take = async (index) => {
  const call = { requestId: `${name}-${index}`, provider: "acme", model: "acme-1", estimate: { inputTokens: 10, costUsd: 0 } };
  try {
    await (await ledger.reserve(call)).settle();
    taken++;
  } catch (error) {
    if (error.code !== "BUDGET_EXCEEDED") throw error;
  }
};
await Promise.all(Array.from({ length: Number(tries) }, (_, index) => take(index)));
await ledger.close();
console.log(taken);
