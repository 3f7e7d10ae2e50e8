/** A small book, replayed with all that looks for savings beside other models and caches. */

import { newCostOf } from "../../../src/insights/optimize/belief/composed-effects.ts";
import type { Candidate } from "../../../src/insights/optimize/candidate.ts";
import { watchOtherSavings } from "../../../src/insights/optimize/habits/other-savings.ts";
import type { Call } from "../../../src/insights/optimize/replay/call.ts";
import { type Cell, type Digest, FLAGS } from "../../../src/insights/optimize/replay/cell.ts";
import { replayCalls } from "../../../src/insights/optimize/replay/replay-calls.ts";
import type { Observation } from "../../../src/insights/optimize/replay/watching.ts";
import { openLedger } from "../../../src/ledger/index.ts";
import { type PriceEntry, priceBook } from "../../../src/pricing/index.ts";
import { type CallFacts, factsAsMetadata, type UsageRecord } from "../../../src/usage/index.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
/** A Monday. */
export const START_MS = Date.UTC(2026, 3, 6);

export interface Watched {
  digest: Digest;
  candidates: Candidate[];
  observations: Observation[];
  /** When the calls were made that have this flag, in milliseconds after the start. */
  timesOf(flag: keyof typeof FLAGS): number[];
  /** The same of the calls that a candidate is about. */
  timesCoveredBy(candidate: Candidate): number[];
}

export async function watched(records: readonly UsageRecord[], prices: readonly PriceEntry[] = []): Promise<Watched> {
  const ledger = await openLedger("sqlite::memory:");
  try {
    if (prices.length > 0) await ledger.prices.put([...prices], "test");
    await ledger.record(records);
    const book = priceBook().with(prices);
    const watches = watchOtherSavings(book);
    const seen: { afterMs: number; cell: Cell }[] = [];
    const digest = await replayCalls(ledger, {
      startMs: 0,
      endMs: START_MS + 1000 * DAY_MS,
      prices: book,
      lanesFor: ({ provider, model }) => [{ provider, model, serviceTier: "batch" }],
      flaggers: watches.flatMap(({ flagger }) => flagger ?? []),
      observers: watches.flatMap(({ observer }) => observer ?? []),
      onCall: ({ timestampMs }: Call, cell: Cell) => seen.push({ afterMs: timestampMs - START_MS, cell }),
    });
    return {
      digest,
      candidates: watches.flatMap(({ find }) => find?.(digest) ?? []),
      observations: watches.flatMap(({ observations }) => observations?.(digest) ?? []),
      timesOf: (flag) => seen.filter(({ cell }) => (cell.flags & FLAGS[flag]) !== 0).map(({ afterMs }) => afterMs),
      timesCoveredBy: (candidate) => seen.filter(({ cell }) => candidate.covers(cell)).map(({ afterMs }) => afterMs),
    };
  } finally {
    await ledger.close();
  }
}

/** What following one candidate would have saved, in nano-USD. */
export function savingOf({ covers, effect }: Candidate, digest: Digest): number {
  return digest.cells
    .filter(covers)
    .reduce((sum, cell) => sum + (cell.costNanoUsd - (newCostOf(cell, effect, digest) ?? cell.costNanoUsd)), 0);
}

export interface TestCall extends Partial<Omit<UsageRecord, "tokens">> {
  afterMs: number;
  input: number;
  output: number;
  tokens?: UsageRecord["tokens"];
  facts?: CallFacts;
}

export function callsOf(calls: readonly TestCall[]): UsageRecord[] {
  return calls.map(({ afterMs, input, output, tokens, facts, ...fields }, index) => ({
    id: `call-${index}`,
    timestampMs: START_MS + afterMs,
    provider: "anthropic",
    model: "claude-sonnet-4-5",
    project: "web",
    source: "test",
    tokens: { input, output, ...tokens },
    ...(facts && { metadata: factsAsMetadata(facts) }),
    ...fields,
  }));
}

/** A prompt of one block under this hash. */
export const prompt = (hash: string, tokens: number): Pick<CallFacts, "promptBlocks"> => ({ promptBlocks: [{ hash, tokens }] });
