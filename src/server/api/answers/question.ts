/** A question as it comes over the API, and the document that answers it: what the command answers to the same words. */
import { InvalidInput, oneOf, quoteValue } from "../../../errors.ts";
import {
  ANALYSIS_BUCKETS,
  ANALYSIS_DIMENSIONS,
  type AppliedRule,
  askedPeriod,
  buildAnalysis,
  buildExplanation,
  buildForecast,
  buildRecommendations,
  buildReport,
  buildWholeSummary,
  comparedPeriods,
  dimensionsIn,
  EXPLANATION_DIMENSIONS,
  groupedCosts,
  isPeriodAsked,
  limitNanoUsdIn,
  type Period,
  type PeriodWords,
  reportRows,
  rowLimitIn,
  sortKeyIn,
  usualBucket,
  usualPeriod,
  type Wording,
} from "../../../insights/index.ts";
import { resolveTimeZone } from "../../../usage/index.ts";
import { filterOf } from "../filter-parameters.ts";
import { dearestRecords } from "./dearest-records.ts";
import type { AskedBook } from "./reached-book.ts";

export type QuestionKind = "costs" | "analysis" | "forecast" | "explanation" | "recommendations" | "summary" | "dearest";

/** Plain data, so that another thread can answer it. */
export interface Question {
  kind: QuestionKind;
  /** The query's parameters with all their values. */
  values: ReadonlyMap<string, readonly string[]>;
  nowMs: number;
  /** Where none is asked for. */
  timeZone: string;
  /** What is in force. */
  savings?: readonly AppliedRule[];
}

/** Rows that are answered where no fewer are asked for: the totals stay those of all. */
export const MOST_GROUPS = 10_000;

const inQuery: Wording = (name) => name.replaceAll("-", "_");

/** @throws InvalidInput whose message begins with the parameter's name */
export function answerTo(book: AskedBook, question: Question): Promise<object> {
  return ANSWERS[question.kind](book, question);
}

const ANSWERS: Readonly<Record<QuestionKind, (book: AskedBook, question: Question) => Promise<object>>> = {
  costs,
  analysis,
  forecast,
  explanation,
  recommendations,
  summary,
  dearest: dearestRecords,
};

async function costs(book: AskedBook, question: Question): Promise<object> {
  const groupBy = wordOf(question, "group_by");
  const sort = wordOf(question, "sort");
  const order = wordOf(question, "order");
  const rows = reportRows(
    {
      groupBy: groupBy === undefined ? undefined : dimensionsIn(groupBy, "group_by"),
      sort: sort === undefined ? undefined : sortKeyIn(sort, "sort"),
    },
    inQuery,
  );
  const direction = order === undefined ? undefined : DIRECTIONS[oneOf("order", order, ["asc", "desc"])];
  const limit = rowLimitIn(wordOf(question, "limit") ?? String(MOST_GROUPS), "limit", MOST_GROUPS);
  const filter = filterOf(question);
  const period = await askedPeriod(periodWords(question), question.nowMs, timeZoneOf(question))(book);
  const report = await buildReport(book, {
    ...rows,
    period,
    limit,
    generatedAtMs: question.nowMs,
    ...(filter && { filter }),
    ...(direction && { direction }),
  });
  return groupedCosts(report);
}

const DIRECTIONS = { asc: "ascending", desc: "descending" } as const;

function summary(book: AskedBook, question: Question): Promise<object> {
  return buildWholeSummary(book, { nowMs: question.nowMs, timeZone: timeZoneOf(question) });
}

async function analysis(book: AskedBook, question: Question): Promise<object> {
  const by = wordOf(question, "by");
  const bucket = wordOf(question, "bucket");
  const wanted = bucket === undefined ? undefined : oneOf("bucket", bucket, ANALYSIS_BUCKETS);
  const dimension = by === undefined ? "model" : oneOf("by", by, ANALYSIS_DIMENSIONS);
  const filter = filterOf(question);
  const period = await periodAskedOrUsual(book, question);
  return buildAnalysis(book, {
    period,
    by: dimension,
    bucket: wanted ?? usualBucket(period),
    generatedAtMs: question.nowMs,
    ...(filter && { filter }),
  });
}

async function recommendations(book: AskedBook, question: Question): Promise<object> {
  const filter = filterOf(question);
  const period = await periodAskedOrUsual(book, question);
  return buildRecommendations(book, {
    period,
    generatedAtMs: question.nowMs,
    ...(question.savings && { applied: question.savings }),
    ...(filter && { filter }),
  });
}

/** Without a time, the last eight weeks. */
async function periodAskedOrUsual(book: AskedBook, question: Question): Promise<Period> {
  const words = periodWords(question);
  const { nowMs } = question;
  const timeZone = timeZoneOf(question);
  return isPeriodAsked(words) ? askedPeriod(words, nowMs, timeZone)(book) : usualPeriod(await book.span(), nowMs, timeZone);
}

async function forecast(book: AskedBook, question: Question): Promise<object> {
  const limit = wordOf(question, "limit");
  const budget = wordOf(question, "budget");
  const filter = filterOf(question);
  const limitNanoUsd = limit === undefined ? undefined : limitNanoUsdIn(limit, "limit");
  const timeZone = timeZoneOf(question);
  return buildForecast(book, {
    generatedAtMs: question.nowMs,
    timeZone,
    ...(filter && { filter }),
    ...(limitNanoUsd !== undefined && { limitNanoUsd }),
    ...(budget !== undefined && { budget: await knownBudget(book, budget.normalize("NFC")) }),
  });
}

/** Out of reach is the same as not there: no word tells of it. */
async function knownBudget(book: AskedBook, name: string): Promise<string> {
  const known = (await book.budgets.list()).map(({ definition }) => definition.name);
  if (known.length === 0) throw new InvalidInput(`budget ${quoteValue(name)} is unknown; there is none.`);
  return oneOf("budget", name, known);
}

async function explanation(book: AskedBook, question: Question): Promise<object> {
  const by = wordOf(question, "by");
  const dimension = by === undefined ? "model" : oneOf("by", by, EXPLANATION_DIMENSIONS);
  const filter = filterOf(question);
  const [from, to] = [wordOf(question, "from"), wordOf(question, "to")];
  const words = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const periods = comparedPeriods(words, question.nowMs, timeZoneOf(question));
  return buildExplanation(book, { ...periods, by: dimension, generatedAtMs: question.nowMs, ...(filter && { filter }) });
}

function wordOf({ values }: Question, name: string): string | undefined {
  return values.get(name)?.[0];
}

function timeZoneOf(question: Question): string {
  const zone = wordOf(question, "tz");
  if (zone === undefined) return question.timeZone;
  try {
    return resolveTimeZone(zone);
  } catch {
    throw new InvalidInput(`tz ${quoteValue(zone)} is not a time zone; give an IANA name such as Europe/Berlin or UTC.`);
  }
}

function periodWords({ values }: Question): PeriodWords {
  return Object.fromEntries(["start", "end", "last"].flatMap((name) => (values.has(name) ? [[name, values.get(name)?.[0]]] : [])));
}
