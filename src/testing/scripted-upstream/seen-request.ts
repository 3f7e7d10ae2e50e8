/** What a request asks for: which operation by its path, how much input by its text. */
import type { Operation } from "../../providers/index.ts";
import { isObject } from "../../usage/index.ts";
import type { SeenRequest } from "./scripted-reply.ts";

type Json = Readonly<Record<string, unknown>>;

const BY_PATH: readonly [RegExp, Operation][] = [
  [/\/chat\/completions$/, "chat"],
  [/\/completions$/, "completions"],
  [/\/embeddings$/, "embeddings"],
  [/\/responses$/, "responses"],
  [/\/images\/(?:generations|edits|variations)$/, "images"],
  [/\/audio\/speech$/, "speech"],
  [/\/audio\/(?:transcriptions|translations)$/, "transcription"],
  [/\/messages\/count_tokens$/, "count_tokens"],
  [/\/messages\/batches$/, "message_batches"],
  [/\/messages$/, "messages"],
  [/:(?:generateContent|streamGenerateContent)$/, "generate"],
  [/:(?:embedContent|batchEmbedContents)$/, "embed"],
  [/:countTokens$/, "gemini_count_tokens"],
];

export function seenRequest(
  number: number,
  received: { method: string; url: string; headers: SeenRequest["headers"]; body: Uint8Array },
): SeenRequest {
  const { pathname: path, searchParams: query } = new URL(received.url, "http://upstream");
  const json = parsed(received.body);
  const operation = received.method === "POST" ? BY_PATH.find(([pattern]) => pattern.test(path))?.[1] : undefined;
  const inPath = /\/models\/([^/:]+):/.exec(path)?.[1];
  return {
    number,
    method: received.method,
    path,
    query,
    headers: received.headers,
    body: received.body,
    ...(json === undefined ? {} : { json }),
    ...(operation === undefined ? {} : { operation }),
    model: inPath ?? formModel(received.body) ?? String(json?.model ?? ""),
    isStream: path.endsWith(":streamGenerateContent") || json?.stream === true,
  };
}

function parsed(body: Uint8Array): Json | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Of an upload form, where the model is a part beside the file. */
function formModel(body: Uint8Array): string | undefined {
  if (body[0] !== 0x2d) return undefined;
  const [, part = ""] = Buffer.from(body)
    .toString("latin1")
    .split(/name="?model"?\r\n/, 2);
  return /(?:^|\r\n)\r\n([^\r\n]+)/.exec(part)?.[1];
}

const BYTES_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 3;
const IMAGE_TOKENS = 258;
const BYTES_PER_AUDIO_TOKEN = 1000;
const PROMPT_FIELDS = [
  "messages",
  "system",
  "tools",
  "functions",
  "input",
  "instructions",
  "prompt",
  "contents",
  "content",
  "systemInstruction",
  "system_instruction",
  "requests",
];

export interface InputCount {
  text: number;
  audio: number;
}

export function textTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** Of the fields that a model reads; parameters beside them are free. */
export function inputCount(json: Json): InputCount {
  const count: InputCount = { text: 0, audio: 0 };
  for (const field of PROMPT_FIELDS) addTokens(json[field], count);
  return { text: Math.max(1, count.text), audio: count.audio };
}

function addTokens(value: unknown, count: InputCount): void {
  if (typeof value === "string") count.text += textTokens(value);
  // Prompts and texts to embed may come as token ids.
  else if (typeof value === "number") count.text++;
  else if (Array.isArray(value)) for (const item of value) addTokens(item, count);
  else if (isObject(value)) addObject(value, count);
}

function addObject(value: Json, count: InputCount): void {
  if ("role" in value) count.text += TOKENS_PER_MESSAGE;
  const inline = value.inlineData ?? value.inline_data;
  const audio = isObject(value.input_audio) ? value.input_audio.data : undefined;
  if (typeof audio === "string") count.audio += audioTokens(audio);
  else if (isObject(inline) && /^audio/.test(String(inline.mimeType ?? inline.mime_type))) count.audio += audioTokens(String(inline.data));
  else if (inline !== undefined || "image_url" in value || (value.type === "image" && "source" in value)) count.text += IMAGE_TOKENS;
  else for (const [name, item] of Object.entries(value)) if (name !== "role" && name !== "type") addTokens(item, count);
}

function audioTokens(base64: string): number {
  return Math.max(1, Math.ceil((base64.length * 3) / 4 / BYTES_PER_AUDIO_TOKEN));
}

/** How many tokens each answer may have, as the request says. */
export function outputLimit(json: Json): number | undefined {
  const config = json.generationConfig ?? json.generation_config;
  const values = [
    json.max_tokens,
    json.max_completion_tokens,
    json.max_output_tokens,
    ...(isObject(config) ? [config.maxOutputTokens, config.max_output_tokens] : []),
  ].filter((value) => typeof value === "number");
  return values.length === 0 ? undefined : Math.min(...values);
}

export function choiceCount(json: Json): number {
  const config = json.generationConfig ?? json.generation_config;
  const count = json.n ?? (isObject(config) ? config.candidateCount : undefined);
  return typeof count === "number" && count >= 1 ? count : 1;
}
