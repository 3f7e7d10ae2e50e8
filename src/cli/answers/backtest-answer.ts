/** A back-test in every form. */
import type { BudgetDefinition } from "../../budget/index.ts";
import type { BacktestDocument, BlockedWindow } from "../../insights/index.ts";
import { dayOf } from "../../usage/index.ts";
import type { Answer, ScreenStyle } from "../printing/answer.ts";
import { count, dollars } from "../printing/numbers.ts";
import { type Column, renderTable } from "../printing/table.ts";
import { escapeControls } from "../printing/text.ts";
import { scopeText, spanText } from "./budget-sentences.ts";

export function backtestAnswer(document: BacktestDocument, definition: BudgetDefinition): Answer {
  return {
    document,
    screen: (style) => backtestScreen(document, definition, style),
    markdown: async () => (await import("../printing/markdown.ts")).markdownTable(columnsOf(document, definition)),
  };
}

const SHOWN = 20;

async function backtestScreen(document: BacktestDocument, definition: BudgetDefinition, style: ScreenStyle): Promise<string> {
  const sentences = sentencesOf(document, definition).map(escapeControls).join("\n");
  const { windows_with_blocks: windows, blocked_windows: all } = document;
  if (windows.length === 0) return `${sentences}\n`;
  const shown = windows.slice(0, SHOWN);
  const table = await renderTable(columnsOf({ ...document, windows_with_blocks: shown }, definition), style);
  const more = all > shown.length ? `and ${count(all - shown.length)} more windows (see --json)\n` : "";
  return `${sentences}\n\n${table}${more}`;
}

function sentencesOf(document: BacktestDocument, definition: BudgetDefinition): string[] {
  const { calls, cost_usd: cost, blocked_calls: blocked, windows, unpriced_calls: unpriced, first_block: first, proposal } = document;
  const hasCap = document.budget.amount_usd !== null || definition.maxTokens !== undefined;
  const sentences = hasCap
    ? [`${capText(document, definition)} would have ${verbOf(definition)} ${blockedText(blocked, calls)}.`]
    : [`${count(calls)} calls cost ${dollars(cost)}.`];
  if (blocked > 0) {
    const { falsely_blocked: falsely, rightly_blocked: rightly, unknown_blocked: unknown } = document;
    sentences.push(
      `That is ${dollars(document.saved_usd)} of ${dollars(cost)}, in ${count(document.blocked_windows)} of ${count(windows)} windows.`,
      `Falsely, because the window held no more than normal business: ${count(falsely)}. In a runaway: ${count(rightly)}, ${dollars(document.saved_from_runaways_usd)}.` +
        (unknown > 0 ? ` Nobody can tell, for want of history: ${count(unknown)}.` : ""),
    );
  }
  if (first) sentences.push(`The first one: ${first.at.slice(0, 16).replace("T", " ")} UTC, after ${spentText(first, definition)}.`);
  if (unpriced > 0) sentences.push(`${count(unpriced)} of the calls have no price and count as nothing.`);
  if (proposal) sentences.push(proposalText(proposal, definition));
  return sentences;
}

/** `engineering (team engineering, monthly, $500.00)` */
function capText(document: BacktestDocument, definition: BudgetDefinition): string {
  const { amount_usd: amount } = document.budget as { amount_usd: string | null };
  const caps = [
    ...(amount === null ? [] : [dollars(amount)]),
    ...(definition.maxTokens === undefined ? [] : [`${count(definition.maxTokens)} tokens`]),
  ];
  return `${definition.name} (${[scopeText(definition.scope), spanText(definition), ...caps].join(", ")})`;
}

function verbOf({ enforcement, shadow, switchTo }: BudgetDefinition): string {
  if (shadow || enforcement === "notify_only") return "told of";
  return enforcement === "switch_provider" ? `moved to ${switchTo ?? "another provider"}` : "blocked";
}

function blockedText(blocked: number, calls: number): string {
  return blocked === 0 ? `none of ${count(calls)} calls` : `${count(blocked)} of ${count(calls)} calls`;
}

function spentText(first: NonNullable<BacktestDocument["first_block"]>, { maxTokens }: BudgetDefinition): string {
  return maxTokens === undefined ? dollars(first.spent_usd) : `${dollars(first.spent_usd)} and ${count(first.spent_tokens)} tokens`;
}

function proposalText(proposal: NonNullable<BacktestDocument["proposal"]>, { windowMs }: BudgetDefinition): string {
  const { amount_usd: amount, max_false_blocks_per_month: wanted, false_blocks: falsely, months } = proposal;
  const wish = `at most ${count(wanted)} false ${wanted === 1 ? "block" : "blocks"} a month`;
  if (amount === null) return `No amount can be proposed for ${wish}: ${proposal.reason}.`;
  const aside = windowMs === undefined ? "" : ", runaways and what they leave no room for aside";
  return `For ${wish}: --amount ${amount} (${count(falsely ?? 0)} in ${months} months${aside}).`;
}

function columnsOf({ windows_with_blocks: windows }: BacktestDocument, definition: BudgetDefinition): Column[] {
  const column = (title: string, align: Column["align"], dropOrder: number, cellOf: (window: BlockedWindow) => string): Column => ({
    title,
    align,
    ...(dropOrder > 0 && { dropOrder }),
    cells: windows.map(cellOf),
  });
  const isEach = windows.some(({ value }) => value !== null);
  const byTokens = definition.amountNanoUsd === undefined;
  const amount = (text: string | null): string => (text === null ? "?" : byTokens ? count(Number(text)) : dollars(text));
  return [
    column("window from", "left", 0, ({ window }) => startText(window.start, definition)),
    ...(isEach ? [column("of", "left", 0, ({ value }) => Object.values(value ?? {}).join(", "))] : []),
    column("calls", "right", 4, ({ calls }) => count(calls)),
    column("spent", "right", 1, (window) => (byTokens ? count(window.spent_tokens) : dollars(window.spent_usd))),
    column("usual", "right", 3, ({ usual }) => amount(usual)),
    column("runaway above", "right", 5, ({ unusual_above: above }) => amount(above)),
    column("blocked", "right", 0, ({ blocked_calls: blocked }) => count(blocked)),
    column("saved", "right", 2, ({ saved_usd: saved }) => dollars(saved)),
    column("it was", "left", 0, ({ verdict }) => verdict),
  ];
}

/** A calendar window's first local day; a stretch of a sliding one has an hour, too. */
function startText(start: string, { windowMs, timeZone = "UTC" }: BudgetDefinition): string {
  return windowMs === undefined ? dayOf(Date.parse(start), timeZone) : `${start.slice(0, 16).replace("T", " ")} UTC`;
}
