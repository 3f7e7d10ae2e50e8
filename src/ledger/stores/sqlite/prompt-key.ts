/** The book's key for hashes of prompts. */
import { PROMPT_KEY_NAMES_SQL, promptKeyOf, promptKeySettings } from "../../schema/prompt-key.ts";
import type { Desk } from "./desk.ts";

const SELECT = `SELECT name, value FROM settings WHERE name IN (${PROMPT_KEY_NAMES_SQL})`;

/** @param fresh becomes the book's where it has none; undefined: none is made */
export async function promptKey(desk: Desk, fresh: Uint8Array | undefined): Promise<Uint8Array | undefined> {
  const read = (): Uint8Array | undefined => promptKeyOf(desk.connection.prepare(SELECT).all() as { name: unknown; value: unknown }[]);
  const stored = desk.guarded(read);
  if (stored !== undefined || fresh === undefined) return stored;
  return desk.writing(() => {
    const insert = desk.connection.prepare("INSERT OR IGNORE INTO settings (name, value) VALUES (?, ?)");
    for (const { name, value } of promptKeySettings(fresh)) insert.run(name, value);
    return read();
  });
}
