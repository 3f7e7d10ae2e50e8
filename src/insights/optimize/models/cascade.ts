/** A cheaper model first, and the dearer one for what it fails at: what that costs, and how often it may fail. */

export interface CascadeCosts {
  /** Of the calls with the model in use, and with the cheaper one. */
  strong: number;
  weak: number;
  /** Of telling whether an answer will do. */
  judge?: number;
}

/** The share of calls that the cheaper model may fail at before money is lost; negative where it is lost anyway. */
export function breakEvenFailureRate({ strong, weak, judge = 0 }: CascadeCosts): number {
  return 1 - (weak + judge) / strong;
}

/** What the calls cost if so large a share of them has to be made again with the dearer model. */
export function expectedCost({ strong, weak, judge = 0 }: CascadeCosts, failureRate: number): number {
  return weak + judge + failureRate * strong;
}
