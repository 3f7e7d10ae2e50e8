/** What the input of OpenAI's formats weighs: messages and their parts, tools. */
import { type InputWeight, MAX_PASSES, MAX_SEARCHES } from "./input-weight.ts";
import type { JsonDocument } from "./json-document.ts";
import { weighAudio, weighImageUrl } from "./media.ts";

/** Tools that the caller runs: the vendor only describes them to the model. */
const CALLERS_TOOLS: ReadonlySet<string> = new Set([
  "function",
  "custom",
  "local_shell",
  "apply_patch",
  "computer",
  "computer_use",
  "computer_use_preview",
  "builtin_function",
]);

/** `messages` of chat, `input` of responses. */
export function weighMessages(document: JsonDocument, weight: InputWeight, list: number): void {
  const end = document.after(list);
  for (let message = document.first(list); message < end; message = document.after(message)) {
    weight.item();
    const content = document.field(message, "content") ?? document.field(message, "output");
    if (content !== undefined) weighContent(document, weight, content);
    // Only a reference to what is kept at the provider has an id and nothing else.
    const audio = document.field(message, "audio");
    if (audio !== undefined && document.isObject(audio)) {
      weight.unbounded("sound of an earlier answer");
      weight.refersTo(storedId(document, audio));
    }
    if (isReference(document, message)) {
      weight.unbounded("an item by its id");
      weight.refersTo(storedId(document, message));
    }
  }
}

/** Whether an item of the input stands for one that the provider keeps: such a one may leave out its type, and has nothing but an id. */
function isReference(document: JsonDocument, item: number): boolean {
  const type = document.field(item, "type");
  if (type !== undefined && !document.isNull(type)) return isType(document, type, "item_reference");
  return document.field(item, "id") !== undefined && document.field(item, "role") === undefined;
}

/** An id, or the object that holds one. What is written otherwise is nobody's. */
export function storedId(document: JsonDocument, node: number): string {
  return document.textIn(document.isObject(node) ? document.field(node, "id") : node) ?? "";
}

function weighContent(document: JsonDocument, weight: InputWeight, content: number): void {
  if (document.isArray(content)) {
    const end = document.after(content);
    for (let part = document.first(content); part < end; part = document.after(part)) weighPart(document, weight, part);
  } else if (document.isObject(content)) weighPart(document, weight, content);
}

function weighPart(document: JsonDocument, weight: InputWeight, part: number): void {
  weight.item();
  const typeNode = document.field(part, "type");
  if (typeNode === undefined || !document.isString(typeNode) || document.isText(typeNode, "text")) return;
  const type = document.text(typeNode);
  switch (type) {
    case "image_url":
    case "input_image":
    case "computer_screenshot": {
      const image = document.field(part, "image_url");
      weighImageUrl(document, weight, image !== undefined && document.isObject(image) ? document.field(image, "url") : image);
      return;
    }
    case "input_audio": {
      const audio = document.field(part, "input_audio") ?? part;
      const data = document.isObject(audio) ? document.field(audio, "data") : audio;
      weighAudio(document, weight, data, document.textIn(document.field(audio, "format")) ?? "");
      return;
    }
    case "file":
    case "input_file":
    case "document_url":
    case "document":
    case "video_url":
    case "input_video":
    case "audio_url": {
      const file = document.field(part, "file") ?? part;
      const data = document.field(file, "file_data");
      weight.unbounded(type.includes("video") ? "a film" : "a document", data === undefined ? 0 : document.byteLength(data));
      if (type === "audio_url") weight.hasAudio = true;
    }
  }
}

function isType(document: JsonDocument, type: number, name: string): boolean {
  return document.isString(type) && document.isText(type, name);
}

/** Weighs the tools; answers how many searches they allow. @param maxCalls the caller's own limit of tools that the vendor runs */
export function weighTools(document: JsonDocument, weight: InputWeight, tools: number | undefined, maxCalls: number | undefined): number {
  let webSearches = 0;
  for (const tool of tools === undefined ? [] : document.items(tools)) {
    weight.tool();
    const type = document.textIn(document.field(tool, "type")) ?? "function";
    if (CALLERS_TOOLS.has(type)) continue;
    weight.vendorsTool(type);
    weight.passes = Math.min(MAX_PASSES, (maxCalls ?? MAX_PASSES) + 1);
    if (/search/.test(type) && !/file|tool/.test(type)) webSearches = maxCalls ?? MAX_SEARCHES;
  }
  return webSearches;
}
