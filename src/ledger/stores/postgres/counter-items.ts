/** What the database's functions are handed: counters in the order in which they are locked, and numbers to compare them with. */
import {
  alertWindowOf,
  bucketMsOf,
  counterSpanOf,
  leastOverspent,
  leastReaching,
  type MoneyAndTokens,
  roomFor,
  windowOf,
} from "../../../budget/index.ts";
import { OVERAGE_PERCENT } from "../../schema/alert-rows.ts";
import type { Target } from "../../schema/reservation-call.ts";
import type { AlertKind, StoredBudget } from "../../store.ts";
import { arrayOf, textArrayOf } from "./transaction.ts";

/** A counter of a budget at a time. */
export interface CounterPlace extends Target {
  startMs: number;
}

/** The order in which all writers lock counters. */
export function compareTargets(a: Target, b: Target): number {
  if (a.budget.id !== b.budget.id) return a.budget.id - b.budget.id;
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  return 0;
}

export function comparePlaces(a: CounterPlace, b: CounterPlace): number {
  return compareTargets(a, b) || a.startMs - b.startMs;
}

/** What fits into 64 bits: no sum that is stored passes it. */
const MOST = 2n ** 63n - 1n;

export function amountsArray(amounts: readonly (bigint | undefined)[]): string {
  return arrayOf(amounts.map((amount) => (amount === undefined ? null : amount > MOST ? MOST : amount < -MOST ? -MOST : amount)));
}

function booleansArray(values: readonly boolean[]): string {
  return `{${values.join()}}`;
}

/** Sliding windows find their place by the database's clock, calendar ones are looked up: they hold from `fromMs` to before `untilMs`. */
export interface ReserveItems {
  fromMs: number;
  untilMs: number;
  /** Budgets, values, starts, lengths of parts, room for money, room for tokens. */
  arrays: string[];
}

/** For how long the amounts in force are these. */
export function heldUntil(budgets: readonly StoredBudget[], nowMs: number): { fromMs: number; untilMs: number } {
  let fromMs = 0;
  let untilMs = Number.MAX_SAFE_INTEGER;
  for (const { definition } of budgets) {
    const changeMs = definition.override?.untilMs;
    if (changeMs === undefined) continue;
    if (nowMs < changeMs) untilMs = Math.min(untilMs, changeMs);
    else fromMs = Math.max(fromMs, changeMs);
  }
  return { fromMs, untilMs };
}

export function reserveItems(targets: readonly Target[], adding: MoneyAndTokens, call: { provider: string }, nowMs: number): ReserveItems {
  let { fromMs, untilMs } = heldUntil(
    targets.map(({ budget }) => budget),
    nowMs,
  );
  const starts: number[] = [];
  for (const { definition } of targets.map(({ budget }) => budget)) {
    const { startMs, endMs } = counterSpanOf(nowMs, definition);
    starts.push(startMs);
    if (definition.windowMs !== undefined) continue;
    fromMs = Math.max(fromMs, startMs);
    untilMs = Math.min(untilMs, endMs);
  }
  const rooms = targets.map(({ budget }) => roomFor(budget.definition, adding, call, nowMs));
  const arrays = [
    arrayOf(targets.map(({ budget }) => budget.id)),
    textArrayOf(targets.map(({ value }) => value)),
    arrayOf(starts),
    arrayOf(targets.map(({ budget: { definition } }) => (definition.windowMs === undefined ? null : bucketMsOf(definition.windowMs)))),
    amountsArray(rooms.map(({ nanoUsd }) => nanoUsd)),
    amountsArray(rooms.map(({ tokens }) => tokens)),
  ];
  return { fromMs, untilMs, arrays };
}

/** Something that may be to be told of a counter. */
interface Tell {
  target: Target;
  window: { startMs: number; endMs: number };
  fromMs: number;
  toMs: number;
  kind: AlertKind;
  threshold: number;
  least: Partial<MoneyAndTokens>;
}

