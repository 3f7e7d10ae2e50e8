/** Header names come in few spellings, again and again: each is put into lower case once. */

const lowerCased = new Map<string, string>();
/** Whoever sends new ones without end pays for them alone. */
const MOST_KEPT = 1_000;
const LONGEST_KEPT = 64;

export function lowerCase(name: string): string {
  const known = lowerCased.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  if (name.length <= LONGEST_KEPT && lowerCased.size < MOST_KEPT) lowerCased.set(name, lower);
  return lower;
}
