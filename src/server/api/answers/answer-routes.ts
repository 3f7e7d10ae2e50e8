/** What is asked of the book: sums, and what they mean. */
import {
  ANALYSIS_BUCKETS,
  ANALYSIS_DIMENSIONS,
  EXPLANATION_DIMENSIONS,
  REPORT_DIMENSIONS,
  REPORT_FIGURES,
  schemaWords,
} from "../../../insights/index.ts";
import { FILTER_PARAMETERS } from "../filter-parameters.ts";
import {
  type ApiAnswer,
  type ApiCall,
  type ApiParameter,
  type ApiRoute,
  documentRef,
  EVERY_KEY,
  nameParameter,
  READERS,
} from "../route.ts";
import { askDesk, MAX_AGE } from "./ask-desk.ts";
import { MOST_GROUPS } from "./question.ts";
import type { QuestionKind } from "./question-words.ts";

const CSV_TYPE = "text/csv";

/** A day. */
export const MOST_AGE_SECONDS = 86_400;

type Parameters = Readonly<Record<string, ApiParameter>>;

const { text } = schemaWords;

const ZONE: Parameters = {
  tz: { schema: text, description: "IANA time zone of days, weeks and months; default the server's." },
};

const PERIOD: Parameters = {
  start: { schema: text, description: "First local day, as YYYY-MM-DD; default the first day in the book." },
  end: { schema: text, description: "Last local day, included; default the last day in the book." },
  last: { schema: text, description: "So many days, weeks, months or years up to today, in place of start and end: 7d, 2w, 3m, 1y." },
};

const ROWS: Parameters = {
  group_by: {
    schema: text,
    description: `One or several of ${REPORT_DIMENSIONS.join(", ")}, with commas between; default day.`,
  },
  sort: { schema: text, description: `${REPORT_FIGURES.join(", ")} or one of the dimensions; default time, else cost.` },
  order: { schema: { type: "string", enum: ["asc", "desc"] }, description: "Default: dimensions ascending, figures descending." },
  limit: {
    schema: { type: "integer", minimum: 1, maximum: MOST_GROUPS },
    description: "So many rows; the totals stay those of all.",
  },
};

const AGE: Parameters = {
  [MAX_AGE]: {
    schema: { type: "integer", minimum: 0, maximum: MOST_AGE_SECONDS, default: 0 },
    description: "An answer to the same question that is at most so old may be given again: `generated_at` tells. Default 0: a new one.",
  },
};

/** Scoped keys are told what a book would answer that holds nothing but their own. */
const WITHIN_REACH = "A key that is made for an organisation, a team, a user or a project sees only what is inside, budgets included.";

