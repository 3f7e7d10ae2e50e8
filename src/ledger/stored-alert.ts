/** An alert as the book keeps it. */
import type { BudgetWindow } from "../budget/index.ts";

/** `threshold`: a share of the amount is spent. `overage`: a hard budget's records pass its amount, because calls cost more than was reserved. */
export type AlertKind = "threshold" | "overage";

export interface StoredAlert {
  id: number;
  budgetId: number;
  budgetName: string;
  value: string;
  window: BudgetWindow;
  kind: AlertKind;
  /** Percent; 100 for an overage. */
  threshold: number;
  spentNanoUsd: bigint;
  spentTokens: bigint;
  triggeredMs: number;
  acknowledgedMs?: number;
  /** Absent where the budget has no webhook. */
  delivery?: { attempts: number; deliveredMs?: number; nextAttemptMs: number; lastError?: string };
}

export interface AlertFilter {
  budget?: string;
  /** Only those that nobody has acknowledged. */
  open?: boolean;
  /** Only those with a greater id: what was raised since. */
  afterId?: number;
}
