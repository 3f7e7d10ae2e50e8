/** All calls of a span once, in the order of time: what is special about each is found, its cell counts and prices it, and whoever watches sees it. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { LedgerPrices, RecordColumns, TimeSpan, UsageFilter } from "../../../ledger/index.ts";
import type { PriceBook } from "../../../pricing/index.ts";
import { type CallFacts, factsInMetadata } from "../../../usage/index.ts";
import { pricesOf } from "../../list-prices.ts";
import type { Call, CalledModel, CallTerms, Workload } from "./call.ts";
import { type Cell, type Digest, FLAGS, type Lane } from "./cell.ts";
import { addCall, CellBook, type CellLimits, noTokens, type PriceGroup } from "./cell-book.ts";
import { DAY_MS } from "./utc-day.ts";
import type { CallFlagger, CallObserver } from "./watching.ts";

/** As much of a ledger as a replay reads. */
export interface ReplayedBook {
  scan(span: UsageFilter & TimeSpan): AsyncIterable<RecordColumns>;
  readonly prices: Pick<LedgerPrices, "list">;
}

export interface ReplayRequest {
  startMs: number;
  endMs: number;
  filter?: UsageFilter | undefined;
  /** Absent: those of the book, the bundled ones after them. */
  prices?: PriceBook;
  /** Where else a model's calls could go; asked once for each model. Absent: nowhere. */
  lanesFor?: (model: CalledModel) => readonly Lane[];
  flaggers?: readonly CallFlagger[];
  observers?: readonly CallObserver[];
  /** Sees every call last. */
  onCall?: (call: Call, cell: Cell) => void;
  /** Called now and then with the number of records read so far. */
  onProgress?: (records: number) => void;
  limits?: CellLimits;
}

export async function replayCalls(book: ReplayedBook, request: ReplayRequest): Promise<Digest> {
  const { startMs, endMs, filter, lanesFor = () => [], onProgress } = request;
  const prices = request.prices ?? (await pricesOf(book)).book;
  const replay = new Replay(new CellBook(prices, lanesFor, request.limits), request);
  let records = 0;
  for await (const columns of book.scan({ ...filter, startMs, endMs })) {
    replay.take(columns);
    records += columns.length;
    onProgress?.(records);
    // Others of this process are served meanwhile.
    await nextTurn();
  }
  return replay.digest();
}

class Replay {
  readonly #cells: CellBook;
  readonly #request: ReplayRequest;
  readonly #flaggers: readonly CallFlagger[];
  readonly #observers: readonly CallObserver[];
  readonly #call: Call;
  readonly #facts = new LastFacts();
  #group: PriceGroup | undefined;
  #cell: Cell | undefined;
  #calls = 0;
  #unpricedCalls = 0;
  #costNanoUsd = 0;
  #firstDay = Number.NaN;
  #lastDay = Number.NaN;

  constructor(cells: CellBook, request: ReplayRequest) {
    this.#cells = cells;
    this.#request = request;
    this.#flaggers = request.flaggers ?? [];
    this.#observers = request.observers ?? [];
    this.#call = noCall();
  }

  take(columns: RecordColumns): void {
    const { length } = columns;
    this.#cells.use(columns.names);
    for (let place = 0; place < length; place++) {
      const costNanoUsd = columns.costNanoUsd[place] as number;
      if (Number.isNaN(costNanoUsd)) this.#unpricedCalls++;
      else this.#takeCall(columns, place, costNanoUsd);
    }
  }

