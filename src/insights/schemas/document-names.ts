/** What the documents are called, apart from their schemas: names are known at once, schemas are loaded when one is asked for. */

export const DOCUMENT_NAMES = [
  "report",
  "costs",
  "summary",
  "analysis",
  "forecast",
  "explanation",
  "recommendations",
  "simulation",
  "receipts",
  "savings",
  "budgets",
  "budget",
  "budget-definitions",
  "alerts",
  "alert-delivery",
  "backtest",
  "key",
  "keys",
  "session",
  "reservations",
  "pricing",
  "audit",
  "usage",
  "usage-results",
  "record-cost",
  "record",
  "records",
] as const;

export type DocumentName = (typeof DOCUMENT_NAMES)[number];
