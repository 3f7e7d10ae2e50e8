/** The door to prompts of the AI SDK: what a call may cost, read before a provider's package makes a request of it. */
import type { Operation } from "../operation.ts";
import { FORMAT_OF } from "../operation.ts";
import type { RequestReading } from "../request.ts";
import { InputWeight, MAX_PASSES, MAX_SEARCHES } from "../requests/input-weight.ts";
import { longestAnswer, modelTraits } from "../requests/model-traits.ts";
import type { PromptHasher } from "../requests/prompt-hasher.ts";
import type { PromptCall, PromptModel, PromptTool } from "./prompt-call.ts";
import { promptFacts } from "./prompt-facts.ts";
import { PromptWeight } from "./prompt-weight.ts";
import { providerSettings, type SaidToProvider } from "./provider-settings.ts";

/** What answers are long, where nobody asks for less. */
const LIKELY_OUTPUT_TOKENS = 1_000;
const MOST_SEARCHES = 10_000;
/** Thought of by Claude where it shall think and nobody says how much. */
const LEAST_THINKING_TOKENS = 1_024;

/** Tools that the caller runs, though the vendor describes them. */
const CALLERS_TOOL =
  /(?:^|[._])(?:function|custom|local_shell|shell|apply_patch|computer|computer_use|computer_use_preview|bash_\d+|text_editor_\d+|computer_\d+|memory_\d+)$/;

/**
 * What a call may cost. No provider's package makes a request of it whose own reading allows for more.
 *
 * @param hasher asks for `facts`, with the prompt's blocks under this hasher's key
 *
 * @example
 * ```ts
 * import { readPrompt } from "tokenledger/providers";
 * const prompt = [{ role: "user", content: [{ type: "text", text: "Hi" }] }];
 * readPrompt({ provider: "openai.chat", modelId: "gpt-4o" }, { prompt, maxOutputTokens: 100 }).output.bound; // => 100
 * ```
 */
export function readPrompt(model: PromptModel, call: PromptCall, isStream = false, hasher?: PromptHasher): RequestReading {
  const { modelId } = model;
  const operation = operationOf(model.provider);
  const format = FORMAT_OF[operation];
  const traits = modelTraits(modelId);
  const settings = providerSettings(call.providerOptions, model.provider);
  const weight = new InputWeight();
  const weighed = new PromptWeight(weight, format);
  weighed.call(call);
  const webSearches = weighTools(weight, call.tools ?? [], operation === "responses" ? settings.maxToolCalls : undefined);
  for (const what of settings.unbounded) weight.unbounded(what);
  const searchesItself = traits.searches !== "none" || settings.searches;
  if (searchesItself) weight.unbounded("what a search brings");
  if (settings.repeats || traits.searches === "freely") weight.passes = MAX_PASSES;
  const outputLimit = outputLimitOf(model, call, settings);
  const runs = outputLimit === undefined || format === "anthropic" ? weight.passes : 1;
  const bound = Math.min(longestAnswer(modelId, outputLimit) * runs + settings.predictionBytes, Number.MAX_SAFE_INTEGER);
  const reading: RequestReading = {
    operation,
    format,
    model: modelId,
    otherModels: [...settings.otherModels, ...modelsOfTools(call.tools ?? [])],
    isStream,
    asksForUsage: true,
    isBackground: false,
    choices: 1,
    input: weight.estimate(weighed.textBytes, modelId),
    output: { bound, likely: Math.min(bound, LIKELY_OUTPUT_TOKENS) },
    webSearches: Math.min(Math.max(webSearches, searchesItself ? MAX_SEARCHES : 0), MOST_SEARCHES),
    unbounded: weight.unboundedParts,
    reasonsUnseen: reasonsUnseen(traits, call, settings),
    dearKinds: { audioInput: weight.hasAudio, audioOutput: settings.hasAudioOutput, reasoning: true },
    places: { encoding: "json", model: [], outputLimit: [], includeUsage: [] },
  };
  const cacheWrite = cacheWriteOf(call);
  if (cacheWrite !== undefined) reading.dearKinds.cacheWrite = cacheWrite;
  if (hasher !== undefined) reading.facts = promptFacts(call, isStream, hasher);
  if (outputLimit !== undefined) reading.outputLimit = outputLimit;
  if (settings.serviceTier !== undefined) reading.serviceTier = settings.serviceTier;
  if (settings.speed !== undefined) reading.speed = settings.speed;
  if (settings.inferenceGeo !== undefined) reading.inferenceGeo = settings.inferenceGeo;
  return reading;
}

