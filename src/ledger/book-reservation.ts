/** A reservation in the hands of the program that made it. */
import { checkKeys } from "../budget/index.ts";
import { AlreadySettled, quoteValue } from "../errors.ts";
import { NANO_PER_USD } from "../money.ts";
import type { BudgetDesk } from "./budget-desk.ts";
import { textOf } from "./call-amounts.ts";
import { extend, track } from "./extending.ts";
import type { ActualUsage, BudgetNotice, CallEstimate, LedgerReservation, SettledCall, SettleOptions } from "./ledger.ts";
import { durabilityOf, type Reserved } from "./reserving.ts";
import { release, settle } from "./settling.ts";
import type { StoredReservation } from "./store.ts";

export class BookReservation implements LedgerReservation {
  readonly requestId: string;
  readonly attempt: number;
  readonly reservedMs: number;
  readonly notices: readonly BudgetNotice[];
  readonly isNew: boolean;
  readonly #desk: BudgetDesk;
  #stored: StoredReservation;
  #remainingNanoUsd: bigint | undefined;

  constructor(desk: BudgetDesk, { reservation, notices, isNew, remainingNanoUsd }: Reserved) {
    this.requestId = reservation.requestId;
    this.attempt = reservation.attempt;
    this.reservedMs = reservation.reservedMs;
    this.notices = notices;
    this.isNew = isNew;
    this.#desk = desk;
    this.#stored = reservation;
    this.#remainingNanoUsd = remainingNanoUsd;
  }

  get estimate(): LedgerReservation["estimate"] {
    const { nanoUsd, inputTokens, outputTokens } = this.#stored.estimate;
    return { inputTokens, outputTokens, costUsd: Number(nanoUsd) / Number(NANO_PER_USD), costNanoUsd: nanoUsd };
  }

  get expiresMs(): number {
    return this.#stored.expiresMs;
  }

  get remainingNanoUsd(): bigint | undefined {
    return this.#remainingNanoUsd;
  }

  async extend(change: { estimate?: CallEstimate; ttlMs?: number }): Promise<void> {
    const { reservation, remainingNanoUsd } = await extend(this.#desk, this.#stored, change);
    this.#stored = reservation;
    this.#remainingNanoUsd = remainingNanoUsd;
  }

  track(externalId: string): Promise<void> {
    return track(this.#desk, this.#stored, externalId);
  }

  held(): Promise<void> {
    return this.#desk.store.flushed();
  }

  async dispatched(): Promise<void> {
    if (await this.#desk.store.markDispatched(this.requestId, this.attempt)) return;
    throw new AlreadySettled(
      `The reservation of request_id ${quoteValue(this.requestId)} has ended; reserve anew before the call leaves, or nothing is set aside for it.`,
    );
  }

  async settle(actual?: ActualUsage, options: SettleOptions = {}): Promise<SettledCall> {
    checkKeys(options, ["durability", "externalIds"], "options");
    const durability = options.durability === undefined ? undefined : durabilityOf(options.durability);
    const works = options.externalIds?.map((externalId) => textOf(externalId, "externalIds"));
    return settle(this.#desk, this, actual, { known: this.#stored, durability, works });
  }

  async release(): Promise<void> {
    await release(this.#desk, this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}
