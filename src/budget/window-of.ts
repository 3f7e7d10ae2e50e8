/** Windows as a pure function of time. */

/** A stretch of time, end exclusive. */
export interface BudgetWindow {
  startMs: number;
  endMs: number;
}
