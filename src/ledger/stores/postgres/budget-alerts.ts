/** The rows of `alerts`, read as a list and as an outbox. They are written by the database's `tell`, together with what they tell of. */
import type { AlertFilter, AlertKind, StoredAlert } from "../../store.ts";
import type { BookConnection } from "./connection.ts";
import type { Row } from "./driver.ts";
import { arrayOf, givenText, textArrayOf } from "./transaction.ts";

const COLUMNS = [
  "id",
  "budget",
  "value",
  "start_ms",
  "end_ms",
  "kind",
  "threshold",
  "spent_nano_usd",
  "spent_tokens",
  "triggered_ms",
  "acknowledged_ms",
  "attempts",
  "next_attempt_ms",
  "delivered_ms",
  "last_error",
]
  .map((column) => `a.${column}`)
  .join(", ");

export class BudgetAlerts {
  readonly #connection: BookConnection;

  constructor(connection: BookConnection) {
    this.#connection = connection;
  }

  async list({ budget, open = false }: AlertFilter): Promise<StoredAlert[]> {
    const rows = await this.#connection.read((transaction) =>
      transaction.query(
        `SELECT ${COLUMNS}, b.name FROM alerts a JOIN budgets b ON b.id = a.budget
         WHERE ($1::text[] IS NULL OR b.name = ANY($1::text[])) AND (NOT $2 OR a.acknowledged_ms IS NULL) ORDER BY a.id`,
        [budget === undefined ? null : textArrayOf([budget]), open],
      ),
    );
    return rows.map(alertOf);
  }

  acknowledge(ids: readonly number[], nowMs: number): Promise<number> {
    return this.#connection.write((transaction) =>
      transaction.run("UPDATE alerts SET acknowledged_ms = $2 WHERE id = ANY($1::bigint[]) AND acknowledged_ms IS NULL", [
        arrayOf(ids),
        nowMs,
      ]),
    );
  }

  /** The attempt is counted here: a deliverer that dies while it posts has tried, too. */
  async claim(limit: number, leaseMs: number): Promise<StoredAlert[]> {
    const { schema } = this.#connection;
    const waiting = `SELECT id FROM ${schema}.alerts WHERE delivered_ms IS NULL AND next_attempt_ms <= ${schema}.now_ms()`;
    if ((await this.#connection.call(`${waiting} LIMIT 1`, [], { repeatable: true })).length === 0) return [];
    const rows = await this.#connection.call(
      `WITH taken AS (${waiting} ORDER BY next_attempt_ms, id LIMIT $1 FOR UPDATE SKIP LOCKED)
       UPDATE ${schema}.alerts a SET next_attempt_ms = ${schema}.now_ms() + $2::bigint, attempts = attempts + 1
       FROM taken, ${schema}.budgets b WHERE a.id = taken.id AND b.id = a.budget RETURNING ${COLUMNS}, b.name`,
      [limit, leaseMs],
    );
    return rows.map(alertOf).sort((a, b) => a.id - b.id);
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

function alertOf(row: Row): StoredAlert {
  const alert: StoredAlert = {
    id: Number(row.id),
    budgetId: Number(row.budget),
    budgetName: givenText(String(row.name)),
    value: givenText(String(row.value)),
    window: { startMs: Number(row.start_ms), endMs: Number(row.end_ms) },
    kind: row.kind as AlertKind,
    threshold: Number(row.threshold),
    spentNanoUsd: BigInt(row.spent_nano_usd as number | bigint),
    spentTokens: BigInt(row.spent_tokens as number | bigint),
    triggeredMs: Number(row.triggered_ms),
  };
  if (row.acknowledged_ms !== null) alert.acknowledgedMs = Number(row.acknowledged_ms);
  if (row.next_attempt_ms !== null) {
    alert.delivery = { attempts: Number(row.attempts), nextAttemptMs: Number(row.next_attempt_ms) };
    if (row.delivered_ms !== null) alert.delivery.deliveredMs = Number(row.delivered_ms);
    if (row.last_error !== null) alert.delivery.lastError = givenText(String(row.last_error));
  }
  return alert;
}
