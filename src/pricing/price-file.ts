/**
 * A person's own prices, from an already parsed YAML or JSON value. Two forms are one: SPEC-TOKEN-001 8.1 (no unit:
 * USD per 1,000 tokens) and ours (`unit`, dates, tiers, service levels). docs/pricing/README.md shows both.
 */
import { ConfigError, quoteValue } from "../errors.ts";
import { parseMoment } from "./cost-query.ts";
import { parseFemtoUsd } from "./femto-usd.ts";
import { lintPrices } from "./lint.ts";
import type { LongContextTier, PriceEntry, Rates, ServiceName, ServicePrice, TokenKind } from "./price-entry.ts";
import { canonicalProvider } from "./spelling.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The words of a file for our kinds; the first of each is the one that error messages name. */
const RATE_FIELDS: Readonly<Record<string, TokenKind>> = {
  input: "input",
  output: "output",
  cache_read: "cacheRead",
  cache_write: "cacheWrite5m",
  cache_creation: "cacheWrite5m",
  cache_write_1h: "cacheWrite1h",
  cache_creation_1h: "cacheWrite1h",
  audio_input: "audioInput",
  audio_output: "audioOutput",
  reasoning: "reasoning",
};
const SERVICES: readonly ServiceName[] = ["batch", "flex", "priority", "fast"];
const SHARED_FIELDS: readonly string[] = ["unit", "currency", "effective_from", "effective_to", "source"];
const FILE_FIELDS: readonly string[] = [...SHARED_FIELDS, "schema", "providers"];
const MODEL_FIELDS: readonly string[] = [
  ...Object.keys(RATE_FIELDS),
  ...SHARED_FIELDS,
  ...SERVICES,
  "aliases",
  "long_context",
  "regions",
  "web_search_per_1k",
  "retired_on",
  "note",
];
const UNIT_POWERS: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  [undefined, 3],
  ["per_1k_tokens", 3],
  ["per_1m_tokens", 6],
]);
const MAX_MODELS = 20_000;

/** Where in the file we are, and what its surroundings have set. */
interface Place {
  path: string;
  unitPower: number;
}

/**
 * Prices of a file → entries that `PriceBook.with` takes.
 *
 * @throws ConfigError naming file, place and what is accepted.
 * @example
 * ```ts
 * import { parsePriceFile, priceBook } from "tokenledger";
 * const file = { providers: { openai: { "gpt-4o": { input: 0.005, output: 0.015 } } } };
 * const book = priceBook().with(parsePriceFile(file, "pricing.yaml"));
 * const cost = book.cost({ provider: "openai", model: "gpt-4o", tokens: { input: 1000, output: 1000 } });
 * "costUsd" in cost && cost.costUsd; // => 0.02
 * ```
 */
export function parsePriceFile(value: unknown, fileName: string): PriceEntry[] {
  const file = fieldsOf(value, { path: fileName, unitPower: 3 }, FILE_FIELDS);
  if (file.providers === undefined) fail(fileName, "has no prices; give providers: { name: { model: { input, output } } }");
  const top = { path: fileName, unitPower: unitPower(file, fileName, 3) };
  checkCurrency(file, fileName);
  const entries: PriceEntry[] = [];
  for (const [provider, models] of Object.entries(fieldsOf(file.providers, inside(top, "providers")))) {
    const place = inside(top, `providers.${provider}`);
    if (provider.trim() === "") fail(place.path, "a provider needs a name");
    for (const [model, prices] of Object.entries(fieldsOf(models, place))) {
      const dated = Array.isArray(prices) ? prices : [prices];
      dated.forEach((each, index) => {
        const at = inside(place, Array.isArray(prices) ? `${model}[${index}]` : model);
        entries.push(entryOf(canonicalProvider(provider), model, each, file, at, fileName));
      });
      if (entries.length > MAX_MODELS) fail(fileName, `has more than ${MAX_MODELS} prices`);
    }
  }
  const problem = lintPrices(entries).find(({ severity }) => severity === "error");
  if (problem) fail(`${fileName}, providers.${problem.provider}.${problem.model}`, problem.message.replace(/\.$/, ""));
  return entries;
}

