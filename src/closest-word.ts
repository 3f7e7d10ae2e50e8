/** "Did you mean": the closest of the words that are accepted. */

/** Longer words are no typing errors, and comparing them would take long. */
const MAX_LENGTH = 64;
/** Fewer letters begin too many words to say which one was meant. */
const SHORTEST_BEGINNING = 3;

/** The accepted word that differs least from what was typed, if it differs by little or begins with it; ties go to the first. */
export function closestWord(typed: string, accepted: Iterable<string>): string | undefined {
  if (typed.length > MAX_LENGTH) return undefined;
  const word = typed.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of accepted) {
    const distance = distanceTo(candidate.toLowerCase(), word);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function distanceTo(candidate: string, word: string): number {
  const distance = editDistance(word, candidate);
  return word.length >= SHORTEST_BEGINNING && candidate.startsWith(word) ? Math.min(1, distance) : distance;
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
