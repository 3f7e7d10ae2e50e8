/** Whose the records are that somebody posts: a key's own names stand in them, whatever the records say; what contradicts is refused. */
import { isSameName } from "../../budget/index.ts";
import { InvalidInput, quoteValue } from "../../errors.ts";
import type { UsageRecord } from "../../usage/index.ts";
import type { Caller } from "../gateway/access/caller.ts";
import type { Reach } from "./reach.ts";

/** Of records that the API brings, where they don't name another. */
export const API_SOURCE = "api";
/** What these tell is measured here: nobody posts it. */
const OWN_SOURCES: readonly string[] = ["gateway", "library"];
const IDS = { org: "orgId", team: "teamId", user: "userId", project: "projectId" } as const;
const YEAR_MS = 366 * 86_400_000;
const MOST_YEARS_AGO = 10;
/** Far above what a call can use, and far enough below what sums can hold. */
const MOST_TOKENS = 1_000_000_000;
const MOST_USD = 1_000_000;
const NANO_USD_PER_USD = 1e9;

/** Puts the caller's names into a record that was just read; @throws InvalidInput where the record is not the caller's to post. */
export type Attribute = (record: UsageRecord) => void;

/** The names stand in the record itself: of a thousand records a copy each would take as long as storing them. */
export function attributionOf({ key }: Caller, reach: Reach, nowMs: number): Attribute {
  const names = Object.entries({ ...reach.owner, ...(key === undefined ? {} : { key: key.name }) }) as [keyof Reach["owner"], string][];
  return (record) => {
    if (OWN_SOURCES.includes(record.source))
      throw new InvalidInput(`source is ${quoteValue(record.source)}, whose records are made by TokenLedger itself; leave it out`);
    if (reach.isWhole) {
      if (key !== undefined) record.key ??= key.name;
      return;
    }
    if (record.source !== API_SOURCE)
      throw new InvalidInput(`source is ${quoteValue(record.source)}; what this API key posts has the source ${API_SOURCE}: leave it out`);
    refuseUnlikely(record, nowMs);
    for (const [name, own] of names) {
      refuseOther(name, record[name], own);
      // Filters and budgets understand ids as well as names: another team's id would make it that team's record.
      if (name !== "key") refuseOther(`${name}_id`, record[IDS[name]], own);
      record[name] = own;
    }
  };
}

/**
 * Sums and the span of time are all teams' together: what no call can be must not make them too large for the others.
 *
 * @throws InvalidInput
 */
export function refuseUnlikely({ timestampMs, tokens, reportedCostNanoUsd }: UsageRecord, nowMs: number): void {
  if (timestampMs > nowMs + YEAR_MS || timestampMs < nowMs - MOST_YEARS_AGO * YEAR_MS) {
    throw new InvalidInput(
      `timestamp is ${new Date(timestampMs).toISOString()}; this API key posts what lies at most ${MOST_YEARS_AGO} years back or one ahead`,
    );
  }
  for (const [kind, count] of Object.entries(tokens)) {
    if (typeof count === "number" && count > MOST_TOKENS)
      throw new InvalidInput(`tokens of ${kind} are ${count}; this API key posts at most ${MOST_TOKENS} of a kind in one record`);
  }
  if (reportedCostNanoUsd !== undefined && reportedCostNanoUsd > MOST_USD * NANO_USD_PER_USD)
    throw new InvalidInput(`cost_usd is more than ${MOST_USD}, which is the most that this API key posts in one record`);
}

function refuseOther(field: string, told: string | undefined, own: string): void {
  if (told === undefined || isSameName(told, own)) return;
  throw new InvalidInput(`${field} is ${quoteValue(told)}, but this API key's is ${quoteValue(own)}; leave it out`);
}

/** Ids of one tenant's records never meet those of another's: neither can stand in the other's way, or learn that it is there. */
export function idSpaceOf({ key }: Caller, reach: Reach): string | undefined {
  if (key === undefined || reach.isWhole) return undefined;
  const { org, team, user, project, name } = key;
  return JSON.stringify([org ?? null, team ?? null, user ?? null, project ?? null, name]);
}
