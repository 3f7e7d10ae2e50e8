/** How budgets stand, in every form. */

import type { BudgetDocument } from "../../insights/index.ts";
import type { Answer, ScreenStyle } from "../printing/answer.ts";
import { bar } from "../printing/bar.ts";
import type { Cell } from "../printing/csv.ts";
import { count, dollars } from "../printing/numbers.ts";
import { type Column, renderTable } from "../printing/table.ts";
import { fitted } from "../printing/text.ts";
import { budgetName, endOf, scopeText, troubleOf, usedOf } from "./budget-sentences.ts";

const ROW_FIELDS = [
  "name",
  "value",
  "scope",
  "period",
  "window_seconds",
  "window_start",
  "window_end",
  "amount_usd",
  "max_tokens",
  "spent_usd",
  "reserved_usd",
  "overage_usd",
  "spent_tokens",
  "reserved_tokens",
  "requests",
  "utilization_pct",
  "zone",
  "exceeded",
  "runs_out_at",
  "enforcement",
] as const;

export interface BudgetsShown {
  generatedAtMs: number;
  budgets: readonly BudgetDocument[];
  /** Further fields of the document. */
  extra?: object;
  /** Sentences below the table. */
  notes?: readonly string[];
}

export function budgetsAnswer(shown: BudgetsShown): Answer {
  const { budgets, generatedAtMs, extra = {} } = shown;
  return {
    document: { schema: "tokenledger.budgets/1", generated_at: new Date(generatedAtMs).toISOString(), budgets, ...extra },
    rows: { fields: ROW_FIELDS, records: budgets.map(budgetRow) },
    screen: (style) => budgetsScreen(shown, style),
    markdown: async () => (await import("../printing/markdown.ts")).markdownTable(budgetColumns(budgets)),
  };
}

function budgetRow(budget: BudgetDocument): Record<(typeof ROW_FIELDS)[number], Cell> {
  const { scope, window, exceeded, alerts: _alerts, hard: _hard, shadow: _shadow, ...same } = budget;
  return {
    ...same,
    scope: scopeText(scope),
    window_start: window.start,
    window_end: window.end,
    exceeded: String(exceeded),
  };
}

async function budgetsScreen(shown: BudgetsShown, style: ScreenStyle): Promise<string> {
  const { budgets, notes = [] } = shown;
  const lines = [...(await troubleLines(budgets, style)), ...(await Promise.all(notes.map((note) => fitted(note, style.width))))];
  const table = budgets.length > 0 ? await renderTable(budgetColumns(budgets, style), style) : "";
  return [...(table ? [table] : []), ...(lines.length > 0 ? [`${lines.join("\n")}\n`] : [])].join("\n");
}

/** A sentence for each budget with which something is the matter. */
export async function troubleLines(budgets: readonly BudgetDocument[], style: ScreenStyle): Promise<string[]> {
  const lines: string[] = [];
  for (const budget of budgets) {
    const trouble = troubleOf(budget);
    if (trouble === undefined) continue;
    const text = await fitted(trouble, style.width);
    lines.push(isSerious(budget) ? style.bad(text) : style.warn(text));
  }
  return lines;
}

/** Calls are stopped, or far more is spent than was meant to be. */
function isSerious({ exceeded, zone }: BudgetDocument): boolean {
  return exceeded || zone === "orange" || zone === "red";
}

const BAR_WIDTH = 20;

/** Bars and colours are for screens. */
function budgetColumns(budgets: readonly BudgetDocument[], style?: ScreenStyle): Column[] {
  const paint = (text: string, row: number): string => {
    const budget = budgets[row];
    if (!style || !budget) return text;
    if (isSerious(budget)) return style.bad(text);
    return budget.zone === "yellow" ? style.warn(text) : style.good(text);
  };
  const reserved = budgets.some(({ reserved_usd, reserved_tokens }) => reserved_usd !== "0" || reserved_tokens > 0);
  return [
    { title: "budget", align: "left", cells: budgets.map(budgetName) },
    { title: "counts", align: "left", dropOrder: 4, cells: budgets.map(({ scope }) => scopeText(scope)) },
    { title: "spent", align: "right", cells: budgets.map((budget) => usedOf(budget).used) },
    { title: "of", align: "right", dropOrder: 1, cells: budgets.map((budget) => usedOf(budget).cap) },
    ...(reserved ? [{ title: "reserved", align: "right" as const, dropOrder: 5, cells: budgets.map(reservedCell) }] : []),
    ...(style ? [{ title: "", align: "left" as const, dropOrder: 6, cells: budgets.map(barCell), paint }] : []),
    { title: "used", align: "right", cells: budgets.map(usedCell) },
    { title: "zone", align: "left", cells: budgets.map(({ zone }) => zone), paint },
    { title: "until", align: "left", dropOrder: 3, cells: budgets.map(untilCell) },
  ];
}

function barCell({ utilization_pct: percent }: BudgetDocument): string {
  return bar(percent === null ? 1 : percent / 100, BAR_WIDTH);
}

/** A cap of 0 of which anything is used has no share. */
function usedCell({ utilization_pct: percent }: BudgetDocument): string {
  // Rounded down: 100% is spent, and 99.99% is not.
  return percent === null ? "over" : `${(Math.floor(percent * 10) / 10).toFixed(1)}%`;
}

function reservedCell(budget: BudgetDocument): string {
  return budget.amount_usd === null ? `${count(budget.reserved_tokens)} tokens` : dollars(budget.reserved_usd);
}

function untilCell(budget: BudgetDocument): string {
  return endOf(budget) ?? (budget.window_seconds === null ? "" : "sliding");
}
