/** Which records a query asks for: filters as everywhere, and local days. */
import type { TimeSpan, UsageFilter } from "../../ledger/index.ts";
import { localDayStart, parseDay, resolveTimeZone } from "../../usage/index.ts";
import { Refusal } from "../http/refusal.ts";
import { filterOf } from "./filter-parameters.ts";

const DAY_MS = 86_400_000;

type Values = ReadonlyMap<string, readonly string[]>;

export function askedFilter(values: Values): UsageFilter {
  const filter: UsageFilter = { ...filterOf({ values }) };
  for (const [parameter, field] of [
    ["key", "key"],
    ["session", "session"],
    ["request_id", "requestId"],
  ] as const) {
    const value = values.get(parameter)?.[0];
    if (value !== undefined) filter[field] = value;
  }
  return filter;
}

/** @throws Refusal 400 where the days end before they begin, InvalidInput where one is none */
export function askedSpan(values: Values, usualTimeZone = "UTC"): TimeSpan {
  const [zone, start, end] = ["tz", "start", "end"].map((name) => values.get(name)?.[0]);
  const timeZone = resolveTimeZone(zone ?? usualTimeZone);
  const firstDay = start === undefined ? undefined : parseDay(start, "start");
  const lastDay = end === undefined ? undefined : parseDay(end, "end");
  if (firstDay !== undefined && lastDay !== undefined && firstDay > lastDay)
    throw new Refusal(400, "invalid_request", `start ${start} is after end ${end}; give a start that is not after the end.`, {
      field: "start",
    });
  return {
    ...(firstDay === undefined ? {} : { startMs: localDayStart(firstDay, timeZone) }),
    ...(lastDay === undefined ? {} : { endMs: localDayStart(lastDay + DAY_MS, timeZone) }),
  };
}