/** What a growing counter may make to be told: the window's own sums, for a sliding window those of now. */
function tellsOf(place: CounterPlace, nowMs: number): Tell[] {
  const { definition } = place.budget;
  if (definition.windowMs !== undefined && place.startMs < windowOf(nowMs, definition).startMs) return [];
  const span = counterSpanOf(place.startMs, definition);
  const where =
    definition.windowMs === undefined
      ? { window: span, fromMs: place.startMs, toMs: place.startMs }
      : { window: alertWindowOf(nowMs, definition), fromMs: windowOf(nowMs, definition).startMs, toMs: Number.MAX_SAFE_INTEGER };
  const tells: Tell[] = definition.alerts.map((threshold) => ({
    target: place,
    ...where,
    kind: "threshold",
    threshold,
    least: leastReaching(definition, threshold, nowMs),
  }));
  const overspent = leastOverspent(definition, nowMs);
  if (Object.keys(overspent).length > 0)
    tells.push({ target: place, ...where, kind: "overage", threshold: OVERAGE_PERCENT, least: overspent });
  return tells;
}

export interface TellItems {
  /** The least sums of each place from which on there is something to tell: money, tokens. */
  least: [nanoUsd: string, tokens: string];
  /** All that the database's `tell` is handed. */
  arrays: string[];
  isEmpty: boolean;
}

export function tellItems(places: readonly CounterPlace[], nowMs: number): TellItems {
  const byPlace = places.map((place) => tellsOf(place, nowMs));
  const tells = byPlace.flat();
  const least = (axis: keyof MoneyAndTokens): string =>
    amountsArray(
      byPlace.map((own, index) => {
        const amounts = own.map((tell) => tell.least[axis]).filter((amount) => amount !== undefined);
        if (amounts.length === 0) return undefined;
        // One part of a sliding window doesn't say what the window holds.
        if (places[index]?.budget.definition.windowMs !== undefined) return -MOST;
        return amounts.reduce((lowest, amount) => (amount < lowest ? amount : lowest));
      }),
    );
  const arrays = [
    arrayOf(tells.map(({ target }) => target.budget.id)),
    textArrayOf(tells.map(({ target }) => target.value)),
    arrayOf(tells.map(({ window }) => window.startMs)),
    arrayOf(tells.map(({ window }) => window.endMs)),
    arrayOf(tells.map(({ fromMs }) => fromMs)),
    arrayOf(tells.map(({ toMs }) => toMs)),
    textArrayOf(tells.map(({ kind }) => kind)),
    arrayOf(tells.map(({ threshold }) => threshold)),
    amountsArray(tells.map(({ least: { nanoUsd } }) => nanoUsd)),
    amountsArray(tells.map(({ least: { tokens } }) => tokens)),
    booleansArray(tells.map(({ target }) => target.budget.definition.webhook !== undefined)),
  ];
  return { least: [least("nanoUsd"), least("tokens")], arrays, isEmpty: tells.length === 0 };
}

/** Who counts the record, who holds the estimate: mostly the same. */
export interface SettleItems {
  /** Budgets, values, starts, whether counted, whether held, and from which sums on there is something to tell. */
  arrays: string[];
  tell: string[];
}

export function settleItems(counted: readonly CounterPlace[], held: readonly CounterPlace[], nowMs: number): SettleItems {
  const isIn = (list: readonly CounterPlace[], place: CounterPlace): boolean => list.some((other) => comparePlaces(other, place) === 0);
  const places = [...counted, ...held.filter((place) => !isIn(counted, place))].sort(comparePlaces);
  const { least, arrays } = tellItems(places, nowMs);
  return {
    arrays: [
      ...placeArrays(places),
      booleansArray(places.map((place) => isIn(counted, place))),
      booleansArray(places.map((place) => isIn(held, place))),
      ...least,
    ],
    tell: arrays,
  };
}

export function placeArrays(places: readonly CounterPlace[]): string[] {
  return [
    arrayOf(places.map(({ budget }) => budget.id)),
    textArrayOf(places.map(({ value }) => value)),
    arrayOf(places.map(({ startMs }) => startMs)),
  ];
}
