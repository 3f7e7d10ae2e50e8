/** Words that come from elsewhere than a file, such as options, as the nodes that a file's values are: so the same rules read both. */
import type { Place } from "./place.ts";
import type { ConfigNode, MapNode } from "./yaml-nodes.ts";

/** A place that no message shows. */
const NOWHERE: Place = { file: "", line: 0, column: 0 };
const NUMBER = /^-?\d+(?:\.\d+)?$/;

export type Word = string | boolean | readonly string[] | Words | undefined;
export interface Words {
  [key: string]: Word;
}

/** @param nameOf how messages name a word: `amount` may be typed as `--amount` */
export function nodeOf(word: Exclude<Word, undefined>, nameOf: (word: string) => string): ConfigNode {
  if (typeof word === "string" || typeof word === "boolean") {
    const text = String(word);
    return { kind: "scalar", place: NOWHERE, value: NUMBER.test(text) ? Number(text) : word, text, shown: text, filledIn: false };
  }
  if (isList(word)) return { kind: "list", place: NOWHERE, items: word.map((item) => nodeOf(item, nameOf)) };
  const entries: MapNode["entries"] = new Map();
  for (const [key, value] of Object.entries(word)) {
    if (value !== undefined) entries.set(key, { place: NOWHERE, node: nodeOf(value, (inner) => nameOf(`${key}.${inner}`)) });
  }
  return { kind: "map", place: NOWHERE, entries, nameOf };
}

function isList(word: readonly string[] | Words): word is readonly string[] {
  return Array.isArray(word);
}
