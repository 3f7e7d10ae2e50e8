import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { compiledRooms } from "../ledger/compiled-rooms.ts";
import { isFull, report } from "./figures.ts";
import { startProgram, until } from "./run-program.ts";
import { amounts, heal, spendUntilKilled } from "./spending-chaos.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-guarantees-"));
let door = "";
beforeAll(() => {
  door = compiledRooms().ledger;
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe("a book in a file, spent by several programs", () => {
  it("guarantees G1, G5, G6, G36: under kills -9 used + reserved stays within every cap, and the upstream's bill too", {
    timeout: isFull ? 3_700_000 : 300_000,
  }, async () => {
    const url = join(folder, "g1.db");
    const capNanoUsd = isFull ? 700_000_000n : 48_000_000n;
    const figures = await spendUntilKilled({
      door,
      url,
      folder,
      processes: 8,
      inFlight: 32,
      kills: isFull ? 60 : 15,
      capNanoUsd,
      largestNanoUsd: 60_000,
      withinMs: isFull ? 3_600_000 : 240_000,
    });
    expect(figures.complaints).toEqual([]);
    expect(figures.settled).toBeGreaterThan(isFull ? 20_000 : 1000);
    expect(figures.violations).toEqual([]);
    expect(figures.differences).toEqual([]);
    const healed = await heal(url);
    report("G1 SQLite, 8 processes × 32 in flight", {
      ...figures,
      violations: figures.violations.length,
      differences: figures.differences.length,
      complaints: figures.complaints.length,
      healMs: Math.round(healed.healMs),
    });
    expect(healed.differences).toBe(0);
    expect(healed.admitted).toBe(true);
    const bill = amounts(folder, "bill");
    expect([...bill.values()].reduce((sum, one) => sum + one, 0n)).toBeLessThanOrEqual(capNanoUsd);
    const ledger = await openLedger(url, { readOnly: true });
    const stored = new Map<string, number | null>();
    for await (const { requestId, costNanoUsd } of ledger.query({})) stored.set(requestId as string, costNanoUsd);
    const missing = [...amounts(folder, "acknowledged")].filter(([id, nanoUsd]) => BigInt(stored.get(id) ?? -1) !== nanoUsd);
    expect(missing).toEqual([]);
    // What was billed and never settled is in the book at its estimate, which is at least as much.
    expect([...bill].filter(([id, nanoUsd]) => BigInt(stored.get(id) ?? -1) < nanoUsd)).toEqual([]);
    await ledger.close();
  });

  it("guarantee G3: 8 killed programs hold nothing any more when their 200 reservations' time is over", { timeout: 240_000 }, async () => {
    const url = join(folder, "g3.db");
    // Longer than eight programs need to start where there are few cores.
    const [programs, each, ttlMs] = [8, 25, 20_000];
    const ledger = await openLedger(url);
    await ledger.budgets.put({
      name: "all",
      scope: {},
      period: "lifetime",
      amountNanoUsd: BigInt(programs * each),
      alerts: [],
      enforcement: "block_requests",
      hard: true,
    });
    const holders = Array.from({ length: programs }, (_, index) => startProgram("holder", [door, url, `holder-${index}`, each, ttlMs]));
    const held = async (): Promise<bigint> => (await ledger.budgets.status())[0]?.reservedNanoUsd ?? -1n;
    const isExpiredEarly = !(await until(async () => (await held()) === BigInt(programs * each)));
    for (const { child } of holders) child.kill("SIGKILL");
    for (const { ended } of holders) expect((await ended).complaint).toBe("");
    const killedMs = performance.now();
    expect(isExpiredEarly).toBe(false);
    const call = (requestId: string) => ({ requestId, provider: "acme", model: "acme-1", estimate: { costUsd: "0.000000001" } });
    await expect(ledger.reserve(call("early"))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    let ended = 0;
    const isFree = await until(async () => {
      const { charged, released } = await ledger.sweep();
      ended += charged + released;
      return (await held()) === 0n;
    }, ttlMs + 2000);
    const endedMs = performance.now() - killedMs;
    report("G3 SQLite, 8 processes, 200 in flight", { ended, endedMs: Math.round(endedMs) });
    expect([isFree, ended]).toEqual([true, programs * each]);
    // The half that had left is charged, the other half is free: exactly so much fits, at the first try.
    const free = BigInt((programs * each) / 2 - programs * (each % 2 === 0 ? 0 : 0.5));
    expect((await ledger.budgets.status())[0]?.spentNanoUsd).toBe(BigInt(programs * each) - free);
    await ledger.reserve({ ...call("all that is free"), estimate: { costUsd: Number(free) / 1e9 } });
    await expect(ledger.reserve(call("one more"))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("acceptance A9: 4 programs that try 200 times to take ten tokens of a thousand can do so 100 times", {
    timeout: 120_000,
  }, async () => {
    const url = join(folder, "a9.db");
    const ledger = await openLedger(url);
    await ledger.budgets.put({
      name: "tokens",
      scope: {},
      period: "lifetime",
      maxTokens: 1000,
      alerts: [],
      enforcement: "block_requests",
      hard: true,
    });
    const takers = await Promise.all([0, 1, 2, 3].map((index) => startProgram("taker", [door, url, `taker-${index}`, 50]).ended));
    expect(takers.map(({ complaint }) => complaint)).toEqual(["", "", "", ""]);
    expect(takers.reduce((sum, { printed }) => sum + Number(printed), 0)).toBe(100);
    expect((await ledger.budgets.status())[0]?.spentTokens).toBe(1000n);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });
});