function entryOf(provider: string, model: string, value: unknown, file: Fields, place: Place, fileName: string): PriceEntry {
  const fields = fieldsOf(value, place, MODEL_FIELDS);
  const at = { ...place, unitPower: unitPower(fields, place.path, place.unitPower) };
  checkCurrency(fields, place.path);
  if (model.trim() === "") fail(place.path, "a model needs a name");
  const rates = ratesOf(fields, at);
  if (rates.input === undefined) fail(place.path, "the input price is missing");
  if (rates.output === undefined) fail(place.path, "the output price is missing; write output: 0 where output is free or there is none");
  const from = moment(fields.effective_from ?? file.effective_from, inside(place, "effective_from").path);
  const to = moment(fields.effective_to ?? file.effective_to, inside(place, "effective_to").path);
  const longContext = tiersOf(fields.long_context, inside(at, "long_context"));
  const services = servicesOf(fields, at);
  const regions = regionsOf(fields.regions, inside(place, "regions"));
  const search = fields.web_search_per_1k;
  const source = text(fields.source ?? file.source, inside(place, "source").path);
  const retiredOn = text(fields.retired_on, inside(place, "retired_on").path);
  const note = text(fields.note, inside(place, "note").path);
  return {
    provider,
    model: model.trim().toLowerCase(),
    ...(fields.aliases !== undefined && { aliases: aliasesOf(fields.aliases, inside(place, "aliases").path) }),
    ...(from !== undefined && { effectiveFromMs: from }),
    ...(to !== undefined && { effectiveToMs: to }),
    rates,
    ...(longContext && { longContext }),
    ...(services && { services }),
    ...(regions && { regionPermille: regions }),
    ...(search !== undefined && { webSearchNanoUsd: nanoPerSearch(search, inside(place, "web_search_per_1k").path) }),
    ...(retiredOn !== undefined && { retiredOn }),
    sources: [{ name: source ?? fileName, date: from === undefined ? "always" : new Date(from).toISOString().slice(0, 10) }],
    ...(note !== undefined && { note }),
  };
}

function ratesOf(fields: Fields, place: Place): Rates {
  const rates: Rates = {};
  for (const [field, kind] of Object.entries(RATE_FIELDS)) {
    const value = fields[field];
    if (value === undefined) continue;
    if (rates[kind] !== undefined) fail(inside(place, field).path, "is the same price as another field here; give it once");
    rates[kind] = rate(value, inside(place, field));
  }
  return rates;
}

function rate(value: unknown, { path, unitPower: power }: Place): number {
  const femto = typeof value === "number" || typeof value === "string" ? parseFemtoUsd(value, power) : undefined;
  if (femto === undefined) {
    fail(
      path,
      `${quoteValue(value)} is not a price; give a plain number of USD, not negative, no finer than 0.000000000000001 USD and no more than 9 USD a token`,
    );
  }
  return femto;
}

function tiersOf(value: unknown, place: Place): LongContextTier[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0) fail(place.path, "must be a list such as [{ above: 200000, input: 6, output: 22.5 }]");
  return value.map((each, index) => {
    const at = { ...place, path: `${place.path}[${index}]` };
    const fields = fieldsOf(each, at, ["above", "from", ...Object.keys(RATE_FIELDS)]);
    const threshold = fields.above ?? fields.from;
    if (!Number.isSafeInteger(threshold) || (threshold as number) <= 0 || (fields.above !== undefined && fields.from !== undefined)) {
      fail(at.path, "needs one threshold in tokens: above: 200000 (more than) or from: 200000 (at least)");
    }
    return { thresholdTokens: threshold as number, inclusive: fields.from !== undefined, rates: ratesOf(fields, at) };
  });
}

