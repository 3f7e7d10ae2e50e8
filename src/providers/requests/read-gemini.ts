/** Requests in Google's format: generation, embeddings, counts. Names come in two spellings, `maxOutputTokens` and `max_output_tokens`. */
import { InvalidInput } from "../../errors.ts";
import type { RequestReading } from "../request.ts";
import { eitherField, optionalObject, wholeNumber } from "./fields.ts";
import { type InputWeight, MAX_PASSES, MAX_SEARCHES } from "./input-weight.ts";
import type { JsonDocument } from "./json-document.ts";
import { weighMedia } from "./media.ts";
import { longestAnswer } from "./model-traits.ts";

import { modelOf, newNestedPlace, readingOf, valuePlace } from "./reading-of.ts";
import type { RequestFrame } from "./request-frame.ts";

/** Tools that the caller runs, and their settings. */
const CALLERS_TOOLS: ReadonlySet<string> = new Set(["functionDeclarations", "function_declarations", "computerUse", "computer_use"]);

export function readGenerate(frame: RequestFrame): RequestReading {
  const { document, root, weight } = frame;
  const model = modelOf(frame);
  weighContents(document, weight, neededContents(frame));
  weighContent(document, weight, eitherField(document, root, "systemInstruction", "system_instruction"));
  if (eitherField(document, root, "cachedContent", "cached_content") !== undefined) weight.unbounded("cached content");
  const webSearches = weighTools(frame);
  const configNode = eitherField(document, root, "generationConfig", "generation_config");
  const config = optionalObject(document, "generationConfig", configNode);
  const limitNode = eitherField(document, config, "maxOutputTokens", "max_output_tokens");
  const outputLimit = wholeNumber(document, "generationConfig.maxOutputTokens", limitNode);
  const candidates = eitherField(document, config, "candidateCount", "candidate_count");
  const choices = wholeNumber(document, "generationConfig.candidateCount", candidates) ?? 1;
  const place =
    limitNode === undefined
      ? newNestedPlace(document, root, { name: "generationConfig", node: configNode }, "maxOutputTokens")
      : valuePlace(document, limitNode);
  return readingOf(frame, {
    model,
    isStream: frame.isStreamPath,
    choices,
    outputLimit,
    outputLimitPlaces: [place],
    outputBound: choices * longestAnswer(model, outputLimit) * weight.passes,
    webSearches,
    audioOutput: asksForAudio(document, config),
  });
}

export function readEmbed(frame: RequestFrame): RequestReading {
  const { document, root, weight } = frame;
  const model = modelOf(frame);
  const requests = document.field(root, "requests");
  if (requests === undefined) weighContent(document, weight, document.field(root, "content"));
  else for (const request of document.items(requests)) weighEmbedded(frame, request, model);
  return readingOf(frame, { model, outputBound: 0 });
}

function weighEmbedded({ document, weight }: RequestFrame, request: number, model: string): void {
  weight.item();
  weighContent(document, weight, document.field(request, "content"));
  const named = document.textIn(document.field(request, "model"));
  if (named !== undefined && named.replace(/^models\//, "") !== model.replace(/^models\//, "")) {
    throw new InvalidInput("requests: one names another model than the path; name the same.");
  }
}

export function readGeminiCountTokens(frame: RequestFrame): RequestReading {
  return readingOf(frame, { model: modelOf(frame), outputBound: 0, isFree: true });
}

function neededContents({ document, fields }: RequestFrame): number {
  const contents = fields.get("contents");
  if (contents === undefined) throw new InvalidInput("contents is missing; give a list of at least one.");
  if (document.isObject(contents) || (document.isArray(contents) && document.size(contents) > 0)) return contents;
  throw new InvalidInput(`contents: ${document.quoted(contents)} is not accepted; give a list of at least one.`);
}

function weighContents(document: JsonDocument, weight: InputWeight, contents: number): void {
  if (document.isObject(contents)) weighContent(document, weight, contents);
  for (const content of document.items(contents)) weighContent(document, weight, content);
}

function weighContent(document: JsonDocument, weight: InputWeight, content: number | undefined): void {
  if (content === undefined) return;
  weight.item();
  const parts = document.field(content, "parts");
  if (parts === undefined) return;
  if (document.isObject(parts)) weighPart(document, weight, parts);
  for (const part of document.items(parts)) weighPart(document, weight, part);
}

function weighPart(document: JsonDocument, weight: InputWeight, part: number): void {
  weight.item();
  const inline = eitherField(document, part, "inlineData", "inline_data");
  if (inline !== undefined) {
    const mediaType = document.textIn(eitherField(document, inline, "mimeType", "mime_type"));
    weighMedia(document, weight, document.field(inline, "data"), mediaType ?? "");
  }
  const file = eitherField(document, part, "fileData", "file_data");
  if (file === undefined) return;
  const mediaType = document.textIn(eitherField(document, file, "mimeType", "mime_type")) ?? "";
  if (mediaType.startsWith("image/")) weight.image(0);
  else weight.unbounded("a file by its address");
  // Unless it says that it is none.
  if (!/^(?:image|text|application)\//.test(mediaType)) weight.hasAudio = true;
}

function weighTools({ document, fields, weight }: RequestFrame): number {
  let webSearches = 0;
  const tools = fields.get("tools");
  if (tools === undefined) return 0;
  for (const tool of document.isObject(tools) ? [tools] : document.items(tools)) {
    weight.tool();
    for (const [name] of document.fields(tool)) {
      if (CALLERS_TOOLS.has(name)) continue;
      weight.vendorsTool(name);
      weight.passes = MAX_PASSES;
      if (/search/i.test(name) && !/file/i.test(name)) webSearches = MAX_SEARCHES;
    }
  }
  return webSearches;
}

function asksForAudio(document: JsonDocument, config: number | undefined): boolean {
  const modalities = eitherField(document, config, "responseModalities", "response_modalities");
  for (const modality of modalities === undefined ? [] : document.items(modalities)) {
    if (document.textIn(modality)?.toUpperCase() === "AUDIO") return true;
  }
  return false;
}
