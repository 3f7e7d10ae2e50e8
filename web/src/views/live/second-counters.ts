/** What happened in each of the last seconds, in rings of one size: however long and however much is listened to, memory stays the same. */

export interface SecondFigures {
  calls: number;
  refusals: number;
  tokens: number;
  /** Of the calls that have a price; exact. */
  costNanoUsd: bigint;
}

/** Of each second, oldest first; null where nobody listened. */
export interface SecondSeries {
  calls: (number | null)[];
  refusals: (number | null)[];
  tokens: (number | null)[];
  costNanoUsd: (bigint | null)[];
}

const NEVER = -1;

export class SecondCounters {
  readonly length: number;
  /** Which second each place of the rings holds. */
  readonly #seconds: Float64Array;
  readonly #calls: Float64Array;
  readonly #refusals: Float64Array;
  readonly #tokens: Float64Array;
  readonly #costs: BigInt64Array;
  readonly #unheard: Uint8Array;
  #firstSecond: number;

  constructor(length: number, openedMs: number) {
    this.length = length;
    this.#seconds = new Float64Array(length).fill(NEVER);
    this.#calls = new Float64Array(length);
    this.#refusals = new Float64Array(length);
    this.#tokens = new Float64Array(length);
    this.#costs = new BigInt64Array(length);
    this.#unheard = new Uint8Array(length);
    this.#firstSecond = secondOf(openedMs);
  }

  /** Events of seconds that have left the rings are in no picture any more. */
  add(atMs: number, { calls = 0, refusals = 0, tokens = 0, costNanoUsd = 0n }: Partial<SecondFigures>): void {
    const place = this.#placeFor(secondOf(atMs));
    if (place === undefined) return;
    this.#calls[place] = (this.#calls[place] as number) + calls;
    this.#refusals[place] = (this.#refusals[place] as number) + refusals;
    this.#tokens[place] = (this.#tokens[place] as number) + tokens;
    this.#costs[place] = (this.#costs[place] as bigint) + costNanoUsd;
    this.#firstSecond = Math.min(this.#firstSecond, secondOf(atMs));
  }

  /** What happened from then to then is not known. */
  forget(fromMs: number, toMs: number): void {
    const last = secondOf(toMs);
    for (let second = Math.max(secondOf(fromMs), last - this.length + 1); second <= last; second++) {
      const place = this.#placeFor(second);
      if (place !== undefined) this.#unheard[place] = 1;
    }
  }

  /** The last seconds up to this one. */
  series(nowMs: number): SecondSeries {
    const last = secondOf(nowMs);
    const series: SecondSeries = { calls: [], refusals: [], tokens: [], costNanoUsd: [] };
    for (let second = last - this.length + 1; second <= last; second++) {
      const place = placeOf(second, this.length);
      const isHeld = this.#seconds[place] === second;
      const isKnown = second >= this.#firstSecond && !(isHeld && this.#unheard[place] === 1);
      series.calls.push(isKnown ? (isHeld ? (this.#calls[place] as number) : 0) : null);
      series.refusals.push(isKnown ? (isHeld ? (this.#refusals[place] as number) : 0) : null);
      series.tokens.push(isKnown ? (isHeld ? (this.#tokens[place] as number) : 0) : null);
      series.costNanoUsd.push(isKnown ? (isHeld ? (this.#costs[place] as bigint) : 0n) : null);
    }
    return series;
  }

  #placeFor(second: number): number | undefined {
    const place = placeOf(second, this.length);
    const held = this.#seconds[place] as number;
    if (held > second) return undefined;
    if (held < second) {
      this.#seconds[place] = second;
      this.#calls[place] = 0;
      this.#refusals[place] = 0;
      this.#tokens[place] = 0;
      this.#costs[place] = 0n;
      this.#unheard[place] = 0;
    }
    return place;
  }
}

function secondOf(ms: number): number {
  return Math.floor(ms / 1_000);
}

function placeOf(second: number, length: number): number {
  return ((second % length) + length) % length;
}
