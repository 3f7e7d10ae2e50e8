/** Codex's running totals: each report of usage carries the sums since the session began. */
import { isObject } from "../../../usage/index.ts";
import { countOf, type Mend } from "../../reading/fields.ts";

/** `input` includes `cached`, `output` includes `reasoning`. */
export interface Totals {
  input: number;
  cached: number;
  output: number;
  reasoning: number;
}

/** OpenAI's own words and those of older and other programs; undefined where nothing is counted at all. */
export function totalsOf(usage: unknown, mend: Mend): Totals | undefined {
  if (!isObject(usage)) return undefined;
  const input = countOf(usage.input_tokens ?? usage.prompt_tokens, "input_tokens", mend);
  const details = isObject(usage.input_tokens_details) ? usage.input_tokens_details : {};
  const cached = countOf(
    usage.cached_input_tokens ?? usage.cache_read_input_tokens ?? usage.cached_tokens ?? details.cached_tokens,
    "cached_input_tokens",
    mend,
  );
  const output = countOf(usage.output_tokens ?? usage.completion_tokens, "output_tokens", mend);
  const reasoning = countOf(usage.reasoning_output_tokens ?? usage.reasoning_tokens, "reasoning_output_tokens", mend);
  return { input, cached: Math.min(cached, input), output, reasoning: Math.min(reasoning, output) };
}

export const NOTHING: Totals = { input: 0, cached: 0, output: 0, reasoning: 0 };

export function isNothing({ input, output }: Totals): boolean {
  return input === 0 && output === 0;
}

export function areEqual(a: Totals, b: Totals): boolean {
  return a.input === b.input && a.cached === b.cached && a.output === b.output && a.reasoning === b.reasoning;
}

/** Whether every count of `a` is at most that of `b`. */
export function isWithin(a: Totals, b: Totals): boolean {
  return a.input <= b.input && a.cached <= b.cached && a.output <= b.output && a.reasoning <= b.reasoning;
}

export function sum(a: Totals, b: Totals): Totals {
  return { input: a.input + b.input, cached: a.cached + b.cached, output: a.output + b.output, reasoning: a.reasoning + b.reasoning };
}

/** What was added since `earlier`, which is within `later`. */
export function difference(later: Totals, earlier: Totals): Totals {
  const input = later.input - earlier.input;
  const output = later.output - earlier.output;
  return {
    input,
    cached: Math.min(input, later.cached - earlier.cached),
    output,
    reasoning: Math.min(output, later.reasoning - earlier.reasoning),
  };
}

/**
 * Totals that went back a little arrived late, and the next ones go on from the higher mark; totals that fell far began anew.
 * A little is 2 %, or two calls of the size of the last one.
 */
export function isLate(totals: Totals, previous: Totals, last: Totals | undefined): boolean {
  const now = all(totals);
  const before = all(previous);
  return now * 100 >= before * 98 || (last !== undefined && now + 2 * all(last) >= before);
}

function all({ input, cached, output, reasoning }: Totals): number {
  return input + cached + output + reasoning;
}
