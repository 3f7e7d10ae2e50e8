/** A book that is not there yet holds nothing: reports about it are complete documents of zeros. */
import { type Ledger, noUsage } from "../ledger/index.ts";

/** The part of a book that reports ask. */
export type ReadableBook = Pick<Ledger, "aggregate" | "span" | "query" | "scan" | "close"> & {
  budgets: Pick<Ledger["budgets"], "list" | "status">;
  alerts: Pick<Ledger["alerts"], "list">;
  prices: Pick<Ledger["prices"], "list">;
};

export const emptyBook: ReadableBook = {
  aggregate: async () => ({ rows: [], totals: noUsage() }),
  span: async () => undefined,
  query: async function* () {},
  scan: async function* () {},
  budgets: { list: async () => [], status: async () => [] },
  alerts: { list: async () => [] },
  prices: { list: async () => [] },
  close: async () => {},
};
