import fc from "fast-check";
import { expect, test } from "vitest";
import type { UsageRecord } from "../../src/usage/index.ts";
import { recordFromForm, toRecordForm } from "../../src/usage/index.ts";

const refuseWarnings = (reason: string): void => {
  throw new Error(`warned: ${reason}`);
};
const count = fc.integer({ min: 0, max: 1_000_000_000 });
const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
const optional = { requiredKeys: [] };

const tokens = fc
  .record({ uncached: count, cacheRead: count, cacheWrite5m: count, cacheWrite1h: count, reply: count, reasoning: count })
  .map((parts) => ({
    input: parts.uncached + parts.cacheRead + parts.cacheWrite5m + parts.cacheWrite1h,
    output: parts.reply + parts.reasoning,
    cacheRead: parts.cacheRead,
    cacheWrite5m: parts.cacheWrite5m,
    cacheWrite1h: parts.cacheWrite1h,
    reasoning: parts.reasoning,
  }));

const record: fc.Arbitrary<UsageRecord> = fc
  .tuple(
    fc.record({
      timestampMs: fc.integer({ min: 0, max: 4_102_444_800_000 }),
      provider: name,
      model: name,
      tokens,
      source: name,
    }),
    fc.record(
      {
        id: name,
        requestedModel: name,
        latencyMs: count,
        reportedCostNanoUsd: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        org: name,
        team: name,
        user: name,
        project: name,
        key: name,
        orgId: name,
        teamId: name,
        userId: name,
        projectId: name,
        requestId: name,
        attempt: fc.integer({ min: 1, max: 9 }),
        sessionId: name,
        tags: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
        usageSource: fc.constantFrom("reported" as const, "estimated" as const, "imported" as const),
        status: name,
        serviceTier: name,
        speed: name,
        inferenceGeo: name,
        requestInputTokens: count,
        replay: fc.record({ rank: count }, { noNullPrototype: true }),
        metadata: fc.dictionary(fc.constantFrom("a", "b", "__proto__", "c"), name, { minKeys: 1 }),
      },
      optional,
    ),
  )
  .map(([required, more]) => ({ ...required, ...more }));

test("acceptance G6: a record written in record form and read again is the same record", () => {
  fc.assert(
    fc.property(record, (original) => {
      const form = JSON.parse(JSON.stringify(toRecordForm(original)));
      expect(recordFromForm(form, { source: "jsonl", warn: refuseWarnings })).toEqual(original);
    }),
  );
});

const priced: UsageRecord = { timestampMs: 0, provider: "openai", model: "gpt-5", tokens: { input: 1, output: 1 }, source: "jsonl" };

test("a computed cost is shown in the form, and priced anew when it is read", () => {
  const form = toRecordForm({ ...priced, costNanoUsd: 1_500_000_000 });
  expect(form).toMatchObject({ cost_usd: "1.5", cost_source: "computed" });
  expect(recordFromForm(form, { source: "jsonl", warn: refuseWarnings }).reportedCostNanoUsd).toBeUndefined();
});

test("a reported cost is shown rather than the cost in the book", () => {
  expect(toRecordForm({ ...priced, reportedCostNanoUsd: 2, costNanoUsd: 1 })).toMatchObject({
    cost_usd: "0.000000002",
    cost_source: "reported",
  });
});

test("an unpriced record says null", () => {
  const form = toRecordForm({ ...priced, costNanoUsd: null });
  expect(form.cost_usd).toBeNull();
  expect(form.cost_source).toBeUndefined();
});
