/** The book at a glance: today, the last seven days, this month, and where the money goes. */
import type { Figures } from "./figures.ts";
import { daysOf, lastPeriod, namedPeriod, type Period } from "./period.ts";
import { type Aggregates, buildReport, type ReportDocument, type ReportRow } from "./report.ts";

export interface DaySpend {
  day: string;
  requests: number;
  cost_usd: string | null;
}

export interface SummaryDocument {
  schema: "tokenledger.summary/1";
  generated_at: string;
  tz: string;
  periods: { name: "today" | "last 7 days" | "this month"; range: ReportDocument["range"]; totals: Figures }[];
  /** Each of the last thirty days. */
  days: DaySpend[];
  /** Of the last thirty days. */
  top_models: ReportRow[];
  top_projects: ReportRow[];
  warnings: string[];
}

const TOP = 5;

/** Six questions to the book; `nowMs` decides what today is. */
export async function buildSummary(book: Aggregates, options: { nowMs: number; timeZone: string }): Promise<SummaryDocument> {
  const { nowMs, timeZone } = options;
  const thirtyDays = lastPeriod("30d", nowMs, timeZone);
  const report = (period: Period, groupBy: ("day" | "model" | "project")[], limit?: number): Promise<ReportDocument> =>
    buildReport(book, { period, groupBy, generatedAtMs: nowMs, ...(limit !== undefined && { limit }) });
  const named = [
    ["today", namedPeriod("today", nowMs, timeZone)],
    ["last 7 days", lastPeriod("7d", nowMs, timeZone)],
    ["this month", namedPeriod("month", nowMs, timeZone)],
  ] as const;
  const periods: SummaryDocument["periods"] = [];
  for (const [name, period] of named) {
    const { range, totals } = await report(period, []);
    periods.push({ name, range, totals });
  }
  const days = await report(thirtyDays, ["day"]);
  const byDay = new Map(days.rows.map((row) => [row.day, row]));
  return {
    schema: "tokenledger.summary/1",
    generated_at: new Date(nowMs).toISOString(),
    tz: timeZone,
    periods,
    days: daysOf(thirtyDays).map((day) => {
      const row = byDay.get(day);
      return { day, requests: row?.requests ?? 0, cost_usd: row ? row.cost_usd : "0" };
    }),
    top_models: (await report(thirtyDays, ["model"], TOP)).rows,
    top_projects: (await report(thirtyDays, ["project"], TOP)).rows,
    warnings: days.warnings,
  };
}
