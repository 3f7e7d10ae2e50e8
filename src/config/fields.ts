/** Reading typed fields out of a YAML tree. Every message says which field, where it stands, and what is accepted. */

import { durationText, MAX_AMOUNT_NANO_USD } from "../budget/index.ts";
import { closestWord, InvalidInput, quoteValue } from "../errors.ts";
import { formatUsd, parseUsd } from "../money.ts";
import { configErrorAt, type Place } from "./place.ts";
import type { ConfigNode, MapNode } from "./yaml-nodes.ts";

/** One field: its node and its full name (`budgets[0].amount`). */
export interface Field {
  node: ConfigNode;
  name: string;
}

/** Throws the error that says where `field` stands. */
export function refuse(field: Field, message: string): never {
  throw configErrorAt(field.node.place, `${field.name} ${message}`);
}

/** How a message writes an entry of the map `field`: `period: daily` in a file, `--period daily` where options are typed. */
export function entryText({ node }: Field, key: string, value: string): string {
  const typed = node.kind === "map" ? node.nameOf?.(key) : undefined;
  return typed === undefined ? `${key}: ${value}` : `${typed} ${value}`;
}

/** What a message may show of a value: as written in the file, never what a variable held. */
export function shown({ node }: Field): string {
  if (node.kind !== "scalar") return node.kind === "map" ? "a map" : "a list";
  return node.value === null ? "nothing" : quoteValue(node.shown);
}

/** The fields of a map whose keys are all known. An empty section (`server:`) has none. */
export function knownFields<Key extends string>(field: Field, known: readonly Key[]): Partial<Record<Key, Field>> {
  const fields: Partial<Record<Key, Field>> = {};
  for (const [key, entry] of entriesOf(field)) {
    const name = known.find((candidate) => candidate === key);
    if (name === undefined) {
      const near = closestWord(key, known);
      const hint = near === undefined ? "" : ` Did you mean ${near}?`;
      throw configErrorAt(entry.place, `${entry.field.name} is not a known key.${hint} Accepted here: ${known.join(", ")}.`);
    }
    fields[name] = entry.field;
  }
  return fields;
}

/** The entries of a map whose keys are names that the user chose. */
export function namedFields(field: Field): [name: string, field: Field][] {
  return Array.from(entriesOf(field), ([key, entry]): [string, Field] => [key, entry.field]);
}

function* entriesOf(field: Field): Generator<[string, { place: Place; field: Field }]> {
  if (isNothing(field)) return;
  const map = mapOf(field);
  for (const [key, { place, node }] of map.entries) {
    const name = map.nameOf?.(key) ?? (field.name === "" ? keyText(key) : `${field.name}.${keyText(key)}`);
    yield [key, { place, field: { node, name } }];
  }
}

function keyText(key: string): string {
  return /^[\w*:/@-]{1,60}$/.test(key) ? key : quoteValue(key, 60);
}

function mapOf(field: Field): MapNode {
  if (field.node.kind === "map") return field.node;
  throw configErrorAt(field.node.place, `${field.name || "the file"} is ${kindOf(field)}; a map of keys and values is needed.`);
}

/** Where a map or list belongs, a single value may be a secret on the wrong line: its kind is told, not the value. */
function kindOf(field: Field): string {
  return field.node.kind === "scalar" ? "a single value" : shown(field);
}

export function isNothing({ node }: Field): boolean {
  return node.kind === "scalar" && node.value === null;
}

/** The items of a list, each named by its index. */
export function itemsOf(field: Field): Field[] {
  if (isNothing(field)) return [];
  if (field.node.kind !== "list") refuse(field, `is ${kindOf(field)}; a list is needed.`);
  return field.node.items.map((node, index) => ({ node, name: `${field.name}[${index}]` }));
}

/** Non-empty text. A number is text as it is written (`012` stays `012`); a boolean must be quoted to be a name. */
export function textOf(field: Field, what: string): string {
  const { node } = field;
  if (node.kind !== "scalar" || node.value === null || typeof node.value === "boolean") {
    refuse(field, `is ${shown(field)}; ${what} is needed${node.kind === "scalar" && node.value !== null ? ": put it in quotes" : ""}.`);
  }
  const text = node.text.trim().normalize("NFC");
  if (text === "") refuse(field, `is empty; ${what} is needed.`);
  if (text.length > 1000) refuse(field, `has ${text.length} characters; ${what} of at most 1000 is needed.`);
  return text;
}

