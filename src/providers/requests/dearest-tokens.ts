/** What to price so that no call of a request can cost more. */
import type { TokenCounts } from "../../usage/index.ts";
import type { RequestReading } from "../request.ts";

/**
 * Extreme mixes of tokens within the bounds: all input plain, or all of it written to the cache, or all of it sound; the
 * same for output. A cost is linear in its mix, so no call costs more than the dearest of these.
 *
 * @param outputTokens where less than the whole bound is set aside at first
 */
export function dearestTokens(reading: RequestReading, outputTokens: number = reading.output.bound): readonly TokenCounts[] {
  const { dearKinds, webSearches } = reading;
  const input = reading.input.bound;
  const common: TokenCounts = webSearches > 0 ? { webSearches } : {};
  const inputs: TokenCounts[] = [{ input }];
  if (dearKinds.cacheWrite === "1h") inputs.push({ input, cacheWrite1h: input });
  // OpenAI and Google write caches unasked, and some of their models charge for it.
  else if (dearKinds.cacheWrite === "5m" || reading.format !== "anthropic") inputs.push({ input, cacheWrite5m: input });
  if (dearKinds.audioInput) inputs.push({ input, audioInput: input });
  const outputs: TokenCounts[] = [{ output: outputTokens }];
  // Only a few models price reasoning apart; none of Anthropic's.
  if (dearKinds.reasoning && reading.format !== "anthropic") outputs.push({ output: outputTokens, reasoning: outputTokens });
  if (dearKinds.audioOutput) outputs.push({ output: outputTokens, audioOutput: outputTokens });
  return inputs.flatMap((some) => outputs.map((other) => ({ ...common, ...some, ...other })));
}
