/** What a reply says about its call: usage, model, and whether it has ended. */
import type { ServiceTerms, TokenCounts } from "../usage/index.ts";

/** What the reply bills beside tokens; recorded as facts, and priced where the price book has a price for them. */
export interface OtherQuantities {
  images?: number;
  seconds?: number;
  searchUnits?: number;
}

/** Tokens that another model than the answering one has used inside the call. */
export interface SidePass {
  model: string;
  tokens: TokenCounts;
}

/** Usage as usage records have it: `input` counts cached tokens, `output` counts reasoning; no count is negative. */
export interface ReplyUsage extends ServiceTerms {
  tokens: TokenCounts;
  /** What the reply itself says that it costs. */
  reportedCostNanoUsd?: number;
  other?: OtherQuantities;
  sidePasses?: readonly SidePass[];
  /** The provider's own sum, where it gives one that is not input + output. */
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
  /** The reply, whatever its status, is an error. */
  error?: { type: string; message: string };
  /** The work goes on at the provider: usage comes when the reply is asked for again by its id. */
  isPending?: boolean;
}

/** Of a stream: what was seen of the answer so far, however it ended. */
export interface Seen {
  /** Text, tool arguments and reasoning in bytes of UTF-8: no answer has more tokens than bytes. */
  outputBytes: number;
  /** Events that carried some of it. */
  outputEvents: number;
  /** The terminal event has come: nothing that costs money follows. */
  isComplete: boolean;
}

/** Reads a stream beside its way to the client, in chunks of any size. Never throws: what it can't read, it leaves out. */
export interface StreamMeter {
  push(chunk: Uint8Array): void;
  end(): void;
  /** Of all that was pushed so far. */
  reading(): Reading;
  seen(): Seen;
}
