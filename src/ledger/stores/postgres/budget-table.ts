/** The rows of `budgets`. Whoever changes them has them for itself: nobody counts meanwhile. */
import { type BudgetDefinition, budgetFromJson, budgetToJson } from "../../../budget/index.ts";
import type { StoredBudget, StoredBudgets } from "../../store.ts";
import type { Row } from "./driver.ts";
import { givenText, type Transaction, textArrayOf } from "./transaction.ts";

/** All budgets, with the revision by which every process notices that another one has changed them, or names that they count by. */
export async function readBudgets(transaction: Transaction): Promise<StoredBudgets & { namesRevision: number }> {
  const rows = await transaction.query(
    `SELECT s.revision, s.names, b.id, b.definition, b.origin, b.counted_from_ms
     FROM (SELECT budgets_revision() AS revision, (SELECT value FROM settings WHERE name = 'names_revision') AS names) s LEFT JOIN budgets b ON true ORDER BY b.id`,
  );
  return {
    revision: Number(rows[0]?.revision),
    namesRevision: Number(rows[0]?.names),
    budgets: rows.filter(({ id }) => id !== null).map(budgetOf),
  };
}

export async function addBudget(
  transaction: Transaction,
  definition: BudgetDefinition,
  origin: string,
  countedFromMs: number,
): Promise<StoredBudget> {
  const [row] = await transaction.query(
    `INSERT INTO budgets (name, definition, origin, counted_from_ms)
     SELECT t[1], t[2], t[3], $2 FROM (SELECT $1::text[] AS t) given RETURNING id`,
    [textArrayOf([definition.name, budgetToJson(definition), origin]), countedFromMs],
  );
  await bump(transaction);
  return { id: Number(row?.id), definition, origin, countedFromMs };
}

export async function changeBudget(transaction: Transaction, { id, definition, origin, countedFromMs }: StoredBudget): Promise<void> {
  await transaction.run(
    `UPDATE budgets SET definition = t[1], origin = t[2], counted_from_ms = $2 FROM (SELECT $1::text[] AS t) given WHERE id = $3`,
    [textArrayOf([budgetToJson(definition), origin]), countedFromMs, id],
  );
  await bump(transaction);
}

/** With its counters and alerts, and what reservations hold of it. */
export async function dropBudget(transaction: Transaction, id: number): Promise<void> {
  for (const table of ["budget_counters", "alerts"]) await transaction.run(`DELETE FROM ${table} WHERE budget = $1`, [id]);
  await dropHolds(transaction, id);
  await transaction.run("DELETE FROM budgets WHERE id = $1", [id]);
  await bump(transaction);
}

/** Takes a budget out of the lists of what open reservations hold; its counters are the caller's to change. */
export async function dropHolds(transaction: Transaction, budgetId: number): Promise<void> {
  await transaction.run(
    `UPDATE reservations r SET held_budgets = h.budgets, held_values = h.values, held_starts = h.starts
     FROM (
       SELECT o.digest, o.attempt, kept.* FROM reservations o, LATERAL (
         SELECT coalesce(array_agg(budget ORDER BY place), '{}') AS budgets, coalesce(array_agg(value ORDER BY place), '{}') AS values,
           coalesce(array_agg(start_ms ORDER BY place), '{}') AS starts
         FROM unnest(o.held_budgets, o.held_values, o.held_starts) WITH ORDINALITY AS held (budget, value, start_ms, place) WHERE budget <> $1
       ) kept WHERE o.state = 'open' AND $1 = ANY (o.held_budgets)
     ) h WHERE r.digest = h.digest AND r.attempt = h.attempt`,
    [budgetId],
  );
}

async function bump(transaction: Transaction): Promise<void> {
  await transaction.run("UPDATE settings SET value = value + 1 WHERE name = 'budgets_revision'");
}

function budgetOf(row: Row): StoredBudget {
  return {
    id: Number(row.id),
    definition: budgetFromJson(givenText(String(row.definition))),
    origin: givenText(String(row.origin)),
    countedFromMs: Number(row.counted_from_ms),
  };
}
