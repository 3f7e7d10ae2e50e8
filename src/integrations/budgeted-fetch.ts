/** A fetch whose costly requests need a budget: held for, sent, metered, settled. All others pass as they are. */
import { InvalidInput } from "../errors.ts";
import {
  batchUsage,
  callEstimate,
  changedBody,
  laterUsage,
  type MeteredCall,
  type MeteredUsage,
  needsUsageEvent,
  type Reading,
  type RequestReading,
  readReply,
  readRequest,
  replyKind,
  streamedUsage,
  streamMeter,
  wholeUsage,
} from "../providers/index.ts";
import type { ServiceTerms } from "../usage/index.ts";
import type { BudgetedCalls } from "./budgeted-calls.ts";
import type { CallPath, CallPaths } from "./call-paths.ts";
import type { OpenCall } from "./open-call.ts";
import { readResponse } from "./read-response.ts";
import { bodyBytes, requestLine, sentInit } from "./request-body.ts";
import { DRAINED_MS, Tap, type TapEnd } from "./tapped-response.ts";

export type Fetch = typeof globalThis.fetch;
type CallAt = Extract<CallPath, { kind: "call" }>;
type PollAt = Extract<CallPath, { kind: "poll" }>;

const HOUR_MS = 3_600_000;
/** How long providers keep results: then nobody can learn any more what the work has cost. */
const RESPONSE_MS = 25 * HOUR_MS;
const BATCH_MS = 29 * 24 * HOUR_MS;

export function budgetedFetch(inner: Fetch, calls: BudgetedCalls, paths: CallPaths): Fetch {
  return async (input, init) => {
    const { method, url, signal } = requestLine(input, init);
    const path = paths.of(method, url);
    if (path.kind === "free") return inner(input, init);
    if (path.kind === "refused") throw new InvalidInput(path.message);
    signal?.throwIfAborted();
    if (path.kind === "poll") return polled(await inner(input, init), path, calls);
    const given = bodyBytes(input, init);
    const { bytes, body, contentType, addsContentType } = given instanceof Promise ? await given : given;
    const reading = readRequest(path.operation, bytes, {
      contentType,
      modelInPath: path.modelInPath,
      isStreamPath: path.isStreamPath,
    });
    const begun = begin(calls, path, reading);
    const open = begun instanceof Promise ? await begun : begun;
    if (signal?.aborted) {
      await open.release();
      throw signal.reason;
    }
    const asksHere = needsUsageEvent(reading);
    const leaving = signal === undefined ? undefined : new AbortController();
    const sent = sentInit(input, init, {
      body: asksHere ? changedBody(bytes, reading, { includeUsage: true }) : body,
      contentType: addsContentType ? contentType : undefined,
      isChanged: asksHere,
      signal: leaving?.signal,
    });
    const exchange = new Exchange(calls, open, reading, asksHere, leaving);
    return exchange.run(inner(sent.url, sent.init), signal);
  };
}

function begin(calls: BudgetedCalls, { provider }: CallAt, reading: RequestReading): OpenCall | Promise<OpenCall> {
  const terms = termsOf(reading);
  return calls.begin({
    provider,
    model: reading.model,
    ...(terms === undefined ? {} : { terms }),
    estimate: (kind, prices, query) => callEstimate(reading, kind, reading.output[kind], prices, query),
  });
}

function termsOf({ serviceTier, speed, inferenceGeo }: RequestReading): ServiceTerms | undefined {
  if (serviceTier === undefined && speed === undefined && inferenceGeo === undefined) return undefined;
  return {
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(speed === undefined ? {} : { speed }),
    ...(inferenceGeo === undefined ? {} : { inferenceGeo }),
  };
}

/** One request on its way, and its reply. */
class Exchange {
  readonly #calls: BudgetedCalls;
  readonly #open: OpenCall;
  readonly #reading: RequestReading;
  readonly #hidesUsage: boolean;
  readonly #leaving: AbortController | undefined;
  #tap: Tap | undefined;
  #isProgramGone = false;
  /** What a program that has left is told. */
  #reason: unknown;
  /** The program's signal is heard no longer: one may serve for thousands of calls. */
  #unlisten: () => void = () => undefined;

  constructor(calls: BudgetedCalls, open: OpenCall, reading: RequestReading, hidesUsage: boolean, leaving: AbortController | undefined) {
    this.#calls = calls;
    this.#open = open;
    this.#reading = reading;
    this.#hidesUsage = hidesUsage;
    this.#leaving = leaving;
  }

  run(replied: Promise<Response>, signal: AbortSignal | undefined): Promise<Response> {
    const handled = this.#handle(replied);
    if (signal === undefined) return handled;
    return new Promise((resolve, reject) => {
      const left = (): void => {
        this.#programLeft(signal.reason);
        reject(signal.reason);
      };
      signal.addEventListener("abort", left, { once: true });
      this.#unlisten = () => signal.removeEventListener("abort", left);
      handled.then(resolve, reject);
    });
  }

