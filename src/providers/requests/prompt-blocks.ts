/**
 * A request's prompt, cut at the places up to which a provider could hold it in a cache: after its tools, after its system prompt, after
 * each message, and within those after parts that make a stretch long.
 *
 * Two prompts are the same up to a block where what a model reads is written the same up to there. It does not matter how the JSON around
 * it is spaced, whether a text stands alone or as the only part of a list, and where the program asks for caching; the order of a tool's
 * or an input's fields does, as it does to the providers, and so does how a text is escaped.
 */
import type { PromptBlock } from "../../usage/index.ts";
import type { Operation } from "../operation.ts";
import type { JsonDocument } from "./json-document.ts";
import type { PromptHasher } from "./prompt-hasher.ts";
import type { RequestFrame } from "./request-frame.ts";

/** A part that ends so long a stretch ends a block, too: shorter ones no provider caches. */
const LONG_STRETCH_BYTES = 2_048;
const LIKELY_BYTES_PER_TOKEN = 4;
const LIKELY_IMAGE_TOKENS = 1_000;
/** A text of this length without anything but digits and letters is no text. */
const MEDIA_BYTES = 1_024;
const MEDIA = /^(?:data:[\w/+.-]+;base64,)?[A-Za-z0-9+/_-]{96,}$/;

/** What follows: none of these bytes can stand in JSON but within no text, so that no two prompts are written alike. */
const MARK = { tools: 1, system: 2, message: 3, text: 4, field: 5, value: 6 } as const;

/** What is said of a stretch where a program asks for caching: it is no part of the prompt. */
const CACHE_CONTROL = "cache_control";
const PLAIN_TEXT_TYPES = ["text", "input_text", "output_text"] as const;
const HELD_BY_PROVIDER = ["previous_response_id", "conversation", "prompt"] as const;

export interface BlockEnd {
  /** What the block ends with: an object, or a text that stands alone. */
  node: number;
  section: "tools" | "system" | "messages";
  /** The block ends a message, and not only a part of one. */
  isWholeMessage: boolean;
}

type PromptReader = (frame: RequestFrame, blocks: PromptBlocks) => boolean;

const READERS: Readonly<Partial<Record<Operation, PromptReader>>> = {
  messages: readAnthropic,
  chat: readChat,
  responses: readResponses,
  completions: readCompletions,
  generate: readGemini,
};

/** Undefined where the request has no prompt, or its beginning is kept by the provider. @param hasher absent: only {@link PromptBlocks.ends} */
export function blocksOfPrompt(frame: RequestFrame, hasher: PromptHasher | undefined, hasMarks: boolean): PromptBlocks | undefined {
  const read = READERS[frame.operation];
  if (read === undefined) return undefined;
  const blocks = new PromptBlocks(frame.document, hasher, hasMarks);
  return read(frame, blocks) ? blocks : undefined;
}

export class PromptBlocks {
  readonly blocks: PromptBlock[] = [];
  readonly ends: BlockEnd[] = [];
  readonly #document: JsonDocument;
  readonly #hasher: PromptHasher | undefined;
  /** The program asks for caching somewhere. */
  readonly #hasMarks: boolean;
  #section: BlockEnd["section"] = "tools";
  #bytes = 0;
  #mediaBytes = 0;
  #media = 0;

  constructor(document: JsonDocument, hasher: PromptHasher | undefined, hasMarks: boolean) {
    this.#document = document;
    this.#hasher = hasher;
    this.#hasMarks = hasMarks;
    hasher?.begin();
  }

  /** What describes tools and the shape of answers: one block. */
  tools(lists: readonly (number | undefined)[]): void {
    const document = this.#document;
    let last: number | undefined;
    for (const list of lists) {
      if (list === undefined || document.isNull(list)) continue;
      this.#mark(MARK.tools);
      if (!document.isArray(list)) {
        this.#value(list);
        last = list;
        continue;
      }
      const end = document.after(list);
      for (let tool = document.first(list); tool < end; tool = document.after(tool)) {
        this.#mark(MARK.value);
        this.#unmarked(tool);
        last = tool;
      }
    }
    if (last !== undefined) this.#end(last, true);
  }

