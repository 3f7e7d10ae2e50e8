/** The rows of `alerts`: written once for each threshold and window, together with the records that reach it; read as an outbox. */
import type { BudgetWindow } from "../../../budget/index.ts";
import { ALERT_COLUMNS, alertOf } from "../../schema/alert-rows.ts";
import { mix, mixText } from "../../schema/hash.ts";
import type { AlertFilter, AlertKind, StoredAlert, StoredBudget } from "../../store.ts";
import type { Connection, Row } from "./driver.ts";
import { Statements } from "./statements.ts";

const SELECT = `SELECT ${ALERT_COLUMNS.map((column) => `alerts.${column}`).join(", ")}, budgets.name AS budget_name
  FROM alerts LEFT JOIN budgets ON budgets.id = alerts.budget`;

const INSERT = `INSERT OR IGNORE INTO alerts
    (budget, value, start_ms, end_ms, kind, threshold, spent_nano_usd, spent_tokens, triggered_ms, attempts, next_attempt_ms, checksum)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0) RETURNING id`;

export class BudgetAlerts {
  readonly #statements: Statements;
  /** Those that are known to be in the table: what has passed a threshold passes it again with every further call. */
  readonly #known = new Set<string>();

  constructor(connection: Connection) {
    this.#statements = new Statements(connection);
  }

  /** To be called when a transaction is undone, or budgets have changed. */
  forget(): void {
    this.#known.clear();
  }

  /** Nothing happens where this window has told of it already. */
  raise(
    budget: StoredBudget,
    value: string,
    window: BudgetWindow,
    { kind, threshold }: { kind: AlertKind; threshold: number },
    spent: { nanoUsd: bigint; tokens: bigint },
    nowMs: number,
  ): void {
    const key = `${budget.id} ${window.startMs} ${kind} ${threshold} ${value}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    const nextAttemptMs = budget.definition.webhook === undefined ? null : nowMs;
    const row = this.#statements
      .of(INSERT)
      .get(budget.id, value, window.startMs, window.endMs, kind, threshold, spent.nanoUsd, spent.tokens, nowMs, nextAttemptMs);
    if (row) this.#sign([Number(row.id)]);
  }

  list(filter: AlertFilter): StoredAlert[] {
    const conditions = [
      ...(filter.budget === undefined ? [] : ["budgets.name = ?"]),
      ...(filter.open === true ? ["alerts.acknowledged_ms IS NULL"] : []),
      ...(filter.afterId === undefined ? [] : ["alerts.id > ?"]),
    ];
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    const values = [filter.budget, filter.afterId].filter((value) => value !== undefined);
    return this.#statements
      .bigint(`${SELECT} ${where} ORDER BY alerts.id`)
      .all(...values)
      .map((row) => alertOf(row, String));
  }

  /** Answers those that were not acknowledged before. */
  acknowledge(ids: readonly number[], nowMs: number): StoredAlert[] {
    const update = this.#statements.of("UPDATE alerts SET acknowledged_ms = ? WHERE id = ? AND acknowledged_ms IS NULL");
    const changed = ids.filter((id) => update.run(nowMs, id) === 1);
    this.#sign(changed);
    const select = this.#statements.bigint(`${SELECT} WHERE alerts.id = ?`);
    return changed.map((id) => alertOf(select.get(id) as Row, String));
  }

  hasWaiting(nowMs: number): boolean {
    const sql = "SELECT 1 AS one FROM alerts WHERE delivered_ms IS NULL AND next_attempt_ms <= ? LIMIT 1";
    return this.#statements.of(sql).get(nowMs) !== undefined;
  }

  /** The attempt is counted here: a deliverer that dies while it posts has tried, too. */
  claim(limit: number, leaseMs: number, nowMs: number): StoredAlert[] {
    const ids = this.#statements
      .of("SELECT id FROM alerts WHERE delivered_ms IS NULL AND next_attempt_ms <= ? ORDER BY next_attempt_ms, id LIMIT ?")
      .all(nowMs, limit)
      .map(({ id }) => Number(id));
    const update = this.#statements.of("UPDATE alerts SET next_attempt_ms = ?, attempts = attempts + 1 WHERE id = ?");
    for (const id of ids) update.run(nowMs + leaseMs, id);
    this.#sign(ids);
    const select = this.#statements.bigint(`${SELECT} WHERE alerts.id = ?`);
    return ids.map((id) => alertOf(select.get(id) as Row, String));
  }

  delivered(id: number, deliveredMs: number): void {
    this.#statements.of("UPDATE alerts SET delivered_ms = ?, last_error = NULL WHERE id = ?").run(deliveredMs, id);
    this.#sign([id]);
  }

  failed(id: number, error: string, nextAttemptMs: number): void {
    this.#statements.of("UPDATE alerts SET last_error = ?, next_attempt_ms = ? WHERE id = ?").run(error, nextAttemptMs, id);
    this.#sign([id]);
  }

  removeOf(budgetId: number): void {
    this.#statements.of("DELETE FROM alerts WHERE budget = ?").run(budgetId);
  }

  #sign(ids: readonly number[]): void {
    const select = this.#statements.bigint(`SELECT ${ALERT_COLUMNS.join(", ")} FROM alerts WHERE id = ?`);
    const update = this.#statements.of("UPDATE alerts SET checksum = ? WHERE id = ?");
    for (const id of ids) {
      const row = select.get(id);
      if (row) update.run(alertChecksum(row), id);
    }
  }
}

/** @param row with integers as bigint */
export function alertChecksum(row: Row): number {
  return ALERT_COLUMNS.reduce(
    (hash, column) => mixText(hash, row[column] === null ? null : String(row[column])),
    mix(0, ALERT_COLUMNS.length),
  );
}
