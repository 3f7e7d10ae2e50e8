/** What all proposals to send calls elsewhere have in common: whose calls can go, and what they would cost there. */
import type { CalledModel, DisjointTokens, Workload } from "./call.ts";
import type { RuleScope } from "./candidate.ts";
import type { Cell, Digest, Lane } from "./cell.ts";
import { noTokens } from "./cell-book.ts";
import { exactScopes } from "./exact-scopes.ts";
import { factsOf } from "./model-facts.ts";

/** The calls of a model at a provider, however the provider's clients write its name. */
export interface RoutedModel {
  provider: string;
  /** Its canonical id. */
  model: string;
  lanes: readonly Lane[];
  cells: readonly Cell[];
  ofWorkloads: ReadonlyMap<Workload, readonly Cell[]>;
}

/** Calls that could go over a lane. */
export interface Route {
  laneIndex: number;
  lane: Lane;
  covers(cell: Cell): boolean;
  scopes: RuleScope[];
  cells: readonly Cell[];
  calls: number;
  costNanoUsd: number;
  newCostNanoUsd: number;
  tokens: DisjointTokens;
}

export function routedModels(digest: Digest): RoutedModel[] {
  const names = new Map<CalledModel, string>();
  const byName = new Map<string, { lanes: readonly Lane[]; cells: Cell[] }>();
  for (const cell of digest.cells) {
    const name = names.get(cell.model) ?? nameOf(cell.model, digest);
    names.set(cell.model, name);
    const known = byName.get(name);
    if (known) known.cells.push(cell);
    else byName.set(name, { lanes: digest.lanesOf(cell.model), cells: [cell] });
  }
  return [...byName].map(([name, { lanes, cells }]) => {
    const [provider, model] = JSON.parse(name) as [string, string, unknown];
    const ofWorkloads = new Map<Workload, Cell[]>();
    for (const cell of cells) {
      const known = ofWorkloads.get(cell.workload);
      if (known) known.push(cell);
      else ofWorkloads.set(cell.workload, [cell]);
    }
    return { provider, model, lanes, cells, ofWorkloads };
  });
}

/** One place among the lanes must mean the same for all calls that are taken together. */
function nameOf(model: CalledModel, digest: Digest): string {
  const lanes = digest.lanesOf(model).map((lane) => [lane.provider, lane.serviceTier === undefined ? lane.model : ""]);
  return JSON.stringify([model.provider, model.canonicalModel, lanes]);
}

/** Undefined where no call could go there and cost less. */
export function routeOver(routed: RoutedModel, laneIndex: number, canGo: (cells: readonly Cell[]) => boolean): Route | undefined {
  const lane = routed.lanes[laneIndex] as Lane;
  const chosen = new Set<Workload>();
  for (const [workload, cells] of routed.ofWorkloads) {
    if (costsLess(cells, laneIndex) && fitsInto(cells, lane.model) && canGo(cells)) chosen.add(workload);
  }
  const { scopes, covered } = exactScopes([...routed.ofWorkloads.keys()], chosen);
  const cells = routed.cells.filter(({ workload }) => covered.has(workload));
  if (cells.length === 0) return undefined;
  const own = new Set(cells);
  const route: Route = {
    laneIndex,
    lane,
    covers: (cell) => own.has(cell),
    scopes,
    cells,
    calls: 0,
    costNanoUsd: 0,
    newCostNanoUsd: 0,
    tokens: noTokens(),
  };
  for (const { calls, costNanoUsd, laneNanoUsd, tokens } of cells) {
    route.calls += calls;
    route.costNanoUsd += costNanoUsd;
    route.newCostNanoUsd += laneNanoUsd[laneIndex] as number;
    for (const kind of Object.keys(tokens) as (keyof DisjointTokens)[]) route.tokens[kind] += tokens[kind];
  }
  return route;
}

/** Every call has a price there, and together they cost less. */
function costsLess(cells: readonly Cell[], laneIndex: number): boolean {
  let saving = 0;
  for (const { costNanoUsd, laneNanoUsd } of cells) saving += costNanoUsd - (laneNanoUsd[laneIndex] as number);
  return saving > 0;
}

/** Where nobody says how much a model takes, that is an assumption. Sounds are not sent where they may not be understood. */
function fitsInto(cells: readonly Cell[], model: string): boolean {
  const contextTokens = factsOf(model)?.contextTokens ?? Number.POSITIVE_INFINITY;
  return cells.every(
    ({ mostTotalTokens, tokens }) => mostTotalTokens <= contextTokens && tokens.audioInput === 0 && tokens.audioOutput === 0,
  );
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
