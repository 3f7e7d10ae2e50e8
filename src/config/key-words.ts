/** A virtual key's rules in the words of the configuration that come from elsewhere than its file: read and checked by the same rules. */
import type { KeyRules } from "../budget/index.ts";
import { knownFields } from "./fields.ts";
import { KEY_RULES, type KeyRule, readKeyRules } from "./read-virtual-keys.ts";
import { nodeOf } from "./word-nodes.ts";

/** The rules of one key as a configuration file would have them, every value as text. */
export type KeyWords = Partial<Record<Exclude<KeyRule, "models">, string>> & { models?: readonly string[] };

export interface KeyWordsOptions {
  /** How messages name a word: `max_choices` may be typed as `--max-choices`. */
  nameOf: (word: string) => string;
  /** Where the day begins with which a key expires. */
  timeZone: string;
}

/**
 * The rules that the words tell.
 *
 * @throws InvalidInput with the sentence that a configuration file would get, without the place.
 */
export function keyRulesFromWords(words: KeyWords, { nameOf, timeZone }: KeyWordsOptions): KeyRules {
  return readKeyRules(knownFields({ node: nodeOf({ ...words }, nameOf), name: "The key" }, KEY_RULES), timeZone);
}
