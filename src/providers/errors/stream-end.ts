/** The end of a stream that is cut here: what clients take for an answer that has reached its limit of tokens. */
import type { Operation } from "../operation.ts";

/** What was seen of the stream so far, and is spoken of again at its end. */
export interface StreamPlace {
  model: string;
  id?: string;
  /** How many answers there are; default 1. */
  choices?: number;
  /** Indices of the content blocks that are open, of a message. */
  openBlocks?: readonly number[];
  /** Of the last event, of a response. */
  sequenceNumber?: number;
  /** Tokens so far. */
  usage?: { input: number; output: number };
  /** The client has asked for the usage event. */
  asksForUsage?: boolean;
  nowMs?: number;
}

/**
 * @example
 * ```ts
 * import { streamEnd } from "tokenledger/providers";
 * new TextDecoder().decode(streamEnd("completions", { model: "m", id: "c" })).endsWith("data: [DONE]\n\n"); // => true
 * ```
 */
export function streamEnd(operation: Operation, place: StreamPlace): Uint8Array {
  return Buffer.from(eventsOf(operation, place).join(""));
}

function eventsOf(operation: Operation, place: StreamPlace): string[] {
  switch (operation) {
    case "messages":
      return messageEnd(place);
    case "responses":
      return responseEnd(place);
    case "generate":
      return generateEnd(place);
    case "chat":
    case "completions":
      return completionEnd(operation, place);
    default:
      // Streams of pictures and sound have no word for an early end: their connection just closes.
      return [];
  }
}

function completionEnd(operation: "chat" | "completions", place: StreamPlace): string[] {
  const { id = "cut", model, choices = 1, usage, asksForUsage = false, nowMs } = place;
  const object = operation === "chat" ? "chat.completion.chunk" : "text_completion";
  const common = { id, object, ...(nowMs !== undefined && { created: Math.floor(nowMs / 1000) }), model };
  const nothing = operation === "chat" ? { delta: {} } : { text: "" };
  const ends = Array.from({ length: choices }, (_, index) => ({ index, ...nothing, logprobs: null, finish_reason: "length" }));
  const events = [event({ ...common, choices: ends })];
  if (asksForUsage && usage) {
    const tokens = { prompt_tokens: usage.input, completion_tokens: usage.output, total_tokens: usage.input + usage.output };
    events.push(event({ ...common, choices: [], usage: tokens }));
  }
  return [...events, "data: [DONE]\n\n"];
}

function messageEnd({ openBlocks = [], usage }: StreamPlace): string[] {
  return [
    ...openBlocks.map((index) => namedEvent({ type: "content_block_stop", index })),
    namedEvent({
      type: "message_delta",
      delta: { stop_reason: "max_tokens", stop_sequence: null },
      usage: { output_tokens: usage?.output ?? 0 },
    }),
    namedEvent({ type: "message_stop" }),
  ];
}

function responseEnd({ id = "cut", model, sequenceNumber = -1, usage = { input: 0, output: 0 }, nowMs }: StreamPlace): string[] {
  const response = {
    id,
    object: "response",
    ...(nowMs !== undefined && { created_at: Math.floor(nowMs / 1000) }),
    status: "incomplete",
    error: null,
    incomplete_details: { reason: "max_output_tokens" },
    model,
    output: [],
    usage: {
      input_tokens: usage.input,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: usage.output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: usage.input + usage.output,
    },
  };
  return [namedEvent({ type: "response.incomplete", sequence_number: sequenceNumber + 1, response })];
}

function generateEnd({ id, model, choices = 1, usage }: StreamPlace): string[] {
  const candidates = Array.from({ length: choices }, (_, index) => ({
    content: { role: "model", parts: [{ text: "" }] },
    finishReason: "MAX_TOKENS",
    index,
  }));
  const usageMetadata = usage && {
    promptTokenCount: usage.input,
    candidatesTokenCount: usage.output,
    totalTokenCount: usage.input + usage.output,
  };
  return [event({ candidates, ...(usageMetadata && { usageMetadata }), modelVersion: model, ...(id && { responseId: id }) })];
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function namedEvent(data: { type: string; [field: string]: unknown }): string {
  return `event: ${data.type}\n${event(data)}`;
}
