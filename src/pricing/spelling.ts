/**
 * The many ways to write one model: pure text rules, no price data. What the rules allow is only a list of
 * readings from the most to the least specific; the book decides which of them exists.
 */

const PROVIDER_NAMES: Readonly<Record<string, readonly string[]>> = {
  anthropic: ["claude", "claude-code", "claude.ai"],
  openai: [
    "open-ai",
    "codex",
    "openai-codex",
    "openai-pro",
    "openai-responses",
    "openai-chat",
    "text-completion-openai",
    "chatgpt",
    "chatgpt-codex",
    "openai-native",
  ],
  google: [
    "gemini",
    "google-ai",
    "google-ai-studio",
    "google-gemini",
    "google-gemini-cli",
    "gemini-cli",
    "google-genai",
    "gcp.gemini",
    "gcp.gen-ai",
    "generativelanguage",
    "googleai",
  ],
  vertex: [
    "vertex-ai",
    "vertexai",
    "google-vertex",
    "google-vertex-anthropic",
    "gcp.vertex-ai",
    "gcp-vertex-ai",
    "anthropic-vertex",
    "vertex-ai-beta",
  ],
  bedrock: ["aws", "amazon", "amazon-bedrock", "aws-bedrock", "aws.bedrock", "bedrock-converse", "bedrock-mantle"],
  azure: [
    "azure-openai",
    "azure-ai",
    "azure.ai.openai",
    "az.ai.openai",
    "azure.ai.inference",
    "az.ai.inference",
    "azure-foundry",
    "azure-cognitive-services",
  ],
  mistral: ["mistralai", "mistral-ai", "codestral"],
  deepseek: ["deepseek-ai"],
  xai: ["x-ai", "x.ai", "grok"],
  groq: ["groqcloud"],
  cohere: ["cohere-chat"],
  moonshot: ["moonshotai", "moonshot-ai", "kimi", "kimi-for-coding"],
  qwen: ["alibaba", "alibaba-cn", "alibaba-cloud", "aliyun", "dashscope", "qwen-code", "bailian"],
  zai: ["z-ai", "z.ai", "zhipu", "zhipuai", "zai-org", "zai-coding-plan", "zhipuai-coding-plan"],
  openrouter: ["open-router"],
};

const PROVIDER_BY_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries(PROVIDER_NAMES).flatMap(([provider, names]) => [provider, ...names].map((name) => [name, provider] as const)),
);

/** Path segments before a model id that say who serves or made it, and change nothing about the id itself. */
const NAMESPACES: ReadonlySet<string> = new Set([
  ...PROVIDER_BY_NAME.keys(),
  "models",
  "publishers",
  "meta-llama",
  "meta",
  "us",
  "eu",
  "global",
  "global-standard",
  "converse",
  "invoke",
  "nvidia",
  "minimax",
  "minimaxai",
  "~anthropic",
  "~openai",
  "~google",
]);

/** `us.`, `eu.`: where Bedrock's inference profiles run. */
const BEDROCK_REGION = /^(us-gov|us|eu|apac|jp|au|ca|in|sa|me|af|global)\./;
const BEDROCK_VENDOR =
  /^(anthropic|amazon|meta|mistral|cohere|ai21|deepseek|qwen|openai|moonshotai|moonshot|zai|google|minimax|writer|nvidia|xai|twelvelabs|stability|luma)\./;
const AZURE_REGION = /^(?:azure\/|azure_ai\/)?(us|eu)\//;

/**
 * One name per provider: `aws`, `Amazon Bedrock` and `bedrock` are the same. Unknown names are kept, lower-cased.
 *
 * @example
 * ```ts
 * import { canonicalProvider } from "tokenledger";
 * canonicalProvider("vertex_ai"); // => "vertex"
 * ```
 */
export function canonicalProvider(name: string): string {
  const cleaned = name
    .trim()
    .toLowerCase()
    .replace(/[_\s]+/g, "-");
  return PROVIDER_BY_NAME.get(cleaned) ?? PROVIDER_BY_NAME.get(cleaned.replace(/^vertex-ai-.*$/, "vertex-ai")) ?? cleaned;
}

/** The place that a model id itself promises (`us.anthropic.…`, `azure/eu/…`), where the provider charges by place. */
export function regionOf(provider: string, model: string): string | undefined {
  const id = lastArnPart(plainText(model));
  if (provider === "bedrock") return BEDROCK_REGION.exec(id.replace(/^bedrock\/(?:converse\/|invoke\/)?/, ""))?.[1];
  if (provider === "azure") return AZURE_REGION.exec(id)?.[1];
  return undefined;
}

/** Who made the model, where only its maker sets the price: so a reseller's list price is the maker's. */
export function closedVendorOf(id: string): string | undefined {
  if (/^claude-/.test(id)) return "anthropic";
  if (/^(ft:)?(gpt-(?!oss)|chatgpt-|o[134](-|$)|codex-|text-embedding-(3|ada)|davinci|babbage|computer-use)/.test(id)) return "openai";
  if (/^gemini-/.test(id)) return "google";
  if (/^grok-/.test(id)) return "xai";
  return undefined;
}

