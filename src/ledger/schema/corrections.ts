/** Corrections: how a record that is already stored gets other figures or other facts, by rows that are added, never by an edit. */
import { DICTIONARY_COLUMNS, FIGURE_COLUMNS, type RecordRow } from "./rows.ts";

/** What must be equal for a correction to be a mere difference of figures: all but those, and the price list they come from. */
const FACT_COLUMNS: readonly (keyof RecordRow)[] = [
  "time_ms",
  ...DICTIONARY_COLUMNS.filter((column) => column !== "price_version"),
  "metadata",
];

/**
 * A record as it stands after its corrections.
 *
 * @param family the original and its corrections, in row order
 */
export function fold(family: readonly RecordRow[]): RecordRow {
  let current = family[0] as RecordRow;
  for (const row of family.slice(1)) {
    if (row.requests === 1) current = row;
    else if (row.requests === 0) current = withDifference(current, row);
  }
  return current;
}

function withDifference(current: RecordRow, difference: RecordRow): RecordRow {
  const folded = { ...current, price_version: difference.price_version, unpriced: current.unpriced + difference.unpriced };
  for (const column of FIGURE_COLUMNS) {
    const delta = difference[column];
    if (delta !== null) folded[column] = (current[column] ?? 0) + delta;
  }
  return folded;
}

/**
 * The rows that turn `current` into `wanted`: one row of differences where only figures change, else one that takes the record
 * back and one that puts it down anew. Row numbers count up from `firstRow`.
 */
export function correctionRows(current: RecordRow, wanted: RecordRow, original: number, firstRow: number): RecordRow[] {
  const shared = { corrects: original, id: null, request_id: null };
  if (!isDifferenceEnough(current, wanted)) {
    const back: RecordRow = { ...current, ...shared, row: firstRow, requests: -1, unpriced: -current.unpriced || 0, metadata: null };
    for (const column of FIGURE_COLUMNS) back[column] = current[column] === null ? null : -(current[column] as number) || 0;
    return [back, { ...wanted, ...shared, row: firstRow + 1 }];
  }
  const difference: RecordRow = {
    ...wanted,
    ...shared,
    row: firstRow,
    requests: 0,
    unpriced: wanted.unpriced - current.unpriced,
    metadata: null,
  };
  for (const column of FIGURE_COLUMNS) {
    difference[column] = wanted[column] === null ? null : (wanted[column] as number) - (current[column] ?? 0);
  }
  return [difference];
}

/** A figure that nobody told any more can't be said by a difference; a latency told for the first time changes how many told theirs. */
function isDifferenceEnough(current: RecordRow, wanted: RecordRow): boolean {
  if ((current.latency_ms === null) !== (wanted.latency_ms === null)) return false;
  if ((current.reported_cost_nano_usd === null) !== (wanted.reported_cost_nano_usd === null)) return false;
  return (
    FACT_COLUMNS.every((column) => current[column] === wanted[column]) &&
    FIGURE_COLUMNS.every((column) => current[column] === null || wanted[column] !== null)
  );
}
