/** A span that is a call to a model, by the GenAI conventions of today and those before. */
import { presentFields, type TokenCounts, type UsageRecord } from "../../../usage/index.ts";
import type { ImportOptions } from "../../importer.ts";
import { countOf, type Mend } from "../../reading/fields.ts";
import { callCostOf, factsOf, nameOf } from "../../records/export-fields.ts";
import { isNothing, tokensBesideCache, tokensWithCache } from "../../records/export-tokens.ts";
import { providerOf } from "../../records/model-provider.ts";
import type { Span } from "./span.ts";

const SOURCE = "otel";

const INFERENCE = new Set(["chat", "generate_content", "text_completion", "completion", "embeddings", "responses", "messages"]);

/** The conventions' names for providers, where the price book has others. */
const PROVIDERS: Readonly<Record<string, string>> = {
  "aws.bedrock": "bedrock",
  aws_bedrock: "bedrock",
  "az.ai.inference": "azure",
  "az.ai.openai": "azure",
  "azure.ai.inference": "azure",
  "azure.ai.openai": "azure",
  "gcp.gemini": "google",
  "gcp.gen_ai": "google",
  "gcp.vertex_ai": "vertex",
  mistral_ai: "mistral",
  moonshot_ai: "moonshot",
  x_ai: "xai",
};

const INPUT = ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens"];
const OUTPUT = ["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens"];
const CACHE_READ = ["gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"];
const CACHE_WRITE = ["gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens"];
const REASONING = ["gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"];

/** Whether the span counts the tokens of a call to a model, rather than of an agent or tool around one. */
export function isInference({ attributes, name }: Span): boolean {
  if (![...INPUT, ...OUTPUT].some((key) => attributes.has(key))) return false;
  const operation = nameOf(attributes.get("gen_ai.operation.name"));
  if (operation !== undefined) return INFERENCE.has(operation);
  return !/^(?:invoke_agent|create_agent|execute_tool|invoke_workflow)\b/.test(name);
}

/** The call; nothing where the span counts no tokens. */
export function inferenceRecord(span: Span, options: ImportOptions, warn: Mend): UsageRecord | undefined {
  const { attributes } = span;
  const first = (...names: string[]): unknown =>
    names.map((name) => attributes.get(name)).find((value) => value !== undefined && value !== null);
  const tokens = tokensOf(first, options, warn);
  if (isNothing(tokens)) return undefined;
  const startMs = span.startMs ?? span.endMs;
  if (startMs === undefined) throw new TypeError(`span ${span.id} has no time`);
  const asked = nameOf(first("gen_ai.request.model"));
  const model = nameOf(first("gen_ai.response.model")) ?? asked;
  if (model === undefined) throw new TypeError(`span ${span.id} names no model`);
  const said = nameOf(first("gen_ai.provider.name", "gen_ai.system"));
  const call = nameOf(first("gen_ai.response.id")) ?? span.id;
  return presentFields<UsageRecord>({
    id: `${span.traceId}:${call}`,
    timestampMs: startMs,
    provider: providerOf(PROVIDERS[said?.toLowerCase() ?? ""] ?? said, model),
    model,
    requestedModel: asked === model ? undefined : asked,
    tokens,
    latencyMs: latencyOf(span),
    reportedCostNanoUsd: callCostOf(first("gen_ai.usage.cost"), "gen_ai.usage.cost"),
    project: nameOf(span.service),
    userId: nameOf(first("user.id", "enduser.id")),
    sessionId: nameOf(first("gen_ai.conversation.id", "session.id")),
    source: SOURCE,
    usageSource: "imported",
    status: span.isError || attributes.has("error.type") ? "error" : undefined,
    serviceTier: nameOf(
      first(
        "openai.response.service_tier",
        "gen_ai.openai.response.service_tier",
        "openai.request.service_tier",
        "gen_ai.openai.request.service_tier",
      ),
    ),
    metadata: factsOf({ operation: first("gen_ai.operation.name"), agent: first("gen_ai.agent.name") }),
    // Two instrumentations of one call tell it twice, in one trace and with one response id.
    replay: { rank: 0 },
  });
}

function latencyOf({ startMs, endMs }: Span): number | undefined {
  return startMs === undefined || endMs === undefined || endMs < startMs ? undefined : endMs - startMs;
}

/** The conventions have input include cached tokens; where it can't, it doesn't. */
function tokensOf(first: (...names: string[]) => unknown, options: ImportOptions, warn: Mend): TokenCounts {
  const count = (names: string[]): number => countOf(first(...names), names[0] as string, warn);
  const counts = {
    input: count(INPUT),
    cacheRead: count(CACHE_READ),
    cacheWrite5m: count(CACHE_WRITE),
    output: count(OUTPUT),
    reasoning: count(REASONING),
  };
  const excludesCache = options.inputExcludesCache ?? counts.cacheRead + counts.cacheWrite5m > counts.input;
  return excludesCache ? tokensBesideCache(counts) : tokensWithCache(counts);
}
