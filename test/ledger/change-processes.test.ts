import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type AuditEntry, type Ledger, openLedger } from "../../src/ledger/index.ts";
import { budget, newBookPaths } from "./budget-book.ts";
import { complaintOf, ended, ledgerPrograms } from "./ledger-programs.ts";
import { emptyBookUrl, hasPostgres } from "./postgres-server.ts";

const newPath = newBookPaths();

/** Raises the budget's tokens by one, again and again, each time by what it finds. */
const RAISE = `
  const [url, times] = process.argv.slice(1);
  const ledger = await openLedger(url);
  const raised = (before) => ({ ...before.definition, maxTokens: before.definition.maxTokens + 1 });
  for (let i = 0; i < Number(times); i++) await ledger.budgets.change("all", raised, { origin: "api", actor: "key:" + process.pid });
  await ledger.close();`;

/** Sends one list of a thousand records. */
const SEND = `
  const ledger = await openLedger(process.argv[1]);
  const records = Array.from({ length: 1000 }, (_, i) => ({ id: "call-" + i, requestId: "request-" + i, timestampMs: 1000 * i, provider: "acme", model: "acme-1",
    tokens: { input: 10, output: 1 }, reportedCostNanoUsd: 5, source: "api" }));
  const statuses = (await ledger.recordEach(records, { idSpace: "tenant" })).map(({ status }) => status);
  if (statuses.some((status) => status !== "new" && status !== "duplicate")) throw new Error(statuses.join());
  await ledger.close();`;

const run = ledgerPrograms("");

async function tokensOf(ledger: Ledger): Promise<number> {
  return (await ledger.budgets.list())[0]?.definition.maxTokens as number;
}

/** The number of the newest entry, and the tokens that it says the budget has. */
async function newest(ledger: Ledger): Promise<{ id: number; tokens: number }> {
  const [{ id, after }] = (await ledger.audit.list({ limit: 1 })) as [AuditEntry];
  return { id, tokens: (after as { max_tokens: number }).max_tokens };
}

const STORES: [name: string, newUrl: () => Promise<string>][] = [
  ["in a file", async () => newPath()],
  ...(hasPostgres ? [["in PostgreSQL", emptyBookUrl] satisfies [string, () => Promise<string>]] : []),
];

describe.each(STORES)("several processes, one book %s", (_, newUrl) => {
  it("of changes of one budget by four processes none is lost, and each is in the audit log", { timeout: 120_000 }, async () => {
    const url = await newUrl();
    const ledger = await openLedger(url);
    await ledger.budgets.put(budget("all", { maxTokens: 1 }));
    expect(await Promise.all([1, 2, 3, 4].map(() => complaintOf(run(RAISE, [url, 25]))))).toEqual(["", "", "", ""]);
    expect(await tokensOf(ledger)).toBe(101);
    const entries = await ledger.audit.list({ limit: 1000 });
    expect(entries.map(({ after }) => (after as { max_tokens: number }).max_tokens)).toEqual(
      Array.from({ length: 101 }, (_, i) => 101 - i),
    );
    expect(new Set(entries.map(({ actor }) => actor)).size).toBe(5);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("a process that is killed has made a change and its entry, or neither", { timeout: 120_000 }, async () => {
    const url = await newUrl();
    const ledger = await openLedger(url);
    await ledger.budgets.put(budget("all", { maxTokens: 1 }));
    for (let round = 0; round < 4; round++) {
      const before = (await newest(ledger)).id;
      const children = [1, 2].map(() => run(RAISE, [url, 1_000_000]));
      const ends = children.map(ended);
      while ((await newest(ledger)).id < before + 3) await pause(5);
      await pause(Math.random() * 50);
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(ends);
      // What a server was committing when its sender was killed may take effect a moment later.
      await expect.poll(async () => (await newest(ledger)).tokens - (await tokensOf(ledger))).toBe(0);
      expect((await newest(ledger)).id).toBeGreaterThan(before);
      expect((await ledger.verify()).differences).toEqual([]);
    }
    // Each entry is one change by one.
    expect((await newest(ledger)).tokens).toBe((await newest(ledger)).id);
    await ledger.close();
  });

  it("of a thousand records that are sent by a process that is killed, and sent again, each is there once", {
    timeout: 120_000,
  }, async () => {
    const url = await newUrl();
    const ledger = await openLedger(url);
    for (let round = 0; round < 8; round++) {
      const child = run(SEND, [url]);
      const end = ended(child);
      await pause(150 + Math.random() * 300);
      child.kill("SIGKILL");
      await end;
      const { requests } = (await ledger.aggregate({ timeZone: "UTC", groupBy: [] })).totals;
      expect([0, 1000]).toContain(requests);
    }
    expect(await complaintOf(run(SEND, [url]))).toBe("");
    const { totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: [] });
    expect([totals.requests, totals.costNanoUsd]).toEqual([1000, 5000n]);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });
});
