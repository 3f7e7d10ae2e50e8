/**
 * For tests of programs that use TokenLedger: time under control, and what every store must do. Needs no test runner.
 * @module
 */
export { type BudgetConformanceCase, budgetConformance } from "./budget-conformance.ts";
export { FakeClock } from "./fake-clock.ts";
export { type ConformanceCase, ledgerConformance } from "./ledger-conformance.ts";
