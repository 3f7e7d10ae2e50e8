/** Alerts as documents. */
import { END_OF_TIME_MS } from "../clock.ts";
import { describeValue, type StoredAlert } from "../ledger/index.ts";
import { formatUsd } from "../money.ts";
import { instantOrNull, instantText } from "./instant-text.ts";

export interface AlertDocument {
  id: number;
  budget: string;
  /** What the counter is of, where the budget counts each value by itself. */
  value: string | null;
  kind: StoredAlert["kind"];
  threshold: number;
  window: { start: string; end: string };
  spent_usd: string;
  spent_tokens: number;
  triggered_at: string;
  acknowledged_at: string | null;
  /** Null where the budget has no webhook. */
  delivery: { attempts: number; delivered_at: string | null; next_attempt_at: string | null; last_error: string | null } | null;
}

export function alertDocument(alert: StoredAlert): AlertDocument {
  return {
    id: alert.id,
    budget: alert.budgetName,
    value: alert.value === "" ? null : describeValue(alert.value),
    kind: alert.kind,
    threshold: alert.threshold,
    window: { start: instantText(alert.window.startMs), end: instantText(alert.window.endMs) },
    spent_usd: formatUsd(alert.spentNanoUsd),
    spent_tokens: Number(alert.spentTokens),
    triggered_at: instantText(alert.triggeredMs),
    acknowledged_at: instantOrNull(alert.acknowledgedMs),
    delivery: alert.delivery ? deliveryDocument(alert.delivery) : null,
  };
}

function deliveryDocument(delivery: NonNullable<StoredAlert["delivery"]>): NonNullable<AlertDocument["delivery"]> {
  const { attempts, deliveredMs, nextAttemptMs, lastError } = delivery;
  const isWaiting = deliveredMs === undefined && nextAttemptMs < END_OF_TIME_MS;
  return {
    attempts,
    delivered_at: instantOrNull(deliveredMs),
    next_attempt_at: isWaiting ? instantText(nextAttemptMs) : null,
    last_error: lastError ?? null,
  };
}