export const answerRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: "/api/v1/summary",
    operationId: "summarize",
    summary: "The book at a glance: today, seven days, this month, where the money goes, and what stands out.",
    description: `The document of \`tokenledger\` without a command. ${WITHIN_REACH} A member's key sees its own calls.`,
    tag: "Answers",
    access: EVERY_KEY,
    parameters: ZONE,
    answers: answersWith("summary", "The summary."),
    handle: (call) => ask(call, "summary"),
  },
  {
    method: "GET",
    path: "/api/v1/costs/aggregate",
    operationId: "aggregateCosts",
    summary: "What was spent, by day, team, model or other dimensions.",
    description: `The figures of \`tokenledger report\`: its rows under \`groups\`, its range under \`period\`. ${WITHIN_REACH} A member's key sees its own calls.`,
    tag: "Answers",
    access: EVERY_KEY,
    parameters: {
      ...PERIOD,
      ...ZONE,
      ...ROWS,
      format: {
        schema: { type: "string", enum: ["json", "csv"], default: "json" },
        description:
          "`csv`: the rows as a file for spreadsheets, all of them where no limit is given; what they would run as a formula begins with an apostrophe.",
      },
      ...FILTER_PARAMETERS,
    },
    answers: answersWith("costs", "The sums.", [CSV_TYPE]),
    handle: aggregateCosts,
  },
  {
    method: "GET",
    path: "/api/v1/analysis",
    operationId: "analyseSpending",
    summary: "What the spending means: where it goes, in what rhythm, what stands out and what moves together.",
    description: `The document of \`tokenledger analyze\`; without a time, of the last eight weeks. ${WITHIN_REACH}`,
    tag: "Answers",
    access: READERS,
    parameters: {
      ...PERIOD,
      ...ZONE,
      by: { schema: { type: "string", enum: ANALYSIS_DIMENSIONS }, description: "Whose series to tell apart; default model." },
      bucket: {
        schema: { type: "string", enum: ANALYSIS_BUCKETS },
        description: "Default hour, for more than 62 days day.",
      },
      ...AGE,
      ...FILTER_PARAMETERS,
    },
    answers: answersWith("analysis", "The analysis."),
    handle: (call) => ask(call, "analysis"),
  },
  {
    method: "GET",
    path: "/api/v1/forecast",
    operationId: "forecastSpending",
    summary: "What this month will cost, and which budgets will not last.",
    description: `The document of \`tokenledger forecast\`. ${WITHIN_REACH}`,
    tag: "Answers",
    access: READERS,
    parameters: {
      ...ZONE,
      limit: { schema: text, description: "An amount in USD to hold this month against, such as 5000." },
      budget: { schema: text, description: "This budget only." },
      ...FILTER_PARAMETERS,
    },
    answers: answersWith("forecast", "The forecast."),
    handle: (call) => ask(call, "forecast"),
  },
  {
    method: "GET",
    path: "/api/v1/explain",
    operationId: "explainChange",
    summary: "Why spending changed from one period to another: effects that add up to the change.",
    description: `The document of \`tokenledger explain\`. A period is a day (2026-05-01), a range (2026-05-01..2026-05-31), a month (2026-05), a year (2026), a length up to today (7d), or one of today, yesterday, this-week, last-week, this-month, last-month, this-year, last-year. ${WITHIN_REACH}`,
    tag: "Answers",
    access: READERS,
    parameters: {
      from: { schema: text, description: "What to compare with; default the period before `to`." },
      to: { schema: text, description: "What to explain; default this-month." },
      ...ZONE,
      by: { schema: { type: "string", enum: EXPLANATION_DIMENSIONS }, description: "Whose change to tell; default model." },
      ...FILTER_PARAMETERS,
    },
    answers: answersWith("explanation", "The explanation."),
    handle: (call) => ask(call, "explanation"),
  },
  {
    method: "GET",
    path: "/api/v1/recommendations",
    operationId: "listRecommendations",
    summary: "What could be done about spending, and what that would save.",
    description: `The document of \`tokenledger optimize\`; without a time, by the calls of the last eight weeks. \`state\` tells what is in force by the gateway's savings file. ${WITHIN_REACH}`,
    tag: "Answers",
    access: READERS,
    parameters: { ...PERIOD, ...ZONE, ...AGE, ...FILTER_PARAMETERS },
    answers: answersWith("recommendations", "The recommendations."),
    handle: (call) => ask(call, "recommendations"),
  },
  {
    method: "GET",
    path: "/api/v1/recommendations/simulation",
    operationId: "simulateRecommendations",
    summary: "The same calls as if recommendations had been followed: before and after, by model and by day.",
    description: `The document of \`tokenledger optimize --simulate\`; nothing is changed. ${WITHIN_REACH}`,
    tag: "Answers",
    access: READERS,
    parameters: {
      id: {
        schema: { type: "string", minLength: 1, maxLength: 200 },
        description:
          "This recommendation; given several times, all of them together. Default: the best choice of all, as `portfolio` has it.",
        repeats: true,
      },
      ...PERIOD,
      ...ZONE,
      ...AGE,
      ...FILTER_PARAMETERS,
    },
    answers: answersWith("simulation", "Before and after."),
    handle: (call) => ask(call, "simulation"),
  },
  {
    method: "GET",
    path: "/api/v1/receipts",
    operationId: "listReceipts",
    summary: "What the savings that are in force have saved since they were applied, and whether answers suffer.",
    description:
      "The document of `tokenledger optimize --verify`. A key that is made for somebody is told of the rules that are about calls in its reach alone.",
    tag: "Answers",
    access: READERS,
    parameters: AGE,
    answers: answersWith("receipts", "A receipt for each rule in force."),
    handle: (call) => ask(call, "receipts"),
  },
  {
    method: "GET",
    path: "/api/v1/budgets/backtest",
    operationId: "backtestBudget",
    summary: "What a budget would have done to the calls that are in the book, as it is or with another amount.",
    description: `The document of \`tokenledger budget backtest\`; without a time, over all that is in the book. ${WITHIN_REACH}`,
    tag: "Budgets",
    access: READERS,
    parameters: {
      budget: { ...nameParameter("The budget's name."), required: true },
      amount_usd: { schema: text, description: "Another amount to try, in USD, such as 300." },
      ...PERIOD,
      ...ZONE,
    },
    answers: answersWith("backtest", "The back-test."),
    handle: (call) => ask(call, "backtest"),
  },
];

function answersWith(document: string, description: string, otherForms: readonly string[] = []): ApiRoute["answers"] {
  return {
    200: { description, schema: documentRef(document), otherForms },
    503: { description: "The book can't be reached, too many questions wait, or this one takes too long." },
  };
}

async function aggregateCosts(call: ApiCall): Promise<ApiAnswer> {
  const answered = await ask(call, "costs");
  if (call.query.get("format") !== "csv") return answered;
  const headers = ["content-disposition", 'attachment; filename="tokenledger-costs.csv"'];
  return { ...answered, contentType: `${CSV_TYPE}; charset=utf-8`, headers };
}

async function ask(call: ApiCall, kind: QuestionKind): Promise<ApiAnswer> {
  return { status: 200, text: await askDesk(call, kind), contentType: "application/json" };
}
