/**
 * Decisions by hand, each with its reason. Prices here are USD for a million tokens.
 * Everything else in the book follows from the snapshots by the rules of merge.mjs.
 */

const day = (text) => Date.parse(`${text}T00:00:00Z`);

/** Sources that are not snapshots. */
export const FURTHER_SOURCES = [
  { name: "command-line output of Claude Code", date: "2026-08-22" },
  { name: "DeepSeek price page", date: "2025-09-05" },
  { name: "LiteLLM price history", date: "2026-07-24" },
];

/** Single prices that a source has wrong: `{ source, provider, model, kinds }` are not counted as its vote. */
export const REJECTED = [
  // 1-hour writes are 2 × input for every Claude model: 30 and 0.50, as genai-prices and OpenRouter have them.
  { source: "LiteLLM", provider: "anthropic", model: "claude-3-opus", kinds: ["cacheWrite1h"] },
  { source: "LiteLLM", provider: "anthropic", model: "claude-3-haiku", kinds: ["cacheWrite1h"] },
  // The 5-minute write of claude-3-sonnet is 3.75 (1.25 × input); 0.3 is its cache read.
  { source: "models.dev", provider: "anthropic", model: "claude-3-sonnet", kinds: ["cacheWrite5m"] },
  // The first gpt-4o costs 5/15; genai-prices counts it to gpt-4o.
  { source: "genai-prices", provider: "openai", model: "gpt-4o-2024-05-13", kinds: ["input", "output", "cacheRead"] },
  // 0.025, a quarter of input, in five other sources.
  { source: "Portkey", provider: "openai", model: "gpt-4.1-nano", kinds: ["cacheRead"] },
  // Nova reads its cache at a quarter of input (0.2), and AWS lists no price of writing it.
  ...["nova-pro", "nova-lite", "nova-micro"].map((model) => ({
    source: "Portkey",
    provider: "bedrock",
    model,
    kinds: ["cacheRead", "cacheWrite5m", "cacheWrite1h"],
  })),
  // The decimal point: 0.1, as every other Cohere embedding of that generation.
  { source: "LiteLLM", provider: "cohere", model: "embed-multilingual-light-v3.0", kinds: ["input"] },
  // A copy of the first week's price; the maker, models.dev and Portkey have 0.8/4.
  { source: "LiteLLM", provider: "vertex", model: "claude-3-5-haiku", kinds: ["input"] },
  // OpenAI cut both on 2026-07-30; LiteLLM's snapshot of Azure is older than its own of OpenAI.
  { source: "LiteLLM", provider: "azure", model: "gpt-5.6-luna", kinds: ["input"] },
  { source: "LiteLLM", provider: "azure", model: "gpt-5.6-terra", kinds: ["input"] },
  // The price of Azure's data zones; the global deployment costs what OpenAI charges (models.dev, and LiteLLM's own global id).
  { source: "LiteLLM", provider: "azure", model: "gpt-4o-mini", kinds: ["input"] },
  { source: "LiteLLM", provider: "azure", model: "gpt-4o-mini-2024-07-18", kinds: ["input"] },
  // A date that the model never had, at GovCloud's price.
  { source: "LiteLLM", provider: "bedrock", model: "claude-3-7-sonnet-20240620", kinds: ["input"] },
  // Langfuse quotes the prices of the first preview; OpenAI cut audio on 2024-12-17.
  { source: "Langfuse", provider: "openai", model: "gpt-4o-audio-preview", kinds: ["audioInput", "audioOutput"] },
];

/** Tiers that no longer exist, or never did: LiteLLM and genai-prices agree that these models have one price. */
export const WITHOUT_TIERS = [{ provider: /^(anthropic|vertex|azure|bedrock)$/, model: /^claude-(?!sonnet-4(-5)?(-20\d{6})?$)/ }];

