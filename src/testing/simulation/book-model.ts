/**
 * The book and its budgets once more, in maps, as simply as can be: every sum is added up anew from all that ever happened. Knows the
 * windows of calendar days and months in UTC, all time, and sliding ones.
 */
import type { BudgetDefinition } from "../../budget/index.ts";

const DAY_MS = 86_400_000;
const BUCKETS = 60;

/** Something that counts: a record, or a reservation that holds. */
export interface Counted {
  timeMs: number;
  /** When it came to be, by the steady clock: an imported record as long ago as it was old when it came. */
  steadyMs: number;
  team: string;
  user: string | undefined;
  nanoUsd: bigint;
  tokens: bigint;
  /** Came with a time of its own, which the steady clock has not seen. */
  isImported: boolean;
}

/** `charged`: expired, with a record of its estimate. `lapsed`: expired without one. */
export type ModelState = "open" | "settled" | "charged" | "lapsed" | "released";

export interface ModelReservation extends Counted {
  requestId: string;
  ttlMs: number;
  isDispatched: boolean;
  state: ModelState;
  /** Which simulated process made it. */
  process: number;
}

export interface Counts {
  usedNanoUsd: bigint;
  reservedNanoUsd: bigint;
  usedTokens: bigint;
  reservedTokens: bigint;
}

export interface Instant {
  wallMs: number;
  steadyMs: number;
}

export type Axis = "nanoUsd" | "tokens";
export const AXES: readonly Axis[] = ["nanoUsd", "tokens"];

export class BookModel {
  readonly budgets: Map<string, BudgetDefinition> = new Map();
  /** When each budget came to be: what was there before, it knows by the wall clock alone. */
  readonly put: Map<string, Instant> = new Map();
  /** When each budget was last put, by the wall clock. */
  readonly editedMs: Map<string, number> = new Map();
  /** When a wall clock was put, or a new budget: from each of these on, what is counted anew may look younger than it is. */
  readonly moments: Instant[] = [];
  /** By request id, or by record id where a record came by itself. */
  readonly records: Map<string, Counted> = new Map();
  readonly reservations: Map<string, ModelReservation> = new Map();

  open(): ModelReservation[] {
    return [...this.reservations.values()].filter(({ state }) => state === "open");
  }

  /** Oldest first. */
  expired({ steadyMs }: Instant): ModelReservation[] {
    const over = this.open().filter((one) => steadyMs >= one.steadyMs + one.ttlMs);
    return over.sort((a, b) => a.steadyMs + a.ttlMs - (b.steadyMs + b.ttlMs));
  }

  expire(reservation: ModelReservation): void {
    reservation.state = reservation.isDispatched ? "charged" : "lapsed";
    if (reservation.isDispatched) this.records.set(reservation.requestId, { ...reservation });
  }

  settle(reservation: ModelReservation, nanoUsd: bigint, tokens: bigint): void {
    reservation.state = "settled";
    this.records.set(reservation.requestId, { ...reservation, nanoUsd, tokens });
  }

  /** The values for which a budget has counted anything, or `undefined` alone where it counts all as one. */
  values({ scope }: BudgetDefinition): (string | undefined)[] {
    if (scope.user !== "*" && scope.team !== "*") return [undefined];
    const all = [...this.records.values(), ...this.open()].map((one) => (scope.user === "*" ? one.user : one.team));
    return [...new Set(all.filter((value) => value !== undefined))];
  }

