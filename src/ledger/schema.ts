/** What every store keeps, in words that no database owns: the figures that are summed, and what is looked up by a small integer. */

/** The figures that rollups and corrections add up, in the order in which stores keep them. */
export const MEASURES = [
  "requests",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "reasoning_tokens",
  "web_searches",
  "cost_nano_usd",
  "unpriced",
  "latency_ms",
  "latency_count",
] as const;

/** Kinds of dictionary entries. The numbers are stored: never change or reuse one. */
export const KINDS = {
  org: 1,
  team: 2,
  user: 3,
  project: 4,
  key: 5,
  session: 6,
  source: 7,
  model: 8,
  tags: 9,
  circumstances: 10,
  priceVersion: 11,
} as const;

export type Kind = keyof typeof KINDS;

/** What rollups exist for: few values each, so that they stay small. The numbers are stored: never change or reuse one. */
export const ROLLUPS = { model: 1, team: 2, project: 3, source: 4 } as const;

export type RollupDimension = keyof typeof ROLLUPS;

export const HOUR_MS = 3_600_000;

/** Sources in the record form, where whoever sends the record chooses its id: they share one namespace. */
const RECORD_FORMS: ReadonlySet<string> = new Set(["jsonl", "csv", "api", "gateway", "library"]);

/** In which ids are unique: agents' logs and vendors' exports each count their own. @param idSpace the tenant's, where it has its own */
export function namespaceOf(source: string, idSpace?: string): string {
  if (idSpace !== undefined) return `\u0000${idSpace}`;
  return RECORD_FORMS.has(source) ? "" : source;
}
