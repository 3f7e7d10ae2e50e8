/** The records of one call, in the form in which they are exported. */
import type { Ledger } from "../../ledger/index.ts";
import { type RecordForm, toRecordForm } from "../../usage/index.ts";

export interface UsageDocument {
  schema: "tokenledger.usage/1";
  records: RecordForm[];
}

/** @param key only calls of the key of this name */
export async function usageDocument(ledger: Ledger, requestId: string, key?: string): Promise<UsageDocument> {
  const records: RecordForm[] = [];
  for await (const record of ledger.query({ requestId, ...(key === undefined ? {} : { key }) })) records.push(toRecordForm(record));
  return { schema: "tokenledger.usage/1", records };
}
