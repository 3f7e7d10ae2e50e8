/** Bodies of `multipart/form-data`: names, sizes and short values of their parts; contents of files stay unread. */
import { InvalidInput, quoteValue } from "../../errors.ts";
import { refuseForbidden } from "./fields.ts";

const MAX_PARTS = 100;
const MAX_BOUNDARY = 70;
const MAX_HEAD_BYTES = 4_096;
const MAX_VALUE_BYTES = 64 * 1024;
const BLANK_LINE = "\r\n\r\n";

export interface FormPart {
  name: string;
  start: number;
  end: number;
  fileName?: string;
}

export interface Form {
  parts: readonly FormPart[];
  /** The text of the only part of that name that is no file. */
  value(name: string): string | undefined;
  part(name: string): FormPart | undefined;
}

export function readForm(body: Buffer, contentType: string): Form {
  const delimiter = `--${boundaryOf(contentType)}`;
  const parts: FormPart[] = [];
  let at = body.indexOf(delimiter, 0, "latin1");
  if (at !== 0 && body.toString("latin1", at - 2, at) !== "\r\n") throw broken("its boundary does not stand at its beginning");
  for (;;) {
    at += delimiter.length;
    if (body.toString("latin1", at, at + 2) === "--") break;
    if (body.toString("latin1", at, at + 2) !== "\r\n") throw broken("a boundary is followed by something else than a line's end");
    if (parts.length === MAX_PARTS) throw new InvalidInput(`The form has more than ${MAX_PARTS} parts; send fewer.`);
    const blank = body.indexOf(BLANK_LINE, at, "latin1");
    if (blank === -1 || blank - at > MAX_HEAD_BYTES) throw broken("a part has no name, or too long a head");
    const start = blank + BLANK_LINE.length;
    const end = body.indexOf(`\r\n${delimiter}`, blank + 2, "latin1");
    if (end === -1) throw broken("it ends inside a part");
    parts.push(partOf(body.toString("utf8", at + 2, blank), start, Math.max(start, end)));
    at = end + 2;
  }
  const part = (name: string): FormPart | undefined => {
    const [first, second] = parts.filter((one) => one.name === name);
    if (second) throw new InvalidInput(`${name} stands twice in the form; give it once.`);
    return first;
  };
  return {
    parts,
    part,
    value: (name) => {
      const found = part(name);
      if (!found || found.fileName !== undefined) return undefined;
      if (found.end - found.start > MAX_VALUE_BYTES) throw new InvalidInput(`${name} has more than ${MAX_VALUE_BYTES} bytes; send less.`);
      return body.toString("utf8", found.start, found.end);
    },
  };
}

function partOf(head: string, start: number, end: number): FormPart {
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(head)?.[1] ?? "";
  const name = /(?:^|[;\s])name="([^"]*)"/i.exec(disposition)?.[1];
  if (name === undefined || name === "") throw broken("a part has no name");
  refuseForbidden(name);
  const fileName = /(?:^|[;\s])filename\*?="?([^";]*)"?/i.exec(disposition)?.[1];
  return fileName === undefined ? { name, start, end } : { name, start, end, fileName };
}

function boundaryOf(contentType: string): string {
  const match = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2] ?? "";
  if (!/^multipart\/form-data\s*;/i.test(contentType) || boundary === "" || boundary.length > MAX_BOUNDARY) {
    throw new InvalidInput(
      `content-type: ${quoteValue(contentType)} is not accepted; give multipart/form-data with a boundary of at most ${MAX_BOUNDARY} characters.`,
    );
  }
  return boundary;
}

function broken(why: string): InvalidInput {
  return new InvalidInput(`The form can't be read: ${why}; send valid multipart/form-data.`);
}
