/**
 * Names that are one book's: of budgets, and of keys in use. A key that is fixed to a team makes them within a space of its own,
 * so that no name that it tries tells whether another team has it: `engineering:monthly`. A user's begin otherwise than those of a team
 * that is called alike: `user=anna:monthly`.
 */
import { InvalidInput, quoteValue } from "../../errors.ts";
import type { Reach } from "./reach.ts";

/** Control characters, and those that hide, join or reorder what stands around them; but for two that scripts and emoji are written with. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|(?![\u200c\u200d])\p{Cf}/u;

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
  const parts = Object.entries(owner).map(([kind, value]) => (kind === "team" ? escaped(value) : `${kind}=${escaped(value)}`));
  const prefix = `${parts.join(":")}:`;
  return name.startsWith(prefix) ? name : prefix + name;
}

function escaped(part: string): string {
  return part.replaceAll("%", "%25").replaceAll(":", "%3A").replaceAll("=", "%3D");
}
