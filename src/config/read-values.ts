/** Values with a meaning of their own: time zones, addresses, the book's URL. */
import { InvalidInput } from "../errors.ts";
import { localDayStart, parseDay, resolveTimeZone } from "../usage/index.ts";
import { type Field, itemsOf, refuse, secretOf, shown, textOf } from "./fields.ts";
import { warningAt } from "./place.ts";

export function timeZoneOf(field: Field): string {
  const name = textOf(field, "a time zone");
  try {
    return resolveTimeZone(name);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return refuse(field, `is ${shown(field)}; give an IANA time zone such as Europe/Berlin or UTC.`);
  }
}

const TIME = /^(\d{4}-\d{2}-\d{2})[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** A day, which means its first instant in the zone, or a time with its zone. */
export function instantOf(field: Field, timeZone: string): number {
  const text = textOf(field, "a day or a time");
  const time = TIME.exec(text);
  try {
    const dayMs = parseDay(time?.[1] ?? text);
    return time ? Date.parse(text.toUpperCase()) : localDayStart(dayMs, timeZone);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return refuse(field, `is ${shown(field)}; give a day such as 2026-07-01, or a time with its zone such as 2026-07-01T18:00:00Z.`);
  }
}

export function readNames(field: Field, what: string): string[] {
  const names = itemsOf(field).map((item) => textOf(item, what));
  if (names.length === 0) refuse(field, "is an empty list; name at least one, or leave it out for all.");
  return names;
}

/** An http(s) address without a user or password in it, and without a slash at its end. */
export function urlOf(field: Field): string {
  const text = secretOf(field, "an http or https address");
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || !/^https?:\/\//i.test(text)) {
    return refuse(field, "is no address; give one that begins with http:// or https://.");
  }
  if (url.username !== "" || url.password !== "") refuse(field, "holds a user or password; an address with credentials is not accepted.");
  return text.replace(/(?<!\/)\/+$/, "");
}

/** The book's URL. It may hold a password, so no message shows it. */
export function databaseUrlOf(field: Field, warn: (message: string) => void): string {
  const url = secretOf(field, "the URL of the book");
  const accepted = "accepted: sqlite:///path/to/file.db, sqlite::memory:, postgresql://user@host/database";
  if (url === "sqlite::memory:") {
    warn(warningAt(field.node.place, `${field.name} keeps the book in memory: it is gone when the command ends.`));
    return url;
  }
  if (/^postgres(?:ql)?:\/\//.test(url)) {
    if (!URL.canParse(url)) refuse(field, `is no PostgreSQL URL; ${accepted}.`);
    return url;
  }
  if (!url.startsWith("sqlite:")) refuse(field, `begins with another scheme; ${accepted}.`);
  if (!url.startsWith("sqlite:///") || url.length === "sqlite:///".length || url.endsWith("/"))
    refuse(field, `names no file; ${accepted}.`);
  let path: string;
  try {
    path = decodeURIComponent(url);
  } catch {
    return refuse(field, "has a % that begins no code; write a % in a file's name as %25.");
  }
  if (path.split(/[/\\]/).includes("..")) refuse(field, "leads through a parent folder (..); give the file's own path.");
  if (path.includes("\0")) refuse(field, "has a NUL character in it.");
  return url;
}
