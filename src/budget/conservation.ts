/** Spending that may only go up, against limits for periods: how near is it, and where does it lead? */

import { DEFAULT_TOLERANCE, DEFAULT_WARN_AT, type Zone, zoneOf } from "../conservation-zone.ts";
import { InvalidInput, quoteValue } from "../errors.ts";
import { parseUsd } from "../money.ts";
import { checkKeys } from "./amounts.ts";

export interface PeriodLimit {
  /** In any one unit: tokens, or USD. */
  limit: number;
  /** Its name: "daily", say. */
  period: string;
}

export interface ConservationResult {
  period: string;
  zone: Zone;
  /** Spent as a share of the limit. */
  utilization: number;
  utilizationPct: number;
  /** Of the limit; never below zero. */
  remaining: number;
  /** Beyond the limit. */
  overspend: number;
  /** Yellow or orange. */
  isWarning: boolean;
  /** Red. */
  isExceeded: boolean;
}

export interface ZoneOptions {
  warnAt?: number;
  tolerance?: number;
}

/** Earlier, a period's first calls would be taken for its habit. */
const EARLIEST_PREDICTION = 0.05;
const NANO = 1e9;

/**
 * Green up to the warning, yellow up to the limit, orange up to what is tolerated above it, red beyond.
 *
 * @example
 * ```ts
 * import { conservationZone } from "tokenledger";
 * [800, 800.01, 1100, 1100.0001].map((spent) => conservationZone(spent, 1000)); // => ["green", "yellow", "orange", "red"]
 * ```
 */
export function conservationZone(spent: number, limit: number, options: ZoneOptions = {}): Zone {
  return zoneOf(exact(spent, "spent"), exact(limit, "limit"), checkedOptions(options));
}

/**
 * Limits for periods, with a warning before them and a tolerance above them. It keeps no state: it is told what was spent.
 *
 * @example
 * ```ts
 * import { ConservationLaw } from "tokenledger";
 * const law = new ConservationLaw([{ limit: 1_000_000, period: "daily" }, { limit: 20_000_000, period: "monthly" }]);
 * law.check("daily", 850_000); // => { period: "daily", zone: "yellow", utilization: 0.85, … }
 * law.predictOverspend("daily", 600_000, 0.25); // => 1_400_000
 * ```
 */
export class ConservationLaw {
  readonly warnAt: number;
  readonly tolerance: number;
  private readonly limits: ReadonlyMap<string, bigint>;

  constructor(limits: readonly PeriodLimit[], options: ZoneOptions = {}) {
    if (!Array.isArray(limits)) throw new InvalidInput(`limits: ${quoteValue(limits)} is not a list of { limit, period }.`);
    ({ warnAt: this.warnAt, tolerance: this.tolerance } = checkedOptions(options));
    const byPeriod = new Map<string, bigint>();
    for (const [index, entry] of limits.entries()) {
      checkKeys(entry, ["limit", "period"], `limits[${index}]`);
      const { limit, period } = entry;
      if (typeof period !== "string" || period === "")
        throw new InvalidInput(`limits[${index}].period: ${quoteValue(period)} is not a name; give a text such as "daily".`);
      if (byPeriod.has(period)) throw new InvalidInput(`limits: there are two for the period ${quoteValue(period)}.`);
      byPeriod.set(period, exact(limit, `limits[${index}].limit`));
    }
    this.limits = byPeriod;
  }

  /** @throws InvalidInput for a period without a limit, and for amounts that are none. */
  check(period: string, spent: number): ConservationResult {
    const limit = this.limitOf(period);
    const amount = exact(spent, "spent");
    const zone = zoneOf(amount, limit, this);
    // Nothing of nothing is nothing; anything of it is beyond measure.
    const utilization = limit > 0n ? Number(amount) / Number(limit) : amount > 0n ? Number.POSITIVE_INFINITY : 0;
    return {
      period,
      zone,
      utilization,
      utilizationPct: limit > 0n ? (100 * Number(amount)) / Number(limit) : utilization,
      remaining: amount < limit ? Number(limit - amount) / NANO : 0,
      overspend: amount > limit ? Number(amount - limit) / NANO : 0,
      isWarning: zone === "yellow" || zone === "orange",
      isExceeded: zone === "red",
    };
  }

  /** The periods that were told, in the order of the limits. One without a limit is an error, never left out. */
  checkAll(spending: Readonly<Record<string, number>>): ConservationResult[] {
    if (typeof spending !== "object" || spending === null)
      throw new InvalidInput(`spending: ${quoteValue(spending)} is not an object with what was spent in each period.`);
    for (const period of Object.keys(spending)) this.limitOf(period);
    const told = new Map(Object.entries(spending));
    return [...this.limits.keys()].filter((period) => told.has(period)).map((period) => this.check(period, told.get(period) as number));
  }

  /**
   * By how much the period will end above its limit if spending goes on as it did; `undefined` where it will not. In the
   * first twentieth of a period that can't be told from what was spent: then only what is overspent already is.
   */
  predictOverspend(period: string, spent: number, elapsedFraction: number): number | undefined {
    const limit = Number(this.limitOf(period));
    const amount = Number(exact(spent, "spent"));
    if (typeof elapsedFraction !== "number" || !(elapsedFraction >= 0 && elapsedFraction <= 1))
      throw new InvalidInput(`elapsedFraction: ${quoteValue(elapsedFraction)} is not a share of the period; give a number from 0 to 1.`);
    if (elapsedFraction === 0) return undefined;
    const atEnd = elapsedFraction < EARLIEST_PREDICTION ? amount : amount / elapsedFraction;
    return atEnd > limit ? (atEnd - limit) / NANO : undefined;
  }

  private limitOf(period: string): bigint {
    const limit = this.limits.get(period);
    if (limit !== undefined) return limit;
    throw new InvalidInput(
      `period: ${quoteValue(period)} has no limit; limits are set for ${[...this.limits.keys()].join(", ") || "none"}.`,
    );
  }
}

/** To nine decimal places: 0.1 + 0.2 of a limit of 0.3 is the limit. */
function exact(amount: number, what: string): bigint {
  if (typeof amount !== "number" || !Number.isFinite(amount) || amount < 0 || amount > Number.MAX_SAFE_INTEGER)
    throw new InvalidInput(`${what}: ${quoteValue(amount)} is not an amount; give a number from 0 to ${Number.MAX_SAFE_INTEGER}.`);
  return parseUsd(amount, what);
}

function checkedOptions(options: ZoneOptions): Required<ZoneOptions> {
  checkKeys(options, ["warnAt", "tolerance"], "options");
  const { warnAt = DEFAULT_WARN_AT, tolerance = DEFAULT_TOLERANCE } = options;
  if (typeof warnAt !== "number" || !(warnAt >= 0 && warnAt <= 1))
    throw new InvalidInput(`warnAt: ${quoteValue(warnAt)} is not a share of the limit; give a number from 0 to 1.`);
  if (typeof tolerance !== "number" || !(tolerance >= 0 && Number.isFinite(tolerance)))
    throw new InvalidInput(`tolerance: ${quoteValue(tolerance)} is not a share of the limit; give a number from 0 up.`);
  return { warnAt, tolerance };
}
