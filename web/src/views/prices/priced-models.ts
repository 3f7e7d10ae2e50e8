/** Which of the models that the book has calls of are priced. */
import type { ReportRow } from "./price-documents.ts";

export interface ModelInUse {
  model: string;
  requests: number;
  unpriced: number;
  costUsd: string | null;
}

/** Rows by model, the dearest first; without a model nobody could be asked for its price. */
export function modelsOf(rows: readonly ReportRow[]): ModelInUse[] {
  return rows.flatMap((row) => {
    const model = (row as unknown as { model: string | null }).model;
    return model === null ? [] : [{ model, requests: row.requests, unpriced: row.unpriced_requests, costUsd: row.cost_usd }];
  });
}

/** Those of which calls have no price, with most such calls first. */
export function unpricedOf(models: readonly ModelInUse[]): ModelInUse[] {
  return models
    .filter(({ unpriced }) => unpriced > 0)
    .sort((one, other) => other.unpriced - one.unpriced || (one.model < other.model ? -1 : 1));
}

export function pricedText({ requests, unpriced }: ModelInUse): "priced" | "partly priced" | "unpriced" {
  if (unpriced === 0) return "priced";
  return unpriced < requests ? "partly priced" : "unpriced";
}
