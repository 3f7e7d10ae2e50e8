/** A reservation in the hands of the program that made it. */
import { AlreadySettled, quoteValue } from "../errors.ts";
import { NANO_PER_USD } from "../money.ts";
import type { BudgetDesk } from "./budget-desk.ts";
import type { ActualUsage, BudgetNotice, LedgerReservation } from "./ledger.ts";
import type { Reserved } from "./reserving.ts";
import { release, settle } from "./settling.ts";
import type { StoredReservation } from "./store.ts";

export class BookReservation implements LedgerReservation {
  readonly requestId: string;
  readonly attempt: number;
  readonly estimate: LedgerReservation["estimate"];
  readonly reservedMs: number;
  readonly expiresMs: number;
  readonly notices: readonly BudgetNotice[];
  readonly #desk: BudgetDesk;
  readonly #stored: StoredReservation;

  constructor(desk: BudgetDesk, { reservation, notices }: Reserved) {
    const { nanoUsd, inputTokens, outputTokens } = reservation.estimate;
    this.requestId = reservation.requestId;
    this.attempt = reservation.attempt;
    this.estimate = { inputTokens, outputTokens, costUsd: Number(nanoUsd) / Number(NANO_PER_USD), costNanoUsd: nanoUsd };
    this.reservedMs = reservation.reservedMs;
    this.expiresMs = reservation.expiresMs;
    this.notices = notices;
    this.#desk = desk;
    this.#stored = reservation;
  }

  async dispatched(): Promise<void> {
    if (await this.#desk.store.markDispatched(this.requestId, this.attempt)) return;
    throw new AlreadySettled(
      `The reservation of request_id ${quoteValue(this.requestId)} has ended; reserve anew before the call leaves, or nothing is set aside for it.`,
    );
  }

  settle(actual?: ActualUsage): Promise<void> {
    return settle(this.#desk, this, actual, this.#stored);
  }

  async release(): Promise<void> {
    await release(this.#desk, this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}
