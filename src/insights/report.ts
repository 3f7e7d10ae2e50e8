/** The spending report: rows by dimension that add up to the totals, always in the same order. */

import { quoteValue } from "../errors.ts";
import type { AggregateRow, Dimension, Ledger, UsageFilter } from "../ledger/index.ts";
import { type Figures, figuresOf, shareOf } from "./figures.ts";
import type { Period } from "./period.ts";

/** What rows can be sorted by: a figure, or one of the dimensions they are grouped by. */
export type SortKey = "cost" | "requests" | "tokens" | "input" | "output" | "latency" | Dimension;

export interface ReportRequest {
  period: Period;
  groupBy: readonly Dimension[];
  filter?: UsageFilter;
  /** Default: time first, then cost, the largest on top. */
  sort?: SortKey;
  /** Default: ascending for dimensions, descending for figures. */
  direction?: "ascending" | "descending";
  limit?: number;
  generatedAtMs: number;
}

export interface ReportRow extends Figures {
  /** The dimensions that the report is grouped by stand here under their own names; null: not set. */
  [dimension: string]: string | number | null;
  /** Part of the totals' cost. */
  share: number | null;
}

export interface ReportDocument {
  schema: "tokenledger.report/1";
  generated_at: string;
  range: { start: string; end: string; tz: string };
  group_by: Dimension[];
  totals: Figures;
  rows: ReportRow[];
  warnings: string[];
}

export type Aggregates = Pick<Ledger, "aggregate">;

const TIME: ReadonlySet<string> = new Set<Dimension>(["hour", "day", "week", "month"]);

/**
 * Asks the book once (and once more for the names of unpriced models, where there are any).
 * `generated_at` is the only part of the answer that does not follow from the book and the request.
 *
 * @example
 * ```ts
 * import { buildReport, periodOf } from "tokenledger/insights";
 * import { openLedger } from "tokenledger/ledger";
 * const book = await openLedger("sqlite::memory:");
 * const tokens = { input: 1_000_000, output: 500_000 };
 * await book.record({ timestampMs: Date.parse("2026-05-01T12:00:00Z"), provider: "openai", model: "gpt-5", tokens, source: "library" });
 * const period = periodOf("2026-05-01", "2026-05-31", "UTC");
 * const report = await buildReport(book, { period, groupBy: ["model"], generatedAtMs: Date.parse("2026-06-01T00:00:00Z") });
 * report.rows[0]; // => { model: "gpt-5", requests: 1, cost_usd: "6.25", share: 1, … }
 * await book.close();
 * ```
 */
export async function buildReport(book: Aggregates, request: ReportRequest): Promise<ReportDocument> {
  const { period, filter } = request;
  const query = { startMs: period.startMs, endMs: period.endMs, timeZone: period.timeZone, ...(filter && { filter }) };
  const groupBy = [...request.groupBy];
  const { rows, totals } = await book.aggregate({ ...query, groupBy });
  rows.sort(rowOrder(groupBy, request.sort, request.direction));
  const shown = request.limit === undefined ? rows : rows.slice(0, request.limit);
  const warnings: string[] = [];
  if (totals.unpricedRequests > 0) {
    const byModel = groupBy.length === 1 && groupBy[0] === "model" ? rows : (await book.aggregate({ ...query, groupBy: ["model"] })).rows;
    warnings.push(unpricedWarning(totals.unpricedRequests, byModel));
  }
  if (shown.length < rows.length) warnings.push(`${shown.length} of ${rows.length} rows are shown; the totals are of all.`);
  return {
    schema: "tokenledger.report/1",
    generated_at: new Date(request.generatedAtMs).toISOString(),
    range: { start: period.start, end: period.end, tz: period.timeZone },
    group_by: groupBy,
    totals: figuresOf(totals),
    rows: shown.map((row) => {
      const figures = figuresOf(row);
      const keys = Object.fromEntries(groupBy.map((dimension, i) => [dimension, row.keys[i] ?? null]));
      return { ...keys, ...figures, share: figures.cost_usd === null ? null : shareOf(row.costNanoUsd, totals.costNanoUsd) };
    }),
    warnings,
  };
}

const NAMED_MODELS = 5;
/** Warnings are read on terminals, too: other names are quoted, their control characters escaped. */
const PLAIN_NAME = /^[\w.:/@()-]+$/;

function unpricedWarning(requests: number, byModel: readonly AggregateRow[]): string {
  const models = byModel.filter((row) => row.unpricedRequests > 0).map((row) => row.keys[0] ?? "(none)");
  models.sort((a, b) => (a < b ? -1 : 1));
  const shown = models.slice(0, NAMED_MODELS).map((model) => (PLAIN_NAME.test(model) ? model : quoteValue(model)));
  const named = shown.join(", ") + (models.length > NAMED_MODELS ? ` and ${models.length - NAMED_MODELS} more` : "");
  return `${requests === 1 ? "1 request has" : `${requests} requests have`} no known price and ${requests === 1 ? "is" : "are"} in no cost here: ${named}.`;
}

type Order = (a: AggregateRow, b: AggregateRow) => number;

/** Without a wish: by time where rows have one, else the dearest first. What ties is ordered by time, cost and keys. */
function rowOrder(groupBy: readonly Dimension[], sort: SortKey | undefined, direction: ReportRequest["direction"]): Order {
  const times = groupBy.filter((dimension) => TIME.has(dimension));
  const first = sort ?? times[0] ?? "cost";
  const position = groupBy.indexOf(first as Dimension);
  const order = position >= 0 ? byKey(position) : byFigure(first as Figure);
  const ascending = direction === undefined ? position >= 0 : direction === "ascending";
  const orders = [
    ascending ? order : reversed(order),
    ...times.map((dimension) => byKey(groupBy.indexOf(dimension))),
    ...(sort === undefined ? [reversed(byFigure("cost"))] : []),
    ...groupBy.map((_, i) => byKey(i)),
  ];
  return (a, b) => {
    for (const compare of orders) {
      const difference = compare(a, b);
      if (difference !== 0) return difference;
    }
    return 0;
  };
}

const reversed =
  (order: Order): Order =>
  (a, b) =>
    order(b, a);

/** By code unit, so that no machine's language changes the order; what is not set comes last. */
function byKey(position: number): Order {
  return (a, b) => {
    const left = a.keys[position] ?? null;
    const right = b.keys[position] ?? null;
    if (left === right) return 0;
    if (left === null || right === null) return left === null ? 1 : -1;
    return left < right ? -1 : 1;
  };
}

type Figure = Exclude<SortKey, Dimension>;

/** What rows are compared by; a latency that nobody told is below any that was. */
const COMPARED: Readonly<Record<Figure, (row: AggregateRow) => number | bigint>> = {
  cost: (row) => row.costNanoUsd,
  requests: (row) => row.requests,
  tokens: (row) => row.inputTokens + row.outputTokens,
  input: (row) => row.inputTokens,
  output: (row) => row.outputTokens,
  latency: (row) => (row.latencyCount > 0 ? row.latencyMsSum / row.latencyCount : -1),
};

function byFigure(name: Figure): Order {
  const compared = COMPARED[name];
  return (a, b) => (compared(a) < compared(b) ? -1 : compared(a) > compared(b) ? 1 : 0);
}
