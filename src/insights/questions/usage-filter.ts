/** Which records are meant, as filters are written: one word for each value. */
import { InvalidInput } from "../../errors.ts";
import type { UsageFilter } from "../../ledger/index.ts";
import { asWritten, type Wording } from "./wording.ts";

export const FILTER_NAMES = ["team", "user", "project", "provider", "model", "source", "tag"] as const;

export type FilterName = (typeof FILTER_NAMES)[number];

export type FilterWords = { [filter in FilterName]?: readonly string[] };

/**
 * Undefined where nothing is filtered; several values of one name mean any of them.
 *
 * @throws InvalidInput where records without a name are asked for together with others
 * @example
 * ```ts
 * import { usageFilterOf } from "tokenledger/insights";
 * usageFilterOf({ team: ["research"], model: ["gpt-5", "o3"], user: [""] }); // => { team: "research", user: null, model: ["gpt-5", "o3"] }
 * ```
 */
export function usageFilterOf(words: FilterWords, wording: Wording = asWritten): UsageFilter | undefined {
  const filter: UsageFilter = {};
  for (const name of FILTER_NAMES) {
    const values = words[name];
    if (values === undefined || values.length === 0) continue;
    if (values.length > 1 && values.includes("")) {
      throw new InvalidInput(`${wording(name)} "" means records without a ${name} and can't be combined with others; give it alone.`);
    }
    filter[name] = values.length > 1 ? values : values[0] || null;
  }
  return Object.keys(filter).length > 0 ? filter : undefined;
}
