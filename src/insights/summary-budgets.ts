/** The summary with what waits to be looked at: budgets that are nearly or wholly spent, and alerts. */
import type { Ledger } from "../ledger/index.ts";
import { type BudgetDocument, budgetDocument } from "./budget-document.ts";
import { buildSummary, type SummaryDocument } from "./summary.ts";

export interface BudgetsInTrouble {
  /** Those that are nearly or wholly spent. */
  budgets_in_trouble: BudgetDocument[];
  /** Thresholds that were reached and that nobody has acknowledged. */
  open_alerts: number;
}

/** As much of a book as is asked. */
export type SummarisedBook = Pick<Ledger, "aggregate" | "span"> & {
  budgets: Pick<Ledger["budgets"], "list" | "status">;
  alerts: Pick<Ledger["alerts"], "list">;
};

/** What `tokenledger` without a command tells. */
export async function buildWholeSummary(
  book: SummarisedBook,
  options: { nowMs: number; timeZone: string },
): Promise<SummaryDocument & BudgetsInTrouble> {
  return { ...(await buildSummary(book, options)), ...(await budgetsIn(book, options.nowMs)) };
}

async function budgetsIn(book: SummarisedBook, nowMs: number): Promise<BudgetsInTrouble> {
  if ((await book.budgets.list()).length === 0) return { budgets_in_trouble: [], open_alerts: 0 };
  const budgets = (await book.budgets.status()).map((status) => budgetDocument(status, nowMs));
  return {
    budgets_in_trouble: budgets.filter(({ zone, exceeded }) => exceeded || zone !== "green"),
    open_alerts: (await book.alerts.list({ open: true })).length,
  };
}
