/** Which records cost most: the database sorts by what each costs now, corrections included. */
import type { StoredRecord } from "../store.ts";
import type { PlacedRecord } from "./page-places.ts";

/** What the record costs now whose place is the row `u`; null where no price is known. */
export const CURRENT_COST: string = costSql();

function costSql(): string {
  const original = 'coalesce(u.corrects, u."row")';
  const ofFamily = (row: string): string => `(${row}."row" = ${original} OR ${row}.corrects = ${original})`;
  // Put down anew, a record may tell no cost any more where it told one before; differences never change that.
  const reported = `(SELECT b.reported_cost_nano_usd FROM usage_records b WHERE ${ofFamily("b")} AND b.requests = 1 ORDER BY b."row" DESC LIMIT 1)`;
  return `CASE WHEN u.corrects IS NULL AND NOT EXISTS (SELECT 1 FROM usage_records c WHERE c.corrects = u."row")
    THEN coalesce(u.reported_cost_nano_usd, u.computed_cost_nano_usd)
    ELSE (SELECT CASE WHEN sum(f.unpriced) > 0 THEN NULL WHEN ${reported} IS NULL THEN sum(f.computed_cost_nano_usd)
      ELSE sum(f.reported_cost_nano_usd) END FROM usage_records f WHERE ${ofFamily("f")}) END`;
}

/** How often more are looked at where too many of the dearest are not what is asked for any more. */
const GROWTH = 4;

/** @param rows how many of the dearest to look at; what comes back is sorted */
export async function dearestOf(
  limit: number,
  look: (rows: number) => readonly PlacedRecord[] | Promise<readonly PlacedRecord[]>,
): Promise<StoredRecord[]> {
  for (let rows = limit; ; rows *= GROWTH) {
    const placed = await look(rows);
    const records = placed.flatMap(({ record }) => record ?? []);
    if (records.length >= limit || placed.length < rows) return records.slice(0, limit);
  }
}
