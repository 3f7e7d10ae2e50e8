/** Counts a budget anew, records and reservations: when it is made, when it is to count something else, and when it is repaired. */
import { counterSpanOf } from "../../../budget/index.ts";
import { amountsHeld, asWritten } from "../../schema/reservation-content.ts";
import type { StoredBudget, StoredReservation } from "../../store.ts";
import type { BudgetBook } from "./budget-book.ts";
import { dropHolds } from "./budget-table.ts";
import { countedAnew } from "./counted-anew.ts";
import { type CounterPlace, comparePlaces, placeArrays, tellItems } from "./counter-items.ts";
import type { Dictionary } from "./dictionary.ts";
import { RESERVATION_COLUMNS, reservationOf } from "./reservation-row.ts";
import { arrayOf, type Transaction, textArrayOf } from "./transaction.ts";

/** An open reservation, and where its row is. */
export interface OpenReservation {
  reservation: StoredReservation;
  digest: string;
  attempt: number;
  held: { budgets: number[]; values: string[]; starts: number[] };
}

/** The transaction must have budgets for itself. Overage, which no record tells, stays where its counter does. */
export async function recount(transaction: Transaction, book: BudgetBook, dictionary: Dictionary, budget: StoredBudget): Promise<void> {
  const overage = await transaction.query(
    "SELECT value, start_ms, overage_nano_usd FROM budget_counters WHERE budget = $1 AND overage_nano_usd <> 0",
    [budget.id],
  );
  await transaction.run("DELETE FROM budget_counters WHERE budget = $1", [budget.id]);
  const counted = await countedAnew(transaction, dictionary, budget);
  const places = counted.map(({ value, startMs }): CounterPlace => ({ budget, value, startMs }));
  await transaction.run("SELECT count_used($1, $2, $3, $4, $5, $6)", [
    ...placeArrays(places),
    arrayOf(counted.map(({ nanoUsd }) => nanoUsd)),
    arrayOf(counted.map(({ tokens }) => tokens)),
    arrayOf(counted.map(({ requests }) => requests)),
  ]);
  await transaction.run(
    `UPDATE budget_counters c SET overage_nano_usd = o.overage FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS o (value, start_ms, overage)
     WHERE c.budget = $1 AND c.value = o.value AND c.start_ms = o.start_ms`,
    [
      budget.id,
      textArrayOf(overage.map(({ value }) => String(value))),
      arrayOf(overage.map(({ start_ms }) => Number(start_ms))),
      arrayOf(overage.map(({ overage_nano_usd }) => overage_nano_usd as number | bigint)),
    ],
  );
  await holdAnew(transaction, book, budget);
  await tellNow(transaction, book, budget, places);
}

/** Tells what the present windows have reached already. */
export async function tellNow(
  transaction: Transaction,
  book: BudgetBook,
  budget: StoredBudget,
  places: readonly CounterPlace[],
): Promise<void> {
  const { nowMs } = book;
  const span = counterSpanOf(nowMs, budget.definition);
  const isSliding = budget.definition.windowMs !== undefined;
  // For a sliding window, one part of each value asks for all of it.
  const present = isSliding
    ? [...new Set(places.map(({ value }) => value))].map((value) => ({ budget, value, startMs: span.startMs }))
    : places.filter(({ startMs }) => startMs === span.startMs);
  const { arrays, isEmpty } = tellItems(present, nowMs);
  if (!isEmpty) await transaction.run("SELECT tell($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", arrays);
}

/** The budget holds the open reservations that it counts, and those know of it. */
async function holdAnew(transaction: Transaction, book: BudgetBook, budget: StoredBudget): Promise<void> {
  await dropHolds(transaction, budget.id);
  for (const open of await openReservations(transaction)) {
    const places = await placesHolding(transaction, book, budget, open.reservation);
    if (places.length === 0) continue;
    const held = open.held.budgets.map(
      (id, i): CounterPlace => ({
        budget: { ...budget, id },
        value: open.held.values[i] as string,
        startMs: open.held.starts[i] as number,
      }),
    );
    await transaction.run(
      "UPDATE reservations SET held_budgets = $1, held_values = $2, held_starts = $3 WHERE digest = $4 AND attempt = $5",
      [...placeArrays([...held, ...places].sort(comparePlaces)), open.digest, open.attempt],
    );
    const { nanoUsd, tokens } = amountsHeld(open.reservation.estimate);
    await transaction.run(
      `INSERT INTO budget_counters AS c (budget, value, start_ms, reserved_nano_usd, reserved_tokens)
       SELECT b, v, s, $4, $5 FROM unnest($1::integer[], $2::text[], $3::bigint[]) AS held (b, v, s)
       ON CONFLICT (budget, value, start_ms) DO UPDATE SET reserved_nano_usd = c.reserved_nano_usd + excluded.reserved_nano_usd,
         reserved_tokens = c.reserved_tokens + excluded.reserved_tokens`,
      [...placeArrays(places), nanoUsd, tokens],
    );
  }
}

/** Which counters of a budget must hold a reservation. */
export async function placesHolding(
  transaction: Transaction,
  book: BudgetBook,
  budget: StoredBudget,
  reservation: StoredReservation,
): Promise<CounterPlace[]> {
  const { startMs } = counterSpanOf(reservation.reservedMs, budget.definition);
  if (startMs < budget.countedFromMs) return [];
  const call = { ...reservation, canonicalModel: asWritten };
  await book.makeKnown(transaction, call);
  return book.targetsAmong([budget], call).map((target) => ({ ...target, startMs }));
}

export async function openReservations(transaction: Transaction): Promise<OpenReservation[]> {
  const rows = await transaction.query(
    `SELECT ${RESERVATION_COLUMNS}, digest, array_to_json(held_budgets) AS budgets, array_to_json(held_values) AS values, array_to_json(held_starts) AS starts
     FROM reservations WHERE state = 'open' ORDER BY reserved_ms, digest, attempt`,
  );
  return rows.map((row) => ({
    reservation: reservationOf(row),
    digest: String(row.digest),
    attempt: Number(row.attempt),
    held: {
      budgets: JSON.parse(String(row.budgets)) as number[],
      values: JSON.parse(String(row.values)) as string[],
      starts: JSON.parse(String(row.starts)) as number[],
    },
  }));
}
