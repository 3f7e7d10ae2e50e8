/** Quotes of many sources → one dated entry per model: what most sources say, within one percent. */
import { agree, compact, perMillion } from "./amounts.mjs";
import * as corrections from "./corrections.mjs";
import { SOURCES } from "./read-snapshots.mjs";

const KINDS = ["input", "output", "cacheRead", "cacheWrite5m", "cacheWrite1h", "audioInput", "audioOutput", "reasoning"];
const TRUST = new Map(SOURCES.map(({ name }, index) => [name, index]));
/** DeepSeek reads its cache at 0.8 % of input; less than this is a slip of the decimal point. */
const SMALLEST_CACHE_READ = 0.005;
/** 1,000 USD for a million tokens, several times the dearest model that ever was: the decimal point again. */
const DEAREST = 1e12;
/** The widest that batch, flex and priority go; a wider factor is a slip too. */
const SERVICE_PERMILLE = { least: 400, most: 3000 };
/** `-latest` names a model's newest date where a model stands before it; `grok-latest` or `chat-latest` name no model. */
const LATEST_OF_A_MODEL = /^(.*\d.*|(?:codestral|devstral|mistral|magistral|ministral|pixtral|voxtral)\b.*)-latest$/;
const CLOUDS = { vertex: ["anthropic", "google"], azure: ["openai", "anthropic"], bedrock: ["anthropic", "openai"] };
const REGIONS = { bedrock: /^(us-gov|us|eu|apac|jp|au|ca|in|regional)\./, azure: /^azure(?:_ai)?\/(us|eu)\// };

/**
 * `spelling` is src/pricing/spelling.ts: the book's ids are written by the same rules that later read a record's.
 * Gives { entries, disagreements }.
 */
export function mergeQuotes(quotes, spelling) {
  const elected = new Map();
  const disagreements = [];
  for (const [provider, byId] of groupQuotes(quotes, spelling)) {
    const models = new Map();
    for (const [id, group] of byId) {
      const entry = elect(provider, id, group.global.length > 0 ? group.global : group.regional, disagreements);
      if (entry) models.set(id, { ...entry, ...regionsOf(entry, group) });
    }
    elected.set(provider, collapseDates(models));
  }
  for (const [provider, models] of elected) {
    for (const model of models.values()) inheritFromMaker(provider, model, elected);
  }
  const entries = [...elected.values()].flatMap((models) => [...models.values()].flatMap(periodEntries));
  return { entries: withWritten(entries).map(withRules).sort(byPlace), disagreements };
}

function groupQuotes(quotes, { cleanModelId }) {
  const providers = new Map();
  const atOpenRouter = new Set(quotes.filter(({ source }) => source === "OpenRouter").map(({ id }) => id.toLowerCase()));
  for (const quote of quotes) {
    const raw = quote.id.toLowerCase();
    if (quote.provider === "openrouter" && !atOpenRouter.has(raw)) continue;
    const region = REGIONS[quote.provider]?.exec(raw)?.[1];
    const id = cleanModelId(raw.replace(/^regional\./, ""))
      .replace(LATEST_OF_A_MODEL, "$1")
      .replace(/^(gemini-.*)-00\d$/, "$1");
    if (corrections.LEFT_OUT.some((pattern) => pattern.test(id)) || id.endsWith("-")) continue;
    if (corrections.FOREIGN.some((each) => each.source === quote.source && each.provider === quote.provider && each.model.test(id)))
      continue;
    const byId = providers.get(quote.provider) ?? new Map();
    providers.set(quote.provider, byId);
    const group = byId.get(id) ?? { global: [], regional: [] };
    byId.set(id, group);
    (region ? group.regional : group.global).push({ ...cleaned(quote, id), region });
  }
  return providers;
}

/** Without what a source has wrong, and without zeros that only mean "not known". */
function cleaned(quote, id) {
  const rates = { ...quote.rates };
  for (const each of corrections.REJECTED) {
    if (each.source === quote.source && each.provider === quote.provider && each.model === id)
      for (const kind of each.kinds) delete rates[kind];
  }
  if (/embed/.test(id)) delete rates.output;
  for (const kind of ["cacheRead", "cacheWrite5m", "cacheWrite1h", "audioInput", "audioOutput", "reasoning"])
    if (rates[kind] === 0) delete rates[kind];
  if (rates.reasoning === rates.output) delete rates.reasoning;
  if (rates.cacheRead > rates.input || rates.cacheRead < rates.input * SMALLEST_CACHE_READ) delete rates.cacheRead;
  if (rates.input > DEAREST) delete rates.input;
  // No vendor writes its cache for less than input; Gemini's "write" is storage, which tokens do not measure.
  if (rates.cacheWrite5m < rates.input || id.startsWith("gemini-")) delete rates.cacheWrite5m;
  // Output that costs nothing beside input that does is output that nobody wrote down.
  if (rates.output === 0 && rates.input > 0) delete rates.input;
  return { ...quote, rates };
}

/** The largest group of sources that agree; the most trusted member decides a tie and the digits. */
function vote(candidates, same) {
  let best = [];
  for (const candidate of candidates) {
    const group = candidates.filter((other) => same(candidate, other));
    if (group.length > best.length) best = group;
  }
  return best;
}

function elect(provider, id, quotes, disagreements) {
  const bySource = new Map();
  for (const quote of [...quotes].sort((a, b) => TRUST.get(a.source) - TRUST.get(b.source))) {
    if (quote.rates.input === undefined) continue;
    const earlier = bySource.get(quote.source);
    if (!earlier) bySource.set(quote.source, quote);
    else if (samePrice(earlier, quote)) bySource.set(quote.source, completed(earlier, quote));
  }
  const candidates = [...bySource.values()];
  const group = vote(candidates, (a, b) => agree(a.rates.input, b.rates.input) && agree(a.rates.output, b.rates.output));
  const [first] = group;
  if (!first) return undefined;
  const free = first.rates.input === 0 && !first.rates.output;
  if (provider !== "openrouter" && group.every(({ source }) => source === "OpenRouter")) return undefined;
  if (free && group.length < 2 && provider !== "openrouter") return undefined;
  if (first.rates.output === undefined && !/embed/.test(id)) return undefined;
  for (const other of candidates) {
    if (!group.includes(other))
      disagreements.push({
        provider,
        id,
        source: other.source,
        theirs: other.rates,
        ours: first.rates,
        ourSources: group.map(({ source }) => source),
      });
  }
  const rates = {};
  for (const kind of KINDS) {
    const [winner] = vote(
      group.filter((quote) => quote.rates[kind] !== undefined),
      (a, b) => agree(a.rates[kind], b.rates[kind]),
    );
    if (winner) rates[kind] = winner.rates[kind];
  }
  return compact({
    provider,
    model: id,
    rates,
    tiers: tiersOf(provider, id, group, rates),
    services: servicesOf(group, rates),
    webSearch: group.find((quote) => quote.webSearch !== undefined)?.webSearch,
    retiredOn: group.map((quote) => quote.retiredOn).find((date) => date !== undefined),
    periods: candidates.find((quote) => quote.periods && agree(quote.rates.input, first.rates.input))?.periods,
    sources: group.map(({ source }) => source),
  });
}

/** Two names of one model in one source: what the first leaves out, the second may say. */
function completed(quote, other) {
  return {
    ...other,
    ...quote,
    rates: { ...other.rates, ...quote.rates },
    tiers: quote.tiers.length > 0 ? quote.tiers : other.tiers,
    services: { ...other.services, ...quote.services },
    factors: { ...other.factors, ...quote.factors },
  };
}

/** The tiers of the most trusted source that has any, completed from the others and in the proportion of the base. */
function tiersOf(provider, id, group, base) {
  if (corrections.WITHOUT_TIERS.some((rule) => rule.provider.test(provider) && rule.model.test(id))) return undefined;
  const tiers = group.find((quote) => quote.tiers.length > 0)?.tiers;
  return (
    tiers &&
    [...tiers]
      .sort((a, b) => a.threshold - b.threshold)
      .map(({ threshold, rates }) => {
        const others = group.flatMap((quote) => quote.tiers.filter((tier) => tier.threshold === threshold));
        return {
          threshold,
          inclusive: corrections.INCLUSIVE_TIERS.has(provider),
          rates: completeTier(Object.assign({}, ...others.reverse().map((tier) => tier.rates), rates), base),
        };
      })
  );
}

function completeTier(rates, base) {
  const complete = { ...rates };
  if (complete.reasoning === complete.output) delete complete.reasoning;
  for (const kind of KINDS) {
    const of = kind === "audioOutput" || kind === "reasoning" ? "output" : "input";
    if (complete[kind] === undefined && base[kind] !== undefined) complete[kind] = Math.round((base[kind] * complete[of]) / base[of]);
  }
  return complete;
}

/** Service levels as a factor; kinds that do not follow it keep their own price. */
function servicesOf(group, base) {
  const services = {};
  for (const name of ["batch", "flex", "priority"]) {
    const rates = group.find((quote) => quote.services[name]?.input !== undefined)?.services[name];
    if (!rates || !base.input) continue;
    const permille = Math.round((rates.input / base.input) * 1000);
    if (permille < SERVICE_PERMILLE.least || permille > SERVICE_PERMILLE.most) continue;
    const own = Object.entries(rates).filter(([kind, rate]) => base[kind] !== undefined && !exactly(base[kind] * permille, rate * 1000));
    services[name] = own.length > 0 ? [permille, Object.fromEntries(own)] : [permille];
  }
  for (const name of ["fast", "priority"]) {
    const factor = group.map((quote) => quote.factors[name]).find((each) => each !== undefined);
    if (factor !== undefined) services[name] ??= [Math.round(factor * 1000)];
  }
  return Object.keys(services).length > 0 ? services : undefined;
}

function exactly(a, b) {
  return Math.abs(a - b) <= 1e-9 * Math.max(a, b);
}

/** What a region's own ids cost, compared with the global id: 1.1, 1.2 (GovCloud) or nothing. */
function regionsOf(entry, { global, regional }) {
  if (global.length === 0) return {};
  const regions = {};
  for (const quote of regional) {
    const permille = [1100, 1200].find((each) => exactly(quote.rates.input * 1000, entry.rates.input * each));
    if (permille !== undefined && quote.region !== "regional") regions[quote.region] = permille;
  }
  return Object.keys(regions).length > 0 ? { regions: Object.fromEntries(Object.entries(regions).sort()) } : {};
}

/** A dated id that costs what the undated one costs is the undated one. */
function collapseDates(models) {
  const undated = (id) => id.replace(/-20\d\d-?(0[1-9]|1[0-2])-?([0-2]\d|3[01])$/, "").replace(/^(o\d-mini)-high$/, "$1");
  const families = new Map();
  for (const id of models.keys()) {
    const base = undated(id);
    families.set(base, [...(families.get(base) ?? []), id]);
  }
  const collapsed = new Map();
  for (const [base, ids] of families) {
    const dated = ids.filter((id) => id !== base).sort();
    let main = models.get(base);
    if (!main && dated.every((id) => samePrice(models.get(id), models.get(dated[0])))) main = { ...models.get(dated[0]), model: base };
    for (const id of dated) {
      const entry = models.get(id);
      if (main && samePrice(main, entry)) main = absorb(main, entry);
      else collapsed.set(id, entry);
    }
    if (main) collapsed.set(base, main);
  }
  return collapsed;
}

function samePrice(a, b) {
  return agree(a.rates.input, b.rates.input) && agree(a.rates.output, b.rates.output);
}

function absorb(main, entry) {
  const sources = [...new Set([...main.sources, ...entry.sources])].sort((a, b) => TRUST.get(a) - TRUST.get(b));
  return compact({
    ...entry,
    ...main,
    rates: { ...entry.rates, ...main.rates },
    services: main.services || entry.services ? { ...entry.services, ...main.services } : undefined,
    regions: main.regions || entry.regions ? { ...entry.regions, ...main.regions } : undefined,
    sources,
  });
}

/** Clouds charge what the maker charges, at the same time and for the same lengths, where today's prices are the same. */
function inheritFromMaker(provider, model, elected) {
  for (const maker of CLOUDS[provider] ?? []) {
    const original = elected.get(maker)?.get(model.model);
    if (!original || !samePrice(original, model)) continue;
    model.periods ??= original.periods;
    model.tiers ??= original.tiers;
  }
}

function periodEntries({ periods, ...model }) {
  if (!periods) return [model];
  return periods.map(({ from, to, rates, tiers }) => {
    const fix = corrections.PERIOD_FIXES.find((each) => each.model === model.model && each.to === to);
    const own = samePrice({ rates }, model);
    return compact({
      ...model,
      from,
      to,
      rates: { ...(own ? model.rates : {}), ...rates, ...perMillionRates(fix?.rates ?? {}) },
      tiers: tiers.length > 0 ? tiers.map((tier) => ({ ...tier, inclusive: corrections.INCLUSIVE_TIERS.has(model.provider) })) : undefined,
      services:
        model.services &&
        Object.fromEntries(
          Object.entries(model.services).map(([name, [permille, kinds]]) => [name, own && kinds ? [permille, kinds] : [permille]]),
        ),
      sources: own ? model.sources : ["genai-prices", ...(fix ? ["LiteLLM price history"] : [])],
    });
  });
}

function withWritten(entries) {
  const written = corrections.WRITTEN.map(({ rates, ...entry }) => ({ ...entry, rates: perMillionRates(rates) }));
  const replaced = new Set(written.map(({ provider, model }) => `${provider}/${model}`));
  return [...entries.filter(({ provider, model }) => !replaced.has(`${provider}/${model}`)), ...written];
}

function withRules(entry) {
  const result = { ...entry };
  for (const { provider, model, services } of corrections.SERVICE_RULES) {
    if (provider !== entry.provider || !model.test(entry.model)) continue;
    for (const [name, permille] of Object.entries(services))
      result.services = { ...result.services, [name]: result.services?.[name] ?? [permille] };
  }
  for (const { provider, model, regions } of corrections.REGION_RULES) {
    if (provider === entry.provider && model.test(entry.model)) result.regions = { ...regions, ...result.regions };
  }
  return result;
}

function perMillionRates(rates) {
  return Object.fromEntries(Object.entries(rates).map(([kind, usd]) => [kind, perMillion(usd)]));
}

function byPlace(a, b) {
  return (
    order(a.provider, b.provider) ||
    order(a.model, b.model) ||
    (a.from ?? 0) - (b.from ?? 0) ||
    order(String(b.minutesUtc ?? ""), String(a.minutesUtc ?? ""))
  );
}

function order(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
