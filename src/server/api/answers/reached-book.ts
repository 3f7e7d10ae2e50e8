/** The book as a caller sees it: what lies outside its reach is not there. */
import type { AnalysedBook } from "../../../insights/index.ts";
import { type DefinedBudget, type Ledger, noUsage, type TimeSpan, type UsageFilter } from "../../../ledger/index.ts";
import type { Reach } from "../reach.ts";

/** What the answers ask of a book. */
export interface AskedBook extends AnalysedBook, Pick<Ledger, "scan" | "query" | "dearest"> {
  budgets: Pick<Ledger["budgets"], "status" | "list">;
  alerts: Pick<Ledger["alerts"], "list">;
}

/** Answers from it are those of a book that holds nothing but what is in reach. */
export function reachedBook(
  book: Pick<Ledger, "aggregate" | "span" | "query" | "scan" | "dearest" | "prices" | "budgets" | "alerts">,
  reach: Reach,
): AskedBook {
  if (reach.isWhole) return book;
  const budgetsInReach = async (): Promise<DefinedBudget[]> =>
    (await book.budgets.list()).filter(({ definition }) => reach.coversBudget(definition));
  return {
    async aggregate(query) {
      const filter = reach.filterWith(query.filter);
      if (filter === "nothing") return { rows: [], totals: noUsage() };
      return book.aggregate({ ...query, ...(filter && { filter }) });
    },
    async span() {
      const filter = reach.filterWith(undefined);
      return filter === "nothing" || filter === undefined ? undefined : spanOf(book, filter);
    },
    async *query(asked) {
      const filter = reach.filterWith(asked);
      if (filter !== "nothing") yield* book.query({ ...asked, ...filter });
    },
    async *scan(asked) {
      const filter = reach.filterWith(asked);
      if (filter !== "nothing") yield* book.scan({ ...asked, ...filter });
    },
    async dearest(asked, limit) {
      const filter = reach.filterWith(asked);
      return filter === "nothing" ? [] : book.dearest({ ...asked, ...filter }, limit);
    },
    prices: book.prices,
    budgets: {
      list: budgetsInReach,
      status: async (options) => (await book.budgets.status(options)).filter(({ definition }) => reach.coversBudget(definition)),
    },
    alerts: {
      // Of budgets that are gone nobody can tell any more whose they were.
      async list(filter) {
        const names = new Set((await budgetsInReach()).map(({ definition }) => definition.name));
        return (await book.alerts.list(filter)).filter(({ budgetName }) => names.has(budgetName));
      },
    },
  };
}

const HOUR_MS = 3_600_000;
const LONGEST_MONTH_MS = 31 * 24 * HOUR_MS;

/** The first and the last instant of the records that the filter leaves: sums tell the hours, the records in them the instants. */
async function spanOf(
  book: Pick<Ledger, "aggregate" | "query">,
  filter: UsageFilter,
): Promise<{ firstMs: number; lastMs: number } | undefined> {
  const used = async (groupBy: "month" | "hour", span: TimeSpan): Promise<number[]> =>
    (await book.aggregate({ timeZone: "UTC", groupBy: [groupBy], filter, ...span })).rows.map(({ keys }) => Date.parse(keys[0] as string));
  // The whole book may be far longer than what is in reach: its hours are looked at where those begin and end only.
  const months = await used("month", {});
  const [firstMonth, lastMonth] = [months[0], months.at(-1)];
  if (firstMonth === undefined || lastMonth === undefined) return undefined;
  const hoursOf = (startMs: number): Promise<number[]> => used("hour", { startMs, endMs: startMs + LONGEST_MONTH_MS });
  const [first, last] = [(await hoursOf(firstMonth))[0], (await hoursOf(lastMonth)).at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const instantsIn = async (startMs: number): Promise<number[]> => {
    const instants: number[] = [];
    for await (const { timestampMs } of book.query({ ...filter, startMs, endMs: startMs + HOUR_MS })) instants.push(timestampMs);
    return instants;
  };
  return { firstMs: least(await instantsIn(first), first), lastMs: largest(await instantsIn(last), last) };
}

const least = (instants: readonly number[], otherwise: number): number =>
  instants.length === 0 ? otherwise : instants.reduce((a, b) => Math.min(a, b));
const largest = (instants: readonly number[], otherwise: number): number =>
  instants.length === 0 ? otherwise : instants.reduce((a, b) => Math.max(a, b));
