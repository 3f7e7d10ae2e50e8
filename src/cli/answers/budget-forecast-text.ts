/** Where budgets and limits lead, as rows of one table. */
import type { ForecastDocument } from "../../insights/index.ts";
import { dollars, percent } from "../printing/numbers.ts";
import type { Column } from "../printing/table.ts";
import { localDay } from "./local-text.ts";
import { columnOf } from "./told-answer.ts";

type BudgetForecast = ForecastDocument["budgets"][number];

/** All spending, a limit or a budget: what is not told of it is absent. */
export interface ForecastRow
  extends Partial<Pick<BudgetForecast, "amount_usd" | "probability_of_exceeding" | "runs_out_at" | "burn_rates" | "period">> {
  title: string;
  spent_usd: string;
  total_usd: BudgetForecast["total_usd"];
  window: BudgetForecast["window"];
}

/** `engineering`, `per-user (ada)` */
export const budgetTitle = ({ name, value }: Pick<BudgetForecast, "name" | "value">): string =>
  value === null ? name : `${name} (${value})`;

export const budgetRow = (budget: BudgetForecast): ForecastRow => ({ title: budgetTitle(budget), ...budget });

export function forecastColumns(title: string, rows: readonly ForecastRow[], timeZone: string): Column[] {
  const hasLimits = rows.some(({ amount_usd: amount }) => amount !== undefined);
  const hasRates = rows.some(({ burn_rates: rates }) => rates !== undefined && Object.values(rates).some((rate) => rate !== null));
  const column = (name: string, align: Column["align"], dropOrder: number, cellOf: (row: ForecastRow) => string): Column =>
    columnOf(rows, name, align, cellOf, dropOrder);
  const rate = (key: keyof BudgetForecast["burn_rates"]): ((row: ForecastRow) => string) => {
    return ({ burn_rates: rates }) => (rates?.[key] == null ? "" : `${rates[key].toFixed(1)}×`);
  };
  return [
    column(title, "left", 0, (row) => row.title),
    column("spent", "right", 5, (row) => dollars(row.spent_usd)),
    column("P10", "right", 6, (row) => (row.total_usd ? dollars(row.total_usd.p10) : "")),
    column("P50", "right", 0, (row) => (row.total_usd ? dollars(row.total_usd.p50) : "—")),
    column("P90", "right", 4, (row) => (row.total_usd ? dollars(row.total_usd.p90) : "")),
    ...(hasLimits
      ? [
          column("of", "right", 2, ({ amount_usd: amount }) => (amount === undefined ? "" : dollars(amount))),
          column("exceeds", "right", 0, ({ probability_of_exceeding: p }) => (p == null ? "" : percent(p))),
          column("spent on", "left", 1, ({ runs_out_at: at }) => (at?.p50 ? localDay(at.p50, timeZone) : "")),
          column("at the earliest", "left", 7, ({ runs_out_at: at }) => (at?.p10 ? localDay(at.p10, timeZone) : "")),
        ]
      : []),
    ...(hasRates
      ? [
          column("burn 1 h", "right", 10, rate("hour")),
          column("6 h", "right", 9, rate("six_hours")),
          column("3 d", "right", 8, rate("three_days")),
        ]
      : []),
    column("until", "left", 3, (row) => untilText(row, timeZone)),
  ];
}

/** A sliding window has no end, and neither has all time. */
function untilText({ period, window }: ForecastRow, timeZone: string): string {
  if (period === null) return "sliding";
  return period === "lifetime" ? "" : localDay(window.end, timeZone);
}
