/** Requests in OpenAI's formats, which most providers speak: chat, completions, responses. */
import { InvalidInput } from "../../errors.ts";
import type { RequestPlace, RequestReading } from "../request.ts";
import { neededList, optionalObject, serviceTierOf, trueOrFalse, wholeNumber } from "./fields.ts";
import { MAX_PASSES, MAX_SEARCHES } from "./input-weight.ts";
import { modelsIn } from "./model-name.ts";
import { longestAnswer, modelTraits } from "./model-traits.ts";
import { storedId, weighMessages, weighTools } from "./openai-input.ts";
import { modelOf, newFieldPlace, newNestedPlace, readingOf, valuePlace } from "./reading-of.ts";
import type { RequestFrame } from "./request-frame.ts";

export function readChat(frame: RequestFrame): RequestReading {
  const { document, fields, weight } = frame;
  const model = modelOf(frame);
  weighMessages(document, weight, neededList(document, "messages", fields.get("messages")));
  const { outputLimit, outputLimitPlaces } = outputLimitOf(frame, ["max_completion_tokens", "max_tokens"], modelTraits(model).limitName);
  const choices = wholeNumber(document, "n", fields.get("n")) ?? 1;
  const searches = weighTools(document, weight, fields.get("tools"), undefined);
  weighTools(document, weight, fields.get("functions"), undefined);
  const byItself = searchesBesideTools(frame, model);
  // A limit holds for the whole answer, however often the model runs for it.
  const runs = outputLimit === undefined ? weight.passes : 1;
  // Field by field: a spread beside other fields takes ten times as long, and this is done for every call.
  const { isStream, asksForUsage, includeUsagePlaces } = streamOf(frame);
  return readingOf(frame, {
    isStream,
    asksForUsage,
    includeUsagePlaces,
    model,
    otherModels: fallbackModels(frame),
    choices,
    outputLimit,
    outputLimitPlaces,
    // A guess of the answer that does not come true is billed on top of it.
    outputBound: choices * longestAnswer(model, outputLimit) * runs + bytesOf(frame, "prediction"),
    webSearches: Math.max(searches, byItself),
    serviceTier: serviceTierOf(document, fields.get("service_tier")),
    audioOutput: isPresent(frame, "audio"),
  });
}

export function readCompletions(frame: RequestFrame): RequestReading {
  const { document, fields } = frame;
  const model = modelOf(frame);
  const { outputLimit, outputLimitPlaces } = outputLimitOf(frame, ["max_tokens"], "max_tokens");
  const n = wholeNumber(document, "n", fields.get("n")) ?? 1;
  const bestOf = wholeNumber(document, "best_of", fields.get("best_of")) ?? 1;
  const choices = Math.max(n, bestOf) * promptsOf(frame);
  const { isStream, asksForUsage, includeUsagePlaces } = streamOf(frame);
  return readingOf(frame, {
    isStream,
    asksForUsage,
    includeUsagePlaces,
    model,
    otherModels: fallbackModels(frame),
    choices,
    outputLimit,
    outputLimitPlaces,
    outputBound: choices * longestAnswer(model, outputLimit),
    serviceTier: serviceTierOf(document, fields.get("service_tier")),
  });
}

export function readResponses(frame: RequestFrame): RequestReading {
  const { document, fields, weight } = frame;
  const model = modelOf(frame);
  const input = fields.get("input");
  if (input === undefined && !["previous_response_id", "conversation", "prompt"].some((name) => isPresent(frame, name))) {
    throw new InvalidInput("input is missing; give a text or a list of items.");
  }
  if (input !== undefined && document.isArray(input)) weighMessages(document, weight, input);
  for (const [name, what] of [
    ["previous_response_id", "an earlier response"],
    ["conversation", "a stored conversation"],
    ["prompt", "a stored prompt"],
  ] as const) {
    if (isPresent(frame, name)) weight.unbounded(what);
  }
  for (const name of ["previous_response_id", "conversation"]) {
    const node = fields.get(name);
    if (node !== undefined && !document.isNull(node)) weight.refersTo(storedId(document, node));
  }
  const { outputLimit, outputLimitPlaces } = outputLimitOf(frame, ["max_output_tokens"], "max_output_tokens");
  const maxCalls = wholeNumber(document, "max_tool_calls", fields.get("max_tool_calls"));
  const webSearches = weighTools(document, weight, fields.get("tools"), maxCalls);
  optionalObject(document, "stream_options", fields.get("stream_options"));
  // Several runs behind one answer, each of which reads the whole input.
  const reasoning = fields.get("reasoning");
  if (reasoning !== undefined && document.textIn(document.field(reasoning, "mode")) === "pro") weight.passes = MAX_PASSES;
  const byItself = searchesBesideTools(frame, model);
  return readingOf(frame, {
    model,
    otherModels: fallbackModels(frame),
    isStream: trueOrFalse(document, "stream", fields.get("stream")),
    isBackground: trueOrFalse(document, "background", fields.get("background")),
    keepsReply: !isPresent(frame, "store") || trueOrFalse(document, "store", fields.get("store")),
    outputLimit,
    outputLimitPlaces,
    outputBound: longestAnswer(model, outputLimit) * (outputLimit === undefined ? weight.passes : 1),
    webSearches: Math.max(webSearches, byItself),
    serviceTier: serviceTierOf(document, fields.get("service_tier")),
  });
}

