/** A question as it comes over the API: its words, and what they mean wherever they are asked with. */
import { InvalidInput, oneOf, quoteValue } from "../../../errors.ts";
import {
  type AppliedRule,
  askedPeriod,
  isPeriodAsked,
  type Period,
  type PeriodWords,
  usualPeriod,
  type Wording,
} from "../../../insights/index.ts";
import { resolveTimeZone } from "../../../usage/index.ts";
import type { AskedBook } from "./reached-book.ts";

export type QuestionKind =
  | "costs"
  | "analysis"
  | "forecast"
  | "explanation"
  | "recommendations"
  | "simulation"
  | "receipts"
  | "backtest"
  | "summary"
  | "dearest";

/** Plain data, so that another thread can answer it. */
export interface Question {
  kind: QuestionKind;
  /** The query's parameters with all their values. */
  values: ReadonlyMap<string, readonly string[]>;
  nowMs: number;
  /** Where none is asked for. */
  timeZone: string;
  /** What is in force, as far as the caller may know of it. */
  savings?: readonly AppliedRule[];
}

export const inQuery: Wording = (name) => name.replaceAll("-", "_");

export function wordOf({ values }: Question, name: string): string | undefined {
  return values.get(name)?.[0];
}

export function timeZoneOf(question: Question): string {
  const zone = wordOf(question, "tz");
  if (zone === undefined) return question.timeZone;
  try {
    return resolveTimeZone(zone);
  } catch {
    throw new InvalidInput(`tz ${quoteValue(zone)} is not a time zone; give an IANA name such as Europe/Berlin or UTC.`);
  }
}

export function periodWords({ values }: Question): PeriodWords {
  return Object.fromEntries(["start", "end", "last"].flatMap((name) => (values.has(name) ? [[name, values.get(name)?.[0]]] : [])));
}

/** Without a time, the last eight weeks. */
export async function periodAskedOrUsual(book: AskedBook, question: Question): Promise<Period> {
  const words = periodWords(question);
  const { nowMs } = question;
  const timeZone = timeZoneOf(question);
  return isPeriodAsked(words) ? askedPeriod(words, nowMs, timeZone)(book) : usualPeriod(await book.span(), nowMs, timeZone);
}

/** Out of reach is the same as not there: no word tells of it. */
export async function knownBudget(book: { budgets: Pick<AskedBook["budgets"], "list"> }, name: string): Promise<string> {
  const known = (await book.budgets.list()).map(({ definition }) => definition.name);
  if (known.length === 0) throw new InvalidInput(`budget ${quoteValue(name)} is unknown; there is none.`);
  return oneOf("budget", name, known);
}
