/** What a request asks for, as far as money goes. */
import type { CallFacts } from "../usage/index.ts";
import type { Operation, WireFormat } from "./operation.ts";

/** A figure that can't be passed, and one that is likely. */
export interface TokenEstimate {
  /** No call has more, if the provider honours the request's limits. */
  bound: number;
  /** What such calls use, for people and soft budgets. */
  likely: number;
}

/** Bytes of the body that a change takes away, and what it puts around the new value. */
export interface RequestPlace {
  start: number;
  end: number;
  before: string;
  after: string;
}

/** Where the body may be changed; each change concerns all places of its list. */
export interface RequestPlaces {
  /** How values are written there: as JSON, or as they are between the parts of a form. */
  encoding: "json" | "form";
  /** Empty where the model is in the path. */
  model: readonly RequestPlace[];
  /** Empty where the request has no limit of its answer's length. */
  outputLimit: readonly RequestPlace[];
  /** Empty where streams tell their usage unasked. */
  includeUsage: readonly RequestPlace[];
}

/** Kinds of tokens with prices of their own, that may be among those of the call. */
export interface DearKinds {
  cacheWrite?: "5m" | "1h";
  audioInput: boolean;
  audioOutput: boolean;
  reasoning: boolean;
}

export interface RequestReading {
  operation: Operation;
  format: WireFormat;
  model: string;
  /** Other models that the request lets the provider use (fallbacks, advisors): what holds for `model` must hold for each. */
  otherModels: readonly string[];
  isStream: boolean;
  /** The caller asked for the usage event of a stream, so it must see it. */
  asksForUsage: boolean;
  /** The answer is fetched later, by its id. */
  isBackground: boolean;
  /** The provider keeps the answer, which can be asked for again by its id. */
  keepsReply?: true;
  /** What the provider keeps of earlier calls, by the ids with which the request names it. Absent: nothing. */
  storedIds?: readonly string[];
  /** How many answers are asked for (`n`, `candidateCount`, `best_of`; each for every prompt). */
  choices: number;
  input: TokenEstimate;
  /** All answers together, reasoning included. */
  output: TokenEstimate;
  /** The caller's own limit for each answer (`max_tokens`, `max_completion_tokens`, `max_output_tokens`, `maxOutputTokens`). */
  outputLimit?: number;
  /** The most searches that the request allows the model to make: billed each. */
  webSearches: number;
  /** What in the request has no provable bound (a file by its id, a stored conversation), in words for the refusal; then `input.bound` goes by the model's window. */
  unbounded: readonly string[];
  /** As asked for, where that may cost more than the usual. A cheaper one is the reply's to tell. */
  serviceTier?: string;
  speed?: string;
  inferenceGeo?: string;
  /** Tokens may be billed that the answer never shows. */
  reasonsUnseen: boolean;
  dearKinds: DearKinds;
  places: RequestPlaces;
  /** For the call's record, where {@link readRequest} was asked for them. */
  facts?: CallFacts;
}
