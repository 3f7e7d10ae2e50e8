/** What a scripted upstream is told to do with a request, and what it then has seen and billed. */
import type { Operation } from "../../providers/index.ts";
import type { TokenCounts } from "../../usage/index.ts";

/**
 * How usage is told. `asked`: as the real services do, so an OpenAI stream tells it only if the request asks; `always`: in streams too;
 * `none`; `null`: the field is there and empty; `zero`: all counts 0; `twice`; `late`: after the event that ends the stream.
 */
export type UsageTelling = "asked" | "always" | "none" | "null" | "zero" | "twice" | "late";

/** Everything is optional: without a word, the upstream is a healthy and honest one. */
export interface ScriptedReply {
  /** Said by each choice, in tokens of four characters. Default: words, one token each, as many as `outputTokens`. */
  text?: string;
  /** Of each choice, reasoning included; never more than the request's limit. Default: 8 to 39, by the request's content. */
  outputTokens?: number;
  /** Thought before anything is said, within `outputTokens` and the limit. */
  reasoningTokens?: number;
  /** Answers with a call of this tool instead of text. */
  toolCall?: { name: string; arguments: Readonly<Record<string, unknown>> };
  /** Default: a token for every four bytes of the request's text, and 3 for every message; images and audio by their kind. */
  inputTokens?: number;
  cacheRead?: number;
  cacheWrite5m?: number;
  cacheWrite1h?: number;
  audioOutput?: number;
  webSearches?: number;
  serviceTier?: string;
  /** The model that answers, where it is not the one that was asked for. */
  model?: string;
  id?: string;
  /** Ignores the request's limit, and answers so many times as much. */
  timesLimit?: number;
  usage?: UsageTelling;
  /** `false`: no `[DONE]`, `message_stop`, `response.completed`; the stream just ends. */
  ends?: boolean;
  /** Of a stream. Default 4. */
  tokensPerEvent?: number;

  /** An error instead of an answer. 429, 503 and 529 have no `retry-after` unless `headers` has one. */
  status?: number;
  errorMessage?: string;
  /** The answer was made, and is billed, though an error is all that is told. */
  billsError?: boolean;
  /** An error event in the middle of a stream, after so many events. */
  errorAfterEvents?: number;

  /** Before the reply's head. */
  delayMs?: number;
  eventDelayMs?: number;
  /** A stream that says no more after so many events, and stays open. */
  stallAfterEvents?: number;
  /** The connection is reset after so many bytes of the body; at 0 before the head. */
  resetAtByte?: number;
  /** How the body is cut for sending: sizes in bytes, taken in turn. Default: one event at a time. */
  chunkBytes?: number | readonly number[];
  isGzip?: boolean;
  contentType?: string;
  headers?: Readonly<Record<string, string>>;
  /** This body, byte for byte, instead of an answer: a recorded reply, an HTML page. Bills `bills`, else nothing. */
  body?: string | Uint8Array;
  bills?: TokenCounts;
  /** A background response or a batch is done when it is asked for the so many-th time. Default 2. */
  donePoll?: number;
}

/** A request as it came. */
export interface SeenRequest {
  /** Counts from 1, polls included. */
  number: number;
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Uint8Array;
  /** Absent: the body is none. */
  json?: Readonly<Record<string, unknown>>;
  /** Absent: a path that creates nothing, or that the upstream does not know. */
  operation?: Operation;
  model: string;
  isStream: boolean;
}

/** What the provider will write on its bill: one entry for each call that used tokens, however the call ended. */
export interface BilledCall {
  /** The reply's id. */
  id: string;
  operation: Operation;
  /** The model that answered. */
  model: string;
  /** As usage records count them: `input` with cached tokens, `output` with reasoning, all choices together. */
  tokens: TokenCounts;
  serviceTier?: string;
  isStream: boolean;
  /** False: the stream was cut before its last token, and what was made until then is billed. */
  isComplete: boolean;
  requestNumber: number;
}
