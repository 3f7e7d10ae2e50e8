/** How near spending is to a limit. */
import { DEFAULT_TOLERANCE, DEFAULT_WARN_AT, type Zone, zoneOf } from "../conservation-zone.ts";
import { AnalysisInputError, quoteValue } from "../errors.ts";
import { parseUsd } from "../money.ts";
import { checkOptions } from "./input.ts";

export type { Zone } from "../conservation-zone.ts";

/**
 * Green up to the warning, yellow up to the limit, orange up to what is tolerated above it, red beyond; compared as integers, to
 * nine decimal places, so that 0.1 + 0.2 of a limit of 0.3 is the limit. Spending is negative where more was given back.
 *
 * @throws AnalysisInputError for what is no amount, for a limit or a share below 0
 * @example
 * ```ts
 * import { conservationZone } from "tokenledger/analysis";
 * [800, 1000, 1100, 1101].map((spent) => conservationZone(spent, 1000)); // => ["green", "yellow", "orange", "red"]
 * conservationZone(96, 100, { warnAt: 0.95 }); // => "yellow"
 * ```
 */
export function conservationZone(spent: number, limit: number, options: { warnAt?: number; tolerance?: number } = {}): Zone {
  checkOptions(options, ["warnAt", "tolerance"]);
  const { warnAt = DEFAULT_WARN_AT, tolerance = DEFAULT_TOLERANCE } = options;
  if (typeof warnAt !== "number" || !(warnAt >= 0 && warnAt <= 1))
    throw new AnalysisInputError(`warnAt: ${quoteValue(warnAt)} is not a share of the limit; give a number from 0 to 1.`);
  if (typeof tolerance !== "number" || !(tolerance >= 0 && tolerance <= Number.MAX_SAFE_INTEGER))
    throw new AnalysisInputError(`tolerance: ${quoteValue(tolerance)} is not a share of the limit; give a number from 0 up.`);
  return zoneOf(exact(spent, "spent", -Number.MAX_SAFE_INTEGER), exact(limit, "limit", 0), { warnAt, tolerance });
}

function exact(amount: number, what: string, least: number): bigint {
  if (typeof amount === "number" && amount >= least && amount <= Number.MAX_SAFE_INTEGER) return parseUsd(amount, what);
  throw new AnalysisInputError(
    `${what}: ${quoteValue(amount)} is not an amount; give a number from ${least} to ${Number.MAX_SAFE_INTEGER}.`,
  );
}
