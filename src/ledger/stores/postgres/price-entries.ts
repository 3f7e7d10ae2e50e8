/** The book's own prices. Entries are added, never edited: the newest go first. */
import type { PriceEntry } from "../../../pricing/index.ts";
import { pricesNote } from "../../schema/audit-notes.ts";
import { priceChecksum } from "../../schema/small-rows.ts";
import { addAuditNotes } from "./audit-log.ts";
import type { BookConnection } from "./connection.ts";
import { storedText, type Transaction } from "./transaction.ts";

export async function listPrices(transaction: Transaction): Promise<PriceEntry[]> {
  const rows = await transaction.query("SELECT entry FROM prices ORDER BY id DESC");
  return rows.map(({ entry }) => JSON.parse(String(entry)) as PriceEntry);
}

/** Changes whenever {@link listPrices} would answer otherwise. */
export async function pricesRevision(connection: BookConnection): Promise<number> {
  const sql = `SELECT coalesce(max(id), 0) AS id FROM ${connection.schema}.prices`;
  const [row] = await connection.call(sql, [], { repeatable: true, name: "prices_revision" });
  return Number(row?.id);
}

/** Puts the entries before all others; nothing changes if they are there already. */
export async function putPrices(
  transaction: Transaction,
  entries: readonly PriceEntry[],
  source: string,
  { nowMs, actor }: { nowMs: number; actor: string },
): Promise<void> {
  await transaction.execute("LOCK TABLE prices IN SHARE ROW EXCLUSIVE MODE");
  const texts = entries.map((entry) => JSON.stringify(entry));
  const newest = await transaction.query("SELECT entry FROM prices ORDER BY id DESC LIMIT $1", [texts.length]);
  if (newest.length === texts.length && newest.every(({ entry }, i) => entry === texts[i])) return;
  const [newestId] = await transaction.query("SELECT coalesce(max(id), 0) AS id FROM prices");
  let id = Number(newestId?.id);
  // The first of a list is the one that counts most, so it is stored last.
  for (const text of texts.toReversed()) {
    id++;
    await transaction.run("INSERT INTO prices (id, entry, source, added_ms, checksum) VALUES ($1, $2, $3, $4, $5)", [
      id,
      text,
      storedText(source),
      nowMs,
      priceChecksum(id, text, source, nowMs),
    ]);
  }
  await addAuditNotes(transaction, [pricesNote(source, texts.length, actor)]);
}