  system(content: number | undefined): void {
    if (content === undefined || this.#document.isNull(content)) return;
    this.#section = "system";
    this.#mark(MARK.system);
    this.#content(content);
  }

  /** @param contentNames of those that a message may have, the first that is there */
  message(message: number, contentNames: readonly string[]): void {
    const document = this.#document;
    this.#section = "messages";
    this.#mark(MARK.message);
    if (!document.isObject(message)) {
      this.#content(message);
      return;
    }
    let content: number | undefined;
    const role = document.field(message, "role");
    if (role !== undefined) this.#value(role);
    const end = document.after(message);
    for (let name = document.first(message); name < end; name = document.after(name + 1)) {
      const value = name + 1;
      if (value === role || document.isNull(value) || document.isText(name, CACHE_CONTROL)) continue;
      if (content === undefined && contentNames.some((one) => document.isText(name, one))) content = value;
      else {
        this.#mark(MARK.field);
        this.#value(name);
        this.#value(value);
      }
    }
    if (content === undefined) this.#end(message, true);
    else this.#content(content);
  }

  /** A text, or a list of parts. */
  #content(content: number): void {
    const document = this.#document;
    if (document.isArray(content) && document.size(content) > 0) {
      const end = document.after(content);
      for (let part = document.first(content); part < end; ) {
        this.#part(part);
        const next = document.after(part);
        if (next >= end) this.#end(part, true);
        else if (this.#bytes >= LONG_STRETCH_BYTES) this.#end(part, false);
        part = next;
      }
      return;
    }
    if (document.isString(content)) this.#text(content);
    else this.#part(content);
    this.#end(content, true);
  }

  /** A part that is only a text is written as the text itself would be. */
  #part(part: number): void {
    const document = this.#document;
    const text = document.isObject(part) ? this.#textOf(part) : undefined;
    if (text === undefined) {
      this.#mark(MARK.value);
      this.#unmarked(part);
      return;
    }
    this.#text(text);
    const end = document.after(part);
    for (let name = document.first(part); name < end; name = document.after(name + 1)) {
      if (name + 1 === text || document.isText(name, "type") || document.isText(name, CACHE_CONTROL)) continue;
      this.#mark(MARK.field);
      this.#value(name);
      this.#value(name + 1);
    }
  }