/** Models whose entries are wholly written here: the snapshots show one moment of several, or none. */
export const WRITTEN = [
  {
    provider: "anthropic",
    model: "claude-fable-5-1",
    sources: ["command-line output of Claude Code"],
    rates: { input: 10, output: 50, cacheRead: 1, cacheWrite5m: 12.5, cacheWrite1h: 20 },
    note: "No price list names this model; Claude Code charges it like claude-fable-5 (2 + 4 + 40,913 one-hour writes = $0.81848).",
  },
  {
    provider: "google",
    model: "gemini-2.0-flash-exp",
    sources: ["genai-prices"],
    rates: { input: 0.1, output: 0.4, cacheRead: 0.025, audioInput: 0.7 },
    note: "Counted to gemini-2.0-flash by genai-prices; Portkey has Vertex AI's first price.",
  },
  // Half price to the end of 2026, first seen in Langfuse's table of 2026-08-14; the snapshots of 2026-08-01 have the full price.
  ...[
    { sources: ["LiteLLM", "OpenRouter"], to: day("2026-08-14"), rates: { input: 1.5, cacheRead: 0.15, output: 7.5 } },
    {
      sources: ["genai-prices", "Langfuse"],
      from: day("2026-08-14"),
      to: day("2027-01-01"),
      rates: { input: 0.75, cacheRead: 0.075, output: 3.75 },
    },
    { sources: ["genai-prices", "LiteLLM"], from: day("2027-01-01"), rates: { input: 1.5, cacheRead: 0.15, output: 7.5 } },
  ].map((period) => ({
    provider: "google",
    model: "gemini-3.6-flash",
    ...period,
    services: { flex: [500], priority: [1800] },
    webSearch: 14_000_000,
  })),
  // DeepSeek changes the model behind its two names, and the price with it. Off-peak hours ended on 2025-09-05.
  ...["deepseek-chat", "deepseek-reasoner"].flatMap((model) => {
    const chat = model === "deepseek-chat";
    const first = {
      provider: "deepseek",
      model,
      sources: ["genai-prices", "LiteLLM price history"],
      to: Date.parse("2025-09-05T16:00:00Z"),
    };
    return [
      {
        ...first,
        minutesUtc: [990, 30],
        rates: { input: 0.135, cacheRead: 0.035, output: 0.55 },
        note: "Off-peak hours, 16:30 to 00:30 UTC.",
      },
      { ...first, rates: chat ? { input: 0.27, cacheRead: 0.07, output: 1.1 } : { input: 0.55, cacheRead: 0.14, output: 2.19 } },
      {
        provider: "deepseek",
        model,
        sources: ["DeepSeek price page"],
        from: Date.parse("2025-09-05T16:00:00Z"),
        to: day("2025-09-29"),
        rates: { input: 0.56, cacheRead: 0.07, output: 1.68 },
      },
      {
        provider: "deepseek",
        model,
        sources: ["LiteLLM"],
        from: day("2025-09-29"),
        to: day("2026-04-24"),
        rates: { input: 0.28, cacheRead: 0.028, output: 0.42 },
        note: "DeepSeek V3.2 under this name, until V4 took it over.",
      },
      {
        provider: "deepseek",
        model,
        sources: ["models.dev", "Portkey"],
        from: day("2026-04-24"),
        rates: { input: 0.14, cacheRead: 0.0028, output: 0.28 },
        note: "The name points to deepseek-v4-flash since its release; LiteLLM still quotes V3.2.",
      },
    ];
  }),
  // Mistral's undated names move to the newest version; the dated ones keep their price.
  { provider: "mistral", model: "mistral-large", sources: ["genai-prices"], to: day("2025-12-02"), rates: { input: 2, output: 6 } },
  {
    provider: "mistral",
    model: "mistral-large",
    sources: ["LiteLLM", "models.dev", "Portkey"],
    from: day("2025-12-02"),
    rates: { input: 0.5, output: 1.5 },
    note: "mistral-large-latest points to Mistral Large 3 (2512) since its release.",
  },
  {
    provider: "mistral",
    model: "mistral-medium",
    sources: ["LiteLLM price history"],
    to: day("2025-05-07"),
    rates: { input: 2.7, output: 8.1 },
  },
  {
    provider: "mistral",
    model: "mistral-medium",
    sources: ["genai-prices", "models.dev", "Portkey"],
    from: day("2025-05-07"),
    to: day("2026-04-29"),
    rates: { input: 0.4, output: 2 },
  },
  {
    provider: "mistral",
    model: "mistral-medium",
    sources: ["LiteLLM"],
    from: day("2026-04-29"),
    rates: { input: 1.5, output: 7.5 },
    note: "mistral-medium-latest points to Medium 3.5 (2604) since its release; the price is that of mistral-medium-2604.",
  },
  {
    provider: "mistral",
    model: "mistral-small",
    sources: ["genai-prices", "Portkey"],
    to: day("2026-03-16"),
    rates: { input: 0.1, output: 0.3 },
  },
  {
    provider: "mistral",
    model: "mistral-small",
    sources: ["models.dev"],
    from: day("2026-03-16"),
    rates: { input: 0.15, output: 0.6 },
    note: "mistral-small-latest points to Small 4 (2603) since its release; the price is that of mistral-small-2603.",
  },
];

