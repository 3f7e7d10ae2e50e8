/**
 * Budgets for the models of the `ai` package, versions 5 to 7.
 * @module
 */
import {
  type MeteredCall,
  type PromptCall,
  type Reading,
  type RequestReading,
  readPrompt,
  readReply,
  readRequest,
  streamedUsage,
  wholeUsage,
} from "../providers/index.ts";
import { type AiStreamPart, tapParts } from "./ai-sdk-stream.ts";
import { type AiAnswer, answerReading } from "./ai-sdk-usage.ts";
import type { BudgetOptions } from "./budget-options.ts";
import { BudgetedCalls, callToMake } from "./budgeted-calls.ts";
import { describeFailure, hasNotLeft } from "./call-failure.ts";
import type { OpenCall } from "./open-call.ts";
import { DRAINED_MS, type StreamTap } from "./stream-tap.ts";

export type { BudgetOptions } from "./budget-options.ts";
export type { CallHold, CallLedger, CallOwnerNames } from "./call-ledger.ts";

/** A model of any version, as far as it is asked here. */
export interface AiModel {
  readonly specificationVersion: string;
  readonly provider: string;
  readonly modelId: string;
}

/** What a model is called with, of any version. */
export interface AiCallOptions extends PromptCall {
  abortSignal?: AbortSignal | undefined;
  includeRawChunks?: boolean | undefined;
}

export interface AiEmbedOptions {
  values: readonly unknown[];
  abortSignal?: AbortSignal | undefined;
}

/**
 * Fits `wrapLanguageModel` of `ai` 5, 6 and 7, and `wrapEmbeddingModel` of 6 and 7. Each version names itself in
 * `specificationVersion` and reads nothing there: which one it is shows in what the model is called with, and answers.
 */
export interface BudgetMiddleware {
  readonly specificationVersion: never;
  wrapGenerate<Answer extends AiAnswer>(call: {
    doGenerate: () => PromiseLike<Answer>;
    params: AiCallOptions;
    model: AiModel & { doGenerate(options: never): PromiseLike<Answer> };
  }): Promise<Answer>;
  wrapStream<Part extends AiStreamPart, Answer extends { stream: ReadableStream<Part> }>(call: {
    doStream: () => PromiseLike<Answer>;
    params: AiCallOptions;
    model: AiModel & { doStream(options: never): PromiseLike<Answer> };
  }): Promise<Answer>;
  wrapEmbed<Answer extends { response?: { body?: unknown } | undefined; usage?: unknown }>(call: {
    doEmbed: () => PromiseLike<Answer>;
    params: AiEmbedOptions;
    model: AiModel & { doEmbed(options: never): PromiseLike<Answer> };
  }): Promise<Answer>;
}

/**
 * A middleware for `wrapLanguageModel`: every call of the model (each step of a loop with tools, each retry) is held for in a pool or
 * a book before it is made, and settled at what it has used. A call that does not fit throws `BudgetExceeded` before it is made.
 *
 * @throws InvalidInput where the options name no budget
 * @example
 * ```ts
 * import { generateText, wrapLanguageModel } from "ai";
 * import { createOpenAI } from "@ai-sdk/openai";
 * import { BudgetPool } from "tokenledger";
 * import { budgetMiddleware } from "tokenledger/ai-sdk";
 * import { startScriptedUpstream } from "tokenledger/testing";
 * const provider = await startScriptedUpstream();
 * const openai = createOpenAI({ apiKey: "sk-test", baseURL: `${provider.url}/v1` });
 * const pool = new BudgetPool({ maxCostUsd: 1 });
 * const model = wrapLanguageModel({ model: openai.chat("gpt-4o"), middleware: budgetMiddleware({ pool }) });
 * provider.script({ text: "There are four." });
 * (await generateText({ model, prompt: "How many springs are there?", maxOutputTokens: 100 })).text; // => "There are four."
 * pool.totals().outputTokens; // => 4
 * await provider.close();
 * ```
 */
export function budgetMiddleware(options: BudgetOptions): BudgetMiddleware {
  const calls = new BudgetedCalls(options);
  const providerOf = ({ provider }: AiModel): string => options.provider ?? (provider.split(".", 1)[0] as string);
  return {
    // Never read, and of another type in each version.
    specificationVersion: "v4" as never,
    async wrapGenerate({ params, model }) {
      const reading = await readCall(calls, model, params, false);
      const call = await begun(calls, providerOf(model), reading, params.abortSignal);
      return call.whole(
        (abortSignal) => model.doGenerate({ ...params, abortSignal } as never),
        (answer) => answerReading(model.provider, answer),
      );
    },
    async wrapStream({ params, model }) {
      const reading = await readCall(calls, model, params, true);
      const call = await begun(calls, providerOf(model), reading, params.abortSignal);
      return call.streamed(
        (abortSignal) => model.doStream({ ...params, abortSignal, includeRawChunks: true } as never),
        params.includeRawChunks === true,
      );
    },
    async wrapEmbed({ params, model }) {
      const request = JSON.stringify({ model: model.modelId, input: params.values });
      const reading = readRequest("embeddings", Buffer.from(request));
      const call = await begun(calls, providerOf(model), reading, params.abortSignal);
      return call.whole(
        (abortSignal) => model.doEmbed({ ...params, abortSignal } as never),
        (answer) => embeddingReading(answer),
      );
    },
  };
}

async function readCall(calls: BudgetedCalls, model: AiModel, params: AiCallOptions, isStream: boolean): Promise<RequestReading> {
  const known = calls.hashing.hasher();
  return readPrompt(model, params, isStream, known instanceof Promise ? await known : known);
}