/** Whether a stream is asked for, and where to ask that it tells its usage. */
function streamOf({ document, root, fields }: RequestFrame): {
  isStream: boolean;
  asksForUsage: boolean;
  includeUsagePlaces: readonly RequestPlace[];
} {
  const isStream = trueOrFalse(document, "stream", fields.get("stream"));
  const node = fields.get("stream_options");
  const options = optionalObject(document, "stream_options", node);
  if (!isStream) {
    if (options !== undefined) throw new InvalidInput("stream_options is only for streams; leave it out, or set stream to true.");
    return { isStream, asksForUsage: true, includeUsagePlaces: [] };
  }
  const includeUsage = options === undefined ? undefined : document.field(options, "include_usage");
  const asksForUsage = trueOrFalse(document, "stream_options.include_usage", includeUsage);
  if (asksForUsage) return { isStream, asksForUsage, includeUsagePlaces: [] };
  const place =
    includeUsage === undefined
      ? newNestedPlace(document, root, { name: "stream_options", node }, "include_usage")
      : valuePlace(document, includeUsage);
  return { isStream, asksForUsage, includeUsagePlaces: [place] };
}

/** The caller's limit of each answer, under any of its names. @param newName what to call it where there is none */
function outputLimitOf(
  { document, root, fields }: RequestFrame,
  names: readonly string[],
  newName: string,
): { outputLimit: number | undefined; outputLimitPlaces: readonly RequestPlace[] } {
  let value: number | undefined;
  const places: RequestPlace[] = [];
  const nulls: RequestPlace[] = [];
  let firstName = "";
  for (const name of names) {
    const node = fields.get(name);
    if (node === undefined) continue;
    const limit = wholeNumber(document, name, node);
    if (limit === undefined) {
      nulls.push(valuePlace(document, node));
      continue;
    }
    if (value !== undefined && value !== limit) {
      throw new InvalidInput(`${firstName}: ${value} and ${name}: ${limit} contradict each other; give one of them.`);
    }
    value = limit;
    firstName = name;
    places.push(valuePlace(document, node));
  }
  const nullOrNew = nulls.length > 0 ? nulls.slice(0, 1) : [newFieldPlace(document, root, newName)];
  return { outputLimit: value, outputLimitPlaces: places.length > 0 ? places : nullOrNew };
}

/** `prompt` is a text, tokens, or a list of either: each is answered. */
function promptsOf({ document, fields, weight }: RequestFrame): number {
  const prompt = fields.get("prompt");
  if (prompt === undefined || !document.isArray(prompt) || document.size(prompt) === 0) return 1;
  const first = document.first(prompt);
  if (!document.isString(first) && !document.isArray(first)) return 1;
  const prompts = document.size(prompt);
  for (let i = 0; i < prompts; i++) weight.item();
  return prompts;
}

/** Routers take a list of models to fall back on. */
function fallbackModels({ document, fields }: RequestFrame): readonly string[] {
  return [...modelsIn(document, "models", fields.get("models")), ...modelsIn(document, "fallbacks", fields.get("fallbacks"))];
}

/** Searches that models and routers do without a tool that says so. */
function searchesBesideTools(frame: RequestFrame, model: string): number {
  const { weight } = frame;
  const { searches } = modelTraits(model);
  const byRequest = ["web_search_options", "search_parameters", "plugins"].filter((name) => isPresent(frame, name));
  if (searches === "none" && byRequest.length === 0) return 0;
  weight.unbounded("what a search brings");
  if (searches === "freely") weight.passes = MAX_PASSES;
  return searches === "freely" || byRequest.includes("search_parameters") ? MAX_SEARCHES : 1;
}

function isPresent({ document, fields }: RequestFrame, name: string): boolean {
  const node = fields.get(name);
  return node !== undefined && !document.isNull(node);
}

function bytesOf({ document, fields }: RequestFrame, name: string): number {
  const node = fields.get(name);
  return node === undefined || document.isNull(node) ? 0 : document.byteLength(node);
}
