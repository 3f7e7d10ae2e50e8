/** What all proposals to send calls elsewhere have in common: whose calls can go, and what they would cost there. */

import type { RuleScope } from "../candidate.ts";
import type { CalledModel, DisjointTokens, Workload } from "../replay/call.ts";
import { type Cell, type Digest, FLAGS, type Lane } from "../replay/cell.ts";
import { noTokens } from "../replay/cell-book.ts";
import { exactScopes } from "../rules/exact-scopes.ts";
import { factsOf } from "./model-facts.ts";

/** The calls of a model at a provider, however the provider's clients write its name. */
export interface RoutedModel {
  provider: string;
  /** Its canonical id. */
  model: string;
  lanes: readonly Lane[];
  models: ReadonlySet<CalledModel>;
  ofWorkloads: ReadonlyMap<Workload, RoutedCalls>;
  /** By days of UTC since 1970. */
  ofDays: ReadonlyMap<number, DisjointTokens>;
}

/** Sums over calls. */
export interface RoutedCalls {
  calls: number;
  costNanoUsd: number;
  tokens: DisjointTokens;
  /** The most that one of them had. */
  mostTotalTokens: number;
  /** Too demanding for a small model, and for a middle one. */
  demandingCalls: number;
  veryDemandingCalls: number;
  laneNanoUsd: Float64Array;
}

/** Calls that could go over a lane. */
export interface Route {
  lane: Lane;
  laneIndex: number;
  sums: RoutedCalls;
  newCostNanoUsd: number;
  scopes: RuleScope[];
  covers(cell: Cell): boolean;
}

interface KnownModel extends RoutedModel {
  models: Set<CalledModel>;
  ofWorkloads: Map<Workload, RoutedCalls>;
  ofDays: Map<number, DisjointTokens>;
}

/** Of each digest, added up once for all who ask. */
const routedBy = new WeakMap<Digest, readonly RoutedModel[]>();

export function routedModels(digest: Digest): readonly RoutedModel[] {
  const routed = routedBy.get(digest) ?? addUpModels(digest);
  routedBy.set(digest, routed);
  return routed;
}

function addUpModels(digest: Digest): RoutedModel[] {
  const byModel = new Map<CalledModel, KnownModel>();
  const byName = new Map<string, KnownModel>();
  for (const cell of digest.cells) {
    let known = byModel.get(cell.model);
    if (known === undefined) {
      const name = nameOf(cell.model, digest);
      known = byName.get(name) ?? knownModel(cell.model, digest);
      known.models.add(cell.model);
      byName.set(name, known);
      byModel.set(cell.model, known);
    }
    let sums = known.ofWorkloads.get(cell.workload);
    if (sums === undefined) {
      sums = noCalls(known.lanes.length);
      known.ofWorkloads.set(cell.workload, sums);
    }
    addCell(sums, cell);
    let ofDay = known.ofDays.get(cell.day);
    if (ofDay === undefined) {
      ofDay = noTokens();
      known.ofDays.set(cell.day, ofDay);
    }
    addTokens(ofDay, cell.tokens);
  }
  return [...byName.values()];
}

/** One place among the lanes must mean the same for all calls that are taken together. */
function nameOf(model: CalledModel, digest: Digest): string {
  const lanes = digest.lanesOf(model).map((lane) => [lane.provider, lane.serviceTier === undefined ? lane.model : ""]);
  return JSON.stringify([model.provider, model.canonicalModel, lanes]);
}

function knownModel(model: CalledModel, digest: Digest): KnownModel {
  const { provider, canonicalModel } = model;
  return { provider, model: canonicalModel, lanes: digest.lanesOf(model), models: new Set(), ofWorkloads: new Map(), ofDays: new Map() };
}

function noCalls(lanes: number): RoutedCalls {
  const none = { calls: 0, costNanoUsd: 0, mostTotalTokens: 0, demandingCalls: 0, veryDemandingCalls: 0 };
  return { ...none, tokens: noTokens(), laneNanoUsd: new Float64Array(lanes) };
}

