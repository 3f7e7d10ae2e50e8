/** How names go together: correlations with their tests, communities, substitutes, and who might be used together. */
import { correlateSeries } from "../analysis/index.ts";
import { formatUsd } from "../money.ts";
import type { AnalysisDocument } from "./analysis-document.ts";
import type { NamedSeries } from "./book-series.ts";
import type { BucketGrid } from "./bucket-grid.ts";
import { rounded, roundedOrNull } from "./rounding.ts";

type Pairs = Pick<AnalysisDocument, "correlation" | "communities" | "substitutes" | "structural_holes">;

/** Of tokens, whatever the unit: they are there for every call, and prices would make two models alike that are not. */
export function pairsOf(names: readonly NamedSeries[], grid: BucketGrid): Pairs {
  if (names.length < 2 || grid.startsMs.length === 0)
    return { correlation: { pairs: [] }, communities: [], substitutes: [], structural_holes: [] };
  const keyOf = (series: NamedSeries): string => series.name ?? "(none)";
  const byKey = new Map(names.map((series) => [keyOf(series), series]));
  const found = correlateSeries(
    [...byKey].map(([name, { tokens, requests }]) => ({
      name,
      values: tokens.map((count) => Math.max(0, count)),
      requests: Math.max(0, requests),
    })),
    { bucketMs: grid.bucketMs, ...grid.calendar },
  );
  const nameOf = (key: string): string | null => byKey.get(key)?.name ?? null;
  const sum = (keys: readonly string[], of: (series: NamedSeries) => number): number =>
    keys.reduce((total, key) => total + of(byKey.get(key) as NamedSeries), 0);
  return {
    correlation: {
      pairs: found.pairs.map(({ modelA, modelB, r, reason, overlap, edge }) => ({
        a: nameOf(modelA),
        b: nameOf(modelB),
        r: roundedOrNull(r),
        overlap,
        reason: reason ?? null,
        edge:
          edge?.r === undefined || edge.p === undefined || edge.q === undefined
            ? null
            : { r: rounded(edge.r), p: rounded(edge.p), q: rounded(edge.q), significant: edge.significant },
      })),
    },
    communities: found.communities.map(({ models }) => ({
      names: models.map(nameOf),
      cost_usd: communityCost(models.map((key) => byKey.get(key) as NamedSeries)),
      total_tokens: sum(models, ({ totalTokens }) => totalTokens),
      requests: sum(models, ({ requests }) => requests),
    })),
    substitutes: found.substitutes.map(({ modelA, modelB, score }) => ({
      a: nameOf(modelA),
      b: nameOf(modelB),
      score: rounded(score),
    })),
    structural_holes: found.structuralHoles.map(({ modelA, modelB, score, evidence }) => ({
      a: nameOf(modelA),
      b: nameOf(modelB),
      score: rounded(score),
      evidence: String(evidence),
    })),
  };
}

function communityCost(members: readonly NamedSeries[]): string | null {
  if (members.every(({ requests, unpricedRequests }) => requests > 0 && requests === unpricedRequests)) return null;
  return formatUsd(members.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n));
}
