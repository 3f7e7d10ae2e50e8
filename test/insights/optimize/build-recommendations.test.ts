import { describe, expect, it } from "vitest";
import { type AppliedRule, buildRecommendations, findSavings, periodOf } from "../../../src/insights/index.ts";
import { type Ledger, openLedger, type StoredRecord } from "../../../src/ledger/index.ts";
import { formatUsd, parseUsd } from "../../../src/money.ts";
import type { UsageRecord } from "../../../src/usage/index.ts";

const DAY_MS = 86_400_000;
const START = Date.UTC(2025, 5, 2);
const period = periodOf("2025-06-02", "2025-06-29", "UTC");
const generatedAtMs = Date.UTC(2025, 5, 30);
const request = { period, generatedAtMs };

const opus = (index: number, fields: Partial<UsageRecord> = {}): UsageRecord => ({
  id: `${index}`,
  timestampMs: START + index * 3_600_000,
  provider: "anthropic",
  model: "claude-3-opus-20240229",
  source: "library",
  tokens: { input: 10_000, output: 10_000 },
  ...fields,
});

async function withBook<T>(records: readonly UsageRecord[], ask: (book: Ledger) => Promise<T>): Promise<T> {
  const book = await openLedger("sqlite::memory:");
  try {
    if (records.length > 0) await book.record([...records]);
    return await ask(book);
  } finally {
    await book.close();
  }
}

const of = (records: readonly UsageRecord[]) => withBook(records, (book) => buildRecommendations(book, request));

