/**
 * What rows of records change in the counters of budgets, gathered in memory for one transaction. Records of one team, model, …
 * are counted by the same budgets, so those are looked for once for each combination, not for each record.
 */
import { type CallScope, counterSpanOf, SCOPE_KEYS, type ScopeName, valuesCounted } from "../../budget/index.ts";
import type { StoredBudget } from "../store.ts";
import { type DictionaryEntry, providerAndModel } from "./dictionary-entry.ts";
import type { RecordRow } from "./rows.ts";

/** By how much one counter changes. */
export interface CounterChange {
  budget: StoredBudget;
  value: string;
  /** The counter's span: the window, or the sliding window's part. */
  startMs: number;
  endMs: number;
  usedNanoUsd: bigint;
  usedTokens: bigint;
  requests: number;
  /** Whether there are new records in it, and not only corrections of older ones. */
  isNew: boolean;
}

/** A sum that stays exact beyond 2^53: what passes it goes to the carry. */
class Sum {
  #sum = 0;
  #carry = 0n;

  add(figure: number): void {
    if (Math.abs(this.#sum) + Math.abs(figure) > Number.MAX_SAFE_INTEGER) {
      this.#carry += BigInt(this.#sum);
      this.#sum = 0;
    }
    this.#sum += figure;
  }

  total(): bigint {
    return this.#carry + BigInt(this.#sum);
  }
}

interface SpanSums {
  startMs: number;
  endMs: number;
  nanoUsd: Sum;
  tokens: Sum;
  requests: number;
  isNew: boolean;
}

/** One value of one budget. */
interface Counter {
  budget: StoredBudget;
  value: string;
  spans: Map<number, SpanSums>;
  /** Records come by time: the last one's span is mostly the next one's. */
  last: SpanSums | undefined;
}

const COLUMN_OF: Record<(typeof SCOPE_KEYS)[number], ScopeColumn> = {
  org: "org",
  team: "team",
  user: "user",
  project: "project",
  key: "key",
  tag: "tags",
  provider: "model",
  model: "model",
};

/** A row's columns at which a budget may look. */
export type ScopeColumn = "org" | "team" | "user" | "project" | "key" | "tags" | "model";

/** The columns at which budgets of these scopes look. */
export function columnsOfScopes(budgets: readonly StoredBudget[]): ScopeColumn[] {
  const keys = SCOPE_KEYS.filter((key) => budgets.some(({ definition }) => definition.scope[key] !== undefined));
  return [...new Set(keys.map((key) => COLUMN_OF[key]))];
}

type EntryOf = (id: number) => DictionaryEntry;

export class BudgetCounting {
  readonly #entryOf: EntryOf;
  #budgets: readonly StoredBudget[] = [];
  #columns: readonly ScopeColumn[] = [];
  readonly #counters = new Map<string, Counter>();
  readonly #byCombination = new Map<number | string, readonly Counter[]>();

  constructor(entryOf: EntryOf) {
    this.#entryOf = entryOf;
  }

  /** The budgets from now on; also to be called when names of the dictionary have changed. Drops what was gathered. */
  use(budgets: readonly StoredBudget[]): void {
    this.#budgets = budgets;
    this.#columns = columnsOfScopes(budgets);
    this.#counters.clear();
    this.#byCombination.clear();
  }

  get isIdle(): boolean {
    return this.#budgets.length === 0;
  }

  add(row: RecordRow): void {
    for (const counter of this.#countersOf(row)) {
      if (row.time_ms < counter.budget.countedFromMs) continue;
      const { last } = counter;
      const sums = last && row.time_ms >= last.startMs && row.time_ms < last.endMs ? last : spanSums(counter, row.time_ms);
      sums.nanoUsd.add(row.reported_cost_nano_usd ?? row.computed_cost_nano_usd ?? 0);
      sums.tokens.add(row.input_tokens ?? 0);
      sums.tokens.add(row.output_tokens ?? 0);
      sums.requests += row.requests;
      if (row.corrects === null) sums.isNew = true;
    }
  }

  /** What was gathered, by budget, value and time; then starts anew. */
  take(): CounterChange[] {
    const changes: CounterChange[] = [];
    for (const { budget, value, spans } of this.#counters.values()) {
      for (const { startMs, endMs, nanoUsd, tokens, requests, isNew } of spans.values()) {
        changes.push({ budget, value, startMs, endMs, usedNanoUsd: nanoUsd.total(), usedTokens: tokens.total(), requests, isNew });
      }
    }
    this.forget();
    return changes.sort(compareChanges);
  }

  /** To be called when the transaction is undone. */
  forget(): void {
    for (const counter of this.#counters.values()) {
      counter.spans.clear();
      counter.last = undefined;
    }
  }

  #countersOf(row: RecordRow): readonly Counter[] {
    const combination = combinationOf(row, this.#columns);
    let counters = this.#byCombination.get(combination);
    if (!counters) {
      const call = callOf(row, this.#entryOf);
      counters = this.#budgets.flatMap((budget) =>
        valuesCounted(budget.definition.scope, call).map((value) => this.#counter(budget, value)),
      );
      this.#byCombination.set(combination, counters);
    }
    return counters;
  }

  #counter(budget: StoredBudget, value: string): Counter {
    const key = `${budget.id} ${value}`;
    let counter = this.#counters.get(key);
    if (!counter) {
      counter = { budget, value, spans: new Map(), last: undefined };
      this.#counters.set(key, counter);
    }
    return counter;
  }
}

function spanSums(counter: Counter, timeMs: number): SpanSums {
  const { startMs, endMs } = counterSpanOf(timeMs, counter.budget.definition);
  let sums = counter.spans.get(startMs);
  if (!sums) {
    sums = { startMs, endMs, nanoUsd: new Sum(), tokens: new Sum(), requests: 0, isNew: false };
    counter.spans.set(startMs, sums);
  }
  counter.last = sums;
  return sums;
}

/** Dictionary ids stay below this, so two of them make one safe integer. */
const IDS = 2 ** 26;

function combinationOf(row: RecordRow, columns: readonly ScopeColumn[]): number | string {
  const [first, second] = columns;
  if (first === undefined) return 0;
  if (second === undefined) return row[first];
  if (columns.length === 2) return row[first] * IDS + row[second];
  return columns.map((column) => row[column]).join(" ");
}

function compareChanges(a: CounterChange, b: CounterChange): number {
  if (a.budget.id !== b.budget.id) return a.budget.id - b.budget.id;
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  return a.startMs - b.startMs;
}

/** What budgets see of a stored row; columns at which they don't look may be 0. */
export function callOf(row: Pick<RecordRow, ScopeColumn>, entryOf: EntryOf): CallScope {
  return {
    ...modelOf(row.model, entryOf),
    org: scopeName(row.org, entryOf),
    team: scopeName(row.team, entryOf),
    user: scopeName(row.user, entryOf),
    project: scopeName(row.project, entryOf),
    key: row.key === 0 ? undefined : { name: entryOf(row.key).key },
    tags: row.tags === 0 ? [] : (JSON.parse(entryOf(row.tags).key) as string[]),
  };
}

function modelOf(id: number, entryOf: EntryOf): Pick<CallScope, "provider" | "model" | "canonicalModel"> {
  if (id === 0) return { provider: "", model: "", canonicalModel: "" };
  const { key, name } = entryOf(id);
  const [provider, model] = providerAndModel(key);
  return { provider, model, canonicalModel: name ?? model };
}

function scopeName(id: number, entryOf: EntryOf): ScopeName | undefined {
  if (id === 0) return undefined;
  const { key, name } = entryOf(id);
  return { name: name ?? key, id: key };
}
