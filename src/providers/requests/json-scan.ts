/**
 * One pass over the bytes of a JSON document: is it valid, is it within limits, and where does each value lie?
 * No value is built: bodies are large, and a reader of requests wants a few numbers and names out of them.
 */
import { isUtf8 } from "node:buffer";
import { InvalidInput } from "../../errors.ts";
import { ESCAPED_STRING, JsonDocument, KIND, type NodeKind } from "./json-document.ts";

/** What is refused before anything is read into it. */
const MAX_DEPTH = 64;
const MAX_KEYS = 10_000;
const MAX_ITEMS = 100_000;
const MAX_VALUES = 1_000_000;
const MAX_STRING_BYTES = 16 * 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Bytes that stand for themselves inside a text: all but quotes, backslashes and control characters. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0));
const LITERALS: ReadonlyMap<number, { kind: NodeKind; bytes: readonly number[] }> = new Map(
  (["true", "false", "null"] as const).map((word) => [
    word.charCodeAt(0),
    { kind: KIND[word], bytes: [...word].map((letter) => letter.charCodeAt(0)) },
  ]),
);

/** Four numbers for each value: kind and number of children, first byte, byte after the last, next value outside it. */
let places = new Int32Array(4 * 4096);
/** The lists and objects around the byte that is read. */
const open = new Int32Array(MAX_DEPTH);
/** Whether the text that was passed last has a backslash. */
let hasEscape = false;

/** The document is valid until the next scan: its places lie in memory that is used again. */
export function scanJson(bytes: Buffer): JsonDocument {
  if (!isUtf8(bytes)) throw new InvalidInput("The body is not valid JSON: it is not UTF-8 text.");
  const words = wordsOf(bytes);
  let depth = 0;
  let isInObject = false;
  let count = 0;
  let at = skipSpace(bytes, 0);
  for (;;) {
    if (count + 2 > MAX_VALUES) throw new InvalidInput(`The body has more than ${MAX_VALUES} values; make the request smaller.`);
    if (4 * (count + 2) > places.length) grow();
    // A value, with its name before it where it belongs to an object.
    if (isInObject) {
      if (bytes[at] !== QUOTE) throw expected("a name in quotes", bytes, at);
      const end = endOfString(bytes, words, at + 1);
      put(count++, hasEscape ? ESCAPED_STRING : KIND.string, at, end);
      at = skipSpace(bytes, end);
      if (bytes[at] !== COLON) throw expected('":"', bytes, at);
      at = skipSpace(bytes, at + 1);
    }
    const first = bytes[at];
    if (first === QUOTE) {
      const end = endOfString(bytes, words, at + 1);
      put(count++, hasEscape ? ESCAPED_STRING : KIND.string, at, end);
      at = end;
    } else if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      if (depth === MAX_DEPTH) throw new InvalidInput(`The body is nested deeper than ${MAX_DEPTH} levels; make it flatter.`);
      const wasInObject: boolean = isInObject;
      isInObject = first === OPEN_BRACE;
      put(count, isInObject ? KIND.object : KIND.array, at, 0);
      at = skipSpace(bytes, at + 1);
      const closing = isInObject ? CLOSE_BRACE : CLOSE_BRACKET;
      if (bytes[at] !== closing) {
        open[depth++] = count++;
        continue;
      }
      at += 1;
      places[4 * count + 2] = at;
      count += 1;
      isInObject = wasInObject;
    } else {
      const literal = first === undefined ? undefined : LITERALS.get(first);
      const end = literal ? endOfLiteral(bytes, at, literal.bytes) : endOfNumber(bytes, at);
      put(count++, literal?.kind ?? KIND.number, at, end);
      at = end;
    }
    // What follows a value: another one, or the end of what it lies in.
    for (;;) {
      at = skipSpace(bytes, at);
      if (depth === 0) {
        if (at !== bytes.length) throw expected("the end", bytes, at);
        return new JsonDocument(bytes, places, count);
      }
      const container = 4 * (open[depth - 1] as number);
      // The count of children lies above the three bits of the kind.
      const counted = (places[container] as number) + 8;
      places[container] = counted;
      const children = counted >> 3;
      if (children > (isInObject ? MAX_KEYS : MAX_ITEMS)) throw tooMany(isInObject);
      const next = bytes[at];
      if (next === COMMA) {
        at = skipSpace(bytes, at + 1);
        break;
      }
      if (next !== (isInObject ? CLOSE_BRACE : CLOSE_BRACKET)) throw expected(isInObject ? '"," or "}"' : '"," or "]"', bytes, at);
      at += 1;
      places[container + 2] = at;
      places[container + 3] = count;
      depth -= 1;
      isInObject = depth > 0 && ((places[4 * (open[depth - 1] as number)] as number) & 7) === KIND.object;
    }
  }
}

