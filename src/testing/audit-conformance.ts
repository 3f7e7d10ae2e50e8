/**
 * What every store must do with its audit log, as named cases that run under any test runner, or under none.
 */
import { deepStrictEqual as equal, ok, rejects } from "node:assert";
import type { AuditEntry, Ledger } from "../ledger/index.ts";
import { budget, call as reservedCall, USD } from "./budgets/budget-case.ts";
import { type ConformanceCase, ledgerCases } from "./conformance-case.ts";
import { call, type LedgerCase } from "./records/record-case.ts";

/**
 * The cases for ledgers that `open` makes; each case opens an empty one and closes it.
 *
 * @example
 * ```ts
 * import { openLedger } from "tokenledger/ledger";
 * import { auditConformance } from "tokenledger/testing";
 * for (const { run } of auditConformance(() => openLedger("sqlite::memory:"))) await run();
 * ```
 */
export function auditConformance(open: () => Promise<Ledger>): ConformanceCase[] {
  return ledgerCases(open, CASES);
}

const KEY = "a-key-of-the-configuration-0123456789";

/** Actor, action and subject, the oldest first. */
async function told(ledger: Ledger): Promise<string[]> {
  const entries = (await ledger.audit.list({ limit: 1000 })).toReversed();
  equal(
    entries.map(({ id }) => id),
    entries.map((_, place) => place + 1),
  );
  return entries.map(({ actor, action, subject }) => `${actor} ${action} ${subject}`);
}

async function newest(ledger: Ledger): Promise<AuditEntry> {
  return (await ledger.audit.list({ limit: 1 }))[0] as AuditEntry;
}