describe("recommendations of a book", () => {
  it("reprice a million tokens in and out of claude-3-opus at claude-3-haiku: 90 dollars become 1.50", async () => {
    const { recommendations } = await of(Array.from({ length: 100 }, (_, index) => opus(index)));
    const haiku = recommendations.find(({ kind, to }) => kind === "model-downgrade" && to === "claude-3-haiku");
    expect(haiku).toMatchObject({
      from: "claude-3-opus",
      requests: 100,
      evidence: { requests: 100, days: 5, cost_usd: "90", new_cost_usd: "1.5", saving_usd: "88.5" },
    });
    expect(haiku?.saving.percent).toBeCloseTo(98.33, 2);
    expect(haiku?.break_even_failure_rate).toBeCloseTo(0.9833, 4);
  });

  it("are none of an empty book, of a book without prices, and of 49 requests", async () => {
    expect((await of([])).recommendations).toEqual([]);
    expect((await of(Array.from({ length: 100 }, (_, index) => opus(index, { model: "nobody-knows" })))).recommendations).toEqual([]);
    expect((await of(Array.from({ length: 49 }, (_, index) => opus(index)))).recommendations).toEqual([]);
    expect((await of(Array.from({ length: 50 }, (_, index) => opus(index)))).recommendations).not.toEqual([]);
  });

  it("are the same again, and name rows that add up to their evidence", async () => {
    const names = [{}, { team: "a" }, { team: "a", project: "p" }, { team: "b", key: "k" }];
    const records = Array.from({ length: 600 }, (_, index) =>
      opus(index, {
        ...names[index % 4],
        ...(index % 3 === 0 && { model: "claude-3-5-sonnet-20241022" }),
        ...(index % 7 === 0 && { provider: "openai", model: "gpt-4o", tokens: { input: 500, output: 40 } }),
        ...(index % 50 === 1 && { status: "failed_billed" }),
      }),
    );
    await withBook(records, async (book) => {
      const found = await findSavings(book, { ...request, keepsRows: true });
      expect(await buildRecommendations(book, request)).toEqual(found.document);
      expect(found.document.recommendations.length).toBeGreaterThan(1);
      const byRow = new Map<number, StoredRecord>();
      for await (const record of book.query({})) byRow.set(record.rowId, record);
      for (const { id, requests, evidence } of found.document.recommendations) {
        const rows = [...(found.rowsOf(id) ?? [])].map((row) => byRow.get(row) as StoredRecord);
        expect(new Set(rows).size).toBe(requests);
        expect(formatUsd(rows.reduce((sum, { costNanoUsd }) => sum + BigInt(costNanoUsd ?? 0), 0n))).toBe(evidence.cost_usd);
        expect(rows.every((row, index) => index === 0 || (rows[index - 1] as StoredRecord).timestampMs <= row.timestampMs)).toBe(true);
      }
      expect(found.rowsOf("no-such-id")).toBeUndefined();
      expect((await findSavings(book, request)).rowsOf(found.document.recommendations[0]?.id ?? "")).toBeUndefined();
    });
  });

  it("count only what the filter and the period let through, and say how to ask for the same again", async () => {
    const records = Array.from({ length: 300 }, (_, index) => opus(index, { team: index % 3 === 0 ? "o'brien & co" : "b" }));
    await withBook(records, async (book) => {
      const filtered = await buildRecommendations(book, { ...request, filter: { team: "o'brien & co", project: null } });
      expect(filtered.totals).toMatchObject({ requests: 100 });
      const [first] = filtered.recommendations;
      expect(first?.evidence.query).toBe(
        `tokenledger export records --recommendation ${first?.id} --start 2025-06-02 --end 2025-06-29 --tz UTC --team 'o'\\''brien & co' --project ''`,
      );
      const early = await buildRecommendations(book, { ...request, period: periodOf("2025-06-02", "2025-06-04", "UTC") });
      expect(early).toMatchObject({ totals: { requests: 72 }, period: { first_day: "2025-06-02", last_day: "2025-06-04", hours: 72 } });
    });
  });

  it("cost nothing twice: the portfolio saves no more than was spent, in the time that was seen", async () => {
    const { portfolio, totals, period: seen } = await of(Array.from({ length: 400 }, (_, index) => opus(index % 200, { id: `${index}` })));
    const spentInMonth = (parseUsd(totals.cost_usd) * 730n) / BigInt(seen.hours);
    expect(parseUsd(portfolio.saving_usd)).toBeLessThanOrEqual(spentInMonth);
    expect(portfolio.chosen.reduce((sum, { share_usd }) => sum + parseUsd(share_usd), 0n)).toBe(parseUsd(portfolio.saving_usd));
  });

  it("are relied on less where a rule of their kind has saved less than it was to", async () => {
    const moved = { model: "claude-3-haiku-20240307", requestedModel: "claude-3-opus" };
    const records = Array.from({ length: 400 }, (_, index) =>
      opus(index, index < 200 || index % 10 === 0 ? {} : { ...moved, ...(index % 2 === 1 && { reportedCostNanoUsd: 450_000_000 }) }),
    );
    await withBook(records, async (book) => {
      const rule: AppliedRule = {
        id: "model-downgrade-00000000",
        kind: "model-downgrade",
        from: "claude-3-opus",
        to: "claude-3-haiku",
        appliedAtMs: START + 200 * 3_600_000,
        scopes: [{}],
        action: {
          type: "route",
          from: { provider: "anthropic", model: "claude-3-opus" },
          to: { provider: "anthropic", model: "claude-3-haiku" },
          keptShare: 0.1,
        },
      };
      const confidence = async (applied: AppliedRule[]) => {
        const { recommendations } = await buildRecommendations(book, { ...request, applied });
        return recommendations.find(({ kind, from }) => kind === "model-downgrade" && from === "claude-3-opus")?.confidence ?? 0;
      };
      // Of 180 moved calls 100 cost half of what they did, 80 a sixtieth.
      const [before, after] = [await confidence([]), await confidence([rule])];
      const share = 1 - (100 * 0.45 + 80 * 0.015) / (180 * 0.9);
      expect(after / before).toBeCloseTo(share / (59 / 60), 3);
    });
  });

  it("say what prices will change, and what could be done", async () => {
    const records = Array.from({ length: 100 }, (_, index) => opus(index));
    await withBook(records, async (book) => {
      await book.prices.put(
        [
          {
            provider: "anthropic",
            model: "claude-3-opus",
            effectiveFromMs: generatedAtMs + 5 * DAY_MS,
            rates: { input: 30_000_000_000, output: 150_000_000_000 },
            sources: [{ name: "a letter", date: "2025-06-20" }],
          },
        ],
        "test",
      );
      const document = await buildRecommendations(book, request);
      expect(document.price_changes).toMatchObject([
        {
          provider: "anthropic",
          model: "claude-3-opus",
          day: "2025-07-05",
          requests: 100,
          cost_usd: "90",
          new_cost_usd: "180",
          change_usd: "90",
          percent: 100,
        },
      ]);
      const [first] = document.recommendations;
      const action = (await findSavings(book, request)).actionOf(first?.id ?? "");
      expect(action).toEqual(first?.action);
    });
  });
});
