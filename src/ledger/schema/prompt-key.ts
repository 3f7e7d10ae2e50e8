/** The key under which hashes of prompts are made: eight rows of `settings`, whose values are whole numbers of 32 bits. */
export const PROMPT_KEY_BYTES = 32;

const WORDS = PROMPT_KEY_BYTES / 4;
const NAMES: readonly string[] = Array.from({ length: WORDS }, (_, word) => `prompt_key_${word}`);

/** The rows in the order of their names. */
export function promptKeySettings(key: Uint8Array): { name: string; value: number }[] {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return NAMES.map((name, word) => ({ name, value: view.getUint32(4 * word) }));
}

/** Undefined where the rows are not all there. */
export function promptKeyOf(settings: readonly { name: unknown; value: unknown }[]): Uint8Array | undefined {
  const values = new Map(settings.map(({ name, value }) => [name, Number(value)]));
  const key = new Uint8Array(PROMPT_KEY_BYTES);
  const view = new DataView(key.buffer);
  for (const [word, name] of NAMES.entries()) {
    const value = values.get(name);
    if (value === undefined) return undefined;
    view.setUint32(4 * word, value);
  }
  return key;
}

/** The names as SQL has lists of texts: they are our own. */
export const PROMPT_KEY_NAMES_SQL: string = NAMES.map((name) => `'${name}'`).join(", ");
