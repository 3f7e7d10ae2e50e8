import { expect, test } from "vitest";
import { DEMO_COMPANY, DEMO_DAYS, demoCompany } from "../../src/cli/demo-company.ts";
import { priceBook } from "../../src/pricing/index.ts";
import { dayOf } from "../../src/usage/index.ts";

const END_MS = Date.parse("2026-06-30T15:30:00Z");
const DAY_MS = 86_400_000;
const records = [...demoCompany(END_MS)];

test("three months of a small company, in time order, each call once, and none after the end", () => {
  expect(records.length).toBeGreaterThan(15_000);
  expect(records.length).toBeLessThan(30_000);
  expect(records.every((record, index) => index === 0 || record.timestampMs >= (records[index - 1]?.timestampMs as number))).toBe(true);
  expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
  expect(records.at(-1)?.timestampMs).toBeLessThanOrEqual(END_MS);
  expect(new Set(records.map(({ timestampMs }) => dayOf(timestampMs, "UTC"))).size).toBe(DEMO_DAYS);
});

test("every record says that it is made up", () => {
  expect(DEMO_COMPANY).toContain("made up");
  expect(records.every(({ source, org }) => source === "demo" && org === DEMO_COMPANY)).toBe(true);
});

test("the same seed and end give the same records; a day drawn again later repeats its calls, so nothing counts twice", () => {
  expect([...demoCompany(END_MS)]).toEqual(records);
  const byId = new Map(records.map((record) => [record.id, record]));
  const dayLater = [...demoCompany(END_MS + DAY_MS)].filter(({ timestampMs, id }) => timestampMs <= END_MS && byId.has(id));
  expect(dayLater.length).toBeGreaterThan(records.length * 0.9);
  for (const record of dayLater) expect(record).toEqual(byId.get(record.id));
  expect([...demoCompany(END_MS, 2)].map(({ id }) => id)).not.toEqual(records.map(({ id }) => id));
});

test("counts are such as a provider reports: whole, with the parts inside the whole", () => {
  for (const { tokens } of records) {
    const { input = 0, output = 0, cacheRead = 0, cacheWrite5m = 0, reasoning = 0 } = tokens;
    expect(Object.values(tokens).every((count) => Number.isSafeInteger(count) && count >= 0)).toBe(true);
    expect(cacheRead + cacheWrite5m).toBeLessThanOrEqual(input);
    expect(reasoning).toBeLessThanOrEqual(output);
  }
});

test("the bundled price book knows every model of the sample", () => {
  const book = priceBook();
  const unpriced = records.filter(
    ({ provider, model, tokens, timestampMs }) => "unpriced" in book.cost({ provider, model, tokens, at: timestampMs }),
  );
  expect(new Set(unpriced.map(({ provider, model }) => `${provider}/${model}`))).toEqual(new Set());
});

test("it has what there is to find: quiet weekends, a batch on Mondays, one day that stands out", () => {
  const spendByDay = new Map<string, number>();
  const book = priceBook();
  for (const { provider, model, tokens, timestampMs } of records) {
    const cost = book.cost({ provider, model, tokens, at: timestampMs });
    const day = dayOf(timestampMs, "UTC");
    spendByDay.set(day, (spendByDay.get(day) ?? 0) + ("unpriced" in cost ? 0 : cost.costUsd));
  }
  const [first, second] = [...spendByDay].sort(([, a], [, b]) => b - a);
  expect(first?.[0]).toBe("2026-06-06");
  expect(first?.[1]).toBeGreaterThan(2 * (second?.[1] as number));
  const weekdays = records.map(({ timestampMs }) => new Date(timestampMs).getUTCDay());
  expect(weekdays.filter((day) => day === 0).length).toBeLessThan(weekdays.filter((day) => day === 2).length / 2);
  const batch = records.filter(({ serviceTier }) => serviceTier === "batch");
  expect(new Set(batch.map(({ timestampMs }) => new Date(timestampMs).getUTCDay()))).toEqual(new Set([1]));
});
