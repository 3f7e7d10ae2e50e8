/** One replay of the book, and what it shows that could be saved. */
import type { Ledger, UsageFilter } from "../../ledger/index.ts";
import { formatUsd } from "../../money.ts";
import { pricesOf } from "../list-prices.ts";
import type { Period } from "../period.ts";
import { FILTER_NAMES } from "../questions/usage-filter.ts";
import { rounded } from "../rounding.ts";
import { pricesElsewhere } from "./belief/prices-elsewhere.ts";
import type { RecommendationKind } from "./candidate.ts";
import { allWatches } from "./finders.ts";
import { FoundSavings } from "./found-savings.ts";
import { type PriceChange, repricedLately } from "./habits/price-changes.ts";
import { lanesFor } from "./models/lanes.ts";
import { calibrationOf, type RuleReceipt, receiptFor } from "./receipts/receipts.ts";
import type { ObservationDocument, PriceChangeDocument } from "./recommendation-document.ts";
import type { Cell } from "./replay/cell.ts";
import { type ReplayedBook, replayCalls } from "./replay/replay-calls.ts";
import { RowsByCell } from "./replay/rows-by-cell.ts";
import { DAY_MS, dayText } from "./replay/utc-day.ts";
import type { Observation } from "./replay/watching.ts";
import type { AppliedRule } from "./rules/applied-rule.ts";
import { narrowed } from "./rules/narrowed-scopes.ts";

/** As much of a ledger as is read. */
export interface SavingsBook extends ReplayedBook, Pick<Ledger, "aggregate"> {}

export interface SavingsRequest {
  period: Period;
  generatedAtMs: number;
  filter?: UsageFilter;
  /** What is done already. */
  applied?: readonly AppliedRule[];
  /** Of the chance by which days are drawn anew; the same one gives the same bounds. */
  seed?: number;
  /** Remember which records each recommendation is about: twelve bytes for each. */
  keepsRows?: boolean;
  /** Called now and then with the number of records read so far. */
  onProgress?: (records: number) => void;
}

const SEED = 730;

export async function findSavings(book: SavingsBook, request: SavingsRequest): Promise<FoundSavings> {
  const { period, generatedAtMs, filter, applied = [], seed = SEED, onProgress } = request;
  const prices = (await pricesOf(book)).book;
  const watches = allWatches(prices, generatedAtMs);
  const receipts = applied.map((rule) => receiptFor(rule, prices));
  const rows = request.keepsRows === true ? new RowsByCell() : undefined;
  const digest = await replayCalls(book, {
    startMs: period.startMs,
    endMs: period.endMs,
    filter,
    prices,
    lanesFor: lanesFor(prices, { nowMs: generatedAtMs, inUse: await modelsInUse(book, period) }),
    flaggers: watches.map(({ flagger }) => flagger).filter((flagger) => flagger !== undefined),
    observers: [...watches.map(({ observer }) => observer).filter((observer) => observer !== undefined), ...receipts],
    ...(rows && { onCall: ({ row }: { row: number }, cell: Cell) => rows.add(row, cell) }),
    ...(onProgress && { onProgress }),
  });
  return new FoundSavings(
    digest,
    watches.flatMap(({ find }) => find?.(digest) ?? []).map((candidate) => narrowed(candidate, filter, digest)),
    {
      period,
      generatedAtMs,
      query: rowsQuery(period, filter),
      applied,
      calibrations: calibrationsOf(receipts),
      elsewhere: pricesElsewhere(prices),
      seed,
      observations: watches.flatMap(({ observations }) => observations?.(digest) ?? []).map(observationDocument),
      priceChanges: repricedLately(digest, prices, generatedAtMs).map(priceChangeDocument),
      rows,
    },
  );
}

/** Fewer calls say little of what a kind of rule is good for. */
const FEWEST_CALLS = 50;

/** Of the rules of each kind as far as the period shows them, the one that came least true. */
function calibrationsOf(receipts: readonly RuleReceipt[]): ReadonlyMap<RecommendationKind, number> {
  const calibrations = new Map<RecommendationKind, number>();
  for (const receipt of receipts) {
    const saved = receipt.saved();
    const calibration = saved && calibrationOf(saved);
    if (calibration === undefined || receipt.since.calls < FEWEST_CALLS) continue;
    const { kind } = receipt.rule;
    calibrations.set(kind, Math.max(0, Math.min(calibration, calibrations.get(kind) ?? calibration)));
  }
  return calibrations;
}

/** Those that somebody uses are sold, and to be had by whoever uses the provider. */
async function modelsInUse(book: SavingsBook, { startMs, endMs }: Period): Promise<{ provider: string; model: string }[]> {
  const namesOf = async (dimension: "provider" | "model"): Promise<string[]> => {
    // By one dimension at a time the book has the sums ready.
    const { rows } = await book.aggregate({ startMs, endMs, timeZone: "UTC", groupBy: [dimension] });
    return rows.flatMap(({ keys: [name] }) => name ?? []);
  };
  const [providers, models] = await Promise.all([namesOf("provider"), namesOf("model")]);
  return providers.flatMap((provider) => models.map((model) => ({ provider, model })));
}

const PLAIN_WORD = /^[\w.:/@+-]+$/;

/** What prints the calls of the recommendation `ID`: the same period, and the same filter as far as the command knows it. */
function rowsQuery({ start, end, timeZone }: Period, filter: UsageFilter = {}): string {
  const words = FILTER_NAMES.flatMap((name) => {
    const value = filter[name];
    if (value === undefined) return [];
    return (typeof value === "string" ? [value] : (value ?? [""])).map((one) => `--${name} ${PLAIN_WORD.test(one) ? one : quoted(one)}`);
  });
  return ["tokenledger export records --recommendation ID", `--start ${start} --end ${end} --tz ${timeZone}`, ...words].join(" ");
}

/** As shells take a word literally. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function priceChangeDocument(change: PriceChange): PriceChangeDocument {
  const { provider, model, fromMs, requests, costNanoUsd, newCostNanoUsd } = change;
  const [before, after] = [BigInt(Math.round(costNanoUsd)), BigInt(Math.round(newCostNanoUsd))];
  return {
    provider,
    model,
    day: dayText(Math.floor(fromMs / DAY_MS)),
    requests,
    cost_usd: formatUsd(before),
    new_cost_usd: formatUsd(after),
    change_usd: formatUsd(after - before),
    percent: before === 0n ? 0 : rounded((100 * Number(after - before)) / Number(before)),
  };
}

function observationDocument(observation: Observation): ObservationDocument {
  const { kind, provider, model, scope, requests, costNanoUsd, sentence, figures } = observation;
  return {
    kind,
    provider: provider ?? null,
    model: model ?? null,
    scope,
    requests,
    cost_usd: formatUsd(BigInt(Math.round(costNanoUsd))),
    sentence,
    figures,
  };
}
