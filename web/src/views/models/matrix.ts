/** Pairs of names as a square: symmetric, what is not known stays unknown, those that go together beside each other. */
import type { AnalysisDocument } from "tokenledger/insights";

export type Pair = AnalysisDocument["correlation"]["pairs"][number];
type Name = string | null;

export interface Matrix {
  names: Name[];
  /** Pearson's r; 1 with itself, null where it is not known. */
  values: (number | null)[][];
  /** Null on the diagonal. */
  pairs: (Pair | null)[][];
}

type Pairs = Pick<AnalysisDocument, "correlation" | "communities">;

export function matrixOf({ correlation, communities }: Pairs): Matrix {
  const names = orderedNames({ correlation, communities });
  const placeOf = new Map(names.map((name, place) => [name, place]));
  const values = names.map((_, row) => names.map((__, column): number | null => (row === column ? 1 : null)));
  const pairs = names.map(() => names.map((): Pair | null => null));
  for (const pair of correlation.pairs) {
    const [a, b] = [placeOf.get(pair.a), placeOf.get(pair.b)];
    if (a === undefined || b === undefined) continue;
    for (const [row, column] of [
      [a, b],
      [b, a],
    ] as const) {
      (values[row] as (number | null)[])[column] = pair.r;
      (pairs[row] as (Pair | null)[])[column] = pair;
    }
  }
  return { names, values, pairs };
}

/** Communities first, each together; then the others in the order in which they are told, the largest first. */
export function orderedNames({ correlation, communities }: Pairs): Name[] {
  const told = new Set<Name>();
  for (const { a, b } of correlation.pairs) told.add(a).add(b);
  const together = communities.flatMap(({ names }) => names.filter((name) => told.has(name)));
  return [...new Set<Name>([...together, ...told])];
}

/** The community of a name, counted from 0; -1 where it is in none. */
export function communityOf(name: Name, communities: AnalysisDocument["communities"]): number {
  return communities.findIndex(({ names }) => names.includes(name));
}
