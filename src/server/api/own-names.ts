/**
 * Names that are one book's: of budgets, and of keys in use. A key that is fixed to a team makes them within a space of its own,
 * so that no name that it tries tells whether another team has it: `engineering:monthly`.
 */
import { InvalidInput, quoteValue } from "../../errors.ts";
import type { Reach } from "./reach.ts";

/** Control characters, and those that hide or reorder what stands around them. */
const UNSEEN = /[\p{Cc}\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

/** A name in its one spelling. @throws InvalidInput */
export function checkedName(name: string, what: string): string {
  const composed = name.normalize("NFC");
  if (composed.trim() !== composed || composed === "")
    throw new InvalidInput(`${what} ${quoteValue(name)} begins or ends with a space, or is empty.`);
  if (UNSEEN.test(composed)) throw new InvalidInput(`${what} ${quoteValue(name)} holds a character that is not seen; leave it out.`);
  return composed;
}

/** As the book will have it. */
export function ownName(name: string, { isWhole, owner }: Reach): string {
  if (isWhole) return name;
  const prefix = `${Object.values(owner).map(escaped).join(":")}:`;
  return name.startsWith(prefix) ? name : prefix + name;
}

function escaped(part: string): string {
  return part.replaceAll("%", "%25").replaceAll(":", "%3A");
}