function put(node: number, kind: number, start: number, end: number): void {
  const place = 4 * node;
  places[place] = kind;
  places[place + 1] = start;
  places[place + 2] = end;
  places[place + 3] = node + 1;
}

function grow(): void {
  const larger = new Int32Array(2 * places.length);
  larger.set(places);
  places = larger;
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at] as number;
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return at;
    at += 1;
  }
}

/** @param from the byte after the opening quote */
function endOfString(bytes: Buffer, words: Words, from: number): number {
  let at = from;
  hasEscape = false;
  for (;;) {
    // Most texts are names and end soon; long ones are passed four bytes at a time.
    const near = at + 12 + ((words.skew - at) & 3);
    while (at < near && PLAIN[bytes[at] as number] === 1) at += 1;
    if (at === near) {
      at = afterPlainWords(words, at);
      while (PLAIN[bytes[at] as number] === 1) at += 1;
    }
    const byte = bytes[at];
    if (byte === QUOTE) {
      if (at - from > MAX_STRING_BYTES) throw new InvalidInput(`The body has a text of more than ${MAX_STRING_BYTES} bytes; send less.`);
      return at + 1;
    }
    if (byte !== BACKSLASH) throw expected("a quote that ends the text", bytes, at);
    hasEscape = true;
    at = endOfEscape(bytes, at + 1);
  }
}

/** The bytes as 32-bit words, and how many bytes lie before the first whole word. */
interface Words {
  words: Int32Array;
  skew: number;
}

function wordsOf(bytes: Buffer): Words {
  const skew = (4 - (bytes.byteOffset & 3)) & 3;
  const count = Math.max(0, (bytes.length - skew) >> 2);
  return { words: count === 0 ? new Int32Array(0) : new Int32Array(bytes.buffer, bytes.byteOffset + skew, count), skew };
}

/** From a byte that begins a word: the beginning of the next word that holds anything else than plain bytes, or the end of the words. */
function afterPlainWords({ words, skew }: Words, from: number): number {
  let word = (from - skew) >> 2;
  for (; word < words.length; word++) {
    const four = words[word] as number;
    // Each term has a high bit set where a byte is a control character, a quote, a backslash: and none where there is none.
    const quote = four ^ 0x22222222;
    const slash = four ^ 0x5c5c5c5c;
    const found = ((four - 0x20202020) & ~four) | ((quote - 0x01010101) & ~quote) | ((slash - 0x01010101) & ~slash);
    if ((found & 0x80808080) !== 0) break;
  }
  return (word << 2) + skew;
}

function endOfEscape(bytes: Buffer, at: number): number {
  switch (bytes[at]) {
    case 0x6e: // n
    case QUOTE:
    case BACKSLASH:
    case 0x2f: // slash
    case 0x74: // t
    case 0x72: // r
    case 0x62: // b
    case 0x66: // f
      return at + 1;
    case 0x75: // u
      for (let digit = at + 1; digit <= at + 4; digit++) {
        if (!isHexDigit(bytes[digit])) throw expected("four hexadecimal digits", bytes, digit);
      }
      return at + 5;
    default:
      throw expected("one of the letters that may follow a backslash", bytes, at);
  }
}

function endOfLiteral(bytes: Buffer, start: number, letters: readonly number[]): number {
  for (let i = 1; i < letters.length; i++) {
    if (bytes[start + i] !== letters[i]) throw expected("a value", bytes, start);
  }
  return start + letters.length;
}

function endOfNumber(bytes: Buffer, start: number): number {
  let at = bytes[start] === 0x2d ? start + 1 : start;
  // No number begins with a zero and goes on.
  if (bytes[at] === 0x30) at += 1;
  else at = endOfDigits(bytes, at, start);
  if (bytes[at] === 0x2e) at = endOfDigits(bytes, at + 1, start);
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    at += 1;
    if (bytes[at] === 0x2b || bytes[at] === 0x2d) at += 1;
    at = endOfDigits(bytes, at, start);
  }
  return at;
}

function endOfDigits(bytes: Buffer, from: number, start: number): number {
  let at = from;
  while (isDigit(bytes[at])) at += 1;
  if (at === from) throw expected("a value", bytes, start);
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number | undefined): boolean {
  return isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

function expected(what: string, bytes: Buffer, at: number): InvalidInput {
  const byte = bytes[at];
  const found =
    byte === undefined ? "the body ends" : byte > 0x20 && byte < 0x7f ? `${String.fromCharCode(byte)} stands` : `byte ${byte} stands`;
  return new InvalidInput(`The body is not valid JSON: ${found} at byte ${at}, where ${what} must be.`);
}

function tooMany(isInObject: boolean): InvalidInput {
  return new InvalidInput(
    isInObject
      ? `The body has an object with more than ${MAX_KEYS} fields; make the request smaller.`
      : `The body has a list with more than ${MAX_ITEMS} items; make the request smaller.`,
  );
}