const CASES: Record<string, LedgerCase> = {
  async "what is done to budgets is written down once, with who did it and what was before and after"(ledger) {
    await ledger.budgets.put([budget("a"), budget("b")], "command");
    await ledger.budgets.put(budget("a"), "command");
    await ledger.budgets.put(budget("a", { amountNanoUsd: 2n * USD, scope: { team: "blue" } }), "command", "key:abcdefgh");
    const changed = await newest(ledger);
    ok(Number.isSafeInteger(changed.atMs));
    equal(
      { ...changed, atMs: 0 },
      {
        id: 3,
        atMs: 0,
        actor: "key:abcdefgh",
        action: "budget.changed",
        subject: "a",
        before: {
          scope: {},
          amount_usd: "1",
          period: "monthly",
          alerts: [],
          enforcement: "block_requests",
          hard: true,
          defined_in: "command",
        },
        after: {
          scope: { team: "blue" },
          amount_usd: "2",
          period: "monthly",
          alerts: [],
          enforcement: "block_requests",
          hard: true,
          defined_in: "command",
        },
      },
    );
    equal(await ledger.budgets.remove("b"), true);
    equal(await ledger.budgets.remove("b"), false);
    equal((await newest(ledger)).after, null);
    await ledger.budgets.replace([budget("c")], "config:/etc/tokenledger.yaml");
    await ledger.budgets.replace([budget("c")], "config:/etc/tokenledger.yaml");
    await ledger.budgets.replace([], "config:/etc/tokenledger.yaml");
    await ledger.budgets.change("d", () => budget("d"), { origin: "api", actor: "local" });
    await ledger.budgets.change("d", () => undefined, { origin: "api", actor: "local" });
    await ledger.budgets.change("d", () => null, { origin: "api", actor: "local" });
    equal(await told(ledger), [
      "command budget.created a",
      "command budget.created b",
      "key:abcdefgh budget.changed a",
      "library budget.removed b",
      "config budget.created c",
      "config budget.removed c",
      "local budget.created d",
      "local budget.removed d",
    ]);
  },

  async "so is what is done to keys, and never the key"(ledger) {
    const { key, created } = await ledger.keys.create("ci", { team: "blue", role: "viewer" }, "command");
    const first = await newest(ledger);
    equal(first.after, { id: created.id, last4: created.last4, role: "viewer", team: "blue", defined_in: "command" });
    const { key: rotated } = await ledger.keys.rotate("ci", { graceMs: 1000 }, "local");
    equal((await newest(ledger)).before, first.after);
    await ledger.keys.revoke("ci", "local");
    equal(await ledger.keys.revoke("ci", "local"), false);
    await ledger.keys.replaceConfigured([{ name: "theirs", key: KEY }]);
    await ledger.keys.replaceConfigured([{ name: "theirs", key: KEY }]);
    await ledger.keys.replaceConfigured([{ name: "theirs", key: KEY, team: "red" }]);
    await ledger.keys.replaceConfigured([]);
    await ledger.keys.touch(new Map([[created.id, 5]]));
    const entries = await told(ledger);
    equal(entries.slice(0, 2), ["command key.created ci", "local key.rotated ci"]);
    // The old key was still accepted: both are ended.
    equal(entries.slice(2, -3), ["local key.revoked ci", "local key.revoked ci"]);
    equal(entries.slice(-3), ["config key.created theirs", "config key.changed theirs", "config key.removed theirs"]);
    const text = JSON.stringify(await ledger.audit.list());
    for (const secret of [key, rotated, KEY]) ok(!text.includes(secret.slice(17, -4)));
  },

  async "so are prices, what was priced anew, and alerts that somebody has seen"(ledger) {
    const prices = [{ provider: "acme", model: "acme-1", rates: { input: 1_000_000_000, output: 2_000_000_000 }, sources: [] }];
    const { reportedCostNanoUsd: _cost, ...unpriced } = call(1);
    await ledger.record([unpriced, { ...unpriced, id: "another" }]);
    await ledger.prices.put(prices, "prices.yaml", "command");
    await ledger.prices.put(prices, "prices.yaml", "command");
    await ledger.reprice({ dryRun: true });
    await ledger.reprice({ actor: "command", filter: { provider: "acme" } });
    const { before, after } = await newest(ledger);
    equal([before, (after as { filter?: unknown }).filter], [null, { provider: "acme" }]);
    await ledger.reprice();
    await ledger.budgets.put(budget("all", { alerts: [50] }));
    await (await ledger.reserve(reservedCall("r", "0.75"))).settle();
    const ids = (await ledger.alerts.list()).map(({ id }) => id);
    equal(ids.length, 1);
    equal(await ledger.alerts.acknowledge(ids, "local"), 1);
    equal(await ledger.alerts.acknowledge(ids, "local"), 0);
    equal((await newest(ledger)).after, { alert: ids[0], kind: "threshold", threshold: 50 });
    equal(await told(ledger), [
      "command prices.put prices.yaml",
      "command records.repriced records",
      "library budget.created all",
      "local alerts.acknowledged all",
    ]);
  },

  async "what fails leaves no trace"(ledger) {
    await ledger.keys.create("ci");
    await rejects(ledger.keys.create("ci"), { code: "INVALID_INPUT" });
    await rejects(ledger.keys.rotate("nobody"), { code: "INVALID_INPUT" });
    await rejects(ledger.budgets.put({ ...budget("a"), alerts: [0] }), { code: "INVALID_INPUT" });
    equal(await told(ledger), ["library key.created ci"]);
  },

  async "it is read from the newest on, page by page"(ledger) {
    for (let i = 0; i < 7; i++) await ledger.budgets.put(budget(`b${i}`));
    equal(
      (await ledger.audit.list({ limit: 3 })).map(({ id }) => id),
      [7, 6, 5],
    );
    equal(
      (await ledger.audit.list({ limit: 3, before: 3 })).map(({ id }) => id),
      [2, 1],
    );
    equal((await ledger.audit.list({ before: 1 })).length, 0);
    for (const limit of [0, 1001, 1.5]) await rejects(ledger.audit.list({ limit }), { code: "INVALID_INPUT" });
    await rejects(ledger.audit.list({ before: 0 }), { code: "INVALID_INPUT" });
  },

  async "changes that come at once are each written down, without a gap"(ledger) {
    await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        i % 2 ? ledger.keys.create(`key-${i}`) : ledger.budgets.change(`budget-${i}`, () => budget(`budget-${i}`), { origin: "api" }),
      ),
    );
    equal((await told(ledger)).length, 12);
  },

  async "names of any characters are written down as they are"(ledger) {
    const name = 'a "b"\u0000\u0001 Zoë 😀';
    await ledger.budgets.put(budget(name, { scope: { team: name } }), `config:${name}`);
    await ledger.keys.create(name, { team: name });
    const [ofKey, ofBudget] = (await ledger.audit.list()) as [AuditEntry, AuditEntry];
    equal([ofKey.subject, (ofKey.after as { team?: string }).team], [name, name]);
    equal([ofBudget.subject, (ofBudget.after as { scope?: unknown }).scope], [name, { team: name }]);
  },
};
