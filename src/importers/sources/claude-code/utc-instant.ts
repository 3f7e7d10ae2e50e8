/** The time that agents write, `2026-05-01T12:00:00.000Z`, straight from its bytes. */

const ZERO = 0x30;

/** The instant, or undefined for every other spelling, and for the last days of a month, which not every month has. */
export function utcInstantOf(bytes: Uint8Array, at: number, end: number): number | undefined {
  if (end - at !== 24 || bytes[at + 4] !== 0x2d || bytes[at + 7] !== 0x2d || bytes[at + 10] !== 0x54) return undefined;
  if (bytes[at + 13] !== 0x3a || bytes[at + 16] !== 0x3a || bytes[at + 19] !== 0x2e || bytes[at + 23] !== 0x5a) return undefined;
  const year = digits(bytes, at, 4);
  const month = digits(bytes, at + 5, 2);
  const day = digits(bytes, at + 8, 2);
  const hour = digits(bytes, at + 11, 2);
  const minute = digits(bytes, at + 14, 2);
  const second = digits(bytes, at + 17, 2);
  const millisecond = digits(bytes, at + 20, 3);
  if (!(year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 28 && hour < 24 && minute < 60 && second < 60)) return undefined;
  return Number.isNaN(millisecond) ? undefined : Date.UTC(year, month - 1, day, hour, minute, second, millisecond);
}

/** NaN where a byte is no digit. */
function digits(bytes: Uint8Array, at: number, length: number): number {
  let number = 0;
  for (let i = at; i < at + length; i++) {
    const digit = (bytes[i] as number) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}
