/** What is said of a series: where it goes, in what rhythm, what stood out. Each sentence rests on a test of its own. */

import type { Cause } from "../anomaly-causes.ts";
import type { BucketGrid } from "../bucket-grid.ts";
import { type AnalysedSeries, estimatedAmount } from "../series-analysis.ts";
import { amountText, listText, nameText, percentText, pText, rhythmName } from "../words.ts";
import { dayText, hourText, WEEKDAYS } from "./local-times.ts";

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
const MOST_ANOMALIES = 3;
const MOST_LEVELS = 2;

export interface SpokenSeries {
  analysed: AnalysedSeries;
  grid: BucketGrid;
  timeZone: string;
  nowMs: number;
  /** `Spending`; `claude-opus-4-1`. */
  subject: string;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export function phaseSentence({ analysed, grid, subject }: SpokenSeries): string | undefined {
  const { direction, volatile, slopePerWeek, level, p } = analysed.decomposition.phase;
  const swings = volatile ? ", with wide swings" : "";
  const tested = p === undefined ? "" : ` (${pText(p)})`;
  if (direction === "unknown") return undefined;
  if (direction === "steady") return `${subject} is steady${swings}: no trend${tested}.`;
  const verb = direction === "rising" ? "rises" : "falls";
  // A few values show a direction, and no more.
  if (p === undefined || slopePerWeek === undefined || !level) return undefined;
  const percent = Math.abs((100 * slopePerWeek) / level);
  // Of a few days nobody wants to hear what they would come to in a week.
  const isShort = grid.startsMs.length * grid.bucketMs < 2 * WEEK_MS;
  return `${subject} ${verb} ${percentText(isShort ? percent / 7 : percent)} a ${isShort ? "day" : "week"}${tested}${swings}.`;
}

/** Of the whole also what was looked for and is not there. */
export function rhythmSentences({ analysed, subject }: SpokenSeries, withNegatives: boolean): string[] {
  const { decomposition, unit } = analysed;
  const sentences = decomposition.rhythms
    .filter(({ periodMs }) => decomposition.tested.every((tested) => tested.periodMs !== periodMs || tested.overtoneOf === undefined))
    .map(({ periodMs, p, peak, peakExcess, peakExcessError }) => {
      const found = `a ${rhythmName(periodMs)} rhythm (${pText(p)})`;
      // A difference that its own error swallows is none.
      if (!(peakExcess > peakExcessError)) return `${subject} has ${found}.`;
      const more = amountText(estimatedAmount(peakExcess, unit), unit);
      if (periodMs === WEEK_MS && WEEKDAYS.includes(peak)) return `${peak}s cost ${more} more than other days: ${found}.`;
      return `${subject} has ${found} with its peak at ${peak}, ${more} more than otherwise.`;
    });
  if (!withNegatives) return sentences;
  const absent = decomposition.tested.filter(({ found, overtoneOf }) => !found && overtoneOf === undefined);
  return [...sentences, ...absent.map(({ periodMs, p }) => `No ${rhythmName(periodMs)} rhythm (${pText(p)}).`)];
}

/** @param causes parallel to the series' anomalies */
export function anomalySentences(spoken: SpokenSeries, causes: readonly (readonly Cause[])[]): string[] {
  const { analysed, grid, timeZone, nowMs } = spoken;
  const { anomalies, unit } = analysed;
  const byImpact = anomalies.map((anomaly, i) => ({ anomaly, causes: causes[i] ?? [] }));
  byImpact.sort((a, b) => (a.anomaly.impact === b.anomaly.impact ? 0 : a.anomaly.impact > b.anomaly.impact ? -1 : 1));
  const sentences = byImpact.slice(0, MOST_ANOMALIES).map(({ anomaly, causes: behind }) => {
    const startMs = grid.startsMs[anomaly.index] as number;
    const when = grid.bucket === "day" ? dayText(startMs, timeZone, nowMs) : hourText(startMs, timeZone, nowMs);
    const expected = anomaly.expected > 0n ? anomaly.expected : 0n;
    const whose =
      behind.length === 0 ? "" : `, mostly ${listText(strongest(behind).map(({ name, dimension }) => nameText(name, dimension)))}`;
    return `${amountText(anomaly.value, unit)} on ${when} stands out: ${amountText(expected, unit)} was to be expected${whose}.`;
  });
  const more = anomalies.length - sentences.length;
  return more > 0 ? [...sentences, `${more} more ${grid.bucket}s stand out.`] : sentences;
}

/** Of each dimension the one that made at least half of it. */
function strongest(causes: readonly Cause[]): Cause[] {
  const half = causes.filter(({ share, name }) => share >= 0.5 && name !== null);
  return half.filter(({ dimension }, i) => half.findIndex((cause) => cause.dimension === dimension) === i);
}

export function levelSentences({ analysed, grid, timeZone, nowMs, subject }: SpokenSeries): string[] {
  const { levels, unit } = analysed;
  return levels.slice(-MOST_LEVELS).map(({ index, before, after }) => {
    const since = dayText(grid.startsMs[index] as number, timeZone, nowMs);
    return capital(
      `${subject} is on another level since ${since}: ${amountText(after, unit)} ${grid.bucket === "hour" ? "an" : "a"} ${grid.bucket} instead of ${amountText(before, unit)}.`,
    );
  });
}
