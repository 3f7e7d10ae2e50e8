/** What analysis, forecast and explanation are asked for, as it is written. */
import { InvalidInput, quoteValue } from "../../errors.ts";
import type { Dimension } from "../../ledger/index.ts";
import { parseUsd } from "../../money.ts";
import type { SeriesDimension } from "../book-series.ts";
import type { BucketName } from "../bucket-grid.ts";

/** Whose series an analysis tells apart. */
export const ANALYSIS_DIMENSIONS: readonly SeriesDimension[] = ["model", "team", "project"];

export const ANALYSIS_BUCKETS: readonly BucketName[] = ["hour", "day"];

/** A call has one value of each of these, so that their changes add up. */
export const EXPLANATION_DIMENSIONS: readonly Dimension[] = [
  "model",
  "team",
  "project",
  "user",
  "provider",
  "source",
  "org",
  "key",
  "session",
];

/** @throws InvalidInput for what is no amount of money above zero */
export function limitNanoUsdIn(text: string, what: string): bigint {
  const nanoUsd = parseUsd(text, what);
  if (nanoUsd <= 0n) throw new InvalidInput(`${what} ${quoteValue(text)} leaves nothing to spend; give an amount above 0, such as 5000.`);
  return nanoUsd;
}
