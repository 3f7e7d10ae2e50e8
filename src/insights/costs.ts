/** What this month costs, and how that compares with the month before. */
import { formatUsd } from "../money.ts";
import { type Figures, figuresOf, shareOf } from "./figures.ts";
import { monthToDate, type Period } from "./period.ts";
import { type Aggregates, buildReport, type ReportDocument, type ReportRequest } from "./report.ts";

interface ComparedPeriod {
  range: ReportDocument["range"];
  totals: Figures;
}

/** The month up to today beside the same days of the month before: a whole month against half a one would mislead. */
export interface Comparison {
  current: ComparedPeriod;
  previous: ComparedPeriod;
  /** Current minus previous, priced requests only. */
  change_usd: string;
  /** In percent of the previous cost; null where that was nothing. */
  change_percent: number | null;
}

export interface CostsDocument extends ReportDocument {
  comparison?: Comparison;
}

/** A month's report, on request with the month before beside it. */
export async function buildCosts(book: Aggregates, request: ReportRequest, options: { comparePrevious: boolean }): Promise<CostsDocument> {
  const report = await buildReport(book, request);
  if (!options.comparePrevious) return report;
  const { current, previous } = monthToDate(request.period, request.generatedAtMs);
  const sums = async (period: Period) => {
    const { startMs, endMs, timeZone } = period;
    return (await book.aggregate({ startMs, endMs, timeZone, groupBy: [], ...(request.filter && { filter: request.filter }) })).totals;
  };
  const [now, before] = [await sums(current), await sums(previous)];
  const change = now.costNanoUsd - before.costNanoUsd;
  const changeShare = shareOf(change, before.costNanoUsd);
  return {
    ...report,
    comparison: {
      current: { range: rangeOf(current), totals: figuresOf(now) },
      previous: { range: rangeOf(previous), totals: figuresOf(before) },
      change_usd: formatUsd(change),
      change_percent: changeShare === null ? null : Math.round(changeShare * 1e6) / 1e4,
    },
  };
}

const rangeOf = ({ start, end, timeZone }: Period): ReportDocument["range"] => ({ start, end, tz: timeZone });
