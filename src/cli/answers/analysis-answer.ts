/** An analysis in every form. */
import type { AnalysisDocument } from "../../insights/index.ts";
import type { Answer } from "../printing/answer.ts";
import type { Cell } from "../printing/csv.ts";
import { componentsChart, weekMap } from "./analysis-charts.ts";
import { analysisTables } from "./analysis-tables.ts";
import { type Told, toldMarkdown, toldScreen } from "./told-answer.ts";

const ROW_FIELDS = ["of", "name", "start", "value", "trend", "oscillation", "noise"] as const;

export function analysisAnswer(document: AnalysisDocument): Answer {
  return {
    document,
    rows: { fields: ROW_FIELDS, records: bucketRows(document) },
    screen: (style) => toldScreen(toldAnalysis(document), style),
    markdown: () => toldMarkdown(toldAnalysis(document)),
  };
}

function toldAnalysis(document: AnalysisDocument): Told {
  const { range, bucket, by, findings, warnings, totals } = document;
  return {
    title: "Spending analysed",
    about: `${range.start} to ${range.end}, ${range.tz}, by ${bucket} and ${by}`,
    sentences: totals.requests === 0 ? ["Nothing to report."] : findings.map(({ sentence }) => sentence),
    charts: [(style) => componentsChart(document, style), (style) => weekMap(document, style)],
    tables: totals.requests === 0 ? [] : analysisTables(document),
    warnings,
  };
}

/** Each bucket of the whole and of each name: value = trend + oscillation + noise. */
function bucketRows({ total, series, buckets, by }: AnalysisDocument): Record<(typeof ROW_FIELDS)[number], Cell>[] {
  const rowsOf = (of: string, { name, components }: AnalysisDocument["total"]): Record<(typeof ROW_FIELDS)[number], Cell>[] =>
    components.values.map((value, i) => ({
      of,
      name,
      start: buckets[i] ?? null,
      value,
      trend: components.trend[i] ?? null,
      oscillation: components.oscillation[i] ?? null,
      noise: components.noise[i] ?? null,
    }));
  return [...rowsOf("total", total), ...series.flatMap((one) => rowsOf(by, one))];
}
