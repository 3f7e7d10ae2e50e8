/** A filter in names and ids → conditions on the small integers of `usage_records`. */
import { nameUuid } from "../../usage/index.ts";
import type { FilterValue, UsageFilter } from "../store.ts";
import { type DictionaryEntry, type Entries, providerAndModel, type ScopeKind } from "./dictionary-entry.ts";

/** Columns whose values must be among the given ones. An empty list matches nothing. */
export interface ColumnFilter {
  column: string;
  ids: readonly number[];
}

/** All of them must hold; `requestId`, which is no column of small integers, is for `requestSql`. */
export function columnFilters(filter: UsageFilter, dictionary: Entries): ColumnFilter[] {
  const filters: ColumnFilter[] = [];
  const add = (column: string, value: FilterValue | undefined, idsOf: (values: readonly string[]) => number[]): void => {
    if (value === undefined) return;
    filters.push({ column, ids: value === null ? [0] : idsOf(typeof value === "string" ? [value] : value) });
  };
  for (const kind of ["org", "team", "user", "project"] as const) add(kind, filter[kind], (values) => scopeIds(kind, values, dictionary));
  for (const kind of ["key", "source", "session"] as const) {
    add(kind, filter[kind], (values) => values.flatMap((value) => dictionary.find(kind, value)?.id ?? []));
  }
  const models = (matches: (entry: DictionaryEntry, values: readonly string[]) => boolean) => (values: readonly string[]) =>
    idsWhere(dictionary.entries("model"), (entry) => matches(entry, values));
  add(
    "model",
    filter.provider,
    models((entry, values) => values.includes(providerAndModel(entry.key)[0])),
  );
  add(
    "model",
    filter.model,
    models((entry, values) => values.includes(entry.name ?? "") || values.includes(providerAndModel(entry.key)[1])),
  );
  add("tags", filter.tag, (values) =>
    idsWhere(dictionary.entries("tags"), (entry) => (JSON.parse(entry.key) as string[]).some((tag) => values.includes(tag))),
  );
  return filters;
}

function scopeIds(kind: ScopeKind, values: readonly string[], dictionary: Entries): number[] {
  const wanted = new Set(values.flatMap((value) => [value, nameUuid(kind, value)]));
  return idsWhere(dictionary.entries(kind), (entry) => wanted.has(entry.key) || values.includes(entry.name ?? ""));
}

function idsWhere(entries: readonly DictionaryEntry[], matches: (entry: DictionaryEntry) => boolean): number[] {
  return entries.filter(matches).map((entry) => entry.id);
}
