/** Keeps one object for each model, set of terms, workload and cell that a replay meets. */

import type { RecordColumns, ScannedNames, ScannedTerms } from "../../../ledger/index.ts";
import type { PriceBook } from "../../../pricing/index.ts";
import type { Call, CalledModel, CallTerms, DisjointTokens, Workload } from "./call.ts";
import type { Cell, Lane, Retokening } from "./cell.ts";
import { LanePrices } from "./lane-prices.ts";
import { TupleIndex } from "./tuple-index.ts";

/** Of more, those met last are taken together: rules name few. */
const MOST_WORKLOADS = 2000;
/** Of more, those met last belong to the workload of the rest. */
const MOST_CELLS = 200_000;

export interface CellLimits {
  mostWorkloads?: number;
  mostCells?: number;
}

/** Calls that are priced alike, but for the day. */
export interface PriceGroup {
  index: number;
  model: CalledModel;
  terms: CallTerms;
  size: number;
  prices: LanePrices;
}

export class CellBook {
  readonly cells: Cell[] = [];
  readonly sizeThresholds: readonly number[];
  readonly #prices: PriceBook;
  readonly #lanesFor: (model: CalledModel) => readonly Lane[];
  readonly #mostWorkloads: number;
  readonly #mostCells: number;
  readonly #lanes: (readonly Lane[])[] = [];
  readonly #rest: Workload = { index: 0, isRest: true };
  readonly #workloads: Workload[] = [this.#rest];
  readonly #workloadByNames = new Map<string, Workload>();
  readonly #modelByNames = new Map<string, CalledModel>();
  readonly #termsByText = new Map<string, CallTerms>();
  readonly #groups: PriceGroup[] = [];
  readonly #groupIndex = new TupleIndex();
  /** Of one day alone: calls come in the order of time, and so small an index is near at hand. */
  /** By the index of the model. */
  readonly #pricesLength: boolean[] = [];
  #cellIndex = new TupleIndex();
  #cellsOfDay: Cell[] = [];
  #day = Number.NaN;
  #names: ScannedNames | undefined;
  // By the numbers of the scan, which mean something only together with its names.
  #modelById: CalledModel[] = [];
  #termsById: ScannedTerms[] = [];
  #termsOfSize: CallTerms[][] = [];
  #workloadIndex = new TupleIndex();
  #workloadByIndex: Workload[] = [];

  constructor(prices: PriceBook, lanesFor: (model: CalledModel) => readonly Lane[], limits: CellLimits = {}) {
    this.#prices = prices;
    this.#lanesFor = lanesFor;
    this.#mostWorkloads = limits.mostWorkloads ?? MOST_WORKLOADS;
    this.#mostCells = limits.mostCells ?? MOST_CELLS;
    this.sizeThresholds = thresholdsOf(prices);
  }

  lanesOf(model: CalledModel): readonly Lane[] {
    return this.#lanes[model.index] ?? [];
  }

