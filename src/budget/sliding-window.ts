/**
 * What happened within the last so many milliseconds, with running sums. Events are kept in parts of the window: of one
 * sixtieth, say, so that memory does not depend on traffic, or each by itself. A part leaves when its latest event is as
 * old as the window, so that the sums never leave out an event that still counts; one exactly that old does not.
 */
import { MOST } from "./amounts.ts";

/** Of a list that holds events one by one, at the start. */
const SMALLEST_CAPACITY = 64;
const LARGE_CAPACITY = 65_536;
const GROWTH_OF_LARGE = 1.125;

export class SlidingWindow {
  readonly name: string;
  readonly durationMs: number;
  /** Zero: each event is a part by itself. */
  private readonly partMs: number;
  /** Where none is set, what can be counted exactly. */
  readonly maxTokens: number;
  readonly maxNanoUsd: number;
  tokens = 0;
  nanoUsd = 0;
  calls = 0;
  /** A ring: the parts from `head` on, oldest first. */
  private latestMs: Float64Array;
  private partTokens: Float64Array;
  private partNanoUsd: Float64Array;
  private partCalls: Int32Array;
  private capacity: number;
  private head = 0;
  private length = 0;
  private headLeavesMs: number = Number.POSITIVE_INFINITY;
  private tail = 0;
  private tailEndsMs: number = Number.NEGATIVE_INFINITY;
  /** What happened up to here has left. */
  private leftMs: number = Number.NEGATIVE_INFINITY;

  constructor(name: string, durationMs: number, parts: number | undefined, maxTokens: number, maxNanoUsd: number) {
    this.name = name;
    this.durationMs = durationMs;
    this.partMs = parts === undefined ? 0 : durationMs / parts;
    this.maxTokens = maxTokens;
    this.maxNanoUsd = maxNanoUsd;
    // The stretch of the window touches one part more than it is long, and rounding may cut one more.
    this.capacity = parts === undefined ? SMALLEST_CAPACITY : parts + 2;
    this.latestMs = new Float64Array(this.capacity);
    this.partTokens = new Float64Array(this.capacity);
    this.partNanoUsd = new Float64Array(this.capacity);
    this.partCalls = new Int32Array(this.capacity);
  }

  /** Lets go of what is as old as the window. */
  moveTo(nowMs: number): void {
    if (nowMs >= this.headLeavesMs) this.drop(nowMs);
  }

  admits(tokens: number, nanoUsd: number): boolean {
    return (this.tokens + tokens <= this.maxTokens || tokens === 0) && (this.nanoUsd + nanoUsd <= this.maxNanoUsd || nanoUsd === 0);
  }

  canCount(tokens: number, nanoUsd: number): boolean {
    return this.tokens + tokens <= MOST && this.nanoUsd + nanoUsd <= MOST;
  }

  add(nowMs: number, tokens: number, nanoUsd: number): void {
    if (nowMs >= this.tailEndsMs) this.beginPart(nowMs);
    const { tail } = this;
    this.latestMs[tail] = nowMs;
    this.partTokens[tail] = (this.partTokens[tail] as number) + tokens;
    this.partNanoUsd[tail] = (this.partNanoUsd[tail] as number) + nanoUsd;
    this.partCalls[tail] = (this.partCalls[tail] as number) + 1;
    this.tokens += tokens;
    this.nanoUsd += nanoUsd;
    this.calls += 1;
    if (this.length === 1) this.headLeavesMs = nowMs + this.durationMs;
  }

  /** Changes what was counted at an instant; nothing where that has left the window. */
  change(atMs: number, tokens: number, nanoUsd: number, calls: number): void {
    if (atMs <= this.leftMs) return;
    const part = this.partOf(atMs);
    this.partTokens[part] = (this.partTokens[part] as number) + tokens;
    this.partNanoUsd[part] = (this.partNanoUsd[part] as number) + nanoUsd;
    this.partCalls[part] = (this.partCalls[part] as number) + calls;
    this.tokens += tokens;
    this.nanoUsd += nanoUsd;
    this.calls += calls;
  }

  /** After so long, so much will have left; whole milliseconds, rounded up. */
  waitFor(tokens: number, nanoUsd: number, nowMs: number): number {
    let freedTokens = 0;
    let freedNanoUsd = 0;
    let waitMs = 0;
    for (let i = 0; i < this.length && (freedTokens < tokens || freedNanoUsd < nanoUsd); i++) {
      const part = (this.head + i) % this.capacity;
      freedTokens += this.partTokens[part] as number;
      freedNanoUsd += this.partNanoUsd[part] as number;
      waitMs = (this.latestMs[part] as number) + this.durationMs - nowMs;
    }
    return Math.ceil(waitMs);
  }

  private beginPart(nowMs: number): void {
    if (this.length === this.capacity) this.grow();
    this.tail = this.head + this.length;
    if (this.tail >= this.capacity) this.tail -= this.capacity;
    this.length += 1;
    this.partTokens[this.tail] = 0;
    this.partNanoUsd[this.tail] = 0;
    this.partCalls[this.tail] = 0;
    this.tailEndsMs = this.partMs === 0 ? nowMs : (Math.floor(nowMs / this.partMs) + 1) * this.partMs;
  }

  private drop(nowMs: number): void {
    const { capacity, durationMs, latestMs } = this;
    if (nowMs >= (latestMs[this.tail] as number) + durationMs) {
      this.leftMs = latestMs[this.tail] as number;
      this.tokens = this.nanoUsd = this.calls = this.length = 0;
      this.headLeavesMs = Number.POSITIVE_INFINITY;
      this.tailEndsMs = Number.NEGATIVE_INFINITY;
      return;
    }
    let { head } = this;
    while (nowMs >= (latestMs[head] as number) + durationMs) {
      this.tokens -= this.partTokens[head] as number;
      this.nanoUsd -= this.partNanoUsd[head] as number;
      this.calls -= this.partCalls[head] as number;
      this.leftMs = latestMs[head] as number;
      this.length -= 1;
      head = head + 1 === capacity ? 0 : head + 1;
    }
    this.head = head;
    this.headLeavesMs = (latestMs[head] as number) + durationMs;
  }

  /** The first part whose latest event is not before the instant. */
  private partOf(atMs: number): number {
    let low = 0;
    let high = this.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.latestMs[(this.head + middle) % this.capacity] as number) < atMs) low = middle + 1;
      else high = middle;
    }
    return (this.head + low) % this.capacity;
  }

  private grow(): void {
    const capacity = this.capacity < LARGE_CAPACITY ? 2 * this.capacity : Math.ceil(this.capacity * GROWTH_OF_LARGE);
    this.latestMs = this.unrolled(this.latestMs, new Float64Array(capacity));
    this.partTokens = this.unrolled(this.partTokens, new Float64Array(capacity));
    this.partNanoUsd = this.unrolled(this.partNanoUsd, new Float64Array(capacity));
    this.partCalls = this.unrolled(this.partCalls, new Int32Array(capacity));
    this.capacity = capacity;
    this.head = 0;
  }

  private unrolled<T extends Float64Array | Int32Array>(from: T, into: T): T {
    into.set(from.subarray(this.head));
    into.set(from.subarray(0, this.head), this.capacity - this.head);
    return into;
  }
}
