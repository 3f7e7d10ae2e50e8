/** The dearest names of a period, and what all others cost together. */
import type { GroupedCostsDocument } from "tokenledger/insights";
import { restOfRows, shareOfCost } from "../../api/rest-of-rows.ts";
import { inPicture } from "../../format/amounts.ts";

export interface TopRow {
  id: string;
  /** As it is shown. */
  name: string;
  /** Null: calls without one; undefined: what is left. */
  value: number | null;
  exact?: string;
  share: number | null;
  colour?: "other";
  note?: string;
  /** What a link is filtered by; undefined for all others. */
  filter: string | undefined;
}

export function topRows({ groups, totals }: GroupedCostsDocument, dimension: "model" | "team" | "project"): TopRow[] {
  const rows = groups.map((row): TopRow => {
    const name = row[dimension] as string | null;
    return { id: JSON.stringify(name), name: name ?? "none", filter: name ?? "", ...costOf(row), share: row.share, ...noteOf(row) };
  });
  const rest = restOfRows(totals, groups);
  if (rest.requests === 0) return rows;
  return [
    ...rows,
    {
      id: "others",
      name: "others",
      filter: undefined,
      colour: "other",
      ...costOf(rest),
      share: shareOfCost(rest.cost_usd, totals.cost_usd),
      ...noteOf(rest),
    },
  ];
}

function costOf({ cost_usd: usd }: { cost_usd: string | null }): { value: number | null; exact?: string } {
  return usd === null ? { value: null } : { value: inPicture(usd), exact: usd };
}

function noteOf({ unpriced_requests: unpriced }: { unpriced_requests: number }): { note?: string } {
  return unpriced === 0 ? {} : { note: `${unpriced} unpriced` };
}

/** Whether nobody has said whose calls these are: one row without a name tells nothing. */
export function isUnnamed({ groups }: GroupedCostsDocument, dimension: "model" | "team" | "project"): boolean {
  return groups.every((row) => row[dimension] === null);
}
