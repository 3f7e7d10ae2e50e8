import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { connect } from "../../src/ledger/stores/sqlite/driver.ts";
import { budget, newBookPaths, USD } from "./budget-book.ts";
import { complaintOf, ended, ledgerPrograms } from "./ledger-programs.ts";

const newPath = newBookPaths();

const PRELUDE = `
  import { appendFileSync } from "node:fs";
  const call = (requestId, estimate, more) => ({ requestId, provider: "acme", model: "acme-1", scope: { org: "acme", team: "blue", key: "k1" }, estimate, ...more });`;

const run = ledgerPrograms(PRELUDE);

describe("several processes, one budget", () => {
  it("acceptance A9: of 200 calls at once from 4 processes, exactly the 100 that fit are let pass", { timeout: 60_000 }, async () => {
    const path = newPath();
    const ledger = await openLedger(path);
    await ledger.budgets.put(budget("tokens", { maxTokens: 1000, period: "lifetime" }));
    const journal = `${path}.journal`;
    const reserveAll = `
      const [path, journal, process_] = process.argv.slice(1);
      const ledger = await openLedger(path);
      const tries = Array.from({ length: 50 }, (_, i) => ledger.reserve(call(process_ + "-" + i, { inputTokens: 10, costUsd: 0 })).then(
        async (reservation) => { await reservation.settle(); appendFileSync(journal, "ok\\n"); },
        (error) => { if (error.code !== "BUDGET_EXCEEDED") throw error; },
      ));
      await Promise.all(tries);
      await ledger.close();`;
    const complaints = await Promise.all(Array.from({ length: 4 }, (_, i) => complaintOf(run(reserveAll, [path, journal, i]))));
    expect(complaints).toEqual(["", "", "", ""]);
    expect(readFileSync(journal, "utf8").match(/ok/g)).toHaveLength(100);
    expect((await ledger.budgets.status())[0]).toMatchObject({ spentTokens: 1000n, reservedTokens: 0n, requests: 100 });
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("acceptance A15: what killed processes held is free after its time, and not before", { timeout: 60_000 }, async () => {
    const path = newPath();
    const ledger = await openLedger(path);
    await ledger.budgets.put(budget("all", { period: "lifetime" }));
    const child = run(
      `const ledger = await openLedger(process.argv[1]);
       await ledger.reserve(call("held", { costUsd: 1 }, { ttlMs: 1500 }));
       process.kill(process.pid, "SIGKILL");`,
      [path],
    );
    await ended(child);
    const held = (await ledger.budgets.status())[0];
    expect(held?.reservedNanoUsd).toBe(USD);
    const attempt = { requestId: "next", provider: "acme", model: "acme-1", estimate: { costUsd: 1 } };
    for (;;) {
      const reservation = await ledger.reserve(attempt).catch((error) => {
        expect(error.code).toBe("BUDGET_EXCEEDED");
        return undefined;
      });
      if (reservation === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      break;
    }
    const connection = connect(path, { readOnly: true });
    const times = connection
      .prepare("SELECT request_id, reserved_steady_ms, expires_steady_ms FROM reservations ORDER BY request_id")
      .all();
    connection.close();
    const [dead, next] = times;
    expect([dead?.request_id, next?.request_id]).toEqual(["held", "next"]);
    expect(Number(next?.reserved_steady_ms)).toBeGreaterThanOrEqual(Number(dead?.expires_steady_ms));
    await ledger.close();
  });

  it("guarantee G1 and G11: processes that race over three budgets never pass one, and tell each threshold once", {
    timeout: 120_000,
  }, async () => {
    const path = newPath();
    const ledger = await openLedger(path);
    await ledger.budgets.put([
      budget("org", { scope: { org: "acme" }, period: "lifetime", amountNanoUsd: USD, alerts: [25, 50, 75, 100] }),
      budget("team", { scope: { team: "blue" }, period: "lifetime", amountNanoUsd: (USD * 9n) / 10n, alerts: [50] }),
      budget("key", { scope: { key: "*" }, period: "lifetime", amountNanoUsd: (USD * 8n) / 10n, alerts: [50, 100] }),
    ]);
    const spend = `
      const [path, process_] = process.argv.slice(1);
      const ledger = await openLedger(path);
      for (let i = 0; i < 60; i++) {
        const reservation = await ledger.reserve(call(process_ + "-" + i, { costUsd: "0.01" })).catch((error) => { if (error.code !== "BUDGET_EXCEEDED") throw error; });
        if (reservation && i % 3 === 0) await reservation.release();
        else await reservation?.settle({ costUsd: "0.01" });
      }
      await ledger.close();`;
    const children = Array.from({ length: 4 }, (_, i) => complaintOf(run(spend, [path, i])));
    let isRunning = true;
    const complaints = Promise.all(children).finally(() => {
      isRunning = false;
    });
    let polls = 0;
    while (isRunning) {
      for (const { name, spentNanoUsd, reservedNanoUsd, definition } of await ledger.budgets.status()) {
        expect(spentNanoUsd + reservedNanoUsd, name).toBeLessThanOrEqual(definition.amountNanoUsd as bigint);
      }
      polls++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await complaints).toEqual(["", "", "", ""]);
    expect(polls).toBeGreaterThan(10);
    expect((await ledger.budgets.status()).map(({ spentNanoUsd }) => spentNanoUsd)).toEqual([800_000_000n, 800_000_000n, 800_000_000n]);
    const alerts = (await ledger.alerts.list()).map(({ budgetName, threshold }) => `${budgetName} ${threshold}`).sort();
    expect(alerts).toEqual(["key 100", "key 50", "org 25", "org 50", "org 75", "team 50"]);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("guarantee G2: a request settled by many processes is counted once", { timeout: 60_000 }, async () => {
    const path = newPath();
    const ledger = await openLedger(path);
    await ledger.budgets.put(budget("all", { period: "lifetime" }));
    for (let i = 0; i < 40; i++)
      await ledger.reserve({ requestId: `r${i}`, provider: "acme", model: "acme-1", estimate: { costUsd: "0.02" } });
    const settle = `
      const ledger = await openLedger(process.argv[1]);
      for (let i = 0; i < 40; i++) {
        await ledger.settle("r" + i, { costUsd: "0.02" }).then(() => appendFileSync(process.argv[2], "ok\\n"), (error) => { if (error.code !== "ALREADY_SETTLED") throw error; });
      }
      await ledger.close();`;
    const complaints = await Promise.all(Array.from({ length: 4 }, () => complaintOf(run(settle, [path, `${path}.journal`]))));
    expect(complaints).toEqual(["", "", "", ""]);
    expect(readFileSync(`${path}.journal`, "utf8").match(/ok/g)).toHaveLength(40);
    expect((await ledger.budgets.status())[0]).toMatchObject({ spentNanoUsd: 800_000_000n, reservedNanoUsd: 0n, requests: 40 });
    await ledger.close();
  });
});