/** Text that no message may show. */
export function secretOf(field: Field, what: string): string {
  const { node } = field;
  if (node.kind !== "scalar" || node.value === null || node.text.trim() === "") refuse(field, `is empty; ${what} is needed.`);
  return node.text.trim();
}

export function booleanOf(field: Field): boolean {
  const { node } = field;
  if (node.kind === "scalar") {
    if (typeof node.value === "boolean") return node.value;
    if (node.filledIn && (node.text === "true" || node.text === "false")) return node.text === "true";
  }
  return refuse(field, `is ${shown(field)}; write true or false.`);
}

export function wholeNumberOf(field: Field, least: number, most: number, what: string): number {
  const number = numberOf(field);
  if (number === undefined || !Number.isSafeInteger(number) || number < least || number > most) {
    refuse(field, `is ${shown(field)}; ${what} from ${least} to ${most} is needed.`);
  }
  return number;
}

export function decimalOf(field: Field, least: number, most: number, what: string): number {
  const number = numberOf(field);
  if (number === undefined || number < least || number > most)
    refuse(field, `is ${shown(field)}; ${what} from ${least} to ${most} is needed.`);
  return number;
}

/** A number as people write numbers: YAML's octal, hexadecimal, infinite and exponent forms are more often slips than meant. */
function numberOf({ node }: Field): number | undefined {
  if (node.kind !== "scalar" || (typeof node.value !== "number" && !node.filledIn)) return undefined;
  return /^-?(?:0|[1-9]\d{0,15})(?:\.\d{1,15})?$/.test(node.text) ? Number(node.text) : undefined;
}

/** An exact amount of money, zero or more. */
export function amountOf(field: Field): bigint {
  const { node } = field;
  const accepted = "USD as a plain decimal with at most nine places, such as 500 or 12.50";
  if (node.kind !== "scalar" || node.value === null || typeof node.value === "boolean")
    refuse(field, `is ${shown(field)}; give ${accepted}.`);
  const text = node.text.trim();
  if (/^-?0\d/.test(text)) refuse(field, `is ${shown(field)}; leave out the leading zero, for some read it as octal.`);
  let nanoUsd: bigint;
  try {
    nanoUsd = parseUsd(text, field.name);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return refuse(field, `is ${shown(field)}; give ${accepted}.`);
  }
  if (nanoUsd < 0n) refuse(field, `is ${shown(field)}; an amount can't be negative.`);
  if (nanoUsd > MAX_AMOUNT_NANO_USD) refuse(field, `is ${shown(field)}; at most ${formatUsd(MAX_AMOUNT_NANO_USD)} USD can be counted.`);
  return nanoUsd;
}

/** One of a few words. */
export function choiceOf<Word extends string>(field: Field, words: readonly Word[]): Word {
  const { node } = field;
  const found = node.kind === "scalar" ? words.find((word) => word === node.text) : undefined;
  if (found !== undefined) return found;
  const near = node.kind === "scalar" && !node.filledIn ? closestWord(node.text, words) : undefined;
  return refuse(field, `is ${shown(field)}; ${near === undefined ? "accepted" : `did you mean ${near}? Accepted`}: ${words.join(", ")}.`);
}

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const LEAP_YEAR_MS = 366 * UNIT_MS.d;

/** A span of time such as `90m`, `1h` or `7d`, in milliseconds: one second to a leap year, or to less. */
export function durationOf(field: Field, longestMs: number = LEAP_YEAR_MS): number {
  const { node } = field;
  const match = node.kind === "scalar" ? /^([1-9]\d{0,8})([smhd])$/.exec(node.text.trim()) : null;
  const durationMs = match ? Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS] : 0;
  if (durationMs < 1000 || durationMs > longestMs) {
    const calendar = node.kind === "scalar" && /\d(?:mo|M|w|q|y)/.test(node.text) ? " For calendar months and the like, use period." : "";
    refuse(
      field,
      `is ${shown(field)}; give a whole number of s, m, h or d from 1s to ${durationText(longestMs)}, such as ${longestMs < LEAP_YEAR_MS ? "30s or 10m" : "90m or 7d"}.${calendar}`,
    );
  }
  return durationMs;
}
