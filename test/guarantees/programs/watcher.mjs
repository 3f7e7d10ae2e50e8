/**
 * A program that looks at a book's budgets every five milliseconds until it is told to end, and tells what it sees: now and then what
 * the budget `org` has spent, at once where used + reserved is above a cap.
 *
 *     node watcher.mjs DOOR URL
 */
import { setTimeout as pause } from "node:timers/promises";

const [door, url] = process.argv.slice(2);
const { openLedger } = await import(door);
const ledger = await openLedger(url, { readOnly: true });
const SAY_EVERY_MS = 50;
let polls = 0;
let isOver = false;
let saidMs = 0;
process.once("SIGTERM", () => {
  isOver = true;
});
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

while (!isOver) {
  polls++;
  for (const { name, value, spentNanoUsd, reservedNanoUsd, amountNanoUsd } of await ledger.budgets.status()) {
    if (amountNanoUsd !== undefined && spentNanoUsd + reservedNanoUsd > amountNanoUsd)
      say({ violation: `${name} ${value ?? ""}: ${spentNanoUsd} + ${reservedNanoUsd} of ${amountNanoUsd}` });
    if (name === "org" && performance.now() >= saidMs + SAY_EVERY_MS) {
      saidMs = performance.now();
      say({ spent: Number(spentNanoUsd) });
    }
  }
  await pause(5);
}
say({ polls });
await ledger.close();
