/** What a batch has used, from its results: one line for each request. */
import { formatUsd } from "../../money.ts";
import { billedPasses } from "../replies/billed-passes.ts";
import { readReply } from "../replies/read-reply.ts";
import type { CallPrices } from "./call-prices.ts";
import type { MeteredUsage } from "./metered-usage.ts";

const LINE_FEED = 10;

/** Undefined where the body is not the results of a batch. @param provider the record's */
export function batchUsage(body: Uint8Array, provider: string, prices: CallPrices, atMs: number): MeteredUsage | undefined {
  let inputTokens = 0;
  let outputTokens = 0;
  let cacheReadTokens = 0;
  let cacheWriteTokens = 0;
  let cacheWrite1hTokens = 0;
  let webSearches = 0;
  let costNanoUsd: number | undefined = 0;
  let answered = 0;
  for (const line of lines(Buffer.from(body.buffer, body.byteOffset, body.byteLength))) {
    const message = resultOf(line);
    if (message === undefined) return undefined;
    if (message === null) continue;
    const reading = readReply(message, { operation: "messages" });
    const { usage } = reading;
    if (usage === undefined) continue;
    answered++;
    const { speed, inferenceGeo, requestInputTokens } = usage;
    const terms = {
      serviceTier: "batch",
      ...(speed === undefined ? {} : { speed }),
      ...(inferenceGeo === undefined ? {} : { inferenceGeo }),
      ...(requestInputTokens === undefined ? {} : { requestInputTokens }),
    };
    for (const { model, tokens } of billedPasses(reading)) {
      inputTokens += tokens.input ?? 0;
      outputTokens += tokens.output ?? 0;
      cacheReadTokens += tokens.cacheRead ?? 0;
      cacheWriteTokens += (tokens.cacheWrite5m ?? 0) + (tokens.cacheWrite1h ?? 0);
      cacheWrite1hTokens += tokens.cacheWrite1h ?? 0;
      webSearches += tokens.webSearches ?? 0;
      const cost: number | undefined = model === undefined ? undefined : prices.cost({ provider, model, atMs, ...terms }, tokens);
      costNanoUsd = costNanoUsd === undefined || cost === undefined ? undefined : costNanoUsd + cost;
    }
  }
  return {
    inputTokens,
    outputTokens,
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite1hTokens,
    ...(webSearches === 0 ? {} : { webSearches }),
    // Requests are priced one by one: a long one must not make the others dear.
    ...(costNanoUsd === undefined ? {} : { costUsd: formatUsd(costNanoUsd) }),
    serviceTier: "batch",
    usageSource: "reported",
    status: "ok",
    metadata: { batch_answers: String(answered) },
  };
}

function* lines(body: Buffer): Generator<Buffer> {
  for (let start = 0; start < body.length; ) {
    const end = body.indexOf(LINE_FEED, start);
    const line = body.subarray(start, end < 0 ? body.length : end);
    if (line.length > 1) yield line;
    start = end < 0 ? body.length : end + 1;
  }
}

/** The message of a result; null for a request that failed and costs nothing. */
function resultOf(line: Buffer): object | null | undefined {
  try {
    const value = JSON.parse(line.toString()) as { custom_id?: unknown; result?: { type?: unknown; message?: unknown } } | null;
    if (typeof value?.custom_id !== "string" || typeof value.result !== "object" || value.result === null) return undefined;
    const { message } = value.result;
    return typeof message === "object" ? message : null;
  } catch {
    return undefined;
  }
}
