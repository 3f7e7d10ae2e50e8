/** `tokenledger` without a command: one screen. */
import { type BudgetsInTrouble, buildWholeSummary, type Figures, type SummaryDocument, type SummaryPeriod } from "../../insights/index.ts";
import { dayOf } from "../../usage/index.ts";
import { costCell } from "../answers/report-answer.ts";
import type { CommandContext } from "../command-context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { ScreenStyle } from "../printing/answer.ts";
import { compactCount, dollars, percent } from "../printing/numbers.ts";
import { sparkline } from "../printing/sparkline.ts";
import { type Column, renderTables } from "../printing/table.ts";
import { escapeControls, fitted } from "../printing/text.ts";

const HOW_TO_BEGIN = `The book is empty. To begin:

  tokenledger import                     read the agent logs on this machine
  tokenledger import jsonl usage.jsonl   read records from a file
  tokenledger doctor                     see which logs were looked for, and where
  tokenledger demo                       look around in the book of a sample company
`;

export async function summary(context: CommandContext): Promise<ExitCode> {
  const timeZone = await context.timeZone();
  await context.answer(["table", "json"], async () => {
    const book = await context.bookOrNothing();
    try {
      const document = await buildWholeSummary(book, { nowMs: context.nowMs, timeZone });
      return { document, screen: (style) => (document.span === null ? HOW_TO_BEGIN : summaryScreen(document, style)) };
    } finally {
      await book.close();
    }
  });
  return EXIT.done;
}

const MOST_BUDGETS = 3;

/** A line for each budget in trouble, and how many thresholds wait to be looked at. */
async function budgetLines({ budgets_in_trouble: budgets, open_alerts: alerts }: BudgetsInTrouble, style: ScreenStyle): Promise<string[]> {
  if (budgets.length === 0 && alerts === 0) return [];
  const { troubleLines } = await import("../answers/budget-answer.ts");
  const lines = await troubleLines(budgets.slice(0, MOST_BUDGETS), style);
  const more = budgets.length - MOST_BUDGETS;
  if (more > 0) lines.push(`and ${more} more ${more === 1 ? "budget" : "budgets"}: tokenledger budget status`);
  if (alerts > 0) lines.push(`${alerts} ${alerts === 1 ? "alert is" : "alerts are"} open: tokenledger alerts list --open`);
  return [`${lines.join("\n")}\n`];
}

async function summaryScreen(document: SummaryDocument & BudgetsInTrouble, style: ScreenStyle): Promise<string> {
  const { periods, days, warnings } = document;
  const today = (days.at(-1) as { day: string }).day;
  const totals = periods.map((period) => period.totals);
  const tables = [
    table(
      "",
      { title: "vs before", cells: periods.map(changeCell) },
      totals,
      periods.map(({ name }) => name),
    ),
    ...topTables(document),
  ];
  const [spending, ...tops] = await renderTables(tables, style);
  const notes = await Promise.all([...unusualLines(document), ...staleLines(document)].map((note) => fitted(note, style.width)));
  return [
    `${style.bold("Spending")}  ${style.dim(`${weekdayOf(today)} ${today}, ${document.tz}`)}\n`,
    spending,
    ...dailyLines(days, style),
    ...(notes.length > 0 ? [`${style.warn(notes.join("\n"))}\n`] : []),
    ...(await budgetLines(document, style)),
    ...tops,
    ...warnings.map((warning) => `${style.warn(`* ${warning}`)}\n`),
  ].join("\n");
}

function table(title: string, third: { title: string; cells: string[] }, rows: readonly Figures[], names: string[]): Column[] {
  return [
    { title, align: "left", cells: names },
    { title: "cost", align: "right", cells: rows.map((row) => costCell(row, dollars)) },
    { ...third, align: "right", dropOrder: 3 },
    { title: "requests", align: "right", dropOrder: 2, cells: rows.map((row) => compactCount(row.requests)) },
    { title: "tokens", align: "right", dropOrder: 1, cells: rows.map((row) => compactCount(row.total_tokens)) },
  ];
}

function topTables({ top_models, top_projects }: SummaryDocument): Column[][] {
  const tops = [
    ["model", top_models],
    ["project", top_projects],
  ] as const;
  return tops
    .filter(([dimension, rows]) => rows.some((row) => row[dimension] !== null))
    .map(([dimension, rows]) => {
      const shares = rows.map(({ share }) => (share === null ? "" : percent(share)));
      const names = rows.map((row) => String(row[dimension] ?? "(none)"));
      return table(`${dimension}s, last 30 days`, { title: "share", cells: shares }, rows, names);
    });
}

/** Today is not over: beside a whole yesterday it would always look cheap. */
function changeCell({ name, totals, before }: SummaryPeriod): string {
  const [now, then] = [Number(totals.cost_usd ?? 0), Number(before.totals.cost_usd ?? 0)];
  if (name === "today" || then === 0) return "";
  const change = now / then - 1;
  if (change >= 10) return `×${Math.round(now / then)}`;
  return `${change > 0 ? "+" : ""}${percent(change)}`;
}

/** Thirty blocks, and below them the first and the last day, which are as long together. */
function dailyLines(days: SummaryDocument["days"], style: ScreenStyle): string[] {
  const costs = days.map((day) => Number(day.cost_usd ?? 0));
  const label = `${days.length} days`;
  if (!costs.some((cost) => cost > 0) || style.width < label.length + 2 + days.length) return [];
  const [first, last] = [days[0]?.day ?? "", days.at(-1)?.day ?? ""];
  const axis = `${" ".repeat(label.length)}  ${first.padEnd(days.length - last.length)}${last}`;
  return [`${style.dim(label)}  ${sparkline(costs)}\n${style.dim(axis)}\n`];
}

function unusualLines({ unusual_days: unusual }: SummaryDocument): string[] {
  return unusual.map(({ day, cost_usd, usual_usd, mostly }) => {
    const part = mostly ? `; ${dollars(mostly.cost_usd)} of it ${mostly.dimension} ${escapeControls(mostly.name)}` : "";
    return `${weekdayOf(day)} ${day} cost ${dollars(cost_usd)}, far more than a usual day's ${dollars(usual_usd)}${part}.`;
  });
}

/** An old log that was read in is no reason to show only zeros and say nothing. */
function staleLines({ periods, span, tz }: SummaryDocument): string[] {
  if (span === null || periods.some(({ totals }) => totals.requests > 0)) return [];
  const last = dayOf(Date.parse(span.last), tz);
  return [
    `The last call in the book is of ${last}. tokenledger import reads what is new; tokenledger report --group-by month shows the whole book.`,
  ];
}

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const weekdayOf = (day: string): string => WEEKDAYS[new Date(day).getUTCDay()] as string;
