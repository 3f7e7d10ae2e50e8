/** The rows of `alerts`, read as a list and as an outbox. They are written by the database's `tell`, together with what they tell of. */

import { ALERT_COLUMNS, alertOf } from "../../schema/alert-rows.ts";
import { alertNote } from "../../schema/audit-notes.ts";
import type { AlertFilter, StoredAlert } from "../../store.ts";
import { addAuditNotes } from "./audit-log.ts";
import type { BookConnection } from "./connection.ts";
import { arrayOf, givenText, textArrayOf } from "./transaction.ts";

const COLUMNS = [...ALERT_COLUMNS.map((column) => `a.${column}`), "b.name AS budget_name"].join(", ");

const textOf = (stored: unknown): string => givenText(String(stored));

export class BudgetAlerts {
  readonly #connection: BookConnection;

  constructor(connection: BookConnection) {
    this.#connection = connection;
  }

  async list({ budget, open = false, afterId = 0 }: AlertFilter): Promise<StoredAlert[]> {
    const rows = await this.#connection.read((transaction) =>
      transaction.query(
        `SELECT ${COLUMNS} FROM alerts a JOIN budgets b ON b.id = a.budget
         WHERE ($1::text[] IS NULL OR b.name = ANY($1::text[])) AND (NOT $2 OR a.acknowledged_ms IS NULL) AND a.id > $3
         ORDER BY a.id`,
        [budget === undefined ? null : textArrayOf([budget]), open, afterId],
      ),
    );
    return rows.map((row) => alertOf(row, textOf));
  }

  acknowledge(ids: readonly number[], nowMs: number, actor: string): Promise<number> {
    return this.#connection.write(async (transaction) => {
      const rows = await transaction.query(
        `UPDATE alerts a SET acknowledged_ms = $2 FROM budgets b
         WHERE a.id = ANY($1::bigint[]) AND a.acknowledged_ms IS NULL AND b.id = a.budget RETURNING ${COLUMNS}`,
        [arrayOf(ids), nowMs],
      );
      const acknowledged = rows.map((row) => alertOf(row, textOf)).sort((a, b) => a.id - b.id);
      await addAuditNotes(
        transaction,
        acknowledged.map((alert) => alertNote(alert, actor)),
      );
      return acknowledged.length;
    });
  }

  /** The attempt is counted here: a deliverer that dies while it posts has tried, too. */
  async claim(limit: number, leaseMs: number): Promise<StoredAlert[]> {
    const { schema } = this.#connection;
    const waiting = `SELECT id FROM ${schema}.alerts WHERE delivered_ms IS NULL AND next_attempt_ms <= ${schema}.now_ms()`;
    if ((await this.#connection.call(`${waiting} LIMIT 1`, [], { repeatable: true })).length === 0) return [];
    const rows = await this.#connection.call(
      `WITH taken AS (${waiting} ORDER BY next_attempt_ms, id LIMIT $1 FOR UPDATE SKIP LOCKED)
       UPDATE ${schema}.alerts a SET next_attempt_ms = ${schema}.now_ms() + $2::bigint, attempts = attempts + 1
       FROM taken, ${schema}.budgets b WHERE a.id = taken.id AND b.id = a.budget RETURNING ${COLUMNS}`,
      [limit, leaseMs],
    );
    return rows.map((row) => alertOf(row, textOf)).sort((a, b) => a.id - b.id);
  }

  async done(id: number, outcome: { deliveredMs: number } | { error: string; nextAttemptMs: number }): Promise<void> {
    const { schema } = this.#connection;
    const options = { repeatable: true };
    if ("error" in outcome) {
      const sql = `UPDATE ${schema}.alerts SET last_error = ($2::text[])[1], next_attempt_ms = $3 WHERE id = $1`;
      await this.#connection.call(sql, [id, textArrayOf([outcome.error]), outcome.nextAttemptMs], options);
    } else {
      await this.#connection.call(
        `UPDATE ${schema}.alerts SET delivered_ms = $2, last_error = NULL WHERE id = $1`,
        [id, outcome.deliveredMs],
        options,
      );
    }
  }
}
