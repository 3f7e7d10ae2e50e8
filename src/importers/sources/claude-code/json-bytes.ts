/** JSON's grammar over bytes, without a blank or a backslash: what programs write. Each function gives the index after what it read, or `NONE`. */

/** Not what was looked for: no exception, because for an unusual line it would cost more than parsing it. */
export const NONE = -1;

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;

const BACKSLASH = 0x5c;
const SPACE = 0x20;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const MAX_DEPTH = 16;
const LITERALS = ["true", "false", "null"] as const;

/** The index of the quote that ends the string whose text begins at `at`, or `NONE`. */
export function textEnd(bytes: Uint8Array, at: number, end: number): number {
  for (let i = at; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte === QUOTE) return i;
    if (byte === BACKSLASH || byte < SPACE) return NONE;
  }
  return NONE;
}

export function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Reads one value of any kind. */
export function valueEnd(bytes: Uint8Array, at: number, end: number, depth = 0): number {
  const first = bytes[at] as number;
  if (first === QUOTE) {
    const close = textEnd(bytes, at + 1, end);
    return close < 0 ? -1 : close + 1;
  }
  if (first === OPEN_OBJECT || first === OPEN_ARRAY) return depth < MAX_DEPTH ? containerEnd(bytes, at, end, depth + 1) : NONE;
  for (const literal of LITERALS) if (first === literal.charCodeAt(0) && startsWith(bytes, at, literal)) return at + literal.length;
  return numberEnd(bytes, at);
}

function containerEnd(bytes: Uint8Array, at: number, end: number, depth: number): number {
  const isObject = bytes[at] === OPEN_OBJECT;
  const close = isObject ? CLOSE_OBJECT : CLOSE_ARRAY;
  let next = at + 1;
  if (bytes[next] === close) return next + 1;
  for (;;) {
    if (isObject) {
      const keyEnd = bytes[next] === QUOTE ? textEnd(bytes, next + 1, end) : NONE;
      if (keyEnd < 0 || bytes[keyEnd + 1] !== COLON) return NONE;
      next = keyEnd + 2;
    }
    next = valueEnd(bytes, next, end, depth);
    if (next < 0 || next >= end) return NONE;
    if (bytes[next] === close) return next + 1;
    if (bytes[next] !== COMMA) return NONE;
    next++;
  }
}

function numberEnd(bytes: Uint8Array, at: number): number {
  let next = bytes[at] === MINUS ? at + 1 : at;
  next = bytes[next] === ZERO ? next + 1 : digitsEnd(bytes, next);
  if (next >= 0 && bytes[next] === POINT) next = digitsEnd(bytes, next + 1);
  if (next >= 0 && ((bytes[next] as number) | SPACE) === 0x65) {
    const sign = bytes[next + 1];
    next = digitsEnd(bytes, sign === PLUS || sign === MINUS ? next + 2 : next + 1);
  }
  return next;
}

/** Reads at least one digit. */
export function digitsEnd(bytes: Uint8Array, at: number): number {
  let next = at;
  while ((bytes[next] as number) >= ZERO && (bytes[next] as number) <= NINE) next++;
  return next > at ? next : NONE;
}
