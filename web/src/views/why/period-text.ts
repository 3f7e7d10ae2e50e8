import type { ExplanationDocument } from "tokenledger/insights";
import { localDayText } from "../../format/instants.ts";
import { daysOfWords } from "./comparison.ts";

const MONTH = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });

/** `September 2026`; `Tue 12 May 2026`; `Fri 1 May to Tue 12 May 2026`. */
export function periodText({ start, end }: Pick<ExplanationDocument["from"], "start" | "end">): string {
  const month = daysOfWords(start.slice(0, 7));
  if (month?.start === start && month.end === end) return MONTH.format(new Date(`${start}T00:00:00Z`));
  if (start === end) return withYear(start);
  return `${start.slice(0, 4) === end.slice(0, 4) ? localDayText(start) : withYear(start)} to ${withYear(end)}`;
}

const withYear = (day: string): string => localDayText(day, true).replace(",", "");
