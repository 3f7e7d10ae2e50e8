/** Where a server-sent event ends. */

const BLANK_LINE = Buffer.from("\n\n");
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** The position after the first blank line at or after `from`, or -1. Lines end in LF, and with `hasReturns` in CR and CRLF too. */
export function eventEnd(bytes: Buffer, from: number, hasReturns: boolean): number {
  if (!hasReturns) {
    const end = bytes.indexOf(BLANK_LINE, from);
    return end < 0 ? -1 : end + 2;
  }
  for (let position = from; position < bytes.length; ) {
    const lineEnd = nextLineEnd(bytes, position);
    if (lineEnd < 0) return -1;
    const next = afterLineEnd(bytes, lineEnd);
    // A CR at the very end may be the first half of CRLF.
    if (next >= bytes.length) return -1;
    if (bytes[next] === LINE_FEED || bytes[next] === CARRIAGE_RETURN) return afterLineEnd(bytes, next);
    position = next;
  }
  return -1;
}

function nextLineEnd(bytes: Buffer, from: number): number {
  const feed = bytes.indexOf(LINE_FEED, from);
  // Looked for only as far as needed: a CR far behind the next LF says nothing yet.
  const carriage = bytes.subarray(0, feed < 0 ? bytes.length : feed).indexOf(CARRIAGE_RETURN, from);
  return carriage < 0 ? feed : carriage;
}

function afterLineEnd(bytes: Buffer, lineEnd: number): number {
  return bytes[lineEnd] === CARRIAGE_RETURN && bytes[lineEnd + 1] === LINE_FEED ? lineEnd + 2 : lineEnd + 1;
}
