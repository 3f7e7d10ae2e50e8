import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Ledger, openLedger, type RecordColumns, type ScannedNames, type TimeSpan, type UsageFilter } from "../../src/ledger/index.ts";
import type { PriceEntry } from "../../src/pricing/index.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { emptyBookUrl, hasPostgres } from "./postgres-server.ts";

const START_MS = Date.UTC(2026, 4, 1);

/** A record as columns tell it. Sessions have only numbers: they are given ones in the order in which they come. */
type Told = Record<string, unknown>;

const TOKENS = [
  "input",
  "output",
  "cacheRead",
  "cacheWrite5m",
  "cacheWrite1h",
  "reasoning",
  "audioInput",
  "audioOutput",
  "webSearches",
] as const;
const NAMED = ["org", "team", "user", "project", "key"] as const;
const TERMS = [
  "requestedModel",
  "serviceTier",
  "speed",
  "inferenceGeo",
  "requestInputTokens",
  "usageSource",
  "status",
  "attempt",
] as const satisfies readonly (keyof ReturnType<ScannedNames["terms"]>)[];

async function scanned(
  ledger: Ledger,
  filter: UsageFilter & TimeSpan,
  between?: (columns: RecordColumns) => Promise<unknown>,
): Promise<Told[]> {
  const told: Told[] = [];
  const sessions = new Map<unknown, number>([[0, 0]]);
  for await (const columns of ledger.scan(filter)) {
    const { length, names } = columns;
    for (let at = 0; at < length; at++) {
      const terms = names.terms(columns.terms[at] as number);
      told.push({
        row: columns.row[at],
        timestampMs: columns.timestampMs[at],
        ...names.model(columns.model[at] as number),
        ...Object.fromEntries(NAMED.map((name) => [name, names.name(columns[name][at] as number)])),
        session: numbered(sessions, columns.session[at]),
        ...Object.fromEntries(TERMS.map((term) => [term, terms[term]])),
        ...Object.fromEntries(TOKENS.map((kind) => [kind, columns[kind][at]])),
        latencyMs: columns.latencyMs[at],
        costNanoUsd: columns.costNanoUsd[at],
        metadata: columns.metadata[at],
      });
    }
    await between?.(columns);
  }
  return told;
}

async function queried(ledger: Ledger, filter: UsageFilter & TimeSpan): Promise<Told[]> {
  const told: Told[] = [];
  const sessions = new Map<unknown, number>([[undefined, 0]]);
  for await (const record of ledger.query(filter)) {
    const { provider, model, canonicalModel, timestampMs, tokens } = record;
    told.push({
      row: record.rowId,
      timestampMs,
      ...{ provider, model, canonicalModel },
      ...Object.fromEntries(NAMED.map((name) => [name, record[name]])),
      session: numbered(sessions, record.sessionId),
      ...Object.fromEntries(TERMS.map((term) => [term, record[term]])),
      ...Object.fromEntries(TOKENS.map((kind) => [kind, tokens[kind] ?? 0])),
      latencyMs: record.latencyMs ?? Number.NaN,
      costNanoUsd: record.costNanoUsd ?? Number.NaN,
      metadata: record.metadata && JSON.stringify(record.metadata),
    });
  }
  return told;
}

function numbered(numbers: Map<unknown, number>, value: unknown): number {
  const number = numbers.get(value) ?? numbers.size;
  numbers.set(value, number);
  return number;
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const name = maybe(fc.constantFrom("a", "b", "c"));
/** Few instants, so that many records share one. */
const instant = fc.integer({ min: 0, max: 4 }).map((hour) => START_MS + hour * 3_600_000);
const count = maybe(fc.nat(50));

/** Fields without values are left out, as records have it. */
function present<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** A line of an agent's log: a later one of the same id corrects it, in its figures or in any of its facts. */
const line: fc.Arbitrary<UsageRecord> = fc
  .record({
    id: fc.integer({ min: 1, max: 8 }).map(String),
    timestampMs: instant,
    model: fc.constantFrom("acme-1", "acme-2", "of-unknown-price"),
    tokens: fc
      .record({ input: count, output: fc.nat(30), cacheRead: count, cacheWrite5m: count, cacheWrite1h: count, reasoning: count })
      .map((tokens) => present(tokens) as UsageRecord["tokens"]),
    rest: fc.record({ audioInput: count, audioOutput: count, webSearches: maybe(fc.nat(3)) }).map(present),
    org: name,
    team: name,
    user: name,
    project: name,
    projectId: maybe(fc.constantFrom("id-1", "id-2")),
    key: name,
    sessionId: name,
    tags: maybe(fc.constantFrom(["x"], ["x", "y"])),
    requestId: maybe(fc.constantFrom("r", "s")),
    requestedModel: maybe(fc.constant("acme-latest")),
    serviceTier: maybe(fc.constantFrom("batch", "priority")),
    status: maybe(fc.constantFrom("ok", "error")),
    attempt: maybe(fc.integer({ min: 1, max: 3 })),
    latencyMs: maybe(fc.nat(900)),
    reportedCostNanoUsd: maybe(fc.nat(10_000)),
    metadata: maybe(fc.constantFrom({ stream: "true" }, { nul: "\u0000", other: "\u0001é" })),
    replay: fc.constantFrom({ rank: 0 }, { rank: 1 }),
  })
  .map(
    ({ rest, tokens, ...fields }) =>
      present({ ...fields, tokens: { ...tokens, ...rest }, provider: "acme", source: "agent" }) as UsageRecord,
  );

const price = (model: string, rate: number): PriceEntry => ({
  provider: "acme",
  model,
  rates: { input: rate, output: 3 * rate, cacheRead: rate, cacheWrite5m: rate },
  sources: [],
});

type Step = { lines: readonly UsageRecord[] } | { pricedAt: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ lines: fc.array(line, { maxLength: 14 }) }) },
  { weight: 1, arbitrary: fc.record({ pricedAt: fc.integer({ min: 1, max: 9 }) }) },
);

