/** The document that answers a question: what the command answers to the same words. */
import { oneOf } from "../../../errors.ts";
import {
  ANALYSIS_BUCKETS,
  ANALYSIS_DIMENSIONS,
  askedPeriod,
  buildAnalysis,
  buildExplanation,
  buildForecast,
  buildReport,
  buildWholeSummary,
  comparedPeriods,
  dimensionsIn,
  EXPLANATION_DIMENSIONS,
  groupedCosts,
  limitNanoUsdIn,
  reportCsv,
  reportRows,
  rowLimitIn,
  sortKeyIn,
  usualBucket,
} from "../../../insights/index.ts";
import { filterOf } from "../filter-parameters.ts";
import { backtestOf } from "./backtest-answer.ts";
import { dearestRecords } from "./dearest-records.ts";
import {
  inQuery,
  knownBudget,
  periodAskedOrUsual,
  periodWords,
  type Question,
  type QuestionKind,
  timeZoneOf,
  wordOf,
} from "./question-words.ts";
import type { AskedBook } from "./reached-book.ts";
import { receipts, recommendations, simulation } from "./savings-answers.ts";

/** Rows that are answered where no fewer are asked for: the totals stay those of all. */
export const MOST_GROUPS = 10_000;

/** The document as JSON, or the text that was asked for in its place. @throws InvalidInput whose message begins with the parameter's name */
export async function answerTo(book: AskedBook, question: Question): Promise<string> {
  const answer = await ANSWERS[question.kind](book, question);
  return typeof answer === "string" ? answer : JSON.stringify(answer);
}

const ANSWERS: Readonly<Record<QuestionKind, (book: AskedBook, question: Question) => Promise<object | string>>> = {
  costs,
  analysis,
  forecast,
  explanation,
  recommendations,
  simulation,
  receipts,
  backtest: backtestOf,
  summary,
  dearest: dearestRecords,
};

async function costs(book: AskedBook, question: Question): Promise<object | string> {
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
  const isCsv = wordOf(question, "format") === "csv";
  // A file tells nowhere that rows are missing: it has all of them.
  const asked = wordOf(question, "limit") ?? (isCsv ? undefined : String(MOST_GROUPS));
  const limit = asked === undefined ? undefined : rowLimitIn(asked, "limit", MOST_GROUPS);
  const filter = filterOf(question);
  const period = await askedPeriod(periodWords(question), question.nowMs, timeZoneOf(question))(book);
  const report = await buildReport(book, {
    ...rows,
    period,
    generatedAtMs: question.nowMs,
    ...(limit !== undefined && { limit }),
    ...(filter && { filter }),
    ...(direction && { direction }),
  });
  return isCsv ? reportCsv(report) : groupedCosts(report);
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

async function explanation(book: AskedBook, question: Question): Promise<object> {
  const by = wordOf(question, "by");
  const dimension = by === undefined ? "model" : oneOf("by", by, EXPLANATION_DIMENSIONS);
  const filter = filterOf(question);
  const [from, to] = [wordOf(question, "from"), wordOf(question, "to")];
  const words = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const periods = comparedPeriods(words, question.nowMs, timeZoneOf(question));
  return buildExplanation(book, { ...periods, by: dimension, generatedAtMs: question.nowMs, ...(filter && { filter }) });
}
