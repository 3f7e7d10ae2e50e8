/** Requests in Anthropic's format: messages, their count, batches of them. */
import { InvalidInput } from "../../errors.ts";
import type { RequestReading } from "../request.ts";
import { neededList, optionalText, serviceTierOf, trueOrFalse, wholeNumber } from "./fields.ts";
import { type InputWeight, MAX_PASSES, MAX_SEARCHES } from "./input-weight.ts";
import type { JsonDocument } from "./json-document.ts";
import { weighMedia } from "./media.ts";
import { modelIn, modelsIn } from "./model-name.ts";
import { longestAnswer } from "./model-traits.ts";

import { cacheWriteOf, modelOf, readingOf, valuePlace } from "./reading-of.ts";
import { frameOf, type RequestFrame } from "./request-frame.ts";

/** Tools that the caller runs; all other tools of a type run at Anthropic. */
const CALLERS_TOOL = /^(?:custom|bash_\d+|text_editor_\d+|computer_\d+|memory_\d+)$/;

export function readMessages(frame: RequestFrame): RequestReading {
  const { document, fields, weight } = frame;
  const model = modelOf(frame);
  weighConversation(frame);
  const limitNode = fields.get("max_tokens");
  const outputLimit = wholeNumber(document, "max_tokens", limitNode);
  if (outputLimit === undefined || limitNode === undefined) throw new InvalidInput("max_tokens is missing; Anthropic's format needs it.");
  const { webSearches, otherModels } = weighTools(frame);
  return readingOf(frame, {
    model,
    otherModels,
    isStream: trueOrFalse(document, "stream", fields.get("stream")),
    outputLimit,
    outputLimitPlaces: [valuePlace(document, limitNode)],
    outputBound: longestAnswer(model, outputLimit) * weight.passes,
    webSearches,
    serviceTier: serviceTierOf(document, fields.get("service_tier")),
    speed: optionalText(document, "speed", fields.get("speed")),
    inferenceGeo: optionalText(document, "inference_geo", fields.get("inference_geo")),
  });
}

export function readCountTokens(frame: RequestFrame): RequestReading {
  const model = modelOf(frame);
  weighConversation(frame);
  return readingOf(frame, { model, outputBound: 0, isFree: true });
}

/** All inline requests together. */
export function readMessageBatches(frame: RequestFrame): RequestReading {
  const { document, fields } = frame;
  const list = neededList(document, "requests", fields.get("requests"));
  const readings: RequestReading[] = [];
  for (const item of document.items(list)) {
    const index = readings.length;
    try {
      const params = document.field(item, "params");
      if (params === undefined) throw new InvalidInput("params is missing; give a request as for messages.");
      readings.push(readMessages(frameOf("messages", document, fieldsOf(document, params), {}, params)));
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      throw new InvalidInput(`requests[${index}]: ${error.message}`, { cause: error });
    }
  }
  const [first] = readings as [RequestReading];
  const otherwise = readings.findIndex((reading) => reading.model !== first.model);
  if (otherwise !== -1) {
    throw new InvalidInput(`requests[${otherwise}] names another model than requests[0]; a batch goes to one model.`);
  }
  const sum = (value: (reading: RequestReading) => number): number => readings.reduce((total, reading) => total + value(reading), 0);
  const all = <T>(values: (reading: RequestReading) => readonly T[]): T[] => [...new Set(readings.flatMap(values))];
  const cacheWrite = cacheWriteOf(document);
  return {
    ...first,
    operation: frame.operation,
    otherModels: all((reading) => reading.otherModels),
    isStream: false,
    isBackground: true,
    keepsReply: true,
    choices: sum((reading) => reading.choices),
    input: { bound: sum((reading) => reading.input.bound), likely: sum((reading) => reading.input.likely) },
    output: { bound: sum((reading) => reading.output.bound), likely: sum((reading) => reading.output.likely) },
    outputLimit: Math.max(...readings.map((reading) => reading.outputLimit ?? 0)),
    webSearches: sum((reading) => reading.webSearches),
    unbounded: all((reading) => reading.unbounded),
    reasonsUnseen: readings.some((reading) => reading.reasonsUnseen),
    serviceTier: "batch",
    dearKinds: cacheWrite === undefined ? first.dearKinds : { ...first.dearKinds, cacheWrite },
    places: { encoding: "json", model: all((reading) => reading.places.model), outputLimit: [], includeUsage: [] },
  };
}

