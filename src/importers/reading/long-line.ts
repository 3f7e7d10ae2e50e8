/** A line's text for parsing. In a line of many megabytes almost everything is text that nobody reads: long strings are left out. */

const LONG_LINE_BYTES = 1 << 20;
const LONG_STRING_BYTES = 4 << 10;
const QUOTE = 34;
const BACKSLASH = 92;

export function lineText(window: Buffer, start: number, end: number): string {
  return end - start > LONG_LINE_BYTES ? withoutLongStrings(window, start, end) : window.toString("utf8", start, end);
}

/** The JSON of bytes `start` to `end` with every string of over `LONG_STRING_BYTES` made empty. Broken JSON stays broken. */
function withoutLongStrings(window: Buffer, start: number, end: number): string {
  const pieces: string[] = [];
  let kept = start;
  for (let at = window.indexOf(QUOTE, start); at >= 0 && at < end; at = window.indexOf(QUOTE, at + 1)) {
    const close = closingQuote(window, at + 1, end);
    if (close < 0) break;
    if (close - at > LONG_STRING_BYTES) {
      pieces.push(window.toString("utf8", kept, at + 1));
      kept = close;
    }
    at = close;
  }
  pieces.push(window.toString("utf8", kept, end));
  return pieces.join("");
}

function closingQuote(window: Buffer, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    const byte = window[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at++;
  }
  return -1;
}
