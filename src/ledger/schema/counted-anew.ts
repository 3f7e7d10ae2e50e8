/** What a budget's counters must hold, from sums of records that a database made. */
import { valuesCounted } from "../../budget/index.ts";
import type { StoredBudget } from "../store.ts";
import { callOf, type ScopeColumn } from "./budget-counting.ts";
import type { DictionaryEntry } from "./dictionary-entry.ts";

/** The records of one counter's span that are alike in all at which the budget looks. */
export interface SummedRecords {
  ids: Partial<Record<ScopeColumn, number>>;
  /** Where the span begins. */
  startMs: number;
  nanoUsd: bigint;
  tokens: bigint;
  requests: number;
}

export interface CountedAnew extends Omit<SummedRecords, "ids"> {
  value: string;
}

const NO_SCOPE: Readonly<Record<ScopeColumn, number>> = { org: 0, team: 0, user: 0, project: 0, key: 0, tags: 0, model: 0 };

export function countersOf(
  { definition: { scope } }: StoredBudget,
  groups: Iterable<SummedRecords>,
  entryOf: (id: number) => DictionaryEntry,
): CountedAnew[] {
  const counters = new Map<string, CountedAnew>();
  for (const { ids, startMs, nanoUsd, tokens, requests } of groups) {
    for (const value of valuesCounted(scope, callOf({ ...NO_SCOPE, ...ids }, entryOf))) {
      const key = `${startMs} ${value}`;
      const counter = counters.get(key) ?? { value, startMs, nanoUsd: 0n, tokens: 0n, requests: 0 };
      counter.nanoUsd += nanoUsd;
      counter.tokens += tokens;
      counter.requests += requests;
      counters.set(key, counter);
    }
  }
  return [...counters.values()];
}
