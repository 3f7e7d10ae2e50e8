/** What to set aside for a call. */
import { formatUsd } from "../../money.ts";
import type { ServiceTerms, TokenCounts } from "../../usage/index.ts";
import type { RequestReading } from "../request.ts";
import { dearestTokens } from "../requests/dearest-tokens.ts";
import type { CallPrices, PriceQuery } from "./call-prices.ts";

/** `bound`: no such call uses more, as hard budgets need it. `likely`: what such calls use. */
export type EstimateKind = "bound" | "likely";

/** As books and pools take it. */
export interface HeldEstimate {
  inputTokens: number;
  outputTokens: number;
  /** Absent where no price is known. */
  costUsd?: number | string;
}

/** @param outputTokens of all answers together */
export function callEstimate(
  reading: RequestReading,
  kind: EstimateKind,
  outputTokens: number,
  prices: CallPrices,
  query: PriceQuery,
): HeldEstimate {
  const inputTokens = reading.input[kind];
  const costNanoUsd = estimatedCost(reading, kind, outputTokens, prices, query);
  return { inputTokens, outputTokens, ...(costNanoUsd === undefined ? {} : { costUsd: formatUsd(costNanoUsd) }) };
}

/** In nano-USD. Undefined where no price is known: the book decides what becomes of such calls. */
export function estimatedCost(
  reading: RequestReading,
  kind: EstimateKind,
  outputTokens: number,
  prices: CallPrices,
  query: PriceQuery,
): number | undefined {
  if (kind === "likely") return prices.cost(query, likelyTokens(reading, outputTokens));
  let dearest = 0;
  const mixes = dearestTokens(reading, outputTokens);
  for (const tokens of mixes) {
    const cost = prices.cost(query, tokens);
    if (cost === undefined) return undefined;
    if (cost > dearest) dearest = cost;
  }
  // Another model that may answer in its place, or beside it.
  for (const model of reading.otherModels) {
    for (const tokens of mixes) dearest = Math.max(dearest, prices.cost({ ...query, model }, tokens) ?? 0);
  }
  return dearest;
}

function likelyTokens({ input, webSearches }: RequestReading, output: number): TokenCounts {
  return webSearches === 0 ? { input: input.likely, output } : { input: input.likely, output, webSearches };
}

/**
 * The most output tokens, from `least` to `most`, with which a call costs at most `roomNanoUsd` and has at most `roomTokens`.
 * Undefined: not even `least` fits.
 */
export function outputThatFits(
  reading: RequestReading,
  { least, most }: { least: number; most: number },
  room: { nanoUsd: number; tokens: number },
  prices: CallPrices,
  query: PriceQuery,
): number | undefined {
  const fits = (outputTokens: number): boolean => {
    const cost = estimatedCost(reading, "bound", outputTokens, prices, query);
    return cost !== undefined && cost <= room.nanoUsd && reading.input.bound + outputTokens <= room.tokens;
  };
  if (least > most || !fits(least)) return undefined;
  let fitting = least;
  let tooMany = most + 1;
  while (tooMany - fitting > 1) {
    const middle = Math.floor((fitting + tooMany) / 2);
    if (fits(middle)) fitting = middle;
    else tooMany = middle;
  }
  return fitting;
}

/** The terms that a request asks for, with its place in a price book. */
export function priceQueryOf(
  { serviceTier, speed, inferenceGeo }: ServiceTerms,
  place: { provider: string; model: string; atMs: number },
): PriceQuery {
  const { provider, model, atMs } = place;
  const query: PriceQuery = { provider, model, atMs };
  if (serviceTier !== undefined) query.serviceTier = serviceTier;
  if (speed !== undefined) query.speed = speed;
  if (inferenceGeo !== undefined) query.inferenceGeo = inferenceGeo;
  return query;
}
