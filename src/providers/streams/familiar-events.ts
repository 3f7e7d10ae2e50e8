/** Events that differ from one that was parsed only in what the model said: they need no parsing. */
import { isFields } from "../replies/counts.ts";
import { outputBytesOf } from "../replies/output-bytes.ts";
import { parsedJson } from "./parsed-json.ts";

/** One stream has few kinds of events that carry output; what never repeats is not learned for ever. */
const MOST_PATTERNS = 4;
const MOST_LESSONS = 8;
const LONGEST_LEARNED = 4096;

/** Fields that change from event to event and say nothing of usage, model, id, error or end. */
const HOLES =
  /"(?:content|delta|text|thinking|partial_json|reasoning_content|reasoning|arguments|response|obfuscation|p|created_at)"\s*:\s*"((?:[^"\\]|\\.)*)"|"(?:sequence_number|created)"\s*:\s*(\d+)/g;

/** An event's text around its holes. */
interface Pattern {
  name: string | undefined;
  /** One more than there are holes. */
  literals: readonly string[];
  /** Which holes are numbers; the others are strings. */
  isNumber: readonly boolean[];
  /** The hole whose text is output. */
  output: number;
  /** Bytes of output in the literals. */
  base: number;
  /** Which hole holds the event's number, or -1. */
  sequence: number;
}

/**
 * A token's event costs a JSON.parse of a few hundred bytes, nearly all of them the same each time. An event that equals
 * a known one but for its holes has the same facts; only the length of its output is to be found.
 */
export class FamiliarEvents {
  #patterns: Pattern[] = [];
  #lessons = 0;

  /** The number of the last familiar event, where such events have numbers. */
  sequenceNumber: number | undefined;

  /** Bytes of output of a familiar event, or -1. */
  outputBytes(text: string, name: string | undefined): number {
    for (const pattern of this.#patterns) {
      const bytes = pattern.name === name ? this.#matchedBytes(pattern, text) : -1;
      if (bytes > 0) return bytes;
    }
    return -1;
  }

  /** The facts have changed: events like those before would change them back. */
  forget(): void {
    this.#patterns = [];
  }

  /** From an event that has told nothing but more of the answer. */
  learn(text: string, name: string | undefined): void {
    if (this.#lessons >= MOST_LESSONS || text.length > LONGEST_LEARNED) return;
    this.#lessons++;
    const pattern = patternOf(text, name);
    if (pattern) this.#patterns = [pattern, ...this.#patterns].slice(0, MOST_PATTERNS);
  }

  #matchedBytes({ literals, isNumber, output, base, sequence }: Pattern, text: string): number {
    let position = 0;
    let bytes = 0;
    let sequenceNumber: number | undefined;
    for (let index = 0; index < isNumber.length; index++) {
      const literal = literals[index] as string;
      const start = position + literal.length;
      // Slicing and comparing is several times as fast as `startsWith`.
      if (text.slice(position, start) !== literal) return -1;
      position = start;
      if (isNumber[index]) while (isDigit(text.charCodeAt(position))) position++;
      else position = stringEnd(text, start);
      if (position < start) return -1;
      if (index === sequence) sequenceNumber = Number(text.slice(start, position));
      if (index === output) {
        if (position === start) return -1;
        bytes = bytesOfString(text.slice(start, position));
        if (bytes < 0) return -1;
      }
    }
    if (text.slice(position) !== literals[isNumber.length]) return -1;
    this.sequenceNumber = sequenceNumber;
    return base + bytes;
  }
}

/** The position of the quote that ends the string: one with an odd number of backslashes before it belongs to the string. */
function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = quote;
    while (backslashes > start && text.charCodeAt(backslashes - 1) === BACKSLASH) backslashes--;
    if ((quote - backslashes) % 2 === 0) return quote;
  }
  return -1;
}

const BACKSLASH = 92;

/** Bytes of UTF-8 of a JSON string's inside, or -1. */
function bytesOfString(inside: string): number {
  if (!inside.includes("\\")) return Buffer.byteLength(inside);
  const value = parsedJson(`"${inside}"`);
  return typeof value === "string" ? Buffer.byteLength(value) : -1;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Which hole holds output is found by trying: a longer text there makes more output, by just as much. */
function patternOf(text: string, name: string | undefined): Pattern | undefined {
  const whole = bytesOf(text);
  if (whole === undefined || whole === 0) return undefined;
  const literals: string[] = [];
  const isNumber: boolean[] = [];
  let output = -1;
  let sequence = -1;
  let base = 0;
  let end = 0;
  for (const match of text.matchAll(HOLES)) {
    const value = match[1] ?? match[2] ?? "";
    const start = match.index + match[0].length - value.length - (match[1] === undefined ? 0 : 1);
    literals.push(text.slice(end, start));
    isNumber.push(match[1] === undefined);
    end = start + value.length;
    if (match[0].startsWith('"sequence_number"')) sequence = literals.length - 1;
    if (match[1] === undefined) continue;
    const more = bytesOf(`${text.slice(0, end)}${PROBE}${text.slice(end)}`);
    if (more === whole) continue;
    if (more !== whole + PROBE.length || output >= 0 || value === "") return undefined;
    output = literals.length - 1;
    base = whole - bytesOfString(value);
  }
  if (output < 0) return undefined;
  return { name, literals: [...literals, text.slice(end)], isNumber, output, base, sequence };
}

const PROBE = "0123456";

function bytesOf(text: string): number | undefined {
  const value = parsedJson(text);
  return isFields(value) ? outputBytesOf(value) : undefined;
}
