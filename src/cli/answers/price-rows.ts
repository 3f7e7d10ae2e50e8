/** Prices as documents, rows and columns: USD per million tokens, as exact decimal strings. */
import { formatUsd } from "../../money.ts";
import { formatUsdPerMillion, type PriceEntry, type Rates } from "../../pricing/index.ts";
import type { Cell } from "../printing/csv.ts";
import type { Column } from "../printing/table.ts";

const RATE_FIELDS = {
  input: "input",
  output: "output",
  cacheRead: "cache_read",
  cacheWrite5m: "cache_write",
  cacheWrite1h: "cache_write_1h",
  audioInput: "audio_input",
  audioOutput: "audio_output",
  reasoning: "reasoning",
} as const satisfies Record<keyof Rates, string>;

export const PRICE_FIELDS: readonly string[] = [
  "provider",
  "model",
  "effective_from",
  "effective_to",
  ...Object.values(RATE_FIELDS),
  "web_search_per_1k",
  "sources",
];

/** The entry with all it says, in the words of a price file. */
export function entryDocument(entry: PriceEntry): object {
  return {
    provider: entry.provider,
    model: entry.model,
    ...(entry.aliases && { aliases: entry.aliases }),
    unit: "per_1m_tokens",
    effective_from: dayOrNull(entry.effectiveFromMs),
    effective_to: dayOrNull(entry.effectiveToMs),
    ...rateDocument(entry.rates),
    ...(entry.longContext && {
      long_context: entry.longContext.map(({ thresholdTokens, inclusive, rates }) => ({
        [inclusive ? "from" : "above"]: thresholdTokens,
        ...rateDocument(rates),
      })),
    }),
    ...(entry.services && {
      services: Object.fromEntries(
        Object.entries(entry.services).map(([name, { permille, rates }]) => [
          name,
          { factor: permille / 1000, ...(rates && rateDocument(rates)) },
        ]),
      ),
    }),
    ...(entry.regionPermille && {
      regions: Object.fromEntries(Object.entries(entry.regionPermille).map(([name, permille]) => [name, permille / 1000])),
    }),
    ...(entry.webSearchNanoUsd !== undefined && { web_search_per_1k: searchPrice(entry.webSearchNanoUsd) }),
    ...(entry.minutesUtc && { minutes_utc: entry.minutesUtc }),
    ...(entry.retiredOn !== undefined && { retired_on: entry.retiredOn }),
    ...(entry.note !== undefined && { note: entry.note }),
    sources: entry.sources,
  };
}

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

function rateDocument(rates: Rates): Record<string, string> {
  return Object.fromEntries(
    (Object.keys(RATE_FIELDS) as (keyof Rates)[]).flatMap((kind) => {
      const rate = rates[kind];
      return rate === undefined ? [] : [[RATE_FIELDS[kind], formatUsdPerMillion(rate)]];
    }),
  );
}

function dayOrNull(instantMs: number | undefined): string | null {
  if (instantMs === undefined) return null;
  const text = new Date(instantMs).toISOString();
  return text.endsWith("T00:00:00.000Z") ? text.slice(0, 10) : text;
}

const searchPrice = (nanoUsd: number): string => formatUsd(BigInt(nanoUsd) * 1000n);
