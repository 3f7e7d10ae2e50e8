/** A series taken apart while it grows: for guards that must judge a bucket when it ends, not a week later. */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { checkOptions, finiteValues } from "../input.ts";
import { CausalMra } from "../wavelets/a-trous.ts";
import { BUCKET_OPTIONS, type BucketOptions, calendarOf, checkedBuckets, FIRST_MONDAY_MS } from "./calendar.ts";
import { levelsOfTrend, type Rhythm } from "./decompose.ts";
import { namedPeriods, namedPosition } from "./periods.ts";
import { placesOf } from "./profile.ts";

export interface LiveOptions extends BucketOptions {
  /** What {@link decompose} found in the past; without it, the oscillation is all that is slower than 4 buckets and faster than the trend. */
  rhythms?: readonly Pick<Rhythm, "periodMs" | "slotMs" | "profile">[];
  /** The trend is a mean over the last 2^levels buckets; if not given, over more than a week of hours, two weeks of days. */
  levels?: number;
}

/** The parts of one bucket; together they are its value. */
export interface LiveParts {
  trend: number;
  oscillation: number;
  noise: number;
}

/** Details of 2 to 8 buckets are noise, as in {@link decompose}. */
const NOISE_LEVELS = 2;
/** Levels double the memory. */
const MOST_LEVELS = 20;

/**
 * Trend, oscillation and noise of each bucket as it ends, by causal Haar à trous bands (Renaud, Starck & Murtagh 2005). What was
 * said of a bucket is never changed by later ones. The trend lags: it is a mean of the past.
 *
 * @throws AnalysisInputError for buckets that have no length, for a number of levels that is none
 * @example
 * ```ts
 * import { LiveDecomposition } from "tokenledger/analysis";
 * const live = new LiveDecomposition({ bucketMs: 3_600_000, levels: 2 });
 * [8, 8, 8, 8].map((value) => live.push(value).trend); // => [8, 8, 8, 8]
 * live.push(40); // => { trend: 16, oscillation: 0, noise: 24 }
 * ```
 */
export class LiveDecomposition {
  readonly levels: number;
  readonly #bands: CausalMra;
  readonly #options: BucketOptions;
  readonly #rhythms: readonly Pick<Rhythm, "periodMs" | "slotMs" | "profile">[];

  constructor(options: LiveOptions) {
    checkOptions(options, [...BUCKET_OPTIONS, "rhythms", "levels"]);
    this.#options = checkedBuckets(0, options);
    this.#rhythms = checkedRhythms(options.rhythms, options.bucketMs);
    this.levels = options.levels ?? Math.min(MOST_LEVELS, levelsOfTrend(options.bucketMs));
    this.#bands = new CausalMra(this.levels);
  }

  /** @throws AnalysisInputError for what is not finite; then nothing has changed */
  push(value: number): LiveParts {
    const repeated = this.#repeatedAt(this.#bands.count);
    const { details, smooth } = this.#bands.push(value - repeated);
    let noise = 0;
    let slower = 0;
    for (let j = 0; j < details.length; j++) {
      if (j < NOISE_LEVELS || this.#rhythms.length > 0) noise += details[j] as number;
      else slower += details[j] as number;
    }
    return { trend: smooth, oscillation: repeated + slower, noise };
  }

  #repeatedAt(bucket: number): number {
    if (this.#rhythms.length === 0) return 0;
    const { bucketMs, start, timeZone } = this.#options;
    // Without a start, no clock changes.
    const atMs = (start ?? FIRST_MONDAY_MS) + bucket * bucketMs;
    const calendar = calendarOf(1, { bucketMs, start: atMs, ...(timeZone !== undefined && start !== undefined && { timeZone }) });
    const named = namedPeriods(bucketMs);
    let total = 0;
    for (const { periodMs, slotMs, profile } of this.#rhythms) {
      const position = named.includes(periodMs)
        ? namedPosition(calendar, periodMs, start !== undefined)
        : Float64Array.of(((bucket * bucketMs) / periodMs) % 1);
      const { slot } = placesOf({ periodMs, position }, calendar);
      total += (profile[slot[0] as number] as number) / Math.max(1, slotMs / bucketMs);
    }
    return total;
  }
}

/** @throws AnalysisInputError for what decompose did not find in buckets of this length */
function checkedRhythms(rhythms: LiveOptions["rhythms"] = [], bucketMs: number): NonNullable<LiveOptions["rhythms"]> {
  if (!Array.isArray(rhythms))
    throw new AnalysisInputError(`rhythms: ${quoteValue(rhythms)} is not a list of rhythms; give those that decompose found.`);
  const calendar = calendarOf(1, { bucketMs });
  rhythms.forEach((rhythm: Rhythm | undefined, index) => {
    const { periodMs = Number.NaN, slotMs = Number.NaN, profile } = rhythm ?? {};
    const slots = placesOf({ periodMs, position: new Float64Array(1) }, calendar).count;
    if (!(periodMs > 0 && slotMs > 0) || finiteValues(profile ?? [], `rhythms[${index}].profile`).length !== slots)
      throw new AnalysisInputError(
        `rhythms[${index}]: ${quoteValue(rhythm)} is not a rhythm of such buckets; give what decompose found in buckets of the same length.`,
      );
  });
  return rhythms;
}
