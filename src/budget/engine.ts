/**
 * The one engine under pools and windows: accounts that hold and count amounts, and reservations over any number of
 * accounts, all or none. A reservation ends once: settled, released or expired. Everything is synchronous: between the
 * check and the update nothing else can run.
 */
import type { Clock } from "../clock.ts";
import { AlreadySettled, type Breach, type BudgetExceeded, InvalidInput, quoteValue } from "../errors.ts";
import { MOST, nanoUsdOf, tokensOf } from "./amounts.ts";
import { Expiries } from "./expiries.ts";
import { COUNTED, RequestIds } from "./request-ids.ts";
import type { CallAmounts, Reservation, ReserveOptions } from "./reservation.ts";

/** Holds and counts amounts. A `place` says where in the account an amount was put, so that it is taken from there again. */
export abstract class Account {
  readonly clock: Clock;
  readonly expiries: Expiries<Hold> = new Expiries<Hold>();
  ids: RequestIds<Hold> | undefined;
  /** Of the steady clock, when it was last looked at. */
  nowMs: number = Number.NEGATIVE_INFINITY;
  readonly alone: readonly Account[] = [this];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Whether the account is another one at another time. */
  abstract dependsOnTime(): boolean;
  abstract admits(inputTokens: number, outputTokens: number, nanoUsd: number): boolean;
  /** Every cap that would be passed, in a fixed order; to be asked when `admits` says no. */
  abstract breachesOf(inputTokens: number, outputTokens: number, nanoUsd: number): [Breach, ...Breach[]];
  abstract hold(inputTokens: number, outputTokens: number, nanoUsd: number): number;
  /** Whether what was put at a place by an open reservation is still held. */
  abstract holds(place: number): boolean;
  abstract unhold(place: number, inputTokens: number, outputTokens: number, nanoUsd: number): void;
  /** Counts what a reservation came to, after what it held has been given back. Never refuses. */
  abstract use(place: number, inputTokens: number, outputTokens: number, nanoUsd: number): void;
  /** Whether the amounts can still be counted exactly. */
  abstract canCount(inputTokens: number, outputTokens: number, nanoUsd: number): boolean;
  abstract refusal(breaches: [Breach, ...Breach[]]): BudgetExceeded;

  /** Lets the account be as it is by its clock's time. */
  refresh(): void {
    if (this.dependsOnTime()) this.moveTo(this.clock.monotonic());
  }

  /** Time that runs backwards, as clocks of tests may, moves nothing. */
  moveTo(nowMs: number): void {
    if (nowMs > this.nowMs) this.nowMs = nowMs;
    if (this.expiries.openCount > 0) this.expiries.expire(this.nowMs);
  }
}

/** What `reserveAll` reserves from: pools and windows. */
export abstract class Reservable<A extends Account = Account> {
  protected readonly account: A;

  constructor(account: A) {
    this.account = account;
  }

  /** For `reserveAll`, which looks behind the door. */
  static accountOf(value: unknown): Account | undefined {
    return value instanceof Reservable ? value.account : undefined;
  }
}

/** A reservation over one or more accounts. */
export class Hold implements Reservation {
  readonly requestId: string | undefined;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: number;
  private readonly accounts: readonly Account[];
  private readonly place: number;
  private readonly otherPlaces: readonly number[] | undefined;
  private readonly canExpire: boolean;
  private ending: "settled" | "released" | "expired" | undefined = undefined;

  /** To be made only after `admit` let it pass, in the same breath. */
  constructor(accounts: readonly Account[], inputTokens: number, outputTokens: number, costNanoUsd: number, options?: ReserveOptions) {
    this.accounts = accounts;
    this.inputTokens = inputTokens;
    this.outputTokens = outputTokens;
    this.costNanoUsd = costNanoUsd;
    this.requestId = options?.requestId;
    this.canExpire = options?.ttlMs !== undefined;
    this.place = (accounts[0] as Account).hold(inputTokens, outputTokens, costNanoUsd);
    this.otherPlaces = accounts.length > 1 ? this.holdInOthers() : undefined;
    if (options !== undefined) this.enter(options);
  }

  get isOpen(): boolean {
    return this.ending === undefined;
  }

  settle(actual?: CallAmounts): void {
    let { inputTokens, outputTokens, costNanoUsd } = this;
    if (actual !== undefined) {
      checkObject(actual, "actual");
      if (actual.inputTokens !== undefined) inputTokens = tokensOf(actual.inputTokens, "inputTokens");
      if (actual.outputTokens !== undefined) outputTokens = tokensOf(actual.outputTokens, "outputTokens");
      if (actual.costUsd !== undefined) costNanoUsd = nanoUsdOf(actual.costUsd, "costUsd");
    }
    this.settleAt(inputTokens, outputTokens, costNanoUsd);
  }

