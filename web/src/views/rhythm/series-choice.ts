/** Whose rhythm is looked at: the whole, one name, those without a name, or the small ones together. */
import type { AnalysisDocument, SeriesDocument } from "tokenledger/insights";
import { nameText } from "../../format/names.ts";

export interface SeriesChoice {
  /** As a select has it. */
  value: string;
  label: string;
  series: SeriesDocument;
}

export const TOTAL = "total";
const OTHERS = "others";
const WITHOUT = "without";

/** Names come with a mark before them, so that one called "total" is not taken for the whole. */
const namedValue = (name: string): string => `=${name}`;

export function seriesChoices({ total, series, by }: Pick<AnalysisDocument, "total" | "series" | "by">): SeriesChoice[] {
  return [
    { value: TOTAL, label: "All together", series: total },
    ...series.map((one): SeriesChoice => {
      if (one.names > 1) return { value: OTHERS, label: `${one.names} others`, series: one };
      if (one.name === null) return { value: WITHOUT, label: nameText(one.name, by), series: one };
      return { value: namedValue(one.name), label: one.name, series: one };
    }),
  ];
}

/** What stands in the address for a choice. */
export function choiceWords(value: string): { series: string | undefined; others: string | undefined } {
  if (value === OTHERS) return { series: undefined, others: "1" };
  if (value === WITHOUT) return { series: "", others: undefined };
  return { series: value.startsWith("=") ? value.slice(1) : undefined, others: undefined };
}

/** The choice that the address asks for; undefined where these days have no such name. */
export function chosen(choices: readonly SeriesChoice[], word: (name: string) => string | undefined): SeriesChoice | undefined {
  const name = word("series");
  const value = word("others") === "1" ? OTHERS : name === undefined ? TOTAL : name === "" ? WITHOUT : namedValue(name);
  return choices.find((choice) => choice.value === value);
}
