/** How many bytes the parts of a prompt take in a request, and how many pictures, sounds and documents are among them. */
import type { WireFormat } from "../operation.ts";
import type { InputWeight } from "../requests/input-weight.ts";
import { isSteadyAudio } from "../requests/media.ts";
import type { PromptCall, PromptMessage, PromptPart } from "./prompt-call.ts";

/** What a request puts around each message, part and tool: its brackets, and the names of its fields. */
const FRAME_BYTES = 128;
/** The names of a request's settings, with their values. */
const SETTINGS_BYTES = 1_024;
/** Providers that make no answers of a given shape are told of it in words, or by a tool. */
const SHAPE_BYTES = 512;
const FILE_KINDS: ReadonlySet<string> = new Set(["file", "reasoning-file", "image", "media"]);

export class PromptWeight {
  readonly #weight: InputWeight;
  readonly #format: WireFormat;
  /** Of all that becomes text in the request. */
  textBytes: number = SETTINGS_BYTES;

  constructor(weight: InputWeight, format: WireFormat) {
    this.#weight = weight;
    this.#format = format;
  }

  call({ prompt, tools, responseFormat, stopSequences, toolChoice, providerOptions }: PromptCall): void {
    for (const message of prompt) this.#message(message);
    for (const tool of tools ?? []) {
      this.#weight.tool();
      this.textBytes += FRAME_BYTES;
      this.#value(tool);
    }
    if (responseFormat?.type === "json") {
      this.#weight.tool();
      this.textBytes += SHAPE_BYTES;
      this.#value(responseFormat);
    }
    this.#value([stopSequences, toolChoice, providerOptions]);
  }

  #message({ content, providerOptions }: PromptMessage): void {
    this.#weight.item();
    this.textBytes += FRAME_BYTES;
    if (providerOptions !== undefined) this.#value(providerOptions);
    if (typeof content === "string") this.textBytes += jsonBytes(content);
    else for (const part of content) this.#part(part);
  }

  /** Some formats make a message of each part, with a part in it. */
  #part(part: PromptPart): void {
    this.#weight.item();
    this.#weight.item();
    this.textBytes += FRAME_BYTES;
    if (part.type === "text" && part.providerOptions === undefined) this.textBytes += jsonBytes(part.text);
    else if (FILE_KINDS.has(part.type)) this.#file(part);
    else if (part.type === "tool-result") this.#toolResult(part);
    else this.#value(part);
  }

  /** Sent as JSON, or as JSON inside JSON. */
  #value(value: unknown): void {
    const text = jsonOf(value);
    if (text === undefined) this.#weight.unbounded("what can't be written as JSON");
    else this.textBytes += Buffer.byteLength(JSON.stringify(text));
  }

  #toolResult(part: PromptPart): void {
    const { output, ...others } = part;
    const value = output?.value;
    if (output?.type !== "content" || !Array.isArray(value)) {
      this.#value(part);
      return;
    }
    this.#value(others);
    for (const item of value as PromptPart[]) {
      this.#weight.item();
      this.textBytes += FRAME_BYTES;
      const file = fileIn(item);
      if (file !== undefined) this.#file(file);
      // OpenAI's chat has only texts for what tools answer: there pictures are written out.
      if (file === undefined || this.#format !== "anthropic") this.#value(item);
    }
  }

  #file(part: PromptPart): void {
    const { data, ...others } = part;
    this.#value(others);
    const file = fileData(data);
    const [kind = "", format = ""] = (part.mediaType ?? "").toLowerCase().split(";", 1)[0]?.split("/") ?? [];
    if (file.address !== undefined) this.textBytes += jsonBytes(file.address);
    if (file.text !== undefined) this.textBytes += jsonBytes(file.text);
    else if (kind === "image") this.#weight.image(0);
    else if (kind === "audio") this.#audio(format, file.bytes);
    else if (kind === "video") this.#weight.unbounded("a film");
    else if (kind === "text" && file.content !== undefined && this.#format === "anthropic") this.textBytes += jsonBytes(file.content());
    else this.#weight.unbounded(kind === "text" && file.address !== undefined ? "a document by its address" : "a document");
  }

  #audio(format: string, bytes: number): void {
    this.#weight.hasAudio = true;
    if (bytes === 0 || !isSteadyAudio(format)) {
      this.#weight.unbounded("sound whose length its bytes do not tell");
      return;
    }
    const base64Bytes = Math.ceil(bytes / 3) * 4;
    this.#weight.audio(base64Bytes);
    // The weight takes them off again: they are no text.
    this.textBytes += base64Bytes;
  }
}

interface FileData {
  /** Of the file itself; 0 where it is elsewhere. */
  bytes: number;
  address?: string;
  text?: string;
  content?: () => string;
}

/** Versions 2 and 3 give bytes, base64 or an address; version 4 says which it is, and knows files kept at the provider. */
function fileData(data: unknown): FileData {
  if (data instanceof Uint8Array) return { bytes: data.length, content: () => Buffer.from(data).toString() };
  if (data instanceof URL) return { bytes: 0, address: data.href };
  if (typeof data === "string") {
    if (/^(?:https?|gs|s3):/.test(data)) return { bytes: 0, address: data };
    return { bytes: Buffer.byteLength(data, "base64"), content: () => Buffer.from(data, "base64").toString() };
  }
  if (typeof data !== "object" || data === null) return { bytes: 0 };
  const { type, data: inner, url, text } = data as { type?: unknown; data?: unknown; url?: unknown; text?: unknown };
  if (type === "text" && typeof text === "string") return { bytes: 0, text };
  if (type === "data") return fileData(inner);
  if (type === "url") return { bytes: 0, address: String(url) };
  return { bytes: 0 };
}

/** A file among what a tool answers: `media`, `file-data`, `image-url`, `file` by version. */
function fileIn(item: PromptPart): PromptPart | undefined {
  if (item.type === "text" || item.type === "custom") return undefined;
  const { url, fileId, data, mediaType } = item as PromptPart & { url?: unknown; fileId?: unknown };
  const kind = mediaType ?? (item.type.startsWith("image") ? "image/*" : "");
  return { type: "file", mediaType: kind, data: data ?? (url === undefined ? { type: "reference", fileId } : { type: "url", url }) };
}

/** As a text in a request. */
function jsonBytes(text: string | undefined): number {
  return text === undefined ? 0 : Buffer.byteLength(JSON.stringify(text));
}

/** Undefined: a circle, or a number without bounds, of which nobody knows how it is sent. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return undefined;
  }
}
