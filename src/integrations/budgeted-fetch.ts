/** A fetch whose costly requests need a budget: held for, sent, metered, settled. All others pass as they are. */
import { setMaxListeners } from "node:events";
import { InvalidInput } from "../errors.ts";
import { changedBody, needsUsageEvent, readRequest } from "../providers/index.ts";
import { type BudgetedCalls, callToMake } from "./budgeted-calls.ts";
import type { CallPaths } from "./call-paths.ts";
import { Exchange, type Leaving } from "./exchange.ts";
import { polled } from "./later-result.ts";
import type { OpenCall } from "./open-call.ts";
import { bodyBytes, requestLine, sentInit } from "./request-body.ts";

export type Fetch = typeof globalThis.fetch;

/** Each use leaves a listener behind, which lives until garbage is collected. */
const MOST_USES = 32;
const MOST_IDLE = 64;

export function budgetedFetch(inner: Fetch, calls: BudgetedCalls, paths: CallPaths): Fetch {
  const idle: Leaving[] = [];
  const recycle = (leaving: Leaving | undefined): void => {
    if (leaving !== undefined && ++leaving.uses < MOST_USES && idle.length < MOST_IDLE) idle.push(leaving);
  };
  return async (input, init) => {
    const { method, url, signal } = requestLine(input, init);
    const path = paths.of(method, url);
    if (path.kind === "free") return inner(input, init);
    if (path.kind === "refused") throw new InvalidInput(path.message);
    signal?.throwIfAborted();
    // One may serve for any number of calls at once; fetch gives no warning of that either.
    if (signal !== undefined) setMaxListeners(0, signal);
    if (path.kind === "poll") return polled(await inner(input, init), path, calls);
    const given = bodyBytes(input, init);
    const { bytes, body, contentType, addsContentType } = given instanceof Promise ? await unlessLeft(given, signal) : given;
    const known = calls.hashing.hasher();
    const hasher = known instanceof Promise ? await unlessLeft(known, signal) : known;
    const reading = readRequest(path.operation, bytes, {
      hasher,
      contentType,
      modelInPath: path.modelInPath,
      isStreamPath: path.isStreamPath,
    });
    const asksHere = needsUsageEvent(reading);
    const leaving = signal === undefined ? undefined : (idle.pop() ?? { controller: new AbortController(), uses: 0 });
    // Before anything is held: a request that fetch would not take is not made.
    const sent = sentInit(input, init, {
      body: asksHere ? changedBody(bytes, reading, { includeUsage: true }) : body,
      contentType: addsContentType ? contentType : undefined,
      isChanged: asksHere,
      signal: leaving?.controller.signal,
    });
    const begun = calls.begin(callToMake(path.provider, reading));
    const open = begun instanceof Promise ? await unlessLeft(begun, signal, releaseLater) : begun;
    if (signal?.aborted) {
      await open.release();
      throw signal.reason;
    }
    const exchange = new Exchange(calls, open, reading, asksHere, leaving, recycle);
    return exchange.run(() => inner(sent.url, sent.init), signal);
  };
}

/** What comes of it, or the program's reason to leave, whichever is first. @param late told what comes of it after that */
function unlessLeft<T>(coming: Promise<T>, signal: AbortSignal | undefined, late: (come: T) => void = () => undefined): Promise<T> {
  if (signal === undefined) return coming;
  return new Promise((resolve, reject) => {
    const left = (): void => {
      reject(signal.reason);
      coming.then(late, () => undefined);
    };
    signal.addEventListener("abort", left, { once: true });
    coming.then(resolve, reject).finally(() => signal.removeEventListener("abort", left));
  });
}

function releaseLater(open: OpenCall): void {
  void open.release();
}
