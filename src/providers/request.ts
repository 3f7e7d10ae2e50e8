/** What a request asks for, as far as money goes. */
import type { Operation, WireFormat } from "./operation.ts";

/** A figure that can't be passed, and one that is likely. */
export interface TokenEstimate {
  /** No call has more, if the provider honours the request's limits. */
  bound: number;
  /** What such calls use, for people and soft budgets. */
  likely: number;
}

export interface RequestReading {
  operation: Operation;
  format: WireFormat;
  model: string;
  isStream: boolean;
  /** The caller asked for the usage event of a stream, so it must see it. */
  asksForUsage: boolean;
  /** The answer is fetched later, by its id. */
  isBackground: boolean;
  /** How many answers are asked for (`n`, `candidateCount`, `best_of`). */
  choices: number;
  input: TokenEstimate;
  /** All answers together, reasoning included. */
  output: TokenEstimate;
  /** The caller's own limit for each answer (`max_tokens`, `max_completion_tokens`, `max_output_tokens`, `maxOutputTokens`). */
  outputLimit?: number;
  /** Searches that the request allows the model to make: billed each. Absent where the number has no bound. */
  webSearches: number;
  /** What in the request has no provable bound (a file by its id, a stored conversation), in words for the refusal; then `input.bound` is the model's window. */
  unbounded: readonly string[];
  serviceTier?: string;
}
