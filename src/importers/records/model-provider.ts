/** Who served a call, in the price book's spelling, from what agents write. */

/** Other spellings of providers that have prices of their own. */
const SPELLINGS: Readonly<Record<string, string>> = {
  "amazon-bedrock": "bedrock",
  "aws-bedrock": "bedrock",
  aws_bedrock: "bedrock",
  "azure-openai": "azure",
  "azure-cognitive-services": "azure",
  claude: "anthropic",
  "claude-code": "anthropic",
  "openai-native": "openai",
  "openai-codex": "openai",
  chatgpt_codex: "openai",
  gemini: "google",
  "gemini-cli": "google",
  "google-ai": "google",
  google_ai: "google",
  "google-gemini-cli": "google",
  "google-vertex": "vertex",
  "google-vertex-anthropic": "vertex",
  "gcp-vertex-ai": "vertex",
  gcp_vertex_ai: "vertex",
  vertex_ai: "vertex",
  mistralai: "mistral",
  moonshotai: "moonshot",
  kimi: "moonshot",
  "x-ai": "xai",
  grok: "xai",
  "z-ai": "zai",
  zhipuai: "zai",
  alibaba: "qwen",
  dashscope: "qwen",
};

/** Names that say which program or subscription passed the call on, not whose model answered. */
const GO_BETWEENS: ReadonlySet<string> = new Set([
  "amp",
  "cline",
  "copilot",
  "custom",
  "databricks",
  "factory",
  "generic-chat-completion-api",
  "github",
  "github-copilot",
  "github_copilot",
  "github-models",
  "kilo",
  "kilocode",
  "litellm",
  "openai-compatible",
  "opencode",
  "opencode-go",
  "roo",
  "tetrate",
  "unknown",
  "vercel",
  "vercel-ai-gateway",
  "vscode-lm",
]);

const MAKERS: readonly (readonly [RegExp, string])[] = [
  [/^claude\b/, "anthropic"],
  [/^(gpt|chatgpt|codex)-|^o[1-9](-|$)|^text-embedding-(3|ada)/, "openai"],
  [/^gemini-/, "google"],
  [/^(mistral|codestral|devstral|magistral|ministral|pixtral)(-|$)/, "mistral"],
  [/^deepseek(-|$)/, "deepseek"],
  [/^grok(-|$)/, "xai"],
  [/^(qwen|qwq|coder-model$|vision-model$)/, "qwen"],
  [/^(kimi|moonshot)(-|$)/, "moonshot"],
  [/^glm(-|$)/, "zai"],
  [/^command(-|$)/, "cohere"],
];

/** The provider that is known to make this model, from its name alone; undefined where the name doesn't tell. */
export function makerOf(model: string): string | undefined {
  const name = model.toLowerCase();
  const slash = name.lastIndexOf("/");
  const maker = MAKERS.find(([pattern]) => pattern.test(name.slice(slash + 1)))?.[1];
  return maker ?? (slash > 0 ? SPELLINGS[name.slice(0, slash)] : undefined);
}

/**
 * The provider of a call. What the log says counts, in the price book's spelling; where it says nothing, or only names a
 * go-between that sells other makers' models, the model's maker; where that can't be told either, what the log says.
 */
export function providerOf(said: string | undefined, model: string | undefined, fallback = "unknown"): string {
  const name = said?.trim().toLowerCase() ?? "";
  const spelled = SPELLINGS[name] ?? name;
  if (name !== "" && !GO_BETWEENS.has(name)) return spelled;
  return makerOf(model ?? "") ?? (spelled === "" ? fallback : spelled);
}
