/** What one record cost and why, as a document. */
import { InvalidInput } from "../errors.ts";
import type { StoredRecord } from "../ledger/index.ts";
import { formatUsd } from "../money.ts";
import type { Cost, PriceBook, Unpriced } from "../pricing/index.ts";
import { type RecordForm, toRecordForm } from "../usage/index.ts";

export interface RecordCostLine {
  kind: string;
  tokens: number;
  /** Of web searches: for a million of them. */
  usd_per_million: string;
  cost_usd: string;
}

export interface RecordCostDocument {
  schema: "tokenledger.record-cost/1";
  record: RecordForm;
  /** They add up to `computed_usd`; none where today's prices are not those that it was computed by. */
  lines: RecordCostLine[];
  computed_usd: string | null;
  reported_usd: string | null;
  cost_basis: "reported" | "computed" | "estimated" | "unpriced";
  price_version: string | null;
  steps: string[];
  /** Why no price is known. */
  reason: string | null;
}

export function recordCost(record: StoredRecord, prices: PriceBook): RecordCostDocument {
  const { computedCostNanoUsd: computed, reportedCostNanoUsd: reported } = record;
  const { steps, result } = explained(record, prices);
  const cost = result !== undefined && "lines" in result ? result : undefined;
  const isAsToday = cost !== undefined && cost.costNanoUsd === computed;
  if (cost !== undefined && computed !== undefined && !isAsToday)
    steps.push(
      `The book has ${formatUsd(computed)} USD, by the prices that were known when it was priced; tokenledger reprice applies today's.`,
    );
  return {
    schema: "tokenledger.record-cost/1",
    record: toRecordForm(record),
    lines: isAsToday ? costLines(cost) : [],
    computed_usd: computed === undefined ? null : formatUsd(computed),
    reported_usd: reported === undefined ? null : formatUsd(reported),
    cost_basis: basisOf(record),
    price_version: record.priceVersion ?? null,
    steps,
    reason: result !== undefined && "unpriced" in result ? result.reason : null,
  };
}

function basisOf({ reportedCostNanoUsd, costNanoUsd, usageSource }: StoredRecord): RecordCostDocument["cost_basis"] {
  if (reportedCostNanoUsd !== undefined) return "reported";
  if (costNanoUsd === null) return "unpriced";
  return usageSource === "estimated" ? "estimated" : "computed";
}

/** Logs tell of counts that no call can have; the book takes them as they are, and there is nothing to explain. */
function explained(record: StoredRecord, prices: PriceBook): { steps: string[]; result?: Cost | Unpriced } {
  const { provider, model, timestampMs, tokens, serviceTier, speed, inferenceGeo, requestInputTokens } = record;
  try {
    return prices.explain({
      provider,
      model,
      at: timestampMs,
      tokens,
      ...(serviceTier !== undefined && { serviceTier }),
      ...(speed !== undefined && { speed }),
      ...(inferenceGeo !== undefined && { inferenceGeo }),
      ...(requestInputTokens !== undefined && { requestInputTokens }),
    });
  } catch (error) {
    if (error instanceof InvalidInput) return { steps: [error.message] };
    throw error;
  }
}

/** Finer than any price that is known. */
const DECIMALS = 30;
const NANO = 10n ** BigInt(DECIMALS - 9);

/** What rounding leaves goes to the lines that lost most by it, so that they add up to the sum to the last digit. */
function costLines({ lines, costNanoUsd }: Cost): RecordCostLine[] {
  const exact = lines.map(({ exactCostUsd }) => scaled(exactCostUsd));
  const nanos = exact.map((amount) => amount / NANO);
  let left = Number(BigInt(costNanoUsd) - nanos.reduce((sum, nano) => sum + nano, 0n));
  const order = exact
    .map((amount, place) => ({ place, rest: amount % NANO }))
    .sort((a, b) => (a.rest < b.rest ? 1 : a.rest > b.rest ? -1 : 0));
  for (const { place } of order) if (left-- > 0) nanos[place] = (nanos[place] as bigint) + 1n;
  return lines.map(({ kind, quantity, unitPriceUsd }, place) => ({
    kind: kind.replaceAll(/[A-Z]|\d+/g, (part) => `_${part.toLowerCase()}`),
    tokens: quantity,
    usd_per_million: decimalText(scaled(unitPriceUsd) * 1_000_000n),
    cost_usd: formatUsd(nanos[place] as bigint),
  }));
}

function scaled(decimal: string): bigint {
  const [whole = "0", fraction = ""] = decimal.split(".");
  return BigInt(whole + fraction.slice(0, DECIMALS).padEnd(DECIMALS, "0"));
}

function decimalText(amount: bigint): string {
  const text = amount.toString().padStart(DECIMALS + 1, "0");
  let end = text.length;
  while (end > text.length - DECIMALS && text[end - 1] === "0") end--;
  const fraction = text.slice(-DECIMALS, end);
  return fraction === "" ? text.slice(0, -DECIMALS) : `${text.slice(0, -DECIMALS)}.${fraction}`;
}
