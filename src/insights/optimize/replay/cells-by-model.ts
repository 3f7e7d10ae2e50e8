/** The cells of each model, sorted out once for all who ask. */
import type { CalledModel } from "./call.ts";
import type { Cell, Digest } from "./cell.ts";

const sorted = new WeakMap<readonly Cell[], ReadonlyMap<CalledModel, readonly Cell[]>>();

/** @param digest of a replay that is over */
export function cellsByModel({ cells }: Pick<Digest, "cells">): ReadonlyMap<CalledModel, readonly Cell[]> {
  const known = sorted.get(cells) ?? sortedOut(cells);
  sorted.set(cells, known);
  return known;
}

function sortedOut(cells: readonly Cell[]): Map<CalledModel, Cell[]> {
  const found = new Map<CalledModel, Cell[]>();
  for (const cell of cells) {
    const known = found.get(cell.model);
    if (known === undefined) found.set(cell.model, [cell]);
    else known.push(cell);
  }
  return found;
}
