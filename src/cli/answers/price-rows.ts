/** Prices as rows and columns: USD per million tokens, as exact decimal strings. */
import { dayOrNull, RATE_FIELDS, rateDocument, searchPrice } from "../../insights/index.ts";
import { formatUsdPerMillion, type PriceEntry, type Rates } from "../../pricing/index.ts";
import type { Cell } from "../printing/csv.ts";
import type { Column } from "../printing/table.ts";

export const PRICE_FIELDS: readonly string[] = [
  "provider",
  "model",
  "effective_from",
  "effective_to",
  ...Object.values(RATE_FIELDS),
  "web_search_per_1k",
  "sources",
];

export function priceRow(entry: PriceEntry): Record<string, Cell> {
  return {
    provider: entry.provider,
    model: entry.model,
    effective_from: dayOrNull(entry.effectiveFromMs),
    effective_to: dayOrNull(entry.effectiveToMs),
    ...rateDocument(entry.rates),
    web_search_per_1k: entry.webSearchNanoUsd === undefined ? null : searchPrice(entry.webSearchNanoUsd),
    sources: entry.sources.map(({ name, date }) => `${name} ${date}`).join("; "),
  };
}

export function entryColumns(entries: readonly PriceEntry[]): Column[] {
  const rates = (title: string, dropOrder: number, kind: keyof Rates): Column => ({
    title,
    align: "right",
    dropOrder,
    cells: entries.map((entry) => (entry.rates[kind] === undefined ? "" : formatUsdPerMillion(entry.rates[kind]))),
  });
  const columns: Column[] = [
    { title: "provider", align: "left", cells: entries.map(({ provider }) => provider) },
    { title: "model", align: "left", cells: entries.map(({ model }) => model) },
    { title: "from", align: "left", dropOrder: 6, cells: entries.map((entry) => dayOrNull(entry.effectiveFromMs) ?? "") },
    { title: "to", align: "left", dropOrder: 7, cells: entries.map((entry) => dayOrNull(entry.effectiveToMs) ?? "") },
    rates("input $/M", 0, "input"),
    rates("output $/M", 0, "output"),
    rates("cache read", 1, "cacheRead"),
    rates("cache write", 2, "cacheWrite5m"),
    rates("write 1h", 3, "cacheWrite1h"),
    {
      title: "long from",
      align: "right",
      dropOrder: 4,
      cells: entries.map((entry) => entry.longContext?.map((tier) => String(tier.thresholdTokens)).join(", ") ?? ""),
    },
    { title: "sources", align: "left", dropOrder: 8, cells: entries.map((entry) => entry.sources.map(({ name }) => name).join(", ")) },
  ];
  // What no entry says is no column.
  return columns.filter(({ cells, dropOrder }) => !dropOrder || cells.some((cell) => cell !== ""));
}
