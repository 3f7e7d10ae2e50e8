/**
 * What every store of budgets must do, as named cases that run under any test runner, or under none.
 */
import type { Clock } from "../clock.ts";
import type { Ledger } from "../ledger/index.ts";
import { ADMISSION_CASES } from "./budgets/admission-cases.ts";
import { ALERT_CASES, REARMED_CASES } from "./budgets/alert-cases.ts";
import { type BudgetCase, NOON_MS } from "./budgets/budget-case.ts";
import { CHANGE_CASES } from "./budgets/change-cases.ts";
import { GROWING_CASES } from "./budgets/growing-cases.ts";
import { RESERVATION_CASES } from "./budgets/reservation-cases.ts";
import { WINDOW_CASES } from "./budgets/window-cases.ts";
import { type ConformanceCase, onVerifiedBook } from "./conformance-case.ts";
import { FakeClock } from "./fake-clock.ts";

export interface BudgetConformanceCase extends ConformanceCase {
  /** Says something about the passing of time: a store that goes by a clock of its own can't run it. */
  needsClock: boolean;
}

/**
 * The cases for ledgers that `open` makes, going by the clock they are given; each case opens an empty one and closes it.
 *
 * @example
 * ```ts
 * import { openLedger } from "tokenledger/ledger";
 * import { budgetConformance } from "tokenledger/testing";
 * const cases = budgetConformance((clock) => openLedger("sqlite::memory:", { clock }));
 * for (const { run } of cases) await run();
 * ```
 */
export function budgetConformance(open: (clock: Clock) => Promise<Ledger>): BudgetConformanceCase[] {
  const cases = (all: Record<string, BudgetCase>, needsClock: boolean): BudgetConformanceCase[] =>
    Object.entries(all).map(([name, check]) => ({ name, needsClock, run: () => runCase(open, check) }));
  return [
    ...cases({ ...RESERVATION_CASES, ...GROWING_CASES, ...ADMISSION_CASES, ...ALERT_CASES, ...CHANGE_CASES }, false),
    ...cases({ ...WINDOW_CASES, ...REARMED_CASES }, true),
  ];
}

function runCase(open: (clock: Clock) => Promise<Ledger>, check: BudgetCase): Promise<void> {
  const clock = new FakeClock(NOON_MS);
  return onVerifiedBook(
    () => open(clock),
    (ledger) => check({ ledger, clock }),
  );
}
