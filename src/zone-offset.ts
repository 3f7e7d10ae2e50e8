/** How far local time is from UTC, by the runtime's own table of zones. */

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(timeZone, format);
  }
  return format;
}

/**
 * Local time minus UTC at an instant, in milliseconds. A question costs microseconds.
 *
 * @throws RangeError for a name that is no time zone
 */
export function offsetAt(instantMs: number, timeZone: string): number {
  if (timeZone === "UTC") return 0;
  const field: Record<string, string> = {};
  for (const part of formatOf(timeZone).formatToParts(instantMs)) field[part.type] = part.value;
  const year = field.era === "BC" ? 1 - Number(field.year) : Number(field.year);
  const local = new Date(0);
  local.setUTCFullYear(year, Number(field.month) - 1, Number(field.day));
  local.setUTCHours(Number(field.hour), Number(field.minute), Number(field.second));
  return local.getTime() - Math.floor(instantMs / 1000) * 1000;
}
