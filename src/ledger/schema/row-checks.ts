/** What must hold of a row of `usage_records` by itself: its checksum, its figures, what it points to. */
import { KINDS, type Kind } from "../schema.ts";
import { fold } from "./corrections.ts";
import type { Entries } from "./dictionary-entry.ts";
import type { Differences } from "./differences.ts";
import { checksumOf, circumstancesIn, DICTIONARY_COLUMNS, FIGURE_COLUMNS, type RecordRow, unpackId } from "./rows.ts";

const KIND_OF: Record<(typeof DICTIONARY_COLUMNS)[number], Kind> = {
  model: "model",
  source: "source",
  org: "org",
  team: "team",
  user: "user",
  project: "project",
  key: "key",
  session: "session",
  tags: "tags",
  circumstances: "circumstances",
  price_version: "priceVersion",
};

export function verifyRow(row: RecordRow, dictionary: Pick<Entries, "entry">, differences: Differences): void {
  const checksum = checksumOf(row);
  if (checksum !== row.checksum) differences.add("checksum", placeOf(row), checksum, row.checksum);
  for (const column of DICTIONARY_COLUMNS) {
    const id = row[column];
    if (id === 0 && column !== "model" && column !== "source") continue;
    const { kind } = dictionary.entry(id);
    if (kind !== KINDS[KIND_OF[column]]) differences.add("reference", `${placeOf(row)} ${column}`, `a ${column} of the dictionary`, id);
  }
}

function verifyFigures(row: RecordRow, where: string, dictionary: Pick<Entries, "entry">, differences: Differences): void {
  if (row.time_ms < 0) differences.add("value", `${where} time_ms`, "0 or later", row.time_ms);
  for (const column of FIGURE_COLUMNS) {
    const figure = row[column];
    if (column === "reported_cost_nano_usd" && isAdjustment(row, dictionary)) continue;
    if (figure !== null && figure < 0) differences.add("value", `${where} ${column}`, "0 or more", figure);
  }
  const unpriced = row.reported_cost_nano_usd === null && row.computed_cost_nano_usd === null ? 1 : 0;
  if (row.unpriced !== unpriced) differences.add("value", `${where} unpriced`, unpriced, row.unpriced);
}

/** Only a record that adjusts a bill may give money back. */
function isAdjustment(row: RecordRow, dictionary: Pick<Entries, "entry">): boolean {
  return row.circumstances !== 0 && circumstancesIn(dictionary.entry(row.circumstances)).status === "adjustment";
}

/** Answers whether the row has an id, by which to go on. */
export function verifyOriginalRow(row: RecordRow, dictionary: Pick<Entries, "entry">, differences: Differences): boolean {
  if (row.requests !== 1) differences.add("value", `${placeOf(row)} requests`, 1, row.requests);
  verifyFigures(row, placeOf(row), dictionary, differences);
  const hasId = typeof row.id === "string" || row.id instanceof Uint8Array;
  if (!hasId) differences.add("value", `${placeOf(row)} id`, "an id", row.id);
  return hasId;
}

export function reportMissingIdentity(row: RecordRow, kind: string, differences: Differences): void {
  differences.add("identity", `${placeOf(row)} ${kind}`, `row ${row.row} under its hash`, "missing");
}

/** @param original the row that this one corrects, if it is there */
export function verifyCorrection(row: RecordRow, original: RecordRow | undefined, differences: Differences): void {
  if (original !== undefined && original.corrects === null && original.row < row.row) return;
  const found = original === undefined ? `missing row ${row.corrects}` : row.corrects;
  differences.add("correction", `${placeOf(row)} corrects`, "an earlier record", found);
}

/** A record and its corrections: one request in the end, and no figure below zero. */
export function verifyFamily(
  family: readonly [RecordRow, ...RecordRow[]],
  dictionary: Pick<Entries, "entry">,
  differences: Differences,
): void {
  const where = `${placeOf(family[0])} with its corrections`;
  const requests = family.reduce((sum, row) => sum + row.requests, 0);
  if (requests !== 1) differences.add("correction", `${where} requests`, 1, requests);
  verifyFigures(fold(family), where, dictionary, differences);
}

export function placeOf(row: RecordRow): string {
  const id = typeof row.id === "string" || row.id instanceof Uint8Array ? ` (id ${unpackId(row.id)})` : "";
  return `usage_records row ${row.row}${id}`;
}
