/** Which format writes which answer. */
import type { Operation } from "../../providers/index.ts";
import type { TokenCounts } from "../../usage/index.ts";
import type { Answer } from "./answer.ts";
import { streamedMessage, wholeMessage } from "./formats/anthropic.ts";
import { geminiEmbedding, streamedGeneration, wholeGeneration } from "./formats/gemini.ts";
import { streamedChat, streamedCompletion, wholeChat, wholeCompletion } from "./formats/openai-chat.ts";
import { embeddings, IMAGE_OUTPUT_TOKENS, images, transcription } from "./formats/openai-others.ts";
import { streamedResponse, wholeResponse } from "./formats/openai-responses.ts";
import type { StreamEvent } from "./formats/stream-event.ts";

export const ID_PREFIX: Readonly<Record<Operation, string>> = {
  chat: "chatcmpl-",
  completions: "cmpl-",
  embeddings: "emb-",
  responses: "resp_",
  images: "img-",
  speech: "speech-",
  transcription: "tr-",
  messages: "msg_",
  count_tokens: "count_",
  message_batches: "msgbatch_",
  generate: "gen-",
  embed: "gemb-",
  gemini_count_tokens: "gcount-",
};

const SSE = "text/event-stream; charset=utf-8";

/** Absent: the format has no streams of this operation. */
export function streamed(answer: Answer): { contentType: string; events: StreamEvent[] } | undefined {
  const { operation, query } = answer.request;
  if (operation === "chat") return { contentType: SSE, events: streamedChat(answer) };
  if (operation === "completions") return { contentType: SSE, events: streamedCompletion(answer) };
  if (operation === "responses") return { contentType: SSE, events: streamedResponse(answer) };
  if (operation === "messages") return { contentType: SSE, events: streamedMessage(answer) };
  if (operation !== "generate") return undefined;
  const contentType = query.get("alt") === "sse" ? "text/event-stream" : "application/json; charset=UTF-8";
  return { contentType, events: streamedGeneration(answer) };
}

export interface WholeReply {
  status: number;
  contentType: string;
  body: string | Uint8Array;
  /** Absent: the call is free. */
  tokens?: TokenCounts;
}

export function whole(answer: Answer): WholeReply {
  const { tokens } = answer;
  const input: TokenCounts = { input: tokens.input ?? 0 };
  switch (answer.request.operation) {
    case "completions":
      return json(wholeCompletion(answer), tokens);
    case "embeddings":
      return json(embeddings(answer), input);
    case "responses":
      return json(wholeResponse(answer), tokens);
    case "images": {
      const billed = { ...input, output: IMAGE_OUTPUT_TOKENS * answer.choices.length };
      return json(images({ ...answer, told: answer.reply.usage === "zero" ? answer.told : billed }), billed);
    }
    case "speech":
      return { status: 200, contentType: "audio/mpeg", body: Buffer.from("ID3 scripted"), tokens };
    case "transcription":
      return json(transcription(answer), { ...tokens, audioInput: tokens.input ?? 0 });
    case "messages":
      return json(wholeMessage(answer), tokens);
    case "count_tokens":
      return json({ input_tokens: tokens.input ?? 0 });
    case "generate":
      return json(wholeGeneration(answer), tokens);
    case "embed":
      return json(geminiEmbedding(answer), input);
    case "gemini_count_tokens":
      return json({ totalTokens: tokens.input ?? 0 });
    default:
      return json(wholeChat(answer), tokens);
  }
}

function json(content: object, tokens?: TokenCounts): WholeReply {
  return { status: 200, contentType: "application/json", body: JSON.stringify(content), ...(tokens === undefined ? {} : { tokens }) };
}