function fieldsOf(document: JsonDocument, object: number): Map<string, number> {
  if (!document.isObject(object)) throw new InvalidInput(`params: ${document.quoted(object)} is not accepted; give an object.`);
  const fields = new Map<string, number>();
  for (const [name, value] of document.fields(object)) {
    if (fields.has(name)) throw new InvalidInput(`params.${name} stands twice; give it once.`);
    fields.set(name, value);
  }
  return fields;
}

function weighConversation({ document, fields, weight }: RequestFrame): void {
  const messages = neededList(document, "messages", fields.get("messages"));
  const end = document.after(messages);
  for (let message = document.first(messages); message < end; message = document.after(message)) {
    weight.item();
    weighParts(document, weight, document.field(message, "content"));
  }
  weighParts(document, weight, fields.get("system"));
}

function weighParts(document: JsonDocument, weight: InputWeight, content: number | undefined): void {
  if (content === undefined || !document.isArray(content)) return;
  const end = document.after(content);
  for (let part = document.first(content); part < end; part = document.after(part)) {
    weight.item();
    const typeNode = document.field(part, "type");
    if (typeNode === undefined || !document.isString(typeNode) || document.isText(typeNode, "text")) continue;
    switch (document.text(typeNode)) {
      case "tool_result":
      case "mcp_tool_result":
        weighParts(document, weight, document.field(part, "content"));
        break;
      case "image":
      case "document":
        weighSource(document, weight, part);
        break;
      case "container_upload":
        weight.unbounded("a file by its id");
    }
  }
}

/** Where a picture or a document comes from. */
function weighSource(document: JsonDocument, weight: InputWeight, part: number): void {
  const source = document.field(part, "source");
  const isImage = document.textIn(document.field(part, "type")) === "image";
  const type = source === undefined ? undefined : document.textIn(document.field(source, "type"));
  if (source !== undefined && type === "base64") {
    weighMedia(document, weight, document.field(source, "data"), document.textIn(document.field(source, "media_type")) ?? "");
  } else if (source !== undefined && type === "content") weighParts(document, weight, document.field(source, "content"));
  else if (isImage) weight.image(0);
  else if (type !== "text") weight.unbounded(type === "url" ? "a document by its address" : "a file by its id");
}

function weighTools({ document, fields, weight }: RequestFrame): { webSearches: number; otherModels: string[] } {
  let webSearches = 0;
  let serverCalls = 0;
  const otherModels: string[] = [];
  const tools = fields.get("tools");
  for (const tool of tools === undefined ? [] : document.items(tools)) {
    weight.tool();
    const type = document.textIn(document.field(tool, "type")) ?? "custom";
    if (CALLERS_TOOL.test(type)) continue;
    const maxUses = wholeNumber(document, "max_uses", document.field(tool, "max_uses"));
    if (type.startsWith("web_search")) webSearches += maxUses ?? MAX_SEARCHES;
    serverCalls += maxUses ?? MAX_PASSES;
    weight.vendorsTool(type);
    const model = document.field(tool, "model");
    if (model !== undefined) otherModels.push(modelIn(document, "tools.model", model));
  }
  const servers = fields.get("mcp_servers");
  if (servers !== undefined && document.isArray(servers) && document.size(servers) > 0) {
    serverCalls += MAX_PASSES;
    weight.unbounded("what MCP servers bring");
  }
  const fallbacks = modelsIn(document, "fallbacks", fields.get("fallbacks"));
  serverCalls += fallbacks.length;
  // Summing up a long conversation is a call of its own.
  const management = fields.get("context_management");
  const edits = management === undefined ? undefined : document.field(management, "edits");
  for (const edit of edits === undefined ? [] : document.items(edits)) {
    if (document.textIn(document.field(edit, "type"))?.startsWith("compact")) serverCalls += 1;
  }
  weight.passes = Math.min(MAX_PASSES, serverCalls + 1);
  return { webSearches, otherModels: [...otherModels, ...fallbacks] };
}
