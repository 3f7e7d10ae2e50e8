/**
 * A program that spends, until it is killed: reserves, has an upstream bill it, settles, and tells of each acknowledgement.
 *
 *     node spender.mjs DOOR URL FOLDER '{ "name": "p0", "inFlight": 32, "ttlMs": 2000, "largest": 100000 }'
 *
 * FOLDER/bill: what the upstream charged, written before the call is settled. FOLDER/acknowledged: request ids that were settled.
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const [door, url, folder, options] = process.argv.slice(2);
const { name, inFlight, ttlMs, largest } = JSON.parse(options);
const { openLedger } = await import(door);
const ledger = await openLedger(url);
const [bill, acknowledged] = ["bill", "acknowledged"].map((file) => join(folder, file));
let calls = 0;

const usd = (nanoUsd) => `0.${String(nanoUsd).padStart(9, "0")}`;
const whole = (least, most) => least + Math.floor(Math.random() * (most - least + 1));

async function spend() {
  for (;;) {
    const requestId = `${name}-${calls++}`;
    const estimate = whole(1, largest);
    const scope = { org: "acme", team: `team-${calls % 3}`, key: `key-${calls % 5}` };
    const reserve = () =>
      ledger.reserve({
        requestId,
        provider: "acme",
        model: "acme-1",
        scope,
        estimate: { costUsd: usd(estimate) },
        ttlMs,
        dispatched: true,
      });
    let reservation;
    try {
      reservation = await reserve();
    } catch (error) {
      if (error.code !== "BUDGET_EXCEEDED") throw error;
      await pause(whole(1, 20));
      continue;
    }
    // The upstream is honest: it never charges more than the call was allowed to cost.
    const actual = whole(0, estimate);
    appendFileSync(bill, `${requestId} ${actual}\n`);
    await pause(whole(0, 5));
    // Now and then the call is not heard of again, or its settling is sent twice.
    if (Math.random() < 0.01) continue;
    await reservation.settle({ costUsd: usd(actual) });
    appendFileSync(acknowledged, `${requestId} ${actual}\n`);
    if (Math.random() < 0.02) {
      const again = await ledger.settle(requestId, { costUsd: usd(actual) }).catch(({ code }) => code);
      if (again !== "ALREADY_SETTLED") throw new Error(`settled twice: ${again}`);
    }
  }
}

await Promise.all(Array.from({ length: inFlight }, spend));