async function take(ledger: Ledger, step: Step): Promise<void> {
  if ("lines" in step) {
    await ledger.append({ records: step.lines });
    return;
  }
  await ledger.prices.put([price("acme-1", step.pricedAt * 1000), price("acme-2", step.pricedAt * 1_000_000)], "test");
  await ledger.reprice();
}

const names = fc.oneof(fc.constantFrom<string | null>("a", "b", "nobody", null), fc.constant(["a", "b"]));
const question: fc.Arbitrary<UsageFilter & TimeSpan> = fc.record(
  {
    org: names,
    team: names,
    user: names,
    project: fc.oneof(names, fc.constant("id-1")),
    key: names,
    provider: fc.constantFrom("acme", "nobody"),
    model: fc.constantFrom("acme-1", "acme-2", "nothing"),
    source: fc.constantFrom("agent", "csv"),
    tag: fc.constantFrom("x", "y", null),
    session: names,
    requestId: fc.constantFrom("r", "nothing", null),
    startMs: instant,
    endMs: instant,
  },
  { requiredKeys: [] },
);

const STORES: [name: string, open: () => Promise<Ledger>, numRuns: number][] = [
  ["in memory", () => openLedger("sqlite::memory:"), 300],
  ...(hasPostgres
    ? [["in PostgreSQL", async () => openLedger(await emptyBookUrl()), 15] satisfies [string, () => Promise<Ledger>, number]]
    : []),
];

describe.each(STORES)("a scan of a book %s", (_, open, numRuns) => {
  it("tells the records that the same question finds one by one, in the same order, after whatever corrections", {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 5 }), fc.array(question, { maxLength: 4 }), async (steps, questions) => {
        const ledger = await open();
        try {
          for (const one of steps) await take(ledger, one);
          for (const filter of [{}, ...questions]) expect(await scanned(ledger, filter)).toEqual(await queried(ledger, filter));
        } finally {
          await ledger.close();
        }
      }),
      { numRuns },
    );
  });

  it("tells the book as it was when the first batch was read, batch after batch, and keeps no writer waiting", {
    timeout: 120_000,
  }, async () => {
    const ledger = await open();
    try {
      await ledger.append({ records: calls(0, 20_000) });
      // Figures of some records have changed, others were put down anew at another time, over the edges of batches and back.
      await ledger.append({ records: calls(0, 9000, { more: 1 }).filter((_, at) => at % 3 === 0) });
      await ledger.append({ records: calls(5000, 20_000, { more: 2, later: 3 }).filter((_, at) => at % 7 === 0) });
      await ledger.append({ records: calls(5000, 20_000, { more: 3, later: 1 }).filter((_, at) => at % 14 === 0) });
      await ledger.prices.put([price("acme-1", 2000)], "test");
      await ledger.reprice({ endMs: START_MS + 3_600_000 });
      await ledger.prices.put([price("acme-1", 3000)], "test");
      const before = await queried(ledger, {});
      let batches = 0;
      const during = await scanned(ledger, {}, async () => {
        batches++;
        await ledger.append({ records: calls(20_000, 21_000, { more: batches }) });
        await ledger.append({ records: calls(0, 20_000, { more: 3 + batches, later: batches }).filter((_, at) => at % 150 === 0) });
        await ledger.reprice({ endMs: START_MS + 1 });
      });
      expect(batches).toBe(3);
      expect(during).toEqual(before);
      expect(new Set(during.map(({ row }) => row)).size).toBe(20_000);
      expect(await scanned(ledger, { model: "acme-1", startMs: START_MS + 1 })).toEqual(
        await queried(ledger, { model: "acme-1", startMs: START_MS + 1 }),
      );
    } finally {
      await ledger.close();
    }
  });
});

/** Lines of an agent's log, all at one of five instants; one of the same number with `more` output takes the place of an earlier one. */
function calls(from: number, to: number, { more = 0, later = 0 }: { more?: number; later?: number } = {}): UsageRecord[] {
  return Array.from({ length: to - from }, (_, place) => {
    const at = from + place;
    return {
      id: String(at),
      timestampMs: START_MS + ((Math.floor(at / 4000) + later) % 5) * 3_600_000,
      provider: "acme",
      model: at % 2 === 0 ? "acme-1" : "acme-2",
      tokens: { input: at, output: more },
      team: `team-${(at + later) % 3}`,
      source: "agent",
      replay: { rank: 0 },
      ...(at % 4 === 0 && { metadata: { turns: String(at) } }),
    };
  });
}
