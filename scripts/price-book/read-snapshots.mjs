/**
 * Every snapshot → quotes of one shape:
 * { source, provider, id, rates, tiers: [{ threshold, rates }], services: { name: rates }, factors: { name: number },
 *   webSearch, retiredOn, region, periods: [{ from, to, rates, tiers }] }
 * `rates` are femto-USD per token by token kind. What a snapshot does not say is absent.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { centsPerToken, compact, nanoUsdPerSearch, perMillion, perToken } from "./amounts.mjs";

/** Snapshots by name, most trusted first where all else is equal. */
export const SOURCES = [
  { name: "LiteLLM", date: "2026-08-01", file: "litellm_2026-08-01.json.gz", read: readLiteLlm },
  { name: "genai-prices", date: "2026-08-21", file: "genai_prices_v2_2026-08-21.json.gz", read: readGenaiPrices },
  { name: "models.dev", date: "2026-07-02", file: "modelsdev_2026-07-02.json.gz", read: readModelsDev },
  { name: "OpenRouter", date: "2026-08-01", file: "openrouter_models_2026-08-01.json.gz", read: readOpenRouter },
  { name: "Langfuse", date: "2026-08-22", file: "langfuse_default_model_prices_2026-08-22.json.gz", read: readLangfuse },
  { name: "Portkey", date: "2026-08-21", file: "portkey_pricing_2026-08-21.json.gz", read: readPortkey },
];

export function readSnapshots(folder) {
  return SOURCES.flatMap(({ name, file, read }) => {
    const value = JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString("utf8"));
    return read(value).map((quote) => ({ source: name, tiers: [], services: {}, factors: {}, ...quote }));
  });
}

// ---- LiteLLM

const LITELLM_PROVIDERS = {
  anthropic: "anthropic",
  openai: "openai",
  "text-completion-openai": "openai",
  gemini: "google",
  "vertex_ai-language-models": "vertex",
  "vertex_ai-anthropic_models": "vertex",
  "vertex_ai-mistral_models": "vertex",
  "vertex_ai-llama_models": "vertex",
  "vertex_ai-embedding-models": "vertex",
  "vertex_ai-deepseek_models": "vertex",
  "vertex_ai-qwen_models": "vertex",
  "vertex_ai-moonshot_models": "vertex",
  "vertex_ai-zai_models": "vertex",
  "vertex_ai-openai_models": "vertex",
  vertex_ai: "vertex",
  mistral: "mistral",
  deepseek: "deepseek",
  xai: "xai",
  groq: "groq",
  cohere: "cohere",
  cohere_chat: "cohere",
  moonshot: "moonshot",
  dashscope: "qwen",
  zai: "zai",
  bedrock: "bedrock",
  bedrock_converse: "bedrock",
  azure: "azure",
  azure_ai: "azure",
};
const LITELLM_MODES = new Set(["chat", "embedding", "completion", "responses", "realtime", undefined]);
const LITELLM_KINDS = {
  input: "input_cost_per_token",
  output: "output_cost_per_token",
  cacheRead: "cache_read_input_token_cost",
  cacheWrite5m: "cache_creation_input_token_cost",
  cacheWrite1h: "cache_creation_input_token_cost_above_1hr",
  audioInput: "input_cost_per_audio_token",
  audioOutput: "output_cost_per_audio_token",
  reasoning: "output_cost_per_reasoning_token",
};

