/** The rows of `budgets`, and the revisions by which every process notices that another one has changed them. */
import { type BudgetDefinition, budgetFromJson, budgetToJson } from "../../../budget/index.ts";
import { DatabaseError, quoteValue } from "../../../errors.ts";
import { mix, mixText } from "../../schema/hash.ts";
import type { StoredBudget, StoredBudgets } from "../../store.ts";
import type { Connection, Row } from "./driver.ts";
import { Statements } from "./statements.ts";

/** Both change with what budgets count: the budgets themselves, and names of the dictionary that got another spelling. */
export interface Revisions {
  budgets: number;
  names: number;
}

export class BudgetTable {
  readonly #statements: Statements;

  constructor(connection: Connection) {
    this.#statements = new Statements(connection);
  }

  revisions(): Revisions {
    const row = this.#statements
      .of(
        `SELECT (SELECT value FROM settings WHERE name = 'budgets_revision') AS budgets,
           (SELECT value FROM settings WHERE name = 'names_revision') AS names`,
      )
      .get();
    return { budgets: Number(row?.budgets ?? 0), names: Number(row?.names ?? 0) };
  }

  all(): StoredBudgets {
    const rows = this.#statements.of("SELECT id, name, definition, origin, counted_from_ms FROM budgets ORDER BY id").all();
    return { revision: this.revisions().budgets, budgets: rows.map(budgetOf) };
  }

  add(definition: BudgetDefinition, origin: string, countedFromMs: number): StoredBudget {
    const row = this.#statements
      .of("INSERT INTO budgets (name, definition, origin, counted_from_ms, checksum) VALUES (?, ?, ?, ?, 0) RETURNING id")
      .get(definition.name, budgetToJson(definition), origin, countedFromMs);
    const budget = { id: Number(row?.id), definition, origin, countedFromMs };
    this.change(budget);
    return budget;
  }

  change({ id, definition, origin, countedFromMs }: StoredBudget): void {
    const text = budgetToJson(definition);
    this.#statements
      .of("UPDATE budgets SET name = ?, definition = ?, origin = ?, counted_from_ms = ?, checksum = ? WHERE id = ?")
      .run(definition.name, text, origin, countedFromMs, budgetChecksum(id, definition.name, text, origin, countedFromMs), id);
    this.#bump();
  }

  remove(id: number): void {
    this.#statements.of("DELETE FROM budgets WHERE id = ?").run(id);
    this.#bump();
  }

  #bump(): void {
    this.#statements.of("UPDATE settings SET value = value + 1 WHERE name = 'budgets_revision'").run();
  }
}

export function budgetChecksum(id: number, name: string, definition: string, origin: string, countedFromMs: number): number {
  return mixText(mixText(mixText(mix(mix(0, id), countedFromMs), name), definition), origin);
}

function budgetOf(row: Row): StoredBudget {
  return {
    id: Number(row.id),
    definition: definitionOf(row),
    origin: String(row.origin),
    countedFromMs: Number(row.counted_from_ms),
  };
}

/** One that can't be read could not be enforced: nothing goes on as if it were not there. */
function definitionOf(row: Row): BudgetDefinition {
  try {
    return budgetFromJson(String(row.definition));
  } catch (error) {
    throw new DatabaseError(`The book's budget ${quoteValue(row.name)} is damaged; put back a copy of the book.`, { cause: error });
  }
}
