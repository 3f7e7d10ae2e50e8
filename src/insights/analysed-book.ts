/** The part of a book that analysis, forecasts and explanations ask. */
import type { Ledger } from "../ledger/index.ts";

export interface AnalysedBook extends Pick<Ledger, "aggregate" | "span"> {
  prices: Pick<Ledger["prices"], "list">;
  budgets: Pick<Ledger["budgets"], "status">;
}
