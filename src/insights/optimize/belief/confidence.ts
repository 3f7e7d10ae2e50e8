/** How far a recommendation can be relied on, as one number: how many days were seen, of which kind the evidence is, and how steady it was. */
import type { EvidenceGrade } from "../candidate.ts";

/** Measured tokens, structure that was inferred, a proxy. */
const WORTH: Readonly<Record<EvidenceGrade, number>> = { A: 0.95, B: 0.7, C: 0.4 };

/** Four weeks have seen what a month brings. */
const ENOUGH_DAYS = 28;
const WEEK_DAYS = 7;

export interface SeenSavings {
  grade: EvidenceGrade;
  /** What each day saved, from the first that was seen to the last; undefined: no such call on that day. */
  days: readonly (number | undefined)[];
}

/** Between 0 and 1. */
export function confidenceOf({ grade, days }: SeenSavings): number {
  const seen = days.reduce<number>((count, saving) => count + Number(saving !== undefined), 0);
  return (Math.min(seen, ENOUGH_DAYS) / ENOUGH_DAYS) * WORTH[grade] * steadiness(days);
}

/** In which share of the weeks it went the way it went on the whole; 1 where fewer than two weeks had such calls. */
function steadiness(days: readonly (number | undefined)[]): number {
  const weeks = new Map<number, number>();
  days.forEach((saving, day) => {
    if (saving === undefined) return;
    const week = Math.floor(day / WEEK_DAYS);
    weeks.set(week, (weeks.get(week) ?? 0) + saving);
  });
  if (weeks.size < 2) return 1;
  const sums = [...weeks.values()];
  const whole = Math.sign(sums.reduce((sum, saving) => sum + saving, 0));
  return sums.filter((saving) => Math.sign(saving) === whole).length / sums.length;
}
