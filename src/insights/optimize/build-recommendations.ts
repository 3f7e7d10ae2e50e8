/** One replay of the book, and what it shows that could be saved. */
import type { UsageFilter } from "../../ledger/index.ts";
import { formatUsd } from "../../money.ts";
import { pricesOf } from "../list-prices.ts";
import type { Period } from "../period.ts";
import type { AppliedRule } from "./applied-rule.ts";
import type { Cell } from "./cell.ts";
import { allWatches } from "./finders.ts";
import { FoundSavings } from "./found-savings.ts";
import type { ObservationDocument } from "./recommendation-document.ts";
import { type ReplayedBook, replayCalls } from "./replay-calls.ts";
import { RowsByCell } from "./rows-by-cell.ts";
import type { Observation } from "./watching.ts";

/** As much of a ledger as is read. */
export type SavingsBook = ReplayedBook;

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
  const watches = allWatches(prices);
  const rows = request.keepsRows === true ? new RowsByCell() : undefined;
  const digest = await replayCalls(book, {
    startMs: period.startMs,
    endMs: period.endMs,
    filter,
    prices,
    flaggers: watches.map(({ flagger }) => flagger).filter((flagger) => flagger !== undefined),
    observers: watches.map(({ observer }) => observer).filter((observer) => observer !== undefined),
    ...(rows && { onCall: ({ row }: { row: number }, cell: Cell) => rows.add(row, cell) }),
    ...(onProgress && { onProgress }),
  });
  return new FoundSavings(
    digest,
    watches.flatMap(({ find }) => find?.(digest) ?? []),
    {
      period,
      generatedAtMs,
      query: `tokenledger export records --recommendation ID --start ${period.start} --end ${period.end}`,
      applied,
      seed,
      observations: watches.flatMap(({ observations }) => observations?.(digest) ?? []).map(observationDocument),
      priceChanges: [],
      rows,
    },
  );
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
