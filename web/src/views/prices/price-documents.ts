/** Parts of answers that have no name of their own outside the package, and what prices are called on the screen. */
import type { GroupedCostsDocument, LongContextDocument, PriceEntryDocument } from "tokenledger/insights";

export type ReportRow = GroupedCostsDocument["groups"][number];

/** In the order in which they are told. */
export const RATES = {
  input: "input",
  output: "output",
  cache_read: "cache read",
  cache_write: "cache write, 5 minutes",
  cache_write_1h: "cache write, 1 hour",
  audio_input: "audio input",
  audio_output: "audio output",
  reasoning: "reasoning",
} as const;

/** The rates that an entry, a long-context tier or a service has, as pairs of name and exact text. */
export function ratesIn(entry: Readonly<Record<string, unknown>>): [name: string, usd: string][] {
  return Object.entries(RATES).flatMap(([field, name]): [string, string][] => {
    const rate = entry[field];
    return typeof rate === "string" ? [[name, rate]] : [];
  });
}

/** `above 200,000 tokens of input`, `from 128,000 …`. */
export function thresholdText(tier: LongContextDocument): string {
  const [word, tokens] = tier.from === undefined ? ["above", tier.above] : ["from", tier.from];
  return `${word} ${String(tokens).replace(/\B(?=(\d{3})+$)/g, ",")} tokens of input`;
}

/** Where an entry comes from; undefined where the answer doesn't say. */
export function originOf(entry: PriceEntryDocument): "your own" | "configuration" | "bundled" | undefined {
  if (entry.origin === "book") return "your own";
  if (entry.origin === "configuration") return "configuration";
  return entry.origin === "bundled" ? "bundled" : undefined;
}

export function datesText({ effective_from: from, effective_to: to }: Pick<PriceEntryDocument, "effective_from" | "effective_to">): string {
  if (from === null && to === null) return "always";
  if (from === null) return `until ${to}`;
  return to === null ? `from ${from}` : `${from} to ${to}`;
}
