/** The book's own prices. Entries are added, never edited: the newest go first. */
import type { PriceEntry } from "../../../pricing/index.ts";
import { priceChecksum } from "../../schema/small-rows.ts";
import type { Connection } from "./driver.ts";

export function listPrices(connection: Connection): PriceEntry[] {
  const rows = connection.prepare("SELECT entry FROM prices ORDER BY id DESC").all();
  return rows.map(({ entry }) => JSON.parse(String(entry)) as PriceEntry);
}

/** Puts the entries before all others, and answers how many; none, and nothing changes, if they are there already. */
export function putPrices(connection: Connection, entries: readonly PriceEntry[], source: string, nowMs: number): number {
  const texts = entries.map((entry) => JSON.stringify(entry));
  const newest = connection.prepare("SELECT entry FROM prices ORDER BY id DESC LIMIT ?").all(texts.length);
  if (newest.length === texts.length && newest.every(({ entry }, i) => entry === texts[i])) return 0;
  const insert = connection.prepare("INSERT INTO prices (id, entry, source, added_ms, checksum) VALUES (?, ?, ?, ?, ?)");
  let id = Number(connection.prepare("SELECT coalesce(max(id), 0) AS id FROM prices").get()?.id);
  // The first of a list is the one that counts most, so it is stored last.
  for (const text of texts.toReversed()) {
    id++;
    insert.run(id, text, source, nowMs, priceChecksum(id, text, source, nowMs));
  }
  return texts.length;
}
