/** The records that cost most: all of the time asked for are looked at, so that it is no work for the thread that passes calls on. */
import { type RecordForm, toRecordForm } from "../../../usage/index.ts";
import { askedFilter, askedSpan } from "../asked-records.ts";
import type { AskedBook } from "./reached-book.ts";

interface AskedRecords {
  values: ReadonlyMap<string, readonly string[]>;
  timeZone: string;
}

export async function dearestRecords(book: Pick<AskedBook, "dearest">, { values, timeZone }: AskedRecords): Promise<object> {
  const limit = Number(values.get("limit")?.[0]);
  const records = await book.dearest({ ...askedFilter(values), ...askedSpan(values, timeZone) }, limit);
  return usageDocument(records.map(toRecordForm));
}

/** @param nextCursor where the next page begins; a list that is not told in pages has none */
export function usageDocument(records: readonly RecordForm[], nextCursor?: string): object {
  return { schema: "tokenledger.usage/1", records, next_cursor: nextCursor ?? null };
}
