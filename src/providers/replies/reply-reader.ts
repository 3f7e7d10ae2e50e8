/** The one place where values of a reply, whole or event by event, become a reading. */
import type { TokenCounts } from "../../usage/index.ts";
import type { Reading, Seen, SidePass } from "../reading.ts";
import { type Fields, fieldsAt, isFields, sum, textAt } from "./counts.ts";
import { withKeptIds } from "./kept-ids.ts";
import { MergedUsage } from "./merged-usage.ts";
import { bedrockHeaderUsage } from "./other-usage.ts";
import { mediaBytesOf, outputBytesOf } from "./output-bytes.ts";
import { placeInStream } from "./place-in-stream.ts";
import { errorOf, identityOf, isFinish, isPending, isTerminal, isTruncated } from "./reply-facts.ts";
import type { ReadUsage } from "./usage-conventions.ts";

/** Many results in one reply may be of many models, but not of more than are worth telling apart. */
const MOST_MODELS = 100;

export class ReplyReader {
  readonly #headers: Fields;
  #usage = new MergedUsage();
  /** Results of a batch that stand before the last one. */
  readonly #earlier = new Map<string, TokenCounts>();
  #largestInput = 0;
  #results = 0;
  #model: string | undefined;
  #id: string | undefined;
  #keptIds: ReadonlySet<string> | undefined;
  #tier: string | undefined;
  #error: Reading["error"];
  #isPending = false;
  #isFinished = false;
  #isTruncated = false;
  readonly seen: Seen = { outputBytes: 0, outputEvents: 0, isComplete: false, wasTooLong: false };

  constructor(headers: Readonly<Record<string, unknown>> = {}) {
    this.#headers = headers;
  }

  /** An event of a stream. True where it has told something beside the answer. */
  event(value: unknown, name?: string): boolean {
    if (Array.isArray(value)) return value.reduce((toldMore: boolean, item) => this.event(item, name) || toldMore, false);
    if (!isFields(value)) return false;
    const result = resultOf(value);
    const toldMore = result ? this.#takeResult(result, value) : this.#take(value, name);
    if (isTerminal(value, name)) this.seen.isComplete = true;
    else if (isFinish(value)) this.#isFinished = true;
    return toldMore;
  }

  /** A whole reply. */
  whole(value: unknown): void {
    if (Array.isArray(value)) for (const item of value) this.event(item);
    if (!isFields(value)) return;
    this.event(value);
    this.#isPending = isPending(value);
    this.seen.isComplete = true;
  }

  /** An event that has told nothing new but more of the answer. */
  familiar(bytes: number, sequenceNumber: number | undefined): void {
    this.#output(bytes);
    if (sequenceNumber !== undefined) this.seen.sequenceNumber = sequenceNumber;
  }

  /** `[DONE]`, or the end of a stream. */
  done(): void {
    this.seen.isComplete = true;
  }

  end(): void {
    if (this.#isFinished) this.seen.isComplete = true;
  }

  /** An event of which only the length is known. */
  tooLong(bytes: number): void {
    this.seen.wasTooLong = true;
    this.seen.outputBytes += bytes;
  }

  reading(): Reading {
    const usage = this.#billed();
    const model = usage?.model ?? this.#model;
    const reading: Reading = {};
    if (usage) {
      delete usage.model;
      reading.usage = usage;
    }
    if (model !== undefined) reading.model = model;
    if (this.#id !== undefined) reading.id = this.#id;
    if (this.#keptIds !== undefined) reading.keptIds = [...this.#keptIds];
    if (this.#error) reading.error = this.#error;
    if (this.#isPending) reading.isPending = true;
    if (this.#isTruncated) reading.isTruncated = true;
    return reading;
  }

  #output(bytes: number): void {
    this.seen.outputBytes += bytes;
    this.seen.outputEvents++;
  }

  #take(event: Fields, name: string | undefined): boolean {
    const { model = this.#model, id } = identityOf(event);
    if (id !== undefined) this.#id ??= id;
    this.#keptIds = withKeptIds(event, this.#keptIds);
    const tier = tierOf(event) ?? this.#tier;
    const error = errorOf(event, name);
    const hasUsage = this.#usage.take(event);
    const wasTruncated = this.#isTruncated;
    this.#isTruncated ||= isTruncated(event);
    const toldMore = wasTruncated !== this.#isTruncated || hasUsage || model !== this.#model || tier !== this.#tier || error !== undefined;
    this.#model = model;
    this.#tier = tier;
    if (error) this.#error = error;
    const bytes = outputBytesOf(event);
    if (bytes > 0) this.#output(bytes);
    const mediaBytes = bytes > 0 ? mediaBytesOf(event) : 0;
    if (mediaBytes > 0) this.seen.mediaBytes = (this.seen.mediaBytes ?? 0) + mediaBytes;
    return placeInStream(event, this.seen) || toldMore;
  }

  /** One of the many results of a batch: those before it are added up. */
  #takeResult(result: Fields, line: Fields): boolean {
    const before = this.#results++ > 0 ? this.#usage.read(this.#model) : undefined;
    if (before) this.#addEarlier(before.model ?? this.#model ?? "", before.tokens);
    this.#usage = new MergedUsage();
    this.#take(result, undefined);
    this.#id = textAt(line, "id") ?? this.#id;
    this.#largestInput = Math.max(this.#largestInput, this.#usage.read(undefined)?.tokens.input ?? 0);
    return true;
  }

  #addEarlier(model: string, tokens: TokenCounts): void {
    const known = this.#earlier.has(model) || this.#earlier.size < MOST_MODELS;
    const name = known ? model : (this.#earlier.keys().next().value ?? model);
    this.#earlier.set(name, addedTokens(this.#earlier.get(name) ?? {}, tokens));
  }

  #billed(): ReadUsage | undefined {
    const usage: ReadUsage | undefined = this.#usage.read(this.#model) ?? bedrockHeaderUsage(this.#headers);
    if (!usage) return undefined;
    if (this.#tier !== undefined) usage.serviceTier ??= this.#tier;
    if (this.#earlier.size === 0) return usage;
    const model = usage.model ?? this.#model;
    const earlier = [...this.#earlier].map(
      ([name, tokens]): SidePass => (name === model || name === "" ? { tokens } : { model: name, tokens }),
    );
    return { ...usage, sidePasses: [...(usage.sidePasses ?? []), ...earlier], requestInputTokens: this.#largestInput };
  }
}

/** A line of a batch's results (Anthropic's `result.message`, OpenAI's `response.body`), or an answer of a realtime session. */
function resultOf(line: Fields): Fields | undefined {
  if (line.type === "response.done") return line;
  if (!("custom_id" in line)) return undefined;
  const message = fieldsAt(line, "result").message ?? fieldsAt(line, "response").body;
  if (!isFields(message)) return {};
  return "result" in line ? message : { service_tier: "batch", ...message };
}

/** Where a reply says which service it had: OpenAI beside its usage, and all of a batch. */
function tierOf(event: Fields): string | undefined {
  if (event.object === "batch") return "batch";
  return textAt(event, "service_tier") ?? textAt(fieldsAt(event, "response"), "service_tier");
}

/** Each count is the sum of both; what neither has stays absent. */
export function addedTokens(left: TokenCounts, right: TokenCounts): TokenCounts {
  const total: TokenCounts = { ...left };
  for (const [name, count] of Object.entries(right) as [keyof TokenCounts, number][]) total[name] = sum(total[name], count);
  return total;
}
