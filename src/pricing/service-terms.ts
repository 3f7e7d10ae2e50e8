/** What providers write into "service tier", read as the few levels that have a price. */
import type { ServiceName } from "./price-entry.ts";

const SERVICE_BY_WORD: ReadonlyMap<string, ServiceName | "standard"> = new Map(
  Object.entries<ServiceName | "standard">({
    standard: "standard",
    default: "standard",
    auto: "standard",
    normal: "standard",
    standard_only: "standard",
    on_demand: "standard",
    ondemand: "standard",
    not_available: "standard",
    batch: "batch",
    batches: "batch",
    flex: "flex",
    flex_discount: "flex",
    priority: "priority",
    priority_on_demand: "priority",
    fast: "fast",
  }),
);

/** The words that a person may give; logs may say anything. */
export const SERVICE_WORDS: readonly string[] = ["standard", "batch", "flex", "priority", "fast"];

/** `undefined`: a word that no price list knows, which names no discount and no surcharge. */
export function serviceOf(word: string | undefined): ServiceName | "standard" | undefined {
  if (word === undefined || word === "") return "standard";
  return SERVICE_BY_WORD.get(word.trim().toLowerCase().replaceAll("-", "_"));
}