  release(): void {
    if (this.ending === undefined) this.end("released");
  }

  [Symbol.dispose](): void {
    this.release();
  }

  /** Called by the heap in which it waits for its time. */
  expire(): void {
    this.end("expired");
  }

  isOver(accounts: readonly Account[]): boolean {
    return accounts.length === this.accounts.length && accounts.every((account) => this.accounts.includes(account));
  }

  isHeldIn(account: Account): boolean {
    const index = this.accounts.indexOf(account);
    return index >= 0 && account.holds(this.placeAt(index));
  }

  settleAt(inputTokens: number, outputTokens: number, costNanoUsd: number): void {
    if (this.ending === "settled" || this.ending === "released") throw new AlreadySettled(`${this.name} is ${this.ending} already.`);
    const { accounts, requestId } = this;
    for (let i = 0; i < accounts.length; i++)
      if (!(accounts[i] as Account).canCount(inputTokens, outputTokens, costNanoUsd)) throw tooMuchToCount();
    if (requestId !== undefined && this.mayHaveLostId()) this.takeId(requestId);
    if (this.ending === undefined) this.giveBack();
    this.ending = "settled";
    for (let i = 0; i < accounts.length; i++) {
      const account = accounts[i] as Account;
      account.use(this.placeAt(i), inputTokens, outputTokens, costNanoUsd);
      if (requestId !== undefined) idsOf(account).set(requestId, COUNTED);
    }
  }

  /** Ends what holds nothing any more because its call was counted under the same id. */
  private supersede(): void {
    this.giveBack();
    this.ending = "settled";
  }

  private end(ending: "released" | "expired"): void {
    this.giveBack();
    this.ending = ending;
    const { accounts, requestId } = this;
    if (requestId === undefined) return;
    for (let i = 0; i < accounts.length; i++) {
      const { ids } = accounts[i] as Account;
      if (ids?.get(requestId) === this) ids.delete(requestId);
    }
  }

  private giveBack(): void {
    const { accounts } = this;
    for (let i = 0; i < accounts.length; i++) {
      const account = accounts[i] as Account;
      account.unhold(this.placeAt(i), this.inputTokens, this.outputTokens, this.costNanoUsd);
      if (this.canExpire) account.expiries.ended();
    }
  }

  /** The id of an expired reservation, and of one from before a reset, is free for others. */
  private mayHaveLostId(): boolean {
    if (this.ending !== undefined) return true;
    for (let i = 0; i < this.accounts.length; i++) if (!(this.accounts[i] as Account).holds(this.placeAt(i))) return true;
    return false;
  }

  private takeId(requestId: string): void {
    for (const { ids } of this.accounts) {
      const other = ids?.get(requestId);
      if (other === COUNTED) throw new AlreadySettled(`${this.name} is counted already, under the same id.`);
      if (other !== this) other?.supersede();
    }
  }

  private placeAt(index: number): number {
    return index === 0 ? this.place : ((this.otherPlaces as readonly number[])[index - 1] as number);
  }

  private holdInOthers(): number[] {
    const places: number[] = [];
    for (let i = 1; i < this.accounts.length; i++)
      places.push((this.accounts[i] as Account).hold(this.inputTokens, this.outputTokens, this.costNanoUsd));
    return places;
  }

  private enter({ ttlMs, requestId }: ReserveOptions): void {
    const { accounts } = this;
    for (let i = 0; i < accounts.length; i++) {
      const account = accounts[i] as Account;
      if (ttlMs !== undefined) account.expiries.push(account.nowMs + ttlMs, this);
      if (requestId !== undefined) idsOf(account).set(requestId, this);
    }
  }

  private get name(): string {
    return this.requestId === undefined ? "The reservation" : `The reservation ${quoteValue(this.requestId)}`;
  }
}

export function idsOf(account: Account): RequestIds<Hold> {
  account.ids ??= new RequestIds();
  return account.ids;
}

export function checkObject(value: unknown, what: string): void {
  if (typeof value !== "object" || value === null) throw new InvalidInput(`${what}: ${quoteValue(value)} is not an object.`);
}

function tooMuchToCount(): InvalidInput {
  return new InvalidInput(`The sum would pass ${MOST}, up to which tokens and nano-USD are counted exactly.`);
}
