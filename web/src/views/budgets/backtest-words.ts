/** What a back-test says, in sentences. */
import type { BacktestDocument, BudgetDocument } from "tokenledger/insights";
import { count, dollars } from "../../format/amounts.ts";
import { instantText } from "../../format/instants.ts";

type Policy = Pick<BudgetDocument, "enforcement" | "shadow" | "switch_to">;

/** What would have become of the calls. */
function verbOf({ enforcement, shadow, switch_to: target }: Policy): string {
  if (shadow || enforcement === "notify_only") return "told of";
  return enforcement === "switch_provider" ? `moved to ${target ?? "another provider"}` : "blocked";
}

export function backtestSentences(document: BacktestDocument, budget: Policy, timeZone: string): string[] {
  const { calls, cost_usd: cost, blocked_calls: blocked, windows, blocked_windows: blockedWindows, unpriced_calls: unpriced } = document;
  const verb = verbOf(budget);
  const left = unpriced === 0 ? [] : [`${callsText(unpriced)} without a price ${unpriced === 1 ? "counts" : "count"} as nothing here.`];
  if (calls === 0) return ["There were no calls that it counts in these days."];
  if (blocked === 0) return [`It would have ${verb} none of ${callsText(calls)}, which cost ${dollars(cost)}.`, ...left];
  const first = document.first_block;
  return [
    `It would have ${verb} ${count(blocked)} of ${callsText(calls)}: ${dollars(document.saved_usd)} of ${dollars(cost)}, in ${count(blockedWindows)} of ${count(windows)} ${windows === 1 ? "window" : "windows"}.`,
    ...(first === null ? [] : [`The first on ${instantText(first.at, timeZone)}, after ${dollars(first.spent_usd)} in that window.`]),
    ...judgedSentences(document),
    ...left,
  ];
}

function judgedSentences(document: BacktestDocument): string[] {
  const { falsely_blocked: falsely, rightly_blocked: rightly, unknown_blocked: unknown } = document;
  return [
    ...(falsely > 0 ? [`${callsText(falsely)} falsely: their windows held no more than normal business.`] : []),
    ...(rightly > 0 ? [`${callsText(rightly)} in runaways, which would have cost ${dollars(document.saved_from_runaways_usd)} less.`] : []),
    ...(unknown > 0
      ? [
          `Whether falsely nobody can tell of ${callsText(unknown)}: there are fewer than six other complete windows, or the window is not over.`,
        ]
      : []),
  ];
}

function callsText(calls: number): string {
  return `${count(calls)} ${calls === 1 ? "call" : "calls"}`;
}

export const VERDICTS: Readonly<Record<string, string>> = {
  normal: "normal business",
  runaway: "a runaway",
  unknown: "nobody can tell",
};