/** A model id without the wrapping: lower case, no path, no region, no vendor dot, one way to write a date. */
export function cleanModelId(model: string): string {
  // Where nothing but wrapping was written, that is the name.
  return withoutWrapping(plainText(model)) || plainText(model) || model;
}

function withoutWrapping(written: string): string {
  let id = written;
  id = id
    .replace(/\[\d+[km]\]$/, "")
    .trimEnd()
    .replace(/^(openai|openai-codex|anthropic|google|azure|bedrock|vertex_ai|openrouter):(?=.)/, "");
  id = lastArnPart(id);
  id = withoutNamespaces(id);
  if (id.startsWith("ft:")) return fineTuneBase(id);
  const tuned = /^(.+)\.ft-/.exec(id);
  if (tuned?.[1]) return `ft:${tuned[1]}`;
  const regionless = id.replace(BEDROCK_REGION, "");
  if (BEDROCK_VENDOR.test(regionless)) id = regionless.replace(BEDROCK_VENDOR, "");
  id = id.replace(/@(default|latest)$/, "").replace("@", "-");
  id = id.replace(/:0(:\d+k)?$/, "");
  if (/^(claude-.*\d|claude-.*(opus|sonnet|haiku)|nova-.*)-v\d$/.test(id)) id = id.replace(/-v\d$/, "");
  if (id.startsWith("claude-")) id = id.replace(/-v\d(?=-20\d{6}$)/, "");
  id = id.replace(/^(gpt-oss-\d+b)-1$/, "$1");
  id = id
    .replace(/^gpt-35-/, "gpt-3.5-")
    .replace(/^gpt-(\d)-(\d)(?=-|$)/, "gpt-$1.$2")
    .replace(/-maas$/, "");
  return id.startsWith("claude-") ? claudeOrder(id) : id;
}

/**
 * Readings of a model id from the most to the least specific: as written, without its date, without `-latest`,
 * without a variant suffix that costs nothing extra.
 */
export function readingsOf(model: string): string[] {
  const first = cleanModelId(model);
  const readings = [first];
  const add = (id: string): void => {
    if (id !== "" && !readings.includes(id)) readings.push(id);
  };
  // The list grows while it is read: every reading is tried with every rule.
  for (let i = 0; i < readings.length; i++) {
    const id = readings[i] as string;
    add(withoutDate(id));
    add(id.replace(/-latest$/, ""));
    add(id.replace(/^(gpt-.*):20\d{6}-v\d$/, "$1"));
    add(id.replace(/:(thinking|beta|nitro|floor|exacto)$/, ""));
    add(id.replace(/^((?:gpt-5|o\d|codex|claude|gemini).*)-(?:thinking|minimal|low|medium|high|xhigh)$/, "$1"));
    add(id.replace(/^(gemini-.*)-00\d$/, "$1"));
  }
  return readings;
}

/** The same id with `.` and `-` made one: `gpt-5-4` and `gpt-5.4`. */
export function undotted(id: string): string {
  return id.replaceAll(".", "-");
}

/** Lower case, and without the escapes of a URL's path. */
function plainText(model: string): string {
  return model.trim().toLowerCase().replaceAll("%3a", ":").replaceAll("%2f", "/");
}

function lastArnPart(id: string): string {
  return id.startsWith("arn:") ? id.slice(id.lastIndexOf("/") + 1) : id;
}

function withoutNamespaces(id: string): string {
  const published = id.lastIndexOf("/models/");
  let rest = published >= 0 ? id.slice(published + "/models/".length) : id;
  for (;;) {
    const slash = rest.indexOf("/");
    if (slash < 0) return rest;
    const head = rest.slice(0, slash);
    const known = NAMESPACES.has(head) || NAMESPACES.has(head.replaceAll("_", "-")) || /^[a-z]{2}(-gov)?-[a-z]+-\d$/.test(head);
    if (!known) return rest;
    rest = rest.slice(slash + 1);
  }
}

/** `ft:gpt-4o-mini-2024-07-18:org:name:id` → `ft:gpt-4o-mini-2024-07-18`. */
function fineTuneBase(id: string): string {
  const base = id.split(":")[1] ?? "";
  return `ft:${base}`;
}

function withoutDate(id: string): string {
  const match = /^(.+?)-(20\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])$/.exec(id);
  return match?.[1] ?? id;
}

/** `claude-4.5-sonnet`, `claude-sonnet-4.5` → `claude-sonnet-4-5`; `claude-opus-4-0` → `claude-opus-4`. */
function claudeOrder(id: string): string {
  const dashed = undotted(id);
  const swapped = dashed.replace(/^claude-([4-9](?:-\d{1,2})?)-(opus|sonnet|haiku|fable)(?=-|$)/, "claude-$2-$1");
  const old = swapped.replace(/^claude-(opus|sonnet|haiku)-(3(?:-\d)?)(?=-|$)/, "claude-$2-$1");
  return old.replace(/^(claude-(?:opus|sonnet|haiku|fable)-[4-9])-0(?=-|$)/, "$1");
}