function servicesOf(fields: Fields, place: Place): Partial<Record<ServiceName, ServicePrice>> | undefined {
  const services: Partial<Record<ServiceName, ServicePrice>> = {};
  for (const name of SERVICES) {
    const value = fields[name];
    if (value === undefined) continue;
    const at = inside(place, name);
    if (typeof value === "object") {
      services[name] = { permille: 1000, rates: ratesOf(fieldsOf(value, at, Object.keys(RATE_FIELDS)), at) };
    } else {
      services[name] = { permille: permille(value, at.path) };
    }
  }
  return Object.keys(services).length === 0 ? undefined : services;
}

function regionsOf(value: unknown, place: Place): Record<string, number> | undefined {
  if (value === undefined) return undefined;
  const regions: Record<string, number> = {};
  for (const [name, factor] of Object.entries(fieldsOf(value, place)))
    regions[name.toLowerCase()] = permille(factor, inside(place, name).path);
  return regions;
}

function permille(value: unknown, path: string): number {
  const thousandths = typeof value === "number" ? Math.round(value * 1000) : Number.NaN;
  if (!(thousandths >= 0 && thousandths <= 1_000_000) || Math.abs((value as number) * 1000 - thousandths) > 1e-9) {
    fail(path, `${quoteValue(value)} is not a multiplier; give a number from 0 to 1000 with at most three decimals, such as 0.5`);
  }
  return thousandths;
}

function nanoPerSearch(value: unknown, path: string): number {
  // USD for 1,000 searches in units of 1e-15 per search; a search's own price is kept in nano-USD.
  const femto = typeof value === "number" || typeof value === "string" ? parseFemtoUsd(value, 3) : undefined;
  if (femto === undefined || femto % 1_000_000 !== 0) {
    fail(path, `${quoteValue(value)} is not a price; give USD for 1,000 searches with at most six decimals, no more than 9000`);
  }
  return femto / 1_000_000;
}

function aliasesOf(value: unknown, path: string): string[] {
  if (!Array.isArray(value) || !value.every((alias) => typeof alias === "string" && alias !== ""))
    fail(path, "must be a list of model names");
  return value as string[];
}

function moment(value: unknown, path: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const ms = value instanceof Date ? value.getTime() : typeof value === "string" ? parseMoment(value) : Number.NaN;
  if (!Number.isFinite(ms)) fail(path, `${quoteValue(value)} is not a day; give 2026-05-01 or 2026-05-01T00:00:00Z`);
  return ms;
}

function text(value: unknown, path: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") fail(path, `${quoteValue(value)} is not a text`);
  return value;
}

function unitPower(fields: Fields, path: string, inherited: number): number {
  if (fields.unit === undefined) return inherited;
  const power = UNIT_POWERS.get(fields.unit);
  if (power === undefined) fail(`${path}, unit`, `${quoteValue(fields.unit)} is not a unit; accepted are per_1k_tokens and per_1m_tokens`);
  return power;
}

function checkCurrency(fields: Fields, path: string): void {
  if (fields.currency !== undefined && fields.currency !== "USD" && fields.currency !== "usd") {
    fail(`${path}, currency`, `${quoteValue(fields.currency)} is not accepted; prices are in USD`);
  }
}

function fieldsOf(value: unknown, place: Place, accepted?: readonly string[]): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Date) {
    fail(place.path, `${quoteValue(value)} stands where a map of names to values is expected`);
  }
  for (const name of Object.keys(value)) {
    if (accepted && !accepted.includes(name))
      fail(place.path, `the field ${quoteValue(name)} is unknown; accepted are ${accepted.join(", ")}`);
  }
  return value as Fields;
}

function inside(place: Place, name: string): Place {
  return { ...place, path: place.path.includes(", ") ? `${place.path}.${name}` : `${place.path}, ${name}` };
}

function fail(path: string, problem: string): never {
  throw new ConfigError(`${path}: ${problem}.`);
}
