/** The door to requests: one body in, what it may cost out. */
import { InvalidInput } from "../../errors.ts";
import type { Operation } from "../operation.ts";
import type { RequestReading } from "../request.ts";
import { topLevelFields } from "./fields.ts";
import { scanJson } from "./json-scan.ts";
import type { PromptHasher } from "./prompt-hasher.ts";
import { readCountTokens, readMessageBatches, readMessages } from "./read-anthropic.ts";
import { readEmbed, readGeminiCountTokens, readGenerate } from "./read-gemini.ts";
import { readEmbeddings, readFormRequest, readImages, readSpeech } from "./read-media.ts";
import { readChat, readCompletions, readResponses } from "./read-openai.ts";
import { requestFacts } from "./request-facts.ts";
import { frameOf, type RequestFrame } from "./request-frame.ts";

export interface ReadRequestOptions {
  /** The model, where the path names it and the body does not. */
  modelInPath?: string | undefined;
  /** The path asks for a stream, as `…:streamGenerateContent` does. */
  isStreamPath?: boolean | undefined;
  /** Needed where the body is a form. */
  contentType?: string | undefined;
  /** Asks for `facts`, with the prompt's blocks under this hasher's key. */
  hasher?: PromptHasher | undefined;
}

const READERS: Readonly<Record<Exclude<Operation, "transcription">, (frame: RequestFrame) => RequestReading>> = {
  chat: readChat,
  completions: readCompletions,
  embeddings: readEmbeddings,
  responses: readResponses,
  images: readImages,
  speech: readSpeech,
  messages: readMessages,
  count_tokens: readCountTokens,
  message_batches: readMessageBatches,
  generate: readGenerate,
  embed: readEmbed,
  gemini_count_tokens: readGeminiCountTokens,
};

/**
 * Reads a request, and throws InvalidInput where it must not be passed on: what it says and what is accepted stands in the message.
 * Unknown fields are left alone.
 *
 * @example
 * ```ts
 * import { readRequest } from "tokenledger/providers";
 * const body = new TextEncoder().encode('{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}],"max_tokens":100,"n":2}');
 * readRequest("chat", body).output.bound; // => 200
 * ```
 */
export function readRequest(operation: Operation, body: Uint8Array, options: ReadRequestOptions = {}): RequestReading {
  const { contentType = "", modelInPath, isStreamPath, hasher } = options;
  if (body.length === 0) throw new InvalidInput("The request has no body; send a JSON object.");
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const isForm = operation === "transcription" || (operation === "images" && /^multipart\//i.test(contentType));
  if (isForm) return readFormRequest(operation, bytes, contentType);
  const document = scanJson(bytes);
  const frame = frameOf(operation, document, topLevelFields(document), { modelInPath, isStreamPath });
  const reading = READERS[operation as Exclude<Operation, "transcription">](frame);
  const facts = hasher && requestFacts(frame, reading, hasher);
  if (facts !== undefined) reading.facts = facts;
  return reading;
}