function readLiteLlm(models) {
  return Object.entries(models).flatMap(([key, model]) => {
    const provider = LITELLM_PROVIDERS[model.litellm_provider];
    // Reserved capacity and single data centres are other products.
    if (!provider || !LITELLM_MODES.has(model.mode) || /^bedrock\/(\*|[a-z]+(-gov)?-[a-z]+-\d)\//.test(key)) return [];
    const rates = (suffix = "") => compact(mapValues(LITELLM_KINDS, (field) => perToken(model[field + suffix])));
    const tiers = ["128k", "200k", "256k", "272k", "512k"]
      .map((size) => ({ threshold: Number.parseInt(size, 10) * 1000, rates: rates(`_above_${size}_tokens`) }))
      .filter((tier) => tier.rates.input !== undefined && tier.rates.output !== undefined);
    const quote = { provider, id: key, rates: rates(), tiers };
    for (const [index, step] of (model.tiered_pricing ?? []).entries()) {
      if (step.range === undefined) continue;
      const stepRates = compact(mapValues(LITELLM_KINDS, (field) => perToken(step[field])));
      if (index === 0) quote.rates = { ...quote.rates, ...stepRates };
      else quote.tiers.push({ threshold: step.range[0], rates: stepRates });
    }
    quote.services = compact({
      batch: nonEmpty(rates("_batches")),
      flex: nonEmpty(rates("_flex")),
      priority: nonEmpty(rates("_priority")),
    });
    const special = model.provider_specific_entry ?? {};
    quote.factors = compact({ fast: special.fast });
    const search = model.search_context_cost_per_query;
    if (search && search.search_context_size_low === search.search_context_size_high)
      quote.webSearch = nanoUsdPerSearch(search.search_context_size_low);
    if (/^20\d\d-\d\d-\d\d$/.test(model.deprecation_date ?? "")) quote.retiredOn = model.deprecation_date;
    return [quote];
  });
}

// ---- genai-prices

const GENAI_PROVIDERS = {
  anthropic: "anthropic",
  openai: "openai",
  google: "google",
  aws: "bedrock",
  azure: "azure",
  cohere: "cohere",
  deepseek: "deepseek",
  groq: "groq",
  mistral: "mistral",
  moonshotai: "moonshot",
  "x-ai": "xai",
  zai: "zai",
  openrouter: "openrouter",
};
const GENAI_KINDS = {
  input: "input_mtok",
  output: "output_mtok",
  cacheRead: "cache_read_mtok",
  cacheWrite5m: "cache_write_mtok",
  cacheWrite1h: "cache_write_1h_mtok",
  audioInput: "input_audio_mtok",
  audioOutput: "output_audio_mtok",
};

function readGenaiPrices(providers) {
  return providers.flatMap(({ id, models }) => {
    if (!GENAI_PROVIDERS[id]) return [];
    return models.flatMap((model) => {
      const provider = id === "google" && model.id.startsWith("claude") ? "vertex" : GENAI_PROVIDERS[id];
      const quote = genaiQuote(model.prices);
      const names = new Set([model.id, ...equalsOf(model.match)]);
      return [...names].map((name) => ({ provider, id: name, ...quote }));
    });
  });
}

/** Names that a match rule gives exactly; prefixes and patterns would catch models that nobody has priced. */
function equalsOf(rule) {
  if (rule?.or) return rule.or.flatMap(equalsOf);
  return rule?.equals ? [rule.equals] : [];
}

function genaiQuote(prices) {
  const list = Array.isArray(prices) ? prices : [{ prices }];
  const dated = list.filter(({ constraint }) => constraint === undefined || constraint.start_date !== undefined);
  const starts = dated.map(({ constraint }) => (constraint ? Date.parse(`${constraint.start_date}T00:00:00Z`) : undefined));
  const periods = dated.map((each, index) => ({ from: starts[index], to: starts[index + 1], ...genaiRates(each.prices) }));
  const now = Date.parse("2026-08-21T00:00:00Z");
  const current = periods.find(({ from, to }) => (from ?? 0) <= now && now < (to ?? Infinity));
  const search = list.at(-1).prices.web_searches_kcount;
  return {
    rates: current.rates,
    tiers: current.tiers,
    ...(periods.length > 1 && { periods }),
    ...(search !== undefined && { webSearch: nanoUsdPerSearch(search / 1000) }),
  };
}

function genaiRates(prices) {
  const rates = {};
  const tiers = new Map();
  for (const [kind, field] of Object.entries(GENAI_KINDS)) {
    const price = prices[field];
    if (price === undefined) continue;
    rates[kind] = perMillion(price.base ?? price);
    for (const tier of price.tiers ?? []) tiers.set(tier.start, { ...tiers.get(tier.start), [kind]: perMillion(tier.price) });
  }
  return { rates, tiers: [...tiers].map(([threshold, tierRates]) => ({ threshold, rates: tierRates })) };
}

// ---- models.dev

const MODELS_DEV_PROVIDERS = {
  anthropic: "anthropic",
  openai: "openai",
  google: "google",
  "google-vertex": "vertex",
  "google-vertex-anthropic": "vertex",
  "amazon-bedrock": "bedrock",
  azure: "azure",
  mistral: "mistral",
  deepseek: "deepseek",
  xai: "xai",
  groq: "groq",
  cohere: "cohere",
  moonshotai: "moonshot",
  alibaba: "qwen",
  zai: "zai",
  openrouter: "openrouter",
};
const MODELS_DEV_KINDS = {
  input: "input",
  output: "output",
  cacheRead: "cache_read",
  cacheWrite5m: "cache_write",
  audioInput: "input_audio",
  audioOutput: "output_audio",
  reasoning: "reasoning",
};

function readModelsDev(providers) {
  return Object.entries(providers).flatMap(([name, models]) => {
    const provider = MODELS_DEV_PROVIDERS[name];
    if (!provider) return [];
    return Object.entries(models).flatMap(([id, model]) => {
      if (!model.cost || (model.modalities?.output && !model.modalities.output.some((each) => each === "text" || each === "audio")))
        return [];
      const rates = (cost) => compact(mapValues(MODELS_DEV_KINDS, (field) => perMillion(cost[field])));
      const tiers = (model.cost.tiers ?? []).map((tier) => ({ threshold: tier.tier.size, rates: rates(tier) }));
      const fast = model.experimental?.modes?.fast;
      const factor = fast?.cost?.input / model.cost.input;
      const level = fast?.provider?.body?.service_tier === "priority" ? "priority" : "fast";
      return [{ provider, id, rates: rates(model.cost), tiers, factors: Number.isFinite(factor) ? { [level]: factor } : {} }];
    });
  });
}

// ---- OpenRouter: its own prices, and a witness for makers that alone serve their models

const OPENROUTER_MAKERS = { anthropic: "anthropic", openai: "openai", google: "google", "x-ai": "xai" };
const OPENROUTER_KINDS = {
  input: "prompt",
  output: "completion",
  cacheRead: "input_cache_read",
  cacheWrite5m: "input_cache_write",
  cacheWrite1h: "input_cache_write_1h",
};

function readOpenRouter({ data }) {
  return data.flatMap(({ id, pricing }) => {
    const maker = OPENROUTER_MAKERS[id.split("/")[0]];
    const open = /\/(gpt-oss|gemma)/.test(id);
    if (id.startsWith("~") || Number(pricing.prompt) < 0) return [];
    const rates = (prices) => compact(mapValues(OPENROUTER_KINDS, (field) => perToken(prices[field])));
    const tiers = (pricing.overrides ?? [])
      .filter((each) => each.min_prompt_tokens !== undefined && each.completion !== undefined)
      .map((each) => ({ threshold: each.min_prompt_tokens, rates: rates(each) }));
    const quote = { rates: rates(pricing), tiers, ...(pricing.web_search && { webSearch: nanoUsdPerSearch(pricing.web_search) }) };
    // Gemini's cache write is its storage fee, another product.
    if (maker === "google") for (const each of [quote.rates, ...tiers.map((tier) => tier.rates)]) delete each.cacheWrite5m;
    if (!maker || open) return [{ provider: "openrouter", id, ...quote }];
    return id.includes(":") || /-fast$/.test(id) ? [] : [{ provider: maker, id, ...quote }];
  });
}

// ---- Langfuse

const LANGFUSE_KINDS = {
  input: ["input"],
  output: ["output"],
  cacheRead: ["input_cache_read", "cache_read_input_tokens", "input_cached_tokens"],
  cacheWrite5m: ["input_cache_creation_5m", "input_cache_creation", "cache_creation_input_tokens"],
  cacheWrite1h: ["input_cache_creation_1h"],
  audioInput: ["input_audio", "input_audio_tokens"],
  audioOutput: ["output_audio", "output_audio_tokens"],
};

function readLangfuse(models) {
  return models.flatMap(({ modelName, pricingTiers }) => {
    const provider = /^claude/.test(modelName)
      ? "anthropic"
      : /^gemini/.test(modelName)
        ? "google"
        : /^(gpt|o\d|chatgpt|text-embedding|ft:|davinci|babbage)/.test(modelName)
          ? "openai"
          : undefined;
    const base = pricingTiers?.find(({ isDefault }) => isDefault);
    if (!provider || !base) return [];
    const rates = (prices) =>
      compact(mapValues(LANGFUSE_KINDS, (fields) => perToken(fields.map((field) => prices[field]).find((price) => price !== undefined))));
    const tiers = pricingTiers
      .filter(({ conditions }) => conditions.length === 1 && conditions[0].operator === "gt" && conditions[0].usageDetailPattern)
      .map(({ conditions, prices }) => ({ threshold: conditions[0].value, rates: rates(prices) }));
    return [{ provider, id: modelName, rates: rates(base.prices), tiers }];
  });
}

// ---- Portkey

const PORTKEY_PROVIDERS = {
  anthropic: "anthropic",
  openai: "openai",
  google: "google",
  "vertex-ai": "vertex",
  bedrock: "bedrock",
  "azure-openai": "azure",
  "azure-ai": "azure",
  "mistral-ai": "mistral",
  cohere: "cohere",
  deepseek: "deepseek",
  "x-ai": "xai",
  groq: "groq",
  moonshot: "moonshot",
  dashscope: "qwen",
  "z-ai": "zai",
};
const PORTKEY_KINDS = {
  input: "request_token",
  output: "response_token",
  cacheRead: "cache_read_input_token",
  cacheWrite5m: "cache_write_input_token",
  audioInput: "request_audio_token",
  audioOutput: "response_audio_token",
};

function readPortkey(providers) {
  return Object.entries(providers).flatMap(([name, models]) => {
    const provider = PORTKEY_PROVIDERS[name];
    if (!provider) return [];
    return Object.entries(models).flatMap(([id, { pricing_config: config }]) => {
      const paid = config?.pay_as_you_go;
      // Gemini's ids are split by context length; the shorter one is the model.
      if (id === "default" || /-gt-\d+k$/.test(id) || !paid) return [];
      // A zero in Portkey's tables is a price that it does not know.
      const rates = compact(mapValues(PORTKEY_KINDS, (field) => centsPerToken(paid[field]?.price) || undefined));
      const hour = centsPerToken(paid.additional_units?.cache_write_1h?.price) || undefined;
      const batch = compact(mapValues(PORTKEY_KINDS, (field) => centsPerToken(config.batch_config?.[field]?.price) || undefined));
      const search = paid.additional_units?.web_search?.price;
      return [
        {
          provider,
          id: id.replace(/-lte-\d+k$/, ""),
          rates: { ...rates, ...(hour && { cacheWrite1h: hour }) },
          services: compact({ batch: nonEmpty(batch) }),
          ...(search > 0 && { webSearch: nanoUsdPerSearch(search / 100) }),
        },
      ];
    });
  });
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

function nonEmpty(rates) {
  return Object.keys(rates).length > 0 ? rates : undefined;
}
