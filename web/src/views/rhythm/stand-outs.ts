/** Hours and days that stand out, and days from which on spending has another level: as marks on the line, and as ways to their cause. */
import type { AnalysisDocument, SeriesDocument } from "tokenledger/insights";
import type { ChartMark } from "../../charts/series.ts";
import { addDays, dayText, localDayOf, localDayText, timeText } from "../../format/instants.ts";
import type { Question } from "../../question/use-question.ts";
import { amountText, type Unit } from "./amounts.ts";
import type { SeriesChoice } from "./series-choice.ts";

export interface Clock {
  bucket: AnalysisDocument["bucket"];
  timeZone: string;
}

/** `29 Oct, 20:00`, or the day alone. */
export function whenText(instant: string, { bucket, timeZone }: Clock): string {
  if (bucket === "day") return localDayText(localDayOf(Date.parse(instant), timeZone));
  return `${dayText(instant, timeZone)}, ${timeText(instant, timeZone).slice(0, 5)}`;
}

export function marksOf({ anomalies, change_points: levels }: SeriesDocument, { unit, ...clock }: Clock & { unit: Unit }): ChartMark[] {
  const marks = [
    ...anomalies.map(
      ({ start, value, expected }): ChartMark => ({
        timeMs: Date.parse(start),
        tone: "serious",
        label: `${whenText(start, clock)}: ${amountText(value, unit)} stands out, ${amountText(expected, unit)} was to be expected`,
      }),
    ),
    ...levels.map(
      ({ at, before, after }): ChartMark => ({
        timeMs: Date.parse(at),
        tone: "neutral",
        label: `${whenText(at, clock)}: another level, ${amountText(before, unit)} per ${clock.bucket} before, ${amountText(after, unit)} after`,
      }),
    ),
  ];
  return marks.sort((a, b) => a.timeMs - b.timeMs);
}

/** Why that day cost what it did, beside the day before; of the chosen name where there is one. */
export function whyLink(
  question: Question,
  { series }: SeriesChoice,
  by: AnalysisDocument["by"],
  instantMs: number,
  timeZone: string,
): string {
  const day = localDayOf(instantMs, timeZone);
  return question.link("/why", {
    period: undefined,
    start: undefined,
    end: undefined,
    to: day,
    from: addDays(day, -1),
    ...(series.name !== null && { [by]: [series.name] }),
  });
}