  /** What is counted at least and at most: sliding windows may count an event for up to two of their parts longer than their length. */
  counts(definition: BudgetDefinition, value: string | undefined, now: Instant): { least: Counts; most: Counts } {
    const put = this.put.get(definition.name) ?? now;
    const least = this.#sum(definition, value, (one) => inWindow(definition, put, one, now, 0));
    if (definition.windowMs === undefined) return { least, most: least };
    const partMs = Math.ceil(definition.windowMs / BUCKETS);
    // On a clock that was put back, a part of the window is lived through twice: its old events stay as long as the younger ones.
    const isYoung = (one: Counted): boolean =>
      matches(definition, value, one) &&
      (inWindow(definition, put, one, now, 2 * partMs) || this.#looksYoung(one, put, now, (BUCKETS + 2) * partMs));
    const youngParts = new Set(
      [...this.records.values(), ...this.reservations.values()].filter(isYoung).map(({ timeMs }) => Math.floor(timeMs / partMs)),
    );
    return { least, most: this.#sum(definition, value, ({ timeMs }) => youngParts.has(Math.floor(timeMs / partMs))) };
  }

  #looksYoung({ timeMs }: Counted, put: Instant, now: Instant, reachMs: number): boolean {
    return this.moments.some(
      ({ wallMs, steadyMs }) => steadyMs >= put.steadyMs && Math.min(now.steadyMs, steadyMs - wallMs + timeMs) > now.steadyMs - reachMs,
    );
  }

  /** What has happened in the last so many milliseconds that nobody can put back or forward. */
  countsBySteadyClock(definition: BudgetDefinition, value: string | undefined, now: Instant): Counts {
    return this.#sum(definition, value, ({ steadyMs }) => steadyMs > now.steadyMs - (definition.windowMs ?? 0));
  }

  #sum(definition: BudgetDefinition, value: string | undefined, isInWindow: (one: Counted) => boolean): Counts {
    const isCounted = (one: Counted): boolean => matches(definition, value, one) && isInWindow(one);
    const used = [...this.records.values()].filter(isCounted);
    const reserved = this.open().filter(isCounted);
    return {
      usedNanoUsd: total(used, "nanoUsd"),
      reservedNanoUsd: total(reserved, "nanoUsd"),
      usedTokens: total(used, "tokens"),
      reservedTokens: total(reserved, "tokens"),
    };
  }

  /** The budgets that would refuse, when each counts as little, or as much, as it may. */
  refusing(call: Counted, bound: "least" | "most", now: Instant): string[] {
    return [...this.budgets.values()].flatMap((definition) => {
      const value = definition.scope.user === "*" ? call.user : definition.scope.team === "*" ? call.team : undefined;
      if (!matches(definition, value, call) || definition.shadow) return [];
      const counts = this.counts(definition, value, now)[bound];
      return AXES.every((axis) => admits(definition, axis, counts, call[axis])) ? [] : [definition.name];
    });
  }
}

export function amountOf(definition: BudgetDefinition, axis: Axis): bigint | undefined {
  if (axis === "nanoUsd") return definition.amountNanoUsd;
  return definition.maxTokens === undefined ? undefined : BigInt(definition.maxTokens);
}

export function heldOf(counts: Counts, axis: Axis): bigint {
  return axis === "nanoUsd" ? counts.usedNanoUsd + counts.reservedNanoUsd : counts.usedTokens + counts.reservedTokens;
}

/** Where a calendar window begins; undefined for sliding ones. */
export function windowStart({ period }: BudgetDefinition, wallMs: number): number | undefined {
  if (period === "daily") return Math.floor(wallMs / DAY_MS) * DAY_MS;
  if (period === "monthly") return Date.UTC(new Date(wallMs).getUTCFullYear(), new Date(wallMs).getUTCMonth());
  return period === "lifetime" ? 0 : undefined;
}

function admits(definition: BudgetDefinition, axis: Axis, counts: Counts, adding: bigint): boolean {
  const amount = amountOf(definition, axis);
  if (amount === undefined || adding === 0n) return true;
  const held = heldOf(counts, axis);
  if (definition.hard) return held + adding <= amount;
  // Tolerances of the simulation are whole percents.
  return held < (amount * BigInt(100 + Math.round((definition.tolerance ?? 0) * 100))) / 100n;
}

function matches({ scope }: BudgetDefinition, value: string | undefined, { team, user }: Counted): boolean {
  if (scope.team !== undefined && scope.team !== "*" && scope.team !== team) return false;
  if (scope.team === "*") return team === value;
  return scope.user !== "*" || (user !== undefined && user === value);
}

function inWindow(definition: BudgetDefinition, put: Instant, one: Counted, now: Instant, slackMs: number): boolean {
  const start = windowStart(definition, now.wallMs);
  if (start !== undefined) return windowStart(definition, one.timeMs) === start;
  const reachMs = (definition.windowMs ?? 0) + slackMs;
  if (one.timeMs > now.wallMs - reachMs) return true;
  const isKnownByWallAlone = one.isImported || one.steadyMs < put.steadyMs;
  return (slackMs > 0 || !isKnownByWallAlone) && one.steadyMs > now.steadyMs - reachMs;
}

function total(all: readonly Counted[], axis: Axis): bigint {
  return all.reduce((sum, one) => sum + one[axis], 0n);
}
