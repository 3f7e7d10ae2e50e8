/** Reserving, settling, releasing, sweeping: what a program does with a book's budgets, call by call. Loaded when first needed. */
import { type BudgetDefinition, RateLimiter } from "../budget/index.ts";
import { InvalidInput, quoteValue } from "../errors.ts";
import { BookReservation } from "./book-reservation.ts";
import type { BudgetDesk } from "./budget-desk.ts";
import { textOf } from "./call-amounts.ts";
import type { ActualUsage, CallOwner, LedgerBudgets, LedgerConfig, LedgerReservation, OpenReservation, ReserveCall } from "./ledger.ts";
import { openReservations } from "./open-reservations.ts";
import { reserve, scopeOf } from "./reserving.ts";
import { type CallName, release, settle } from "./settling.ts";
import type { ReserveRequest } from "./store.ts";
import { type Swept, sweep } from "./sweeping.ts";

/** Calls without a team share one limit. */
const NO_TEAM = "";

export class BookBudgets {
  readonly #desk: BudgetDesk;
  readonly #rates: RateLimiter | undefined;

  constructor(desk: BudgetDesk) {
    this.#desk = desk;
    this.#rates = rateLimiter(desk);
  }

  async reserve(call: ReserveCall): Promise<LedgerReservation> {
    return new BookReservation(this.#desk, await reserve(this.#desk, call, (request) => this.#passRate(request)));
  }

  async settle(reservation: LedgerReservation | string, actual?: ActualUsage): Promise<void> {
    if (reservation instanceof BookReservation) await reservation.settle(actual);
    else await settle(this.#desk, nameOf(reservation), actual);
  }

  async release(reservation: LedgerReservation | string): Promise<void> {
    await release(this.#desk, nameOf(reservation));
  }

  async tracked(externalId: string): Promise<LedgerReservation | undefined> {
    const { store } = this.#desk;
    const reservation = await store.tracked(textOf(externalId, "externalId"));
    return reservation && new BookReservation(this.#desk, { reservation, notices: [], isNew: false, remainingNanoUsd: undefined });
  }

  async ownerOf(externalId: string): Promise<CallOwner | undefined> {
    return this.#desk.store.ownerOf(textOf(externalId, "externalId"));
  }

  async counting({ provider, model, scope }: Parameters<LedgerBudgets["counting"]>[0]): Promise<BudgetDefinition[]> {
    const { store } = this.#desk;
    const { canonicalModel } = await this.#desk.pricer();
    return [...(await store.counting({ provider, model, scope: scopeOf(scope ?? {}), canonicalModel }))];
  }

  reservations(): Promise<OpenReservation[]> {
    return openReservations(this.#desk);
  }

  sweep(): Promise<Swept> {
    return sweep(this.#desk);
  }

  #passRate({ scope: { team = NO_TEAM } }: ReserveRequest): () => void {
    this.#rates?.check(team);
    return () => this.#rates?.giveBack(team);
  }
}

function nameOf(reservation: LedgerReservation | string): CallName {
  if (typeof reservation === "string" && reservation !== "") return { requestId: reservation };
  if (typeof reservation === "object" && reservation !== null) {
    const { requestId, attempt } = reservation;
    const isAttempt = attempt === undefined || Number.isSafeInteger(attempt);
    if (typeof requestId === "string" && requestId !== "" && isAttempt) return { requestId, attempt };
  }
  throw new InvalidInput(`${quoteValue(reservation)} is neither a reservation nor a request id.`);
}

function rateLimiter({ config, clock }: BudgetDesk): RateLimiter | undefined {
  if (!config.rateLimits) return undefined;
  const { defaultPerMinute, perMinuteByTeam }: NonNullable<LedgerConfig["rateLimits"]> = config.rateLimits;
  const byKey = Object.fromEntries([...perMinuteByTeam].map(([team, requestsPerMinute]) => [team, { requestsPerMinute }]));
  return new RateLimiter({ ...(defaultPerMinute === undefined ? {} : { requestsPerMinute: defaultPerMinute }), byKey }, { clock });
}
