/** The rows of `alerts`, the same in every database. */
import type { AlertKind, StoredAlert } from "../store.ts";

export const ALERT_COLUMNS = [
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
] as const;

/** Percent at which an overage is told. */
export const OVERAGE_PERCENT = 100;

/**
 * @param row with the columns above, and the budget's name as `budget_name`
 * @param textOf a stored text as it was given
 */
export function alertOf(row: Readonly<Record<string, unknown>>, textOf: (stored: unknown) => string): StoredAlert {
  const alert: StoredAlert = {
    id: Number(row.id),
    budgetId: Number(row.budget),
    budgetName: textOf(row.budget_name ?? ""),
    value: textOf(row.value),
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
    if (row.last_error !== null) alert.delivery.lastError = textOf(row.last_error);
  }
  return alert;
}
