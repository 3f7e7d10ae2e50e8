/** Filters in a query: what the command's options are. */
import { FILTER_NAMES, type FilterWords, type JsonSchema, usageFilterOf } from "../../insights/index.ts";
import type { UsageFilter } from "../../ledger/index.ts";

export const FILTER_PARAMETERS: Readonly<Record<string, { schema: JsonSchema; description: string; repeats: true }>> = Object.fromEntries(
  FILTER_NAMES.map((name) => [
    name,
    {
      schema: { type: "string", maxLength: 512 },
      description: `Only calls of this ${name}; given several times, of any of them; empty, of none.`,
      repeats: true,
    },
  ]),
);

/** What is asked for, before it is cut to the caller's reach. */
export function filterOf({ values }: { values: ReadonlyMap<string, readonly string[]> }): UsageFilter | undefined {
  const words: FilterWords = {};
  for (const name of FILTER_NAMES) {
    const given = values.get(name);
    if (given !== undefined) words[name] = given;
  }
  return usageFilterOf(words);
}