async function begun(calls: BudgetedCalls, provider: string, reading: RequestReading, signal: AbortSignal | undefined): Promise<ModelCall> {
  signal?.throwIfAborted();
  const open = await calls.begin(callToMake(provider, reading));
  if (signal?.aborted) {
    await open.release();
    throw signal.reason;
  }
  return new ModelCall(open, reading, signal);
}

function embeddingReading({ response, usage }: { response?: { body?: unknown } | undefined; usage?: unknown }): Reading {
  const own = response?.body === undefined ? {} : readReply(response.body);
  const tokens = (usage as { tokens?: unknown } | undefined)?.tokens;
  if (own.usage !== undefined || typeof tokens !== "number") return own;
  return { ...own, usage: { tokens: { input: tokens } } };
}

/** One call on its way to a model, and its answer. */
class ModelCall {
  readonly #open: OpenCall;
  readonly #reading: RequestReading;
  readonly #signal: AbortSignal | undefined;
  /** The provider is told to stop a little later than the program has left: what it had used by then is learned first. */
  readonly #leaving: AbortController | undefined;
  /** The program's signal is heard no longer: one may serve for thousands of calls. */
  #unlisten: () => void = () => undefined;

  constructor(open: OpenCall, reading: RequestReading, signal: AbortSignal | undefined) {
    this.#open = open;
    this.#reading = reading;
    this.#signal = signal;
    this.#leaving = signal === undefined ? undefined : new AbortController();
  }

  /** Settled before the program gets it. */
  whole<Answer>(ask: (signal: AbortSignal | undefined) => PromiseLike<Answer>, readingOf: (answer: Answer) => Reading): Promise<Answer> {
    const answered = this.#asked(ask).then(async (answer) => {
      this.#unlisten();
      await this.#open.settle(wholeUsage(this.#metered(), 200, readingOf(answer), answerBytes(answer)));
      return answer;
    });
    return this.#freed(answered, () => this.#leaveLater());
  }

  streamed<Part extends AiStreamPart, Answer extends { stream: ReadableStream<Part> }>(
    ask: (signal: AbortSignal | undefined) => PromiseLike<Answer>,
    showsRaw: boolean,
  ): Promise<Answer> {
    let tap: StreamTap<Part> | undefined;
    const signal = this.#signal;
    const answered = this.#asked(ask).then((answer) => {
      const { kind } = this.#open;
      tap = tapParts<Part>({
        stream: answer.stream,
        showsRaw,
        wholeOutputTokens: kind === "bound" ? this.#reading.output.bound : undefined,
        abort: () => this.#leaving?.abort(),
        ended: (end) => {
          this.#unlisten();
          const call = this.#metered();
          return this.#open.settle(streamedUsage(call, { ...end, heldOutputTokens: call.wholeOutputTokens }));
        },
      });
      if (signal?.aborted) tap.programLeft(signal.reason);
      return { ...answer, stream: tap.stream };
    });
    return this.#freed(answered, (reason) => (tap === undefined ? this.#leaveLater() : tap.programLeft(reason)));
  }

  async #asked<Answer>(ask: (signal: AbortSignal | undefined) => PromiseLike<Answer>): Promise<Answer> {
    try {
      return await ask(this.#leaving?.signal);
    } catch (error) {
      this.#unlisten();
      await this.#failed(error);
      throw error;
    }
  }

  /** Whoever waits is free as soon as the program's signal says so, whatever becomes of the call. */
  #freed<Answer>(answered: Promise<Answer>, left: (reason: unknown) => void): Promise<Answer> {
    const signal = this.#signal;
    if (signal === undefined) return answered;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        left(signal.reason);
        reject(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#unlisten = () => signal.removeEventListener("abort", leave);
      answered.then(resolve, reject);
    });
  }

  #leaveLater(): void {
    setTimeout(() => this.#leaving?.abort(this.#signal?.reason), DRAINED_MS).unref();
  }

  /** The error of a reply tells its status; without one, the call may have been served all the same. */
  #failed(error: unknown): Promise<void> | undefined {
    if (isUnsent(error)) return this.#open.release();
    const { statusCode, responseBody } = error as { statusCode?: unknown; responseBody?: unknown };
    if (typeof statusCode !== "number") return this.#open.fail(describeFailure(error));
    const body = Buffer.from(typeof responseBody === "string" ? responseBody : "");
    return this.#open.settle(wholeUsage(this.#metered(), statusCode, body.length === 0 ? {} : readReply(body), body.length));
  }

  #metered(): MeteredCall {
    const { kind, query, prices, latencyMs } = this.#open;
    return { reading: this.#reading, kind, priced: query, wholeOutputTokens: this.#reading.output[kind], prices, latencyMs };
  }
}

/** Errors of the package's own that are thrown before anything is sent, by their names: its classes exist once for each version. */
const BEFORE_SENDING =
  /^AI_(?:LoadAPIKey|LoadSetting|UnsupportedFunctionality|InvalidPrompt|InvalidArgument|NoSuchModel|NoSuchProviderReference|TooManyEmbeddingValuesForCall)Error$/;

function isUnsent(error: unknown): boolean {
  return hasNotLeft(error) || (error instanceof Error && BEFORE_SENDING.test(error.name));
}

/** For an answer that tells no usage: no answer has more tokens than bytes. */
function answerBytes(answer: unknown): number {
  const { content } = answer as { content?: unknown };
  return content === undefined ? 0 : Buffer.byteLength(JSON.stringify(content));
}
