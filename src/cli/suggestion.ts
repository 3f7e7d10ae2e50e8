/** "Did you mean": the closest of the words that are accepted. */
import { InvalidInput, quoteValue } from "../errors.ts";

/** Longer words are no typing errors, and comparing them would take long. */
const MAX_LENGTH = 64;

/** The accepted word that differs least, if it differs by little; ties go to the first. */
export function closest(word: string, accepted: readonly string[]): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of accepted) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** `what` of the given value, or a refusal that says what is accepted. */
export function oneOf<Accepted extends string>(what: string, value: string, accepted: readonly Accepted[]): Accepted {
  const found = accepted.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  const suggestion = closest(value, accepted);
  throw new InvalidInput(
    `${what} ${quoteValue(value)} is unknown; ${suggestion ? `did you mean ${suggestion}? Accepted` : "accepted"}: ${accepted.join(", ")}.`,
  );
}

/** Letters to add, drop, replace or swap with their neighbour. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let distance = Math.min((row[j - 1] as number) + 1, (last[j] as number) + 1, (last[j - 1] as number) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        distance = Math.min(distance, (beforeLast[j - 2] as number) + 1);
      row.push(distance);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] as number;
}
