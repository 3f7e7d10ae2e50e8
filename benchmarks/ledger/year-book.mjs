/** A book of a year of invented gateway records, made where it is not there yet. */
import { existsSync } from "node:fs";
import { openLedger } from "../../dist/ledger/index.js";
import { inventRecords } from "./records.mjs";

const BATCH = 50_000;
const SPAN_DAYS = 365;
export const YEAR_START_MS = Date.UTC(2025, 6, 1);

export async function makeYearBook(path, total) {
  if (existsSync(path)) return;
  const book = await openLedger(path);
  for (let firstIndex = 0; firstIndex < total; firstIndex += BATCH) {
    const count = Math.min(BATCH, total - firstIndex);
    const records = inventRecords({ kind: "gateway", count, firstIndex, total, spanDays: SPAN_DAYS, startMs: YEAR_START_MS });
    await book.append({ records });
  }
  await book.close();
}
