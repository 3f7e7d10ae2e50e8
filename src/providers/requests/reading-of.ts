/** From what a request says to what it may cost, and to where it may be changed. */
import { InvalidInput, quoteValue } from "../../errors.ts";
import { FORMAT_OF } from "../operation.ts";
import type { RequestPlace, RequestReading } from "../request.ts";
import type { JsonDocument } from "./json-document.ts";
import { checkModel, modelIn } from "./model-name.ts";
import type { RequestFrame } from "./request-frame.ts";
import { reasonsUnseen } from "./unseen-reasoning.ts";

/** What differs between operations; the rest follows from it. */
export interface RequestFacts {
  model: string;
  otherModels?: readonly string[];
  isStream?: boolean;
  asksForUsage?: boolean;
  isBackground?: boolean;
  keepsReply?: boolean;
  choices?: number;
  outputLimit?: number | undefined;
  /** All answers together. */
  outputBound: number;
  webSearches?: number;
  serviceTier?: string | undefined;
  speed?: string | undefined;
  inferenceGeo?: string | undefined;
  audioOutput?: boolean;
  outputLimitPlaces?: readonly RequestPlace[];
  includeUsagePlaces?: readonly RequestPlace[];
  /** Nothing of it is billed. */
  isFree?: boolean;
}

/** No call searches more often, whatever limit a caller names. */
const MOST_SEARCHES = 10_000;
/** What answers are long, where nobody asks for less. */
const LIKELY_OUTPUT_TOKENS = 1_000;

export function readingOf(frame: RequestFrame, facts: RequestFacts): RequestReading {
  const { operation, document, weight } = frame;
  const { model, choices = 1, outputLimit, isFree = false } = facts;
  // Both factors come from the caller.
  const outputBound = Math.min(facts.outputBound, Number.MAX_SAFE_INTEGER);
  const bodyBytes = frame.root === 0 ? document.bytes.length : document.byteLength(frame.root);
  const reading: RequestReading = {
    operation,
    format: FORMAT_OF[operation],
    model,
    otherModels: facts.otherModels ?? [],
    isStream: facts.isStream ?? false,
    asksForUsage: facts.asksForUsage ?? true,
    isBackground: facts.isBackground ?? false,
    choices,
    input: isFree ? { bound: 0, likely: 0 } : weight.estimate(bodyBytes, model),
    output: { bound: outputBound, likely: Math.min(outputBound, choices * LIKELY_OUTPUT_TOKENS) },
    webSearches: Math.min(facts.webSearches ?? 0, MOST_SEARCHES),
    unbounded: weight.unboundedParts,
    reasonsUnseen: outputBound > 0 && reasonsUnseen(frame, model),
    dearKinds: { audioInput: weight.hasAudio, audioOutput: facts.audioOutput ?? false, reasoning: outputBound > 0 },
    places: {
      encoding: "json",
      model: modelPlaces(frame),
      outputLimit: facts.outputLimitPlaces ?? [],
      includeUsage: facts.includeUsagePlaces ?? [],
    },
  };
  // Of one of a batch, the batch is asked.
  const cacheWrite = frame.root === 0 ? cacheWriteOf(document) : undefined;
  if (cacheWrite !== undefined) reading.dearKinds.cacheWrite = cacheWrite;
  if (facts.keepsReply) reading.keepsReply = true;
  const { storedIds } = weight;
  if (storedIds.length > 0) reading.storedIds = storedIds;
  if (outputLimit !== undefined) reading.outputLimit = outputLimit;
  if (facts.serviceTier !== undefined) reading.serviceTier = facts.serviceTier;
  if (facts.speed !== undefined) reading.speed = facts.speed;
  if (facts.inferenceGeo !== undefined) reading.inferenceGeo = facts.inferenceGeo;
  return reading;
}

/** The model that the body names, or the path. */
export function modelOf(frame: RequestFrame): string {
  const node = frame.fields.get("model");
  const inPath = frame.modelInPath;
  if (node === undefined) {
    if (inPath === undefined) throw new InvalidInput("model is missing; give the model's id.");
    return checkModel("model", inPath);
  }
  const model = modelIn(frame.document, "model", node);
  if (inPath === undefined) return model;
  if (model.replace(/^models\//, "") !== inPath.replace(/^models\//, "")) {
    throw new InvalidInput(`model: ${quoteValue(model)} is another model than the path's; name one.`);
  }
  return checkModel("model", inPath);
}

function modelPlaces({ fields, document, modelInPath }: RequestFrame): readonly RequestPlace[] {
  const node = fields.get("model");
  return node === undefined || modelInPath !== undefined ? [] : [valuePlace(document, node)];
}

/** Where a value lies. */
export function valuePlace(document: JsonDocument, node: number): RequestPlace {
  return { start: document.start(node), end: document.end(node), before: "", after: "" };
}

/** Where a new field would lie: first in its object. */
export function newFieldPlace(document: JsonDocument, object: number, name: string): RequestPlace {
  const at = document.start(object) + 1;
  return { start: at, end: at, before: `"${name}":`, after: document.size(object) === 0 ? "" : "," };
}

/** Where a new field of an object in `parent` would lie: in that object, or in a new one, where it is absent or null. */
export function newNestedPlace(
  document: JsonDocument,
  parent: number,
  { name: objectName, node }: { name: string; node: number | undefined },
  name: string,
): RequestPlace {
  if (node !== undefined && document.isObject(node)) return newFieldPlace(document, node, name);
  const place = node === undefined ? newFieldPlace(document, parent, objectName) : valuePlace(document, node);
  return { ...place, before: `${place.before}{"${name}":`, after: `}${place.after}` };
}

/** The name alone, wherever it stands, may make the provider write its cache. */
export function cacheWriteOf(document: JsonDocument): "5m" | "1h" | undefined {
  if (!document.hasText("cache_control")) return undefined;
  return document.hasText("1h") ? "1h" : "5m";
}
