/** Over which time a budget counts: a calendar period with its beginnings, or a sliding window. */

import { type BudgetPeriod, PERIODS, WEEKDAYS, type WindowRule } from "../budget/index.ts";
import { choiceOf, durationOf, entryText, type Field, refuse, shown, textOf } from "./fields.ts";

export interface SpanFields {
  period?: Field;
  window?: Field;
  week_start?: Field;
  year_start?: Field;
}

const YEAR_PERIODS: readonly (BudgetPeriod | undefined)[] = ["quarterly", "yearly"];

export function readSpan(field: Field, fields: SpanFields): Omit<WindowRule, "timeZone"> {
  const rule = readPeriodOrWindow(field, fields);
  const { week_start, year_start } = fields;
  const written = rule.period === undefined ? "a sliding window" : `period ${rule.period}`;
  if (week_start) {
    rule.weekStart = choiceOf(week_start, WEEKDAYS);
    if (rule.period !== "weekly")
      refuse(week_start, `has no effect with ${written}; it belongs to ${entryText(field, "period", "weekly")}.`);
  }
  if (year_start) {
    rule.yearStart = yearStartOf(year_start);
    if (!YEAR_PERIODS.includes(rule.period)) {
      refuse(year_start, `has no effect with ${written}; it belongs to ${entryText(field, "period", "quarterly")} or yearly.`);
    }
  }
  return rule;
}

function readPeriodOrWindow(field: Field, { period, window }: SpanFields): WindowRule {
  if (period && window) refuse(window, "can't stand beside period; keep the calendar period or the sliding window.");
  if (window) return { windowMs: durationOf(window) };
  if (!period) {
    const calendar = entryText(field, "period", PERIODS.join(" | "));
    refuse(field, `has neither period nor window; give ${calendar}, or a sliding window such as ${entryText(field, "window", "7d")}.`);
  }
  return { period: choiceOf(period, PERIODS) };
}

/** `04-01`: a fiscal year that begins on the first of April. */
function yearStartOf(field: Field): { month: number; day: number } {
  const [, month = 0, day = 0] = (/^(\d{2})-(\d{2})$/.exec(textOf(field, "a month and a day")) ?? []).map(Number);
  if (month >= 1 && month <= 12 && day >= 29 && day <= 31) {
    refuse(field, `is ${shown(field)}; give a day from 01 to 28: each quarter begins with it, and not every month has that day.`);
  }
  if (month < 1 || month > 12 || day < 1 || day > 28) {
    refuse(field, `is ${shown(field)}; give the month and the day with which years begin, such as "04-01" for the first of April.`);
  }
  return { month, day };
}
