/** Budgets: what they count and hold, computed anew from the records and the open reservations. */
import { budgetFromJson, budgetToJson } from "../../../budget/index.ts";
import type { Differences } from "../../schema/differences.ts";
import { amountsHeld } from "../../schema/reservation-content.ts";
import type { StoredBudget } from "../../store.ts";
import type { BudgetBook } from "./budget-book.ts";
import { type OpenReservation, openReservations, placesHolding, recount } from "./budget-recount.ts";
import { readBudgets } from "./budget-table.ts";
import { countedAnew } from "./counted-anew.ts";
import type { Dictionary } from "./dictionary.ts";
import { reservationKey } from "./reservation-row.ts";
import { givenText, type Transaction } from "./transaction.ts";

const SUMS = ["used_nano_usd", "used_tokens", "requests", "reserved_nano_usd", "reserved_tokens"] as const;
type Sums = Record<(typeof SUMS)[number], bigint>;

export async function verifyBudgets(
  transaction: Transaction,
  book: BudgetBook,
  dictionary: Dictionary,
  differences: Differences,
): Promise<void> {
  await verifyDefinitions(transaction, differences);
  const { budgets } = await readBudgets(transaction);
  const open = await openReservations(transaction);
  for (const reservation of open) await verifyReservation(transaction, book, budgets, reservation, differences);
  for (const budget of budgets) await verifyCounters(transaction, book, dictionary, budget, open, differences);
  for (const table of ["budget_counters", "alerts"]) {
    const strays = await transaction.query(`SELECT DISTINCT budget FROM ${table} WHERE budget NOT IN (SELECT id FROM budgets) ORDER BY 1`);
    for (const { budget } of strays) differences.add(strayKind(table), `${table} budget ${budget}`, "a budget", "missing");
  }
}

/** To be called in the write transaction in which the differences were found. */
export async function repairBudgets(
  transaction: Transaction,
  book: BudgetBook,
  dictionary: Dictionary,
  differences: Differences,
): Promise<string[]> {
  if (!["counter", "hold", "alert"].some((kind) => differences.has(kind))) return [];
  for (const table of ["budget_counters", "alerts"]) {
    await transaction.run(`DELETE FROM ${table} WHERE budget NOT IN (SELECT id FROM budgets)`);
  }
  for (const budget of (await readBudgets(transaction)).budgets) await recount(transaction, book, dictionary, budget);
  return ["counters"];
}

async function verifyDefinitions(transaction: Transaction, differences: Differences): Promise<void> {
  for (const row of await transaction.query("SELECT id, name, definition FROM budgets ORDER BY id")) {
    const text = givenText(String(row.definition));
    const definition = budgetFromJson(text);
    if (budgetToJson(definition) !== text) differences.add("value", `budgets ${row.id} definition`, budgetToJson(definition), text);
    const name = givenText(String(row.name));
    if (definition.name !== name) differences.add("value", `budgets ${row.id} name`, definition.name, name);
  }
}

async function verifyReservation(
  transaction: Transaction,
  book: BudgetBook,
  budgets: readonly StoredBudget[],
  { reservation, digest, attempt, held }: OpenReservation,
  differences: Differences,
): Promise<void> {
  const where = `reservations ${reservation.requestId} attempt ${attempt}`;
  const key = reservationKey(reservation.requestId, attempt);
  if (key.digest !== digest.replaceAll("-", "")) differences.add("reservation", `${where} digest`, key.digest, digest);
  const expected: string[] = [];
  for (const budget of budgets) {
    for (const { value, startMs } of await placesHolding(transaction, book, budget, reservation))
      expected.push(JSON.stringify([budget.id, value, startMs]));
  }
  const found = held.budgets.map((id, i) => JSON.stringify([id, held.values[i], held.starts[i]]));
  if (expected.join() !== found.join()) differences.add("hold", where, expected.join(), found.join());
}

async function verifyCounters(
  transaction: Transaction,
  book: BudgetBook,
  dictionary: Dictionary,
  budget: StoredBudget,
  open: readonly OpenReservation[],
  differences: Differences,
): Promise<void> {
  const expected = new Map<string, Sums>();
  const at = (value: string, startMs: number): Sums => {
    const key = `${startMs} ${value}`;
    const sums = expected.get(key) ?? noSums();
    expected.set(key, sums);
    return sums;
  };
  for (const { value, startMs, nanoUsd, tokens, requests } of await countedAnew(transaction, dictionary, budget)) {
    const sums = at(value, startMs);
    sums.used_nano_usd = nanoUsd;
    sums.used_tokens = tokens;
    sums.requests = BigInt(requests);
  }
  for (const { reservation } of open) {
    const { nanoUsd, tokens } = amountsHeld(reservation.estimate);
    for (const { value, startMs } of await placesHolding(transaction, book, budget, reservation)) {
      const sums = at(value, startMs);
      sums.reserved_nano_usd += nanoUsd;
      sums.reserved_tokens += tokens;
    }
  }
  const rows = await transaction.query(`SELECT value, start_ms, ${SUMS.join(", ")} FROM budget_counters WHERE budget = $1`, [budget.id]);
  const found = new Map<string, Sums>();
  for (const row of rows) {
    const sums = noSums();
    for (const sum of SUMS) sums[sum] = BigInt(row[sum] as number | bigint);
    found.set(`${row.start_ms} ${givenText(String(row.value))}`, sums);
  }
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const [wanted, stored] = [expected.get(key) ?? noSums(), found.get(key) ?? noSums()];
    for (const sum of SUMS) {
      if (wanted[sum] !== stored[sum])
        differences.add("counter", `budget_counters ${budget.definition.name} ${placeText(key)} ${sum}`, wanted[sum], stored[sum]);
    }
  }
}

function noSums(): Sums {
  return { used_nano_usd: 0n, used_tokens: 0n, requests: 0n, reserved_nano_usd: 0n, reserved_tokens: 0n };
}

function placeText(key: string): string {
  const [startMs, ...value] = key.split(" ");
  const date = new Date(Number(startMs));
  const start = Number.isNaN(date.getTime()) ? String(startMs) : date.toISOString();
  return [...(value.join(" ") === "" ? [] : [value.join(" ")]), start].join(" ");
}

function strayKind(table: string): string {
  return table === "alerts" ? "alert" : "counter";
}
