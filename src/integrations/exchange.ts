/** One request on its way, and its reply: whole, it is settled and then handed over; streamed, it is metered while it is. */
import {
  type MeteredCall,
  type Reading,
  type RequestReading,
  replyKind,
  streamedUsage,
  streamMeter,
  wholeUsage,
} from "../providers/index.ts";
import type { BudgetedCalls } from "./budgeted-calls.ts";
import { describeFailure, hasNotLeft } from "./call-failure.ts";
import type { OpenCall } from "./open-call.ts";
import { type ReadBody, readResponse } from "./read-response.ts";
import { DRAINED_MS, type TapEnd } from "./stream-tap.ts";
import { Tap } from "./tapped-response.ts";
import { bodyOf, lengthOf, readingOf } from "./whole-reply.ts";

const HOUR_MS = 3_600_000;
/** How long providers keep results: then nobody can learn any more what the work has cost. */
const RESPONSE_MS = 25 * HOUR_MS;
const BATCH_MS = 29 * 24 * HOUR_MS;
/** Replies with these have no body, and no stream can be made one of them. */
const BODILESS: ReadonlySet<number> = new Set([204, 205]);

/** Ends a connection whose reply was read on long enough. Dear to make, and seldom used: one serves for many calls, one after another. */
export interface Leaving {
  controller: AbortController;
  uses: number;
}

export class Exchange {
  readonly #calls: BudgetedCalls;
  readonly #open: OpenCall;
  readonly #reading: RequestReading;
  readonly #hidesUsage: boolean;
  readonly #leaving: Leaving | undefined;
  readonly #recycle: (leaving: Leaving | undefined) => void;
  #tap: Tap | undefined;
  #isProgramGone = false;
  /** What a program that has left is told. */
  #reason: unknown;
  /** The program's signal is heard no longer: one may serve for thousands of calls. */
  #unlisten: () => void = () => undefined;

  constructor(
    calls: BudgetedCalls,
    open: OpenCall,
    reading: RequestReading,
    hidesUsage: boolean,
    leaving: Leaving | undefined,
    recycle: (leaving: Leaving | undefined) => void,
  ) {
    this.#calls = calls;
    this.#open = open;
    this.#reading = reading;
    this.#hidesUsage = hidesUsage;
    this.#leaving = leaving;
    this.#recycle = recycle;
  }

  run(send: () => Promise<Response>, signal: AbortSignal | undefined): Promise<Response> {
    const handled = this.#handle(send);
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
    else setTimeout(() => this.#leaving?.controller.abort(reason), DRAINED_MS).unref();
  }

  async #handle(send: () => Promise<Response>): Promise<Response> {
    let response: Response;
    try {
      response = await send();
    } catch (error) {
      this.#unlisten();
      await (hasNotLeft(error) ? this.#open.release() : this.#open.fail(describeFailure(error)));
      throw error;
    }
    const contentType = response.headers.get("content-type") ?? undefined;
    const kind = replyKind(response.status, contentType, this.#reading);
    return kind === "whole" || BODILESS.has(response.status)
      ? this.#readWhole(response, contentType)
      : this.#tapped(response, contentType, kind === "bytes");
  }

  async #readWhole(response: Response, contentType: string | undefined): Promise<Response> {
    let body: ReadBody;
    try {
      body = await bodyOf(response, contentType);
    } catch (error) {
      this.#unlisten();
      await this.#open.fail(describeFailure(error));
      throw error;
    }
    this.#unlisten();
    const { operation, isBackground } = this.#reading;
    const reading = readingOf(body, response, operation);
    if (!(isBackground && (await this.#goesOn(reading, response.status, true)))) {
      const settled = this.#open.settle(wholeUsage(this.#metered(), response.status, reading, lengthOf(body, reading)));
      if (settled !== undefined) await settled;
    }
    if (!this.#isProgramGone) this.#recycle(this.#leaving);
    return readResponse(response, body);
  }

  #tapped(response: Response, contentType: string | undefined, isOpaque: boolean): Response {
    const { operation, output } = this.#reading;
    this.#tap = new Tap({
      response,
      meter: isOpaque ? undefined : streamMeter({ operation, ...(contentType === undefined ? {} : { contentType }) }),
      hidesUsage: this.#hidesUsage,
      wholeOutputTokens: this.#open.kind === "bound" ? output.bound : undefined,
      abort: () => this.#leaving?.controller.abort(),
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