  #takeCall(columns: RecordColumns, place: number, costNanoUsd: number): void {
    const timestampMs = columns.timestampMs[place] as number;
    const day = Math.floor(timestampMs / DAY_MS);
    if (day !== this.#lastDay) {
      if (this.#calls === 0) this.#firstDay = day;
      this.#lastDay = day;
    }
    const cells = this.#cells;
    const call = this.#call;
    fillTokens(call, columns, place);
    const termsId = columns.terms[place] as number;
    const requestInputTokens = cells.inputOfRequest(termsId);
    call.model = cells.modelOf(columns.model[place] as number);
    const size = cells.sizeOf(call.model, requestInputTokens ?? call.inputTokens);
    call.row = columns.row[place] as number;
    call.timestampMs = timestampMs;
    call.day = day;
    call.terms = cells.termsOf(termsId, size);
    call.workload = cells.workloadOf(columns, place);
    call.session = columns.session[place] as number;
    call.user = columns.user[place] as number;
    call.latencyMs = columns.latencyMs[place] as number;
    call.costNanoUsd = costNanoUsd;
    const metadata = columns.metadata[place];
    call.facts = metadata === undefined ? undefined : this.#facts.in(metadata);

    let group = this.#group;
    if (group === undefined || group.model !== call.model || group.terms !== call.terms || group.size !== size) {
      group = cells.groupOf(call.model, call.terms, size);
      this.#group = group;
    }
    if (timestampMs >= group.prices.untilMs) group.prices.moveTo(timestampMs);
    let flags = group.prices.isOffPeak ? FLAGS.offPeak : 0;
    for (const flagger of this.#flaggers) flags |= flagger.flagsOf(call);

    const cell = this.#cellOf(call.workload, group, day, flags);
    // Cells of the rest are not its workload's any more.
    call.workload = cell.workload;
    addCall(cell, call, requestInputTokens);
    group.prices.addTo(cell.laneNanoUsd, call.tokens, costNanoUsd);
    this.#calls++;
    this.#costNanoUsd += costNanoUsd;
    for (const observer of this.#observers) observer.take(call, cell);
    this.#request.onCall?.(call, cell);
  }

  #cellOf(workload: Workload, group: PriceGroup, day: number, flags: number): Cell {
    const last = this.#cell;
    if (
      last !== undefined &&
      last.workload === workload &&
      last.day === day &&
      last.flags === flags &&
      last.model === group.model &&
      last.terms === group.terms &&
      last.size === group.size
    )
      return last;
    const cell = this.#cells.cellOf(workload, group, day, flags);
    this.#cell = cell;
    return cell;
  }

  digest(): Digest {
    const cells = this.#cells;
    const { startMs, endMs } = this.#request;
    return {
      cells: cells.cells,
      lanesOf: (model) => cells.lanesOf(model),
      sizeThresholds: cells.sizeThresholds,
      startMs,
      endMs,
      firstDay: this.#firstDay,
      lastDay: this.#lastDay,
      calls: this.#calls,
      unpricedCalls: this.#unpricedCalls,
      costNanoUsd: this.#costNanoUsd,
    };
  }
}

/** Totals as records have them → parts that exclude each other, as they are priced. */
function fillTokens(call: Call, columns: RecordColumns, place: number): void {
  const { tokens } = call;
  const cacheRead = columns.cacheRead[place] as number;
  const cacheWrite5m = columns.cacheWrite5m[place] as number;
  const cacheWrite1h = columns.cacheWrite1h[place] as number;
  const audioInput = columns.audioInput[place] as number;
  const audioOutput = columns.audioOutput[place] as number;
  const output = columns.output[place] as number;
  const cachedAndAudio = cacheRead + cacheWrite5m + cacheWrite1h + audioInput;
  const inputTokens = Math.max(columns.input[place] as number, cachedAndAudio);
  const textOutput = Math.max(output - audioOutput, 0);
  const reasoning = Math.min(columns.reasoning[place] as number, textOutput);
  tokens.input = inputTokens - cachedAndAudio;
  tokens.cacheRead = cacheRead;
  tokens.cacheWrite5m = cacheWrite5m;
  tokens.cacheWrite1h = cacheWrite1h;
  tokens.output = textOutput - reasoning;
  tokens.reasoning = reasoning;
  tokens.audioInput = audioInput;
  tokens.audioOutput = audioOutput;
  tokens.webSearches = columns.webSearches[place] as number;
  call.inputTokens = inputTokens;
  call.outputTokens = textOutput + audioOutput;
}

/** Facts of a text of metadata; many calls in a row often have the same. */
class LastFacts {
  #text: string | undefined;
  #facts: CallFacts | undefined;

  in(text: string): CallFacts | undefined {
    if (text !== this.#text) {
      this.#text = text;
      this.#facts = NAMES_OF_FACTS.test(text) ? factsInMetadata(JSON.parse(text) as Record<string, string>) : undefined;
    }
    return this.#facts;
  }
}

/** Most metadata has none of them, and needs no reading. */
const NAMES_OF_FACTS = /"(?:prompt_blocks|stream|tools|turns|temperature|finish)":/;

function noCall(): Call {
  const model: CalledModel = { index: -1, provider: "", model: "", canonicalModel: "" };
  const terms: CallTerms = { index: -1, attempt: 1, isEstimated: false };
  const numbers = { row: 0, timestampMs: 0, day: 0, session: 0, user: 0, inputTokens: 0, outputTokens: 0 };
  const workload = { index: 0, isRest: true };
  return { ...numbers, model, terms, workload, tokens: noTokens(), latencyMs: Number.NaN, costNanoUsd: 0, facts: undefined };
}