/** Earlier prices that a dated source has incomplete or wrong. */
export const PERIOD_FIXES = [
  // genai-prices gives today's cache read for the time before the cut; LiteLLM's history has 2.5 until 2025-06-11.
  { provider: "openai", model: "o3", to: day("2025-06-10"), rates: { cacheRead: 2.5 } },
];

/** Ids that are no chat or embedding model, or not this provider's own. */
export const LEFT_OUT = [
  /image|imagen|\bveo|nano-banana|tts|whisper|dall-e|sora|speech|orpheus|playai|moderation|video|mistral-ocr|rerank|ranker|container|deep-?gram|transcri/,
  /^(ft:)?(default|claude|claude-instant|code|text-davinci-edit)$/,
  /^omni-|^lyria|^chirp|^canopylabs|^stability|^stable-|^luma|^twelvelabs|^marengo|^pegasus/,
  /\*/,
];

/** Providers whose table holds prices of other hosts for these models. */
export const FOREIGN = [
  // genai-prices fills these from OpenRouter's cheapest host.
  { source: "genai-prices", provider: "openai", model: /^gpt-oss/ },
  { source: "genai-prices", provider: "google", model: /^gemma/ },
  { source: "genai-prices", provider: "deepseek", model: /^deepseek-(v3|r1|chat-v3)/ },
  {
    source: "genai-prices",
    provider: "mistral",
    model: /instruct|^devstral-small$|^mistral-(small|medium|large)$|^ministral-8b$|^mistral-small-latest$/,
  },
  { source: "genai-prices", provider: "moonshot", model: /^kimi-k2$/ },
  // Portkey's "openai" carries Azure's and other names.
  { source: "Portkey", provider: "openai", model: /^gpt-35|^claude|^gemini/ },
];

/** Discounts that a vendor gives on everything, said once on its price page instead of per model. */
export const SERVICE_RULES = [
  { provider: "anthropic", model: /^claude-/, services: { batch: 500, priority: 1000 } },
  { provider: "openai", model: /^(ft:)?(gpt-(?!realtime|audio|.*(audio|realtime|search))|o\d|text-embedding)/, services: { batch: 500 } },
  { provider: "azure", model: /^(gpt-(?!realtime|audio|.*(audio|realtime))|o\d|text-embedding)/, services: { batch: 500 } },
  { provider: "google", model: /^gemini-(?!.*(live|native-audio|omni))/, services: { batch: 500 } },
  { provider: "vertex", model: /^(gemini-(?!.*(live|native-audio|omni))|claude-)/, services: { batch: 500 } },
  { provider: "bedrock", model: /^(claude-|nova-)/, services: { batch: 500 } },
  { provider: "mistral", model: /./, services: { batch: 500 } },
  { provider: "groq", model: /./, services: { batch: 500, flex: 1000 } },
];

/** Multipliers of a promised place. Bedrock's and Azure's are measured from their own regional ids (merge.mjs). */
export const REGION_RULES = [{ provider: "anthropic", model: /^claude-/, regions: { us: 1100 } }];

/** xAI and Alibaba say "from", the others "more than" (OpenAI 272K, Anthropic and Google 200K). */
export const INCLUSIVE_TIERS = new Set(["xai"]);
