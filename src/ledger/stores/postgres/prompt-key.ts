/** The book's key for hashes of prompts. */
import { PROMPT_KEY_NAMES_SQL, promptKeyOf, promptKeySettings } from "../../schema/prompt-key.ts";
import type { BookConnection } from "./connection.ts";
import { arrayOf, type Transaction, textArrayOf } from "./transaction.ts";

/** @param fresh becomes the book's where it has none; undefined: none is made */
export async function promptKey(connection: BookConnection, fresh: Uint8Array | undefined): Promise<Uint8Array | undefined> {
  const stored = await connection.read(readKey);
  if (stored !== undefined || fresh === undefined) return stored;
  const settings = promptKeySettings(fresh);
  return connection.write(async (transaction) => {
    // Whoever comes second waits here for the first one's commit, and then reads its key.
    await transaction.run(
      "INSERT INTO settings (name, value) SELECT * FROM unnest($1::text[], $2::bigint[]) ON CONFLICT (name) DO NOTHING",
      [textArrayOf(settings.map(({ name }) => name)), arrayOf(settings.map(({ value }) => value))],
    );
    return readKey(transaction);
  });
}

async function readKey(transaction: Transaction): Promise<Uint8Array | undefined> {
  return promptKeyOf(
    (await transaction.query(`SELECT name, value FROM settings WHERE name IN (${PROMPT_KEY_NAMES_SQL})`)) as {
      name: unknown;
      value: unknown;
    }[],
  );
}
