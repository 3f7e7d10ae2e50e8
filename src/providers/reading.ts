/** What a reply says about its call: usage, model, and whether it has ended. */
import type { ServiceTerms, TokenCounts } from "../usage/index.ts";

/** What the reply tells beside billed tokens; recorded as facts, and priced where the price book has a price for them. */
export interface OtherQuantities {
  images?: number;
  seconds?: number;
  searchUnits?: number;
  /** Searches of a provider whose price list bills them otherwise than Anthropic's: those are `tokens.webSearches`. */
  webSearches?: number;
  /** Tokens of pictures and films: parts of `tokens.input` and `tokens.output`. */
  imageInputTokens?: number;
  imageOutputTokens?: number;
  videoInputTokens?: number;
}

/** Tokens that the reply bills beside those that its own sum shows. */
export interface SidePass {
  /** Absent: the model that answered. */
  model?: string;
  tokens: TokenCounts;
}

/**
 * Usage as usage records have it: `input` counts cached tokens, `output` counts reasoning; no count is negative. The
 * counts are those that the reply gives, also where its cached tokens exceed its input: `billedPasses` makes them fit.
 */
export interface ReplyUsage extends ServiceTerms {
  tokens: TokenCounts;
  /** What the reply itself says that it costs. */
  reportedCostNanoUsd?: number;
  other?: OtherQuantities;
  /** Billed beside `tokens`: passes of other models or that the sum leaves out, and the earlier ones of many results. */
  sidePasses?: readonly SidePass[];
  /** What the model processed, where the provider bills other figures than these (Cohere). */
  processed?: TokenCounts;
  /** The part of `tokens.input` that the provider's own tools put in (Gemini). */
  toolPromptTokens?: number;
  /** The provider's own sum, as it gives it. */
  providerTotalTokens?: number;
  /** An oddity worth a line in the record: `cached tokens exceed input`. */
  note?: string;
}

export interface Reading {
  /** Absent: the reply has none, or none that can be read. */
  usage?: ReplyUsage;
  /** The model that answered, as the reply writes it. */
  model?: string;
  /** The provider's id of the reply. */
  id?: string;
  /** What the provider keeps of it under ids of their own: items of a response, the sound of an answer. */
  keptIds?: readonly string[];
  /** The reply, whatever its status, is an error. */
  error?: { type: string; message: string };
  /** The work goes on at the provider: usage comes when the reply is asked for again by its id. */
  isPending?: boolean;
  /** The answer, or one of several, ended at its limit of output. */
  isTruncated?: true;
}

/** Of a stream: what was seen of the answer so far, however it ended. */
export interface Seen {
  /** Text, tool arguments and reasoning in bytes of UTF-8: no answer has more tokens than bytes. */
  outputBytes: number;
  /** Those of them that are pictures or sound, as text in base64: thousands may be one token. */
  mediaBytes?: number;
  /** Events that carried some of it. */
  outputEvents: number;
  /** The terminal event has come: nothing that costs money follows. */
  isComplete: boolean;
  /** An event was too long to be read: `outputBytes` counts all its bytes, and usage in it is lost. */
  wasTooLong: boolean;
  /** What a proper end of a stream that is cut has to know: of Anthropic's the content block that is open, */
  openBlock?: number;
  /** of OpenAI's chunks how many answers there are, */
  choices?: number;
  /** of OpenAI's responses the number of the last event. */
  sequenceNumber?: number;
}

/** Reads a stream beside its way to the client, in chunks of any size. Never throws: what it can't read, it leaves out. */
export interface StreamMeter {
  push(chunk: Uint8Array): void;
  end(): void;
  /** Of all that was pushed so far. */
  reading(): Reading;
  /** The same object each time, brought up to date. */
  seen(): Readonly<Seen>;
}
