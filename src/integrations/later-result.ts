/** Work that went on at its provider after its reply: what its result tells settles the call that began it. */
import { batchUsage, laterUsage, type MeteredUsage, type Reading, readReply, streamMeter } from "../providers/index.ts";
import type { BudgetedCalls } from "./budgeted-calls.ts";
import type { CallPath } from "./call-paths.ts";
import type { OpenCall } from "./open-call.ts";
import { readResponse } from "./read-response.ts";
import type { TapEnd } from "./stream-tap.ts";
import { Tap } from "./tapped-response.ts";

type PollAt = Extract<CallPath, { kind: "poll" }>;

/** Whoever asks first for a result that is final, settles its call. */
export async function polled(response: Response, path: PollAt, calls: BudgetedCalls): Promise<Response> {
  if (response.status > 299) return response;
  const open = await calls.pendingAt(path.provider, path.externalId);
  if (open === undefined) return response;
  const contentType = response.headers.get("content-type") ?? undefined;
  if (path.operation === "responses" && contentType !== undefined && /^text\/event-stream/i.test(contentType)) {
    const settle = ({ reading, seen }: TapEnd): Promise<void> => settleLater(calls, open, path, seen.isComplete ? reading : undefined);
    const meter = streamMeter({ operation: path.operation, contentType });
    return new Tap({ response, meter, hidesUsage: false, wholeOutputTokens: undefined, abort: () => undefined, ended: settle }).response;
  }
  const bytes = await bytesOf(response).catch((error: unknown) => {
    calls.keepOn(open, path.provider, path.externalId);
    throw error;
  });
  await settleLater(calls, open, path, path.operation === "responses" ? readReply(bytes, { operation: path.operation }) : bytes);
  return readResponse(response, { bytes });
}

async function bytesOf(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await response.arrayBuffer());
}

/** @param told the reply, as it was read; the bytes of a batch's results; undefined where it broke off */
async function settleLater(calls: BudgetedCalls, open: OpenCall, path: PollAt, told: Reading | Uint8Array | undefined): Promise<void> {
  const usage = told === undefined ? undefined : laterUsageOf(open, path, told);
  if (usage === undefined) calls.keepOn(open, path.provider, path.externalId);
  else await open.settle(usage);
}

function laterUsageOf({ prices, query }: OpenCall, { provider }: PollAt, told: Reading | Uint8Array): MeteredUsage | undefined {
  if (told instanceof Uint8Array) return batchUsage(told, provider, prices, query.atMs);
  return told.isPending === true ? undefined : laterUsage(told);
}
