/** Budgets on PostgreSQL: the cases of every store of budgets, and that the database's verdict is the rules' own. */
import fc from "fast-check";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { admits, type BudgetDefinition, breachesOf } from "../../src/budget/index.ts";
import { systemClock } from "../../src/clock.ts";
import { openLedger } from "../../src/ledger/index.ts";
import type { DictionaryEntry } from "../../src/ledger/schema/dictionary-entry.ts";
import type { BudgetState, ReserveRequest } from "../../src/ledger/store.ts";
import { openBookSchema } from "../../src/ledger/stores/postgres/book-schema.ts";
import { Dictionary } from "../../src/ledger/stores/postgres/dictionary.ts";
import { PostgresStore } from "../../src/ledger/stores/postgres/postgres-store.ts";
import type { Transaction } from "../../src/ledger/stores/postgres/transaction.ts";
import { budgetConformance } from "../../src/testing/index.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { emptyBookUrl, hasPostgres } from "./postgres-server.ts";

describe.skipIf(!hasPostgres)("budgets on PostgreSQL", () => {
  for (const { name, needsClock, run } of budgetConformance(async (clock) => openLedger(await emptyBookUrl(), { clock }))) {
    // The database's clock decides there, and can't be put.
    if (!needsClock) test(name, run);
  }

  test("a book that is open for reading only refuses what would change it, and a closed one says so", async () => {
    const url = await emptyBookUrl();
    const ledger = await openLedger(url);
    await ledger.budgets.put(hourly);
    const call = { requestId: "held", provider: "acme", model: "acme-1", estimate: { costUsd: "0.5" } };
    await ledger.reserve(call);
    const reader = await openLedger(url, { readOnly: true });
    const changes: (() => Promise<unknown>)[] = [
      () => reader.reserve({ ...call, requestId: "r1" }),
      () => reader.settle("held"),
      () => reader.release("held"),
      () => reader.budgets.put({ ...hourly, name: "more" }),
      () => reader.budgets.remove(hourly.name),
      () => reader.alerts.acknowledge([1]),
      () => reader.record({ timestampMs: 1, provider: "acme", model: "acme-1", tokens: { input: 1 }, source: "library" }),
    ];
    const refusal = { code: "DATABASE_ERROR", message: expect.stringMatching(/open for reading only/) };
    for (const change of changes) await expect(change(), String(change)).rejects.toMatchObject(refusal);
    expect(await reader.budgets.status()).toMatchObject([{ name: hourly.name, reservedNanoUsd: 500_000_000n, requests: 0 }]);
    expect((await reader.verify()).differences).toEqual([]);
    await reader.close();
    await ledger.close();
    await expect(ledger.reserve(call)).rejects.toMatchObject({
      code: "DATABASE_ERROR",
      message: expect.stringMatching(/is closed; open it anew/),
    });
  });

  test("on a server whose commits do not wait for the disk, what money depends on waits for it", async () => {
    const url = await emptyBookUrl();
    const schema = new URL(url).searchParams.get("schema");
    const ledger = await openLedger(`${url}&options=${encodeURIComponent("-c synchronous_commit=off")}`);
    const client = new pg.Client(url.split("?")[0]);
    await client.connect();
    try {
      // Asked at the commit of each transaction that touches a reservation.
      await client.query(`
        CREATE TABLE ${schema}.commits (operation text, waits text);
        CREATE FUNCTION ${schema}.note_commit() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN INSERT INTO ${schema}.commits VALUES (TG_OP, current_setting('synchronous_commit')); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER note_commit AFTER INSERT OR UPDATE OR DELETE ON ${schema}.reservations
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ${schema}.note_commit();`);
      await ledger.budgets.put(hourly);
      const call = { provider: "acme", model: "acme-1", estimate: { costUsd: "0.1" } };
      const held = await ledger.reserve({ ...call, requestId: "held" });
      await held.dispatched();
      await held.settle({ costUsd: "0.1" });
      await ledger.reserve({ ...call, requestId: "gone", dispatched: true });
      const { rows } = await client.query(`SELECT operation || ' ' || waits AS commit FROM ${schema}.commits`);
      expect(rows.map(({ commit }) => commit)).toEqual(["INSERT off", "UPDATE on", "DELETE on", "INSERT on"]);
    } finally {
      await client.end();
      await ledger.close();
    }
  });

  test("what a sliding window counts no more is dropped, and what it counts stays", async () => {
    const url = await emptyBookUrl();
    const ledger = await openLedger(url);
    const schema = new URL(url).searchParams.get("schema");
    const client = new pg.Client(url.split("?")[0]);
    await client.connect();
    try {
      await ledger.budgets.put(hourly);
      // As after a long time: the budget counts from long ago on.
      await client.query(
        `UPDATE ${schema}.budgets SET counted_from_ms = 0; UPDATE ${schema}.settings SET value = value + 1 WHERE name = 'budgets_revision'`,
      );
      const call = { requestId: "now", provider: "acme", model: "acme-1", estimate: { costUsd: "0.5" } };
      const { reservedMs } = await ledger.reserve(call);
      for (const hours of [0, 1, 5]) {
        const record = { id: `${hours} h`, timestampMs: reservedMs - hours * 3_600_000, provider: "acme", model: "acme-1", tokens: {} };
        await ledger.record({ ...record, reportedCostNanoUsd: 1, source: "library" });
      }
      const parts = async (): Promise<string[]> => {
        const sql = `SELECT $1 - start_ms AS age FROM ${schema}.budget_counters WHERE used_nano_usd > 0 ORDER BY start_ms`;
        return (await client.query(sql, [reservedMs])).rows.map(({ age }) => `${Math.floor(Number(age) / 3_600_000)} h`);
      };
      expect(await parts()).toEqual(["5 h", "1 h", "0 h"]);
      await ledger.sweep();
      expect(await parts()).toEqual(["1 h", "0 h"]);
      expect((await ledger.verify()).differences).toEqual([]);
    } finally {
      await client.end();
      await ledger.close();
    }
  });

  test("guarantee G1: calls under way, and those of a process that knew another name, count by the model's new one", async () => {
    const [first, second] = await twoStores();
    try {
      await first.putBudgets([{ ...hourly, scope: { model: "new" } }], "library");
      for (const requestId of ["before", "settled"]) await first.reserve(halfDollar(requestId));
      const standing = async (): Promise<bigint[]> =>
        (await second.budgetStates()).states.flatMap(({ usedNanoUsd, reservedNanoUsd }) => [usedNanoUsd, reservedNanoUsd]);
      await second.renameModels(() => "new");
      expect(await standing()).toEqual([0n, 1_000_000_000n]);
      expect(await first.reserve(halfDollar("after"))).toMatchObject({ kind: "refused" });
      const record: UsageRecord = {
        requestId: "settled",
        timestampMs: Date.now(),
        provider: "acme",
        model: "acme-1",
        tokens: {},
        reportedCostNanoUsd: 7,
        source: "library",
      };
      const entry = { record, id: "settled", namespace: "", computedCostNanoUsd: null, priceVersion: null };
      expect(await first.settle(entry, () => "acme-1")).toBe("settled");
      expect(await standing()).toEqual([7n, 500_000_000n]);
      expect((await first.verify({})).differences).toEqual([]);
    } finally {
      await Promise.all([first.close(), second.close()]);
    }
  });

  test("a name that was given and rolled back is not remembered", async () => {
    const connection = await openBookSchema(await emptyBookUrl(), {});
    try {
      const dictionary = new Dictionary(connection);
      await dictionary.make([{ kind: "team", key: "team-1", name: "team-1" }]);
      const entry = dictionary.find("team", "team-1") as DictionaryEntry;
      const nameSeen = (transaction: Transaction): Promise<string | null> =>
        dictionary.load(transaction, [entry.id]).then(() => dictionary.entry(entry.id).name);
      const undone = connection.write(async (transaction) => {
        await dictionary.giveNames(transaction, [{ id: entry.id, name: "red" }]);
        throw new Error(`undone with ${await nameSeen(transaction)}`);
      });
      await expect(undone).rejects.toThrow("undone with red");
      expect(await connection.read(nameSeen)).toBe("team-1");
    } finally {
      await connection.close();
    }
  });

  test("guarantee G1: the database lets exactly those calls pass that the rules admit", { timeout: 120_000 }, async () => {
    const store = await PostgresStore.open(await emptyBookUrl(), { readOnly: false, clock: systemClock });
    const refusals = { refused: 0, reserved: 0 };
    let requests = 0;
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyCap, { minLength: 1, maxLength: 4 }),
          fc.array(anyCall, { minLength: 6, maxLength: 6 }),
          async (caps, calls) => {
            for (const { definition } of (await store.budgets()).budgets) await store.removeBudget(definition.name);
            await store.putBudgets(
              caps.map((cap, i) => ({ ...cap, name: `budget ${i}` })),
              "library",
            );
            for (const call of calls) {
              const request = { ...call, requestId: `request ${++requests}` };
              const outcome = await store.reserve(request);
              if (outcome.kind !== "refused" && outcome.kind !== "reserved") throw new Error(outcome.kind);
              refusals[outcome.kind]++;
              const atMs = outcome.kind === "refused" ? outcome.nowMs : outcome.reservation.reservedMs;
              const before = outcome.kind === "refused" ? outcome.states : outcome.states.map((state) => without(state, request));
              const adding = { nanoUsd: request.estimate.nanoUsd, tokens: tokensOf(request) };
              const admitted = before.every((state) => admits(state.budget.definition, state, adding, request, atMs));
              const breaches = before.flatMap((state) => breachesOf(state.budget.definition, state.value, state, adding, request, atMs));
              expect([admitted, breaches.some(({ refuses }) => refuses)]).toEqual([
                outcome.kind === "reserved",
                outcome.kind === "refused",
              ]);
            }
          },
        ),
        { numRuns: 40 },
      );
      expect(refusals.refused).toBeGreaterThan(20);
      expect(refusals.reserved).toBeGreaterThan(20);
      expect((await store.verify({})).differences).toEqual([]);
    } finally {
      await store.close();
    }
  });
});

