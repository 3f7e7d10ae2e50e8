/** Documents with nothing in them but what a test puts there. */
import type { AnalysisDocument, SeriesDocument } from "../../src/insights/index.ts";

export function seriesDocument(part: Partial<SeriesDocument> = {}): SeriesDocument {
  return {
    name: null,
    names: 1,
    requests: 1,
    total_tokens: 100,
    cost_usd: "1",
    share: 1,
    insufficient: null,
    phase: { direction: "unknown", volatile: false, percent_per_week: null, p: null },
    rhythms: [],
    components: { values: [], trend: [], oscillation: [], noise: [], levels: 0 },
    anomalies: [],
    change_points: [],
    ...part,
  };
}

export function analysisDocument(part: Partial<AnalysisDocument> = {}): AnalysisDocument {
  return {
    schema: "tokenledger.analysis/1",
    generated_at: "2026-05-12T12:00:00.000Z",
    range: { start: "2026-03-18", end: "2026-05-12", tz: "UTC" },
    bucket: "hour",
    by: "model",
    unit: "usd",
    buckets: [],
    findings: [],
    totals: { requests: 1, total_tokens: 100, cost_usd: "1", unpriced_requests: 0, names: 1 },
    total: seriesDocument(),
    series: [],
    heat_map: null,
    correlation: { pairs: [] },
    communities: [],
    substitutes: [],
    structural_holes: [],
    alternatives: [],
    budgets: [],
    warnings: [],
    ...part,
  };
}
