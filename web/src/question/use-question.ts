/** The question that a view asks stands in its address: what is looked at can be kept, sent to others, and gone back to. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import type { Parameters } from "../api/client.ts";
import { daysBetween } from "../format/instants.ts";
import { useBook } from "./book.tsx";
import { type Days, daysOfPeriod, isDay, isPeriodName, type PeriodName } from "./period.ts";

/** By what calls can be chosen; `key` and `session` where single requests are listed. */
export const FILTERS = ["team", "user", "project", "provider", "model", "source", "tag", "key", "session"] as const;
export type FilterName = (typeof FILTERS)[number];
export type Filters = Partial<Record<FilterName, readonly string[]>>;

export interface Question {
  days: Days;
  /** Undefined where days are given. */
  period: PeriodName | undefined;
  dayCount: number;
  filters: Filters;
  /** The days and filters as the API takes them. */
  parameters: Parameters;
  /** Any other part of the address. */
  word(name: string): string | undefined;
  /** Changes parts of the address; undefined takes one away. */
  change(changes: Changes, options?: { replace?: boolean }): void;
  /** The query of a link to another view that asks of the same days and filters, changed so. */
  link(path: string, changes?: Changes): string;
}

export type Changes = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Carried from view to view; the rest belongs to one view. */
const CARRIED = new Set<string>(["period", "start", "end", ...FILTERS]);

/** @param usual the period where the address names none */
export function useQuestion(usual: PeriodName = "month"): Question {
  const book = useBook();
  const [search, setSearch] = useSearchParams();
  const change = useCallback<Question["change"]>(
    (changes, { replace = false } = {}) => setSearch((before) => changed(before, changes), { replace }),
    [setSearch],
  );
  return useMemo(() => {
    const [start, end] = [search.get("start"), search.get("end")];
    const named = search.get("period");
    const given = isDay(start) && isDay(end) && start <= end ? { start, end } : undefined;
    const period = given ? undefined : named !== null && isPeriodName(named) ? named : usual;
    const days = given ?? daysOfPeriod(period ?? usual, book);
    const filters = filtersIn(search);
    return {
      days,
      period,
      dayCount: daysBetween(days.start, days.end),
      filters,
      parameters: { ...days, ...filters },
      word: (name: string) => search.get(name) ?? undefined,
      change,
      link(path: string, changes: Changes = {}) {
        const carried = new URLSearchParams([...search].filter(([name]) => CARRIED.has(name)));
        const text = changed(carried, changes).toString();
        return text === "" ? path : `${path}?${text}`;
      },
    };
  }, [search, book, usual, change]);
}

function filtersIn(search: URLSearchParams): Filters {
  const filters: Filters = {};
  for (const name of FILTERS) if (search.has(name)) filters[name] = search.getAll(name);
  return filters;
}

function changed(before: URLSearchParams, changes: Changes): URLSearchParams {
  const after = new URLSearchParams(before);
  for (const [name, value] of Object.entries(changes)) {
    after.delete(name);
    if (value === undefined) continue;
    for (const one of typeof value === "string" ? [value] : value) after.append(name, one);
  }
  return after;
}