  #programLeft(reason: unknown): void {
    if (this.#isProgramGone) return;
    this.#isProgramGone = true;
    this.#reason = reason;
    if (this.#tap !== undefined) this.#tap.programLeft(reason);
    else setTimeout(() => this.#leaving?.abort(reason), DRAINED_MS).unref();
  }

  async #handle(replied: Promise<Response>): Promise<Response> {
    let response: Response;
    try {
      response = await replied;
    } catch (error) {
      this.#unlisten();
      await (hasNotLeft(error) ? this.#open.release() : this.#open.fail(describe(error)));
      throw error;
    }
    const contentType = response.headers.get("content-type") ?? undefined;
    const kind = replyKind(response.status, contentType, this.#reading);
    return kind === "whole" ? this.#readWhole(response) : this.#tapped(response, contentType, kind === "bytes");
  }

  async #readWhole(response: Response): Promise<Response> {
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      this.#unlisten();
      await this.#open.fail(describe(error));
      throw error;
    }
    this.#unlisten();
    const { operation, isBackground } = this.#reading;
    const reading = readReply(bytes, { operation, headers: usageHeaders(response) });
    if (!(isBackground && (await this.#goesOn(reading, response.status, true)))) {
      await this.#open.settle(wholeUsage(this.#metered(), response.status, reading, bytes.length));
    }
    return readResponse(response, bytes);
  }

  #tapped(response: Response, contentType: string | undefined, isOpaque: boolean): Response {
    const { operation, output } = this.#reading;
    this.#tap = new Tap({
      response,
      meter: isOpaque ? undefined : streamMeter({ operation, ...(contentType === undefined ? {} : { contentType }) }),
      hidesUsage: this.#hidesUsage,
      wholeOutputTokens: this.#open.kind === "bound" ? output.bound : undefined,
      abort: () => this.#leaving?.abort(),
      ended: (end) => this.#settleStream(end, response.status),
    });
    if (this.#isProgramGone) this.#tap.programLeft(this.#reason);
    return this.#tap.response;
  }

  async #settleStream(end: TapEnd, status: number): Promise<void> {
    this.#unlisten();
    const isWhole = end.ending === "complete" || end.seen.isComplete;
    if (this.#reading.isBackground && (await this.#goesOn(end.reading, status, isWhole))) return;
    const call = this.#metered();
    await this.#open.settle(streamedUsage(call, { ...end, heldOutputTokens: call.wholeOutputTokens }));
  }

  /** Whether the hold now waits for the result, so that it must not be settled. */
  async #goesOn({ id, usage, isPending }: Reading, status: number, isWhole: boolean): Promise<boolean> {
    if (id === undefined || status > 299 || (isWhole && isPending !== true) || (usage !== undefined && isPending !== true)) return false;
    await this.#calls.keep(this.#open, id, id.startsWith("msgbatch") ? BATCH_MS : RESPONSE_MS);
    return true;
  }

  #metered(): MeteredCall {
    const { kind, query, prices, latencyMs } = this.#open;
    return { reading: this.#reading, kind, priced: query, wholeOutputTokens: this.#reading.output[kind], prices, latencyMs };
  }
}

/** Whoever asks first for a result that is final, settles its call. */
async function polled(response: Response, path: PollAt, calls: BudgetedCalls): Promise<Response> {
  if (response.status > 299) return response;
  const open = await calls.pendingAt(path.provider, path.externalId);
  if (open === undefined) return response;
  const contentType = response.headers.get("content-type") ?? undefined;
  if (path.operation === "responses" && contentType !== undefined && /^text\/event-stream/i.test(contentType)) {
    const settle = ({ reading, seen }: TapEnd): Promise<void> => settleLater(calls, open, path, seen.isComplete ? reading : undefined);
    const meter = streamMeter({ operation: path.operation, contentType });
    return new Tap({ response, meter, hidesUsage: false, wholeOutputTokens: undefined, abort: () => undefined, ended: settle }).response;
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  await settleLater(calls, open, path, path.operation === "responses" ? readReply(bytes, { operation: path.operation }) : bytes);
  return readResponse(response, bytes);
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

/** Amazon's: token counts of models that tell none in their replies. */
const USAGE_HEADERS = ["x-amzn-bedrock-input-token-count", "x-amzn-bedrock-output-token-count"];

function usageHeaders({ headers }: Response): Record<string, string> {
  const told: Record<string, string> = {};
  for (const name of USAGE_HEADERS) {
    const value = headers.get(name);
    if (value !== null) told[name] = value;
  }
  return told;
}

/** Causes for which no byte of the request can have been sent. */
const UNSENT: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_INVALID_ARG",
  "ERR_INVALID_URL",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

function hasNotLeft(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return UNSENT.has(code) || UNSENT.has(cause?.code);
}

function describe(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown } };
  const code = typeof cause?.code === "string" ? ` (${cause.code})` : "";
  return `${error instanceof Error ? error.name : "failed"}${code}`;
}
