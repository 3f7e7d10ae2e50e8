/** What a series' tests say, in the sentences of `tokenledger analyze`. */
import type { AnalysisDocument, SeriesDocument } from "tokenledger/insights";
import { amountText, type Unit, unitsOf } from "./amounts.ts";

type Rhythm = SeriesDocument["rhythms"][number];

/** How a test came out. */
export function pText(p: number): string {
  if (p < 0.001) return "p < 0.001";
  return `p = ${p < 0.01 ? p.toFixed(3) : p.toFixed(2)}`;
}

function percentText(percent: number): string {
  const size = Math.abs(percent);
  const shown = size >= 10 ? Math.round(percent) : Number(percent.toPrecision(2));
  return `${size >= 10_000 ? shown.toExponential(1) : shown} %`;
}

const SHORT_DAYS = 14;

/** @param subject begins the sentence: "Spending", a name */
export function phaseSentence(
  { phase, insufficient, components }: SeriesDocument,
  subject: string,
  bucket: AnalysisDocument["bucket"],
): string {
  if (insufficient !== null) return `Nothing is said of trend and rhythm: ${insufficient}.`;
  const { direction, volatile, percent_per_week: perWeek, p } = phase;
  const swings = volatile ? ", with wide swings" : "";
  const tested = p === null ? "" : ` (${pText(p)})`;
  if (direction === "unknown") return `Whether it rises or falls was not tested.`;
  if (direction === "steady") return `${subject} is steady${swings}: no trend${tested}.`;
  const verb = direction === "rising" ? "rises" : "falls";
  if (perWeek === null) return `${subject} ${verb}${tested}${swings}.`;
  // Of a few days nobody wants to hear what they would come to in a week.
  const days = components.values.length / (bucket === "hour" ? 24 : 1);
  const isShort = days < SHORT_DAYS;
  const percent = Math.abs(perWeek);
  return `${subject} ${verb} ${percentText(isShort ? percent / 7 : percent)} a ${isShort ? "day" : "week"}${tested}${swings}.`;
}

export function rhythmSentence({ name, found, p, peak, peak_excess: excess }: Rhythm, unit: Unit): string {
  if (!found) return `Not found: chance alone may make as much (${pText(p)}).`;
  if (peak === null || excess === null || unitsOf(excess, unit) <= 0n) return `Found (${pText(p)}).`;
  const more = amountText(excess, unit);
  if (name === "weekly") return `Found (${pText(p)}): ${peak}s cost ${more} more than other days.`;
  return `Found (${pText(p)}): most at ${peak}, ${more} more than otherwise.`;
}
