/** What a candidate would have saved in what was seen, and between which bounds it would go on to. */
import { seededRandom } from "../../../analysis/index.ts";
import { divideHalfUp } from "../../../money.ts";
import { nameUuid } from "../../../usage/index.ts";
import { estimated } from "../../rounding.ts";
import type { Candidate, RecommendationKind, RuleScope } from "../candidate.ts";
import type { Cell, Digest } from "../replay/cell.ts";
import { cellsByModel } from "../replay/cells-by-model.ts";
import { NanoUsdSum } from "../replay/nano-usd-sum.ts";
import { boundsOverCalls, boundsOverDays, type SavingCalls, type Savings } from "./bootstrap.ts";
import { newCostOf } from "./composed-effects.ts";
import { confidenceOf } from "./confidence.ts";
import { isWorthTelling } from "./suppression.ts";

/** A month as clouds count it: a year's hours by twelve. */
const HOURS_OF_MONTH = 730n;
const DAY_HOURS = 24n;
/** With fewer, drawing days anew would say little: single calls are drawn. */
const ENOUGH_DAYS = 5;

export interface Appraisal {
  candidate: Candidate;
  id: string;
  /** The calls it is about, and those of them that would cost something else. */
  cells: readonly Cell[];
  requests: number;
  /** On how many days there were such calls. */
  days: number;
  costNanoUsd: bigint;
  newCostNanoUsd: bigint;
  /** In 730 hours. */
  lowNanoUsd: bigint;
  expectedNanoUsd: bigint;
  highNanoUsd: bigint;
  confidence: number;
}

/** The same on every day and in every book: kind, from where to where, and whose calls. */
export function recommendationId({ kind, from, to, action }: Pick<Candidate, "kind" | "from" | "to" | "action">): string {
  const scopes = action.scopes.map(scopeText).sort();
  return `${kind}-${nameUuid(kind, JSON.stringify([from, to, scopes])).slice(0, 8)}`;
}

function scopeText({ org, team, project, key }: RuleScope): string {
  return JSON.stringify([org ?? null, team ?? null, project ?? null, key ?? null]);
}

/** From the first day with calls to the last, both included; 0: there were none. */
export function daysSeen({ firstDay, lastDay }: Pick<Digest, "firstDay" | "lastDay">): number {
  return Number.isNaN(firstDay) ? 0 : lastDay - firstDay + 1;
}

/** What an amount of the days that were seen comes to in 730 hours. */
export function inMonth(nanoUsd: bigint, days: number): bigint {
  return divideHalfUp(nanoUsd * HOURS_OF_MONTH, BigInt(days) * DAY_HOURS);
}

export interface AppraisalTerms {
  /** On everything, in the days that were seen. */
  spentNanoUsd: bigint;
  /** All are appraised by the same draws, so that what saves the same has the same bounds. */
  seed: number;
  /** How much of what was foreseen of a kind has come true so far; absent: nobody knows. */
  calibrations: ReadonlyMap<RecommendationKind, number>;
}

function cellsOf({ models, covers }: Candidate, digest: Digest): Cell[] {
  const asked = models === undefined ? [digest.cells] : [...models].map((model) => cellsByModel(digest).get(model) ?? []);
  const covered: Cell[] = [];
  for (const cells of asked) for (const cell of cells) if (covers(cell)) covered.push(cell);
  return covered;
}

/** Undefined where there is nothing to tell. */
export function appraise(candidate: Candidate, digest: Digest, terms: AppraisalTerms): Appraisal | undefined {
  const days = daysSeen(digest);
  const { worst = 1, best = 1 } = candidate.newCostFactors ?? {};
  const cells = cellsOf(candidate, digest);
  const groups: SavingCalls[] = [];
  const cost = new NanoUsdSum();
  const newCost = new NanoUsdSum();
  const savings: Savings[] = Array.from({ length: days }, () => ({ worst: 0, best: 0 }));
  const expected: (number | undefined)[] = new Array(days).fill(undefined);
  let requests = 0;
  for (const cell of cells) {
    requests += cell.calls;
    cost.add(cell.costNanoUsd);
    const after = newCostOf(cell, candidate.effect, digest);
    newCost.add(after ?? cell.costNanoUsd);
    const day = cell.day - digest.firstDay;
    expected[day] = (expected[day] ?? 0) + (after === undefined ? 0 : cell.costNanoUsd - after);
    if (after === undefined) continue;
    const saved = { worst: cell.costNanoUsd - worst * after, best: cell.costNanoUsd - best * after };
    const ofDay = savings[day] as Savings;
    ofDay.worst += saved.worst;
    ofDay.best += saved.best;
    if (days < ENOUGH_DAYS) groups.push({ ...saved, calls: cell.calls });
  }
  if (requests === 0) return undefined;
  const random = seededRandom(terms.seed);
  const bounds = days < ENOUGH_DAYS ? boundsOverCalls(groups, random) : boundsOverDays(savings, random);
  const savingNanoUsd = cost.total - newCost.total;
  const expectedNanoUsd = inMonth(savingNanoUsd, days);
  const factor = Number(HOURS_OF_MONTH) / (days * Number(DAY_HOURS));
  const [low, high] = [estimated(bounds.low * factor), estimated(bounds.high * factor)];
  const lowNanoUsd = low < expectedNanoUsd ? low : expectedNanoUsd;
  if (!isWorthTelling({ requests, lowNanoUsd, expectedNanoUsd, savingNanoUsd, spentNanoUsd: terms.spentNanoUsd })) return undefined;
  return {
    candidate,
    id: recommendationId(candidate),
    cells,
    requests,
    days: expected.filter((saving) => saving !== undefined).length,
    costNanoUsd: cost.total,
    newCostNanoUsd: newCost.total,
    lowNanoUsd,
    expectedNanoUsd,
    highNanoUsd: high > expectedNanoUsd ? high : expectedNanoUsd,
    confidence: confidenceOf({ grade: candidate.grade, days: expected }) * Math.min(1, terms.calibrations.get(candidate.kind) ?? 1),
  };
}