  #textOf(part: number): number | undefined {
    const document = this.#document;
    const text = document.field(part, "text");
    if (text === undefined || !document.isString(text)) return undefined;
    const type = document.field(part, "type");
    if (type === undefined) return text;
    return document.isString(type) && PLAIN_TEXT_TYPES.some((one) => document.isText(type, one)) ? text : undefined;
  }

  /** An object without what it says of caching, also in what it holds as its content. */
  #unmarked(node: number): void {
    const document = this.#document;
    if (!this.#hasMarks || !document.isObject(node)) {
      this.#value(node);
      return;
    }
    this.#letter("{");
    let isFirst = true;
    const end = document.after(node);
    for (let name = document.first(node); name < end; name = document.after(name + 1)) {
      if (document.isText(name, CACHE_CONTROL)) continue;
      if (!isFirst) this.#letter(",");
      isFirst = false;
      this.#value(name);
      this.#letter(":");
      if (document.isArray(name + 1) && document.isText(name, "content")) this.#unmarkedList(name + 1);
      else this.#value(name + 1);
    }
    this.#letter("}");
  }

  #unmarkedList(list: number): void {
    const document = this.#document;
    this.#letter("[");
    const end = document.after(list);
    for (let item = document.first(list); item < end; item = document.after(item)) {
      if (item !== document.first(list)) this.#letter(",");
      this.#unmarked(item);
    }
    this.#letter("]");
  }

  /** As JSON without space. */
  #value(node: number): void {
    const document = this.#document;
    if (document.isString(node) || document.isCompact(node)) {
      this.#stretch(document.start(node), document.end(node));
      if (document.byteLength(node) > MEDIA_BYTES) this.#countMedia(node);
      return;
    }
    const isObject = document.isObject(node);
    this.#letter(isObject ? "{" : "[");
    const end = document.after(node);
    for (let child = document.first(node); child < end; child = document.after(child)) {
      if (child !== document.first(node)) this.#letter(",");
      if (isObject) {
        this.#stretch(document.start(child), document.end(child));
        this.#letter(":");
        child += 1;
      }
      this.#value(child);
    }
    this.#letter(isObject ? "}" : "]");
  }

  #text(text: number): void {
    this.#mark(MARK.text);
    this.#stretch(this.#document.start(text) + 1, this.#document.end(text) - 1);
  }

  /** Pictures and sound are as many bytes as they like, and no more tokens. */
  #countMedia(node: number): void {
    const document = this.#document;
    const end = document.after(node);
    for (let inner = node; inner < end; inner++) {
      if (!document.isString(inner) || document.byteLength(inner) <= MEDIA_BYTES) continue;
      const start = document.start(inner) + 1;
      if (!MEDIA.test(document.bytes.toString("latin1", start, start + 192))) continue;
      this.#media += 1;
      this.#mediaBytes += document.byteLength(inner);
    }
  }

  #end(node: number, isWholeMessage: boolean): void {
    this.ends.push({ node, section: this.#section, isWholeMessage });
    if (this.#hasher !== undefined) {
      const tokens = Math.ceil((this.#bytes - this.#mediaBytes) / LIKELY_BYTES_PER_TOKEN) + this.#media * LIKELY_IMAGE_TOKENS;
      this.blocks.push({ hash: this.#hasher.end(), tokens });
    }
    this.#bytes = 0;
    this.#mediaBytes = 0;
    this.#media = 0;
  }

  #mark(mark: number): void {
    this.#hasher?.byte(mark);
  }

  #letter(letter: string): void {
    this.#bytes += 1;
    this.#hasher?.byte(letter.charCodeAt(0));
  }

  #stretch(start: number, end: number): void {
    this.#bytes += end - start;
    this.#hasher?.bytes(this.#document.bytes, start, end);
  }
}

function readAnthropic({ document, fields }: RequestFrame, blocks: PromptBlocks): boolean {
  blocks.tools([fields.get("tools")]);
  blocks.system(fields.get("system"));
  return readMessages(document, fields.get("messages"), blocks, ["content"]);
}

function readChat({ document, fields }: RequestFrame, blocks: PromptBlocks): boolean {
  blocks.tools([fields.get("tools"), fields.get("functions"), fields.get("response_format")]);
  return readMessages(document, fields.get("messages"), blocks, ["content"]);
}

function readResponses({ document, fields }: RequestFrame, blocks: PromptBlocks): boolean {
  if (HELD_BY_PROVIDER.some((name) => isPresent(document, fields.get(name)))) return false;
  blocks.tools([fields.get("tools"), fields.get("text")]);
  blocks.system(fields.get("instructions"));
  const input = fields.get("input");
  if (input !== undefined && document.isString(input)) blocks.message(input, []);
  return (input !== undefined && document.isString(input)) || readMessages(document, input, blocks, ["content", "output"]);
}

function readCompletions({ document, fields }: RequestFrame, blocks: PromptBlocks): boolean {
  const prompt = fields.get("prompt");
  if (prompt === undefined || !document.isString(prompt)) return false;
  blocks.message(prompt, []);
  return true;
}

function readGemini({ document, fields }: RequestFrame, blocks: PromptBlocks): boolean {
  if (isPresent(document, fields.get("cachedContent") ?? fields.get("cached_content"))) return false;
  blocks.tools([fields.get("tools")]);
  const system = fields.get("systemInstruction") ?? fields.get("system_instruction");
  blocks.system((system === undefined ? undefined : document.field(system, "parts")) ?? system);
  const contents = fields.get("contents");
  if (contents === undefined || !document.isObject(contents)) return readMessages(document, contents, blocks, ["parts"]);
  blocks.message(contents, ["parts"]);
  return true;
}

function readMessages(document: JsonDocument, list: number | undefined, blocks: PromptBlocks, contentNames: readonly string[]): boolean {
  if (list === undefined || !document.isArray(list)) return false;
  const end = document.after(list);
  for (let message = document.first(list); message < end; message = document.after(message)) blocks.message(message, contentNames);
  return true;
}

function isPresent(document: JsonDocument, node: number | undefined): boolean {
  return node !== undefined && !document.isNull(node);
}
