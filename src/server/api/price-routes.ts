/** Prices that are in force or were, and the whole way from a request to its cost. */
import { InvalidInput, quoteValue } from "../../errors.ts";
import {
  entriesFor,
  entryDocument,
  type PriceEntryDocument,
  priceExplanation,
  pricingDocument,
  providersOf,
} from "../../insights/index.ts";
import { canonicalProvider, type PriceBook, type PriceEntry, parseMoment, priceBook } from "../../pricing/index.ts";
import type { TokenCounts } from "../../usage/index.ts";
import { PAGE_PARAMETERS, pageOf, placeOf } from "./pages.ts";
import { type ApiAnswer, type ApiCall, type ApiContext, type ApiParameter, type ApiRoute, documentRef, READERS } from "./route.ts";

const name = (description: string): ApiParameter => ({ schema: { type: "string", minLength: 1, maxLength: 512 }, description });
const count = (what: string): ApiParameter => ({
  schema: { type: "integer", minimum: 0 },
  description: `${what}. Without any count, 1,000 input and 1,000 output tokens.`,
});

const COUNTS: Readonly<Record<string, readonly [kind: keyof TokenCounts, ApiParameter]>> = {
  input: ["input", count("Input tokens, cached ones included")],
  output: ["output", count("Output tokens, reasoning included")],
  cache_read: ["cacheRead", count("Tokens read from the cache")],
  cache_write_5m: ["cacheWrite5m", count("Tokens written to the cache for five minutes")],
  cache_write_1h: ["cacheWrite1h", count("Tokens written to the cache for an hour")],
  reasoning: ["reasoning", count("Reasoning tokens, a part of the output")],
  web_searches: ["webSearches", count("Web searches")],
};

export const priceRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: "/api/v1/prices",
    operationId: "listPrices",
    summary: "Every price, your own before the bundled ones",
    tag: "Prices",
    access: READERS,
    parameters: {
      provider: name("Of this provider only."),
      model: name("Of this model only, by its id in the price book or another of its names there."),
      search: name("Whose provider, model or other names hold this text, in whatever case."),
      ...PAGE_PARAMETERS,
    },
    answers: { 200: { description: "A page of prices.", schema: documentRef("pricing") } },
    handle: listPrices,
  },
  {
    method: "GET",
    path: "/api/v1/prices/explain",
    operationId: "explainPrice",
    summary: "Every step from a request to its cost",
    description: "The document of `tokenledger pricing show --explain`: a sentence for each decision, and the prices that were looked at.",
    tag: "Prices",
    access: READERS,
    parameters: {
      model: { ...name("A model id, as it is written anywhere."), required: true },
      provider: name("Who serves it; default the maker, else the first that has it."),
      at: name("The price of this day or instant: 2026-05-01 or 2026-05-01T12:00:00Z; default now."),
      tier: name("Service tier: standard, batch, flex, priority."),
      ...Object.fromEntries(Object.entries(COUNTS).map(([parameter, [, described]]) => [parameter, described])),
    },
    answers: { 200: { description: "The explanation; without a cost where no price is known.", schema: documentRef("pricing") } },
    handle: explainPrice,
  },
];

/** The bundled prices, the book's own before them, the configuration's before both. */
export async function effectivePrices(
  { ledger, config }: Pick<ApiContext, "ledger" | "config">,
  own?: readonly PriceEntry[],
): Promise<PriceBook> {
  return priceBook()
    .with(own ?? (await ledger.prices.list()))
    .with(config.prices);
}

async function listPrices(call: ApiCall): Promise<ApiAnswer> {
  const { query, context } = call;
  const [after] = (placeOf(call, 1) ?? []).map(Number);
  const own = await context.ledger.prices.list();
  const prices = await effectivePrices(context, own);
  const configured = context.config.prices.length;
  const provider = query.get("provider");
  const meant = provider === undefined ? undefined : canonicalProvider(provider);
  const search = query.get("search")?.toLowerCase();
  const model = query.get("model");
  // A price keeps its place among all for as long as nobody puts other prices before it.
  const rest = prices.entries().flatMap((entry, place) => {
    const isAsked =
      (after === undefined || place > after) &&
      (meant === undefined || entry.provider === meant) &&
      (model === undefined || namesOf(entry).includes(model)) &&
      (search === undefined || [entry.provider, ...namesOf(entry)].some((text) => text.toLowerCase().includes(search)));
    return isAsked ? [{ entry, place }] : [];
  });
  const { page, nextCursor } = pageOf(call, rest, ({ place }) => [place]);
  const originOf = (place: number): PriceOrigin =>
    place < configured ? "configuration" : place < configured + own.length ? "book" : "bundled";
  const told = page.map(({ entry, place }) => ({ ...entryDocument(entry), origin: originOf(place) }));
  return { status: 200, document: { ...pricingDocument([], { next_cursor: nextCursor }), prices: told } };
}

type PriceOrigin = NonNullable<PriceEntryDocument["origin"]>;

const namesOf = ({ model, aliases = [] }: PriceEntry): string[] => [model, ...aliases];

async function explainPrice({ query, context }: ApiCall): Promise<ApiAnswer> {
  const prices = await effectivePrices(context);
  const model = query.get("model") ?? "";
  const named = query.get("provider");
  const providers = named === undefined ? providersOf(prices, model) : [named];
  const tier = query.get("tier");
  const tokens: TokenCounts = {};
  for (const [parameter, [kind]] of Object.entries(COUNTS)) {
    const given = query.get(parameter);
    if (given !== undefined) tokens[kind] = Number(given);
  }
  const explanation = priceExplanation(prices, {
    provider: providers[0] ?? "unknown",
    model,
    at: momentIn(query.get("at")) ?? context.clock.now(),
    ...(Object.keys(tokens).length > 0 && { tokens }),
    ...(tier !== undefined && { tier }),
  });
  return { status: 200, document: pricingDocument(entriesFor(prices, providers, model), { explanation }) };
}

function momentIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const instantMs = parseMoment(text);
  if (Number.isNaN(instantMs)) throw new InvalidInput(`at ${quoteValue(text)} is not a moment; give 2026-05-01 or 2026-05-01T12:00:00Z.`);
  return instantMs;
}