  /** The numbers of the columns that follow stand for these. */
  use(names: ScannedNames): void {
    if (this.#names === names) return;
    this.#names = names;
    this.#modelById = [];
    this.#termsById = [];
    this.#termsOfSize = [];
    this.#workloadIndex = new TupleIndex();
    this.#workloadByIndex = [];
  }

  modelOf(id: number): CalledModel {
    let model = this.#modelById[id];
    if (model === undefined) {
      const names = (this.#names as ScannedNames).model(id);
      const key = JSON.stringify([names.provider, names.model, names.canonicalModel]);
      model = this.#modelByNames.get(key) ?? { ...names, index: this.#modelByNames.size };
      if (!this.#modelByNames.has(key)) {
        this.#modelByNames.set(key, model);
        const lanes = this.#lanesFor(model);
        this.#lanes.push(lanes);
        this.#pricesLength.push([model, ...lanes].some((place) => this.#hasLongPrices(place)));
      }
      this.#modelById[id] = model;
    }
    return model;
  }

  /** Of one request where the record sums many. */
  inputOfRequest(termsId: number): number | undefined {
    this.#termsById[termsId] ??= (this.#names as ScannedNames).terms(termsId);
    return this.#termsById[termsId]?.requestInputTokens;
  }

  /** All are of one size where neither the model nor a lane of it has prices for long prompts. */
  sizeOf(model: CalledModel, inputTokens: number): number {
    if (!this.#pricesLength[model.index]) return 0;
    const thresholds = this.sizeThresholds;
    let size = 0;
    while (size < thresholds.length && inputTokens > (thresholds[size] as number)) size++;
    return size;
  }

  #hasLongPrices({ provider, model }: Pick<Lane, "provider" | "model">): boolean {
    return this.#prices.candidates(provider, model).some(({ entry }) => entry.longContext !== undefined);
  }

  termsOf(id: number, size: number): CallTerms {
    this.#termsOfSize[id] ??= [];
    const ofSizes = this.#termsOfSize[id] as CallTerms[];
    ofSizes[size] ??= this.#terms((this.#names as ScannedNames).terms(id), size);
    return ofSizes[size] as CallTerms;
  }

  workloadOf(columns: RecordColumns, place: number): Workload {
    const org = columns.org[place] as number;
    const team = columns.team[place] as number;
    const project = columns.project[place] as number;
    const key = columns.key[place] as number;
    const found = this.#workloadIndex.find(org, team, project, key);
    if (found >= 0) return this.#workloadByIndex[found] as Workload;
    const names = [org, team, project, key].map((id) => (this.#names as ScannedNames).name(id));
    const workload = this.#workload(names);
    // Where every call has names of its own, remembering all of them would take the memory that the limit spares.
    if (this.#workloadByIndex.length < 64 * this.#mostWorkloads) {
      this.#workloadIndex.add(org, team, project, key);
      this.#workloadByIndex.push(workload);
    }
    return workload;
  }

  groupOf(model: CalledModel, terms: CallTerms, size: number): PriceGroup {
    const found = this.#groupIndex.find(model.index, terms.index, size, 0);
    if (found >= 0) return this.#groups[found] as PriceGroup;
    const prices = new LanePrices(this.#prices, model, this.lanesOf(model), terms, this.#inputOfSize(size));
    const group = { index: this.#groups.length, model, terms, size, prices };
    this.#groupIndex.add(model.index, terms.index, size, 0);
    this.#groups.push(group);
    return group;
  }

  /** The cell of a call; its workload is that of the rest where there are too many. */
  cellOf(workload: Workload, group: PriceGroup, day: number, flags: number): Cell {
    if (day !== this.#day) {
      this.#day = day;
      this.#cellIndex = new TupleIndex();
      this.#cellsOfDay = [];
    }
    let found = this.#cellIndex.find(workload.index, group.index, flags, 0);
    let of = workload;
    if (found < 0 && this.cells.length >= this.#mostCells) {
      of = this.#rest;
      found = this.#cellIndex.find(of.index, group.index, flags, 0);
    }
    if (found >= 0) return this.#cellsOfDay[found] as Cell;
    const cell = new DayCell(of, group, day, flags);
    this.#cellIndex.add(of.index, group.index, flags, 0);
    this.#cellsOfDay.push(cell);
    this.cells.push(cell);
    return cell;
  }

  #workload(names: readonly (string | undefined)[]): Workload {
    const text = JSON.stringify(names);
    let workload = this.#workloadByNames.get(text);
    if (workload === undefined) {
      if (this.#workloads.length > this.#mostWorkloads) return this.#rest;
      const [org, team, project, key] = names;
      workload = {
        index: this.#workloads.length,
        ...(org !== undefined && { org }),
        ...(team !== undefined && { team }),
        ...(project !== undefined && { project }),
        ...(key !== undefined && { key }),
        isRest: false,
      };
      this.#workloadByNames.set(text, workload);
      this.#workloads.push(workload);
    }
    return workload;
  }

  #terms({ usageSource, attempt = 1, ...terms }: ScannedTerms, size: number): CallTerms {
    // Each of its own length they would be too many; those of one size are priced alike.
    const requestInputTokens = terms.requestInputTokens === undefined ? undefined : this.#inputOfSize(size);
    const { requestedModel, serviceTier, speed, inferenceGeo, status } = terms;
    const isEstimated = usageSource === "estimated";
    const text = JSON.stringify([requestedModel, serviceTier, speed, inferenceGeo, requestInputTokens, status, attempt, isEstimated]);
    let known = this.#termsByText.get(text);
    if (known === undefined) {
      known = {
        index: this.#termsByText.size,
        ...(requestedModel !== undefined && { requestedModel }),
        ...(serviceTier !== undefined && { serviceTier }),
        ...(speed !== undefined && { speed }),
        ...(inferenceGeo !== undefined && { inferenceGeo }),
        ...(requestInputTokens !== undefined && { requestInputTokens }),
        ...(status !== undefined && { status }),
        attempt,
        isEstimated,
      };
      this.#termsByText.set(text, known);
    }
    return known;
  }

  /** The longest prompt of a size; of the last one, the shortest. */
  #inputOfSize(size: number): number {
    const thresholds = this.sizeThresholds;
    return thresholds[size] ?? (thresholds.at(-1) ?? 0) + 1;
  }
}

/** One for all cells: it is never changed. */
const NO_RETOKENINGS: ReadonlyMap<string, Retokening> = new Map();

class DayCell implements Cell {
  readonly workload: Workload;
  readonly model: CalledModel;
  readonly terms: CallTerms;
  readonly day: number;
  readonly flags: number;
  readonly size: number;
  calls = 0;
  readonly tokens: DisjointTokens = noTokens();
  costNanoUsd = 0;
  mostInputTokens = 0;
  mostTotalTokens = 0;
  latencyMsSum = 0;
  latencyCalls = 0;
  readonly laneNanoUsd: Float64Array;
  retokenings: ReadonlyMap<string, Retokening> = NO_RETOKENINGS;

  constructor(workload: Workload, { model, terms, size, prices }: PriceGroup, day: number, flags: number) {
    this.workload = workload;
    this.model = model;
    this.terms = terms;
    this.day = day;
    this.flags = flags;
    this.size = size;
    this.laneNanoUsd = new Float64Array(prices.lanes.length);
  }
}

/** The cell's own by this name, made when first asked for: most cells never have any. */
export function retokeningOf(cell: Pick<Cell, "retokenings">, name: string): Retokening {
  let retokening = cell.retokenings.get(name);
  if (retokening === undefined) {
    retokening = { difference: noTokens(), savedNanoUsd: 0 };
    if (cell.retokenings === NO_RETOKENINGS) cell.retokenings = new Map([[name, retokening]]);
    else (cell.retokenings as Map<string, Retokening>).set(name, retokening);
  }
  return retokening;
}

export function noTokens(): DisjointTokens {
  return {
    input: 0,
    cacheRead: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: 0,
    reasoning: 0,
    audioInput: 0,
    audioOutput: 0,
    webSearches: 0,
  };
}

/** @param requestInputTokens of one request, where the call stands for many */
export function addCall(cell: Cell, call: Call, requestInputTokens: number | undefined): void {
  const { tokens } = cell;
  const own = call.tokens;
  cell.calls++;
  cell.costNanoUsd += call.costNanoUsd;
  tokens.input += own.input;
  tokens.output += own.output;
  if (own.cacheRead > 0) tokens.cacheRead += own.cacheRead;
  if (own.cacheWrite5m > 0) tokens.cacheWrite5m += own.cacheWrite5m;
  if (own.cacheWrite1h > 0) tokens.cacheWrite1h += own.cacheWrite1h;
  if (own.reasoning > 0) tokens.reasoning += own.reasoning;
  if (own.audioInput > 0) tokens.audioInput += own.audioInput;
  if (own.audioOutput > 0) tokens.audioOutput += own.audioOutput;
  if (own.webSearches > 0) tokens.webSearches += own.webSearches;
  const input = requestInputTokens ?? call.inputTokens;
  const total = requestInputTokens ?? call.inputTokens + call.outputTokens;
  if (input > cell.mostInputTokens) cell.mostInputTokens = input;
  if (total > cell.mostTotalTokens) cell.mostTotalTokens = total;
  if (call.latencyMs >= 0) {
    cell.latencyMsSum += call.latencyMs;
    cell.latencyCalls++;
  }
}

/** Where prices of long prompts begin, over all models: the last length before. */
function thresholdsOf(prices: PriceBook): number[] {
  const lengths = prices
    .entries()
    .flatMap(({ longContext = [] }) =>
      longContext.map(({ thresholdTokens, inclusive }) => (inclusive ? thresholdTokens - 1 : thresholdTokens)),
    );
  return [...new Set(lengths)].sort((a, b) => a - b);
}