/** By the names that providers' packages give their models; which format it is changes only what may be dear. */
function operationOf(provider: string): Operation {
  if (/\bembedding/.test(provider)) return "embeddings";
  if (/anthropic/.test(provider)) return "messages";
  if (/google|gemini|vertex/.test(provider)) return "generate";
  return /\bresponses$/.test(provider) ? "responses" : "chat";
}

/** The limit that the provider's package sends. */
function outputLimitOf(
  { provider, modelId }: PromptModel,
  { maxOutputTokens, reasoning }: PromptCall,
  settings: SaidToProvider,
): number | undefined {
  const limit = maxOutputTokens ?? (provider.endsWith(".chat") ? settings.maxCompletionTokens : undefined);
  const asked = limit === undefined ? undefined : Math.max(limit, ...settings.otherLimits);
  if (!modelTraits(modelId).isClaude) return asked;
  // Claude's format needs a limit: the package takes the model's own, which it may know better than is known here.
  const mostTokens = Math.max(modelTraits(modelId).outputTokens, modelTraits("claude").outputTokens);
  // Its thoughts are put on top of the limit of what it says.
  const levelTokens = isLevel(reasoning) ? mostTokens : 0;
  const thinkingTokens = settings.isThinking ? Math.max(settings.thinkingTokens ?? LEAST_THINKING_TOKENS, levelTokens) : levelTokens;
  return (asked ?? mostTokens) + thinkingTokens;
}

function isLevel(reasoning: string | undefined): boolean {
  return reasoning !== undefined && reasoning !== "none" && reasoning !== "provider-default";
}

/** Answers how many searches they allow. */
function weighTools(weight: InputWeight, tools: readonly PromptTool[], maxToolCalls: number | undefined): number {
  let webSearches = 0;
  for (const tool of tools) {
    if (tool.type === "function") continue;
    const type = (tool.id ?? tool.name).replace(/^[^.]*\./, "");
    if (CALLERS_TOOL.test(type)) continue;
    weight.vendorsTool(type);
    weight.passes = MAX_PASSES;
    const limit = tool.args?.maxUses ?? maxToolCalls;
    if (/search/.test(type) && !/file|tool/.test(type)) webSearches += typeof limit === "number" && limit > 0 ? limit : MAX_SEARCHES;
  }
  return webSearches;
}

function modelsOfTools(tools: readonly PromptTool[]): string[] {
  return tools.map(({ args }) => args?.model).filter((model) => typeof model === "string");
}

function reasonsUnseen(traits: ReturnType<typeof modelTraits>, { reasoning }: PromptCall, settings: SaidToProvider): boolean {
  const isAsked = settings.isThinking || isLevel(reasoning);
  if (traits.isClaude && isAsked) return true;
  return traits.reasonsUnseen === "asked" ? isAsked : traits.reasonsUnseen === "always";
}

/** The word alone, wherever it stands beside a part, may make the provider write its cache. */
function cacheWriteOf({ prompt, tools, providerOptions }: PromptCall): "5m" | "1h" | undefined {
  const said: unknown[] = [providerOptions];
  for (const tool of tools ?? []) said.push((tool as { providerOptions?: unknown }).providerOptions);
  for (const message of prompt) {
    said.push(message.providerOptions);
    if (typeof message.content === "string") continue;
    for (const part of message.content) {
      said.push(part.providerOptions);
      if (part.output?.type === "content" && Array.isArray(part.output.value))
        for (const { providerOptions } of part.output.value) said.push(providerOptions);
    }
  }
  const text = JSON.stringify(said.filter((one) => one !== undefined));
  if (!/cache/i.test(text)) return undefined;
  return text.includes("1h") ? "1h" : "5m";
}