function addCell(sums: RoutedCalls, cell: Cell): void {
  addAmounts(sums, cell);
  if ((cell.flags & FLAGS.demanding) !== 0) sums.demandingCalls += cell.calls;
  if ((cell.flags & FLAGS.veryDemanding) !== 0) sums.veryDemandingCalls += cell.calls;
}

type Amounts = Pick<RoutedCalls, "calls" | "costNanoUsd" | "tokens" | "mostTotalTokens" | "laneNanoUsd">;

function addAmounts(sums: RoutedCalls, { calls, costNanoUsd, tokens, mostTotalTokens, laneNanoUsd }: Amounts): void {
  sums.calls += calls;
  sums.costNanoUsd += costNanoUsd;
  if (mostTotalTokens > sums.mostTotalTokens) sums.mostTotalTokens = mostTotalTokens;
  for (let lane = 0; lane < laneNanoUsd.length; lane++)
    sums.laneNanoUsd[lane] = (sums.laneNanoUsd[lane] as number) + (laneNanoUsd[lane] as number);
  addTokens(sums.tokens, tokens);
}

function addTokens(sums: DisjointTokens, tokens: DisjointTokens): void {
  sums.input += tokens.input;
  sums.cacheRead += tokens.cacheRead;
  sums.cacheWrite5m += tokens.cacheWrite5m;
  sums.cacheWrite1h += tokens.cacheWrite1h;
  sums.output += tokens.output;
  sums.reasoning += tokens.reasoning;
  sums.audioInput += tokens.audioInput;
  sums.audioOutput += tokens.audioOutput;
  sums.webSearches += tokens.webSearches;
}

/** Undefined where no workload's calls could go there and cost less. */
export function routeOver(routed: RoutedModel, laneIndex: number, canGo: (sums: RoutedCalls) => boolean): Route | undefined {
  const lane = routed.lanes[laneIndex] as Lane;
  const chosen = new Set<Workload>();
  for (const [workload, sums] of routed.ofWorkloads) {
    // A single call without a price there makes the whole sum unknown, which is not less.
    if ((sums.laneNanoUsd[laneIndex] as number) < sums.costNanoUsd && fitsInto(sums, lane.model) && canGo(sums)) chosen.add(workload);
  }
  if (chosen.size === 0) return undefined;
  const { scopes, covered } = exactScopes([...routed.ofWorkloads.keys()], chosen);
  if (covered.size === 0) return undefined;
  const sums = noCalls(routed.lanes.length);
  for (const workload of covered) {
    const own = routed.ofWorkloads.get(workload) as RoutedCalls;
    addAmounts(sums, own);
    sums.demandingCalls += own.demandingCalls;
    sums.veryDemandingCalls += own.veryDemandingCalls;
  }
  return {
    lane,
    laneIndex,
    sums,
    newCostNanoUsd: sums.laneNanoUsd[laneIndex] as number,
    scopes,
    covers: ({ model, workload }) => routed.models.has(model) && covered.has(workload),
  };
}

/** Where nobody says how much a model takes, that is an assumption. Sounds are not sent where they may not be understood. */
function fitsInto({ mostTotalTokens, tokens }: RoutedCalls, model: string): boolean {
  const contextTokens = factsOf(model)?.contextTokens ?? Number.POSITIVE_INFINITY;
  return mostTotalTokens <= contextTokens && tokens.audioInput === 0 && tokens.audioOutput === 0;
}

/** What has to be taken for granted of a model that the calls would go to. */
export function takenForGranted(from: string, to: string): string[] {
  const [own, other] = [factsOf(from), factsOf(to)];
  const assumptions: string[] = [];
  if (other === undefined) assumptions.push(`How long a prompt ${to} takes is not known: it takes the longest of these calls.`);
  if (own?.seesPictures !== false && other?.seesPictures === false) assumptions.push(`No call has pictures: ${to} sees none.`);
  if (own?.callsTools !== false && other?.callsTools === false) assumptions.push(`No call offers tools: ${to} calls none.`);
  if (own?.reasons === false && other?.reasons === true) assumptions.push(`${to} is told not to reason before it answers.`);
  return assumptions;
}