/** One book, open twice, as in two processes. */
async function twoStores(): Promise<[PostgresStore, PostgresStore]> {
  const url = await emptyBookUrl();
  const open = (): Promise<PostgresStore> => PostgresStore.open(url, { readOnly: false, clock: systemClock });
  return [await open(), await open()];
}

function halfDollar(requestId: string): ReserveRequest {
  const estimate = { nanoUsd: 500_000_000n, inputTokens: 0, outputTokens: 0 };
  const call = { requestId, attempt: 1, provider: "acme", model: "acme-1", scope: {}, estimate };
  return { ...call, canonicalModel: () => "acme-1", ttlMs: 60_000, dispatched: false, source: "library" };
}

const hourly: BudgetDefinition = {
  name: "hourly",
  scope: {},
  windowMs: 3_600_000,
  amountNanoUsd: 1_000_000_000n,
  alerts: [50],
  enforcement: "block_requests",
  hard: true,
};

/** Small caps, so that calls come to both sides of them. */
const anyCap: fc.Arbitrary<BudgetDefinition> = fc
  .record({
    scope: fc.constantFrom({}, { team: "blue" }, { team: "*" }, { tag: "*" }, { provider: "acme" }),
    amountNanoUsd: fc.bigInt({ min: 0n, max: 12n }),
    maxTokens: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
    span: fc.constantFrom({ period: "monthly" as const }, { period: "lifetime" as const }, { windowMs: 3_600_000 }),
    enforcement: fc.constantFrom("rate_limit" as const, "block_requests" as const, "notify_only" as const, "switch_provider" as const),
    hard: fc.boolean(),
    shadow: fc.constantFrom(undefined, undefined, true),
    tolerance: fc.constantFrom(undefined, 0.1, 0.5),
    override: fc.constantFrom(undefined, { amountNanoUsd: 20n, untilMs: 1 }, { amountNanoUsd: 3n, untilMs: 253_402_300_799_999 }),
  })
  .map(({ span, enforcement, hard, ...rest }) => ({
    name: "",
    ...rest,
    ...span,
    enforcement,
    alerts: [],
    hard: enforcement === "block_requests" || (enforcement !== "notify_only" && hard),
    ...(enforcement === "switch_provider" ? { switchTo: "other" } : {}),
  })) as fc.Arbitrary<BudgetDefinition>;

const anyCall: fc.Arbitrary<ReserveRequest> = fc
  .record({
    provider: fc.constantFrom("acme", "other"),
    team: fc.constantFrom("blue", "red"),
    tags: fc.constantFrom([], ["x"], ["x", "y"]),
    nanoUsd: fc.bigInt({ min: 0n, max: 5n }),
    inputTokens: fc.integer({ min: 0, max: 3 }),
    outputTokens: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ provider, team, tags, ...estimate }) => ({
    requestId: "",
    attempt: 1,
    provider,
    model: "acme-1",
    scope: { team, tags },
    estimate,
    ttlMs: 600_000,
    source: "library" as const,
    dispatched: false,
    canonicalModel: (_provider, model) => model,
  }));

function tokensOf({ estimate: { inputTokens, outputTokens } }: ReserveRequest): bigint {
  return BigInt(inputTokens) + BigInt(outputTokens);
}

/** As the counter stood before it held the call. */
function without(state: BudgetState, request: ReserveRequest): BudgetState {
  const { nanoUsd } = request.estimate;
  return { ...state, reservedNanoUsd: state.reservedNanoUsd - nanoUsd, reservedTokens: state.reservedTokens - tokensOf(request) };
}
