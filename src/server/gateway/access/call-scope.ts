/** Whom a call belongs to: what its key says, and headers where the key leaves it open. */
import type { IncomingHttpHeaders } from "node:http";
import { isSameName } from "../../../budget/index.ts";
import type { CallOwner } from "../../../ledger/index.ts";
import { Refusal } from "../../http/refusal.ts";
import type { Caller } from "./caller.ts";

const OWNERS = ["team", "user", "project"] as const;
const LONGEST_NAME = 512;
const MOST_TAGS = 100;
const BEYOND_ASCII = /[^ -~]/;

/** @throws Refusal 403 where a header contradicts the key, 400 where it can't be a name */
export function callScope({ key }: Caller, headers: IncomingHttpHeaders): CallOwner {
  const scope: CallOwner = {};
  if (key?.org !== undefined) scope.org = key.org;
  if (key !== undefined) scope.key = key.name;
  for (const owner of OWNERS) {
    const fixed = key?.[owner];
    const named = headerText(headers, `x-tokenledger-${owner}`);
    if (fixed !== undefined && named !== undefined && !isSameName(fixed, named)) {
      throw new Refusal(403, "permission_denied", `This API key belongs to another ${owner} than x-tokenledger-${owner} names.`);
    }
    const value = fixed ?? named;
    if (value !== undefined) scope[owner] = value;
  }
  const session = headerText(headers, "x-tokenledger-session");
  if (session !== undefined) scope.session = session;
  const tags = headerText(headers, "x-tokenledger-tags", LONGEST_NAME * MOST_TAGS);
  if (tags !== undefined) scope.tags = tagsOf(tags);
  return scope;
}

/** Headers come as one byte per character; names are UTF-8. */
export function headerText(headers: IncomingHttpHeaders, name: string, longest: number = LONGEST_NAME): string | undefined {
  const value = headers[name];
  if (value === undefined) return undefined;
  const text = typeof value === "string" ? (BEYOND_ASCII.test(value) ? utf8(value) : value.trim()) : "";
  if (text === "" || text.length > longest)
    throw new Refusal(400, "invalid_request", `${name} is not a text of 1 to ${longest} characters.`);
  return text;
}

function utf8(value: string): string {
  const text = Buffer.from(value, "latin1").toString("utf8");
  return (text.includes("\uFFFD") ? value : text).trim();
}

/** `a, b` or `["a", "b"]`: a tag with a comma needs the second form. */
function tagsOf(text: string): string[] {
  const tags = text.startsWith("[") ? jsonTags(text) : text.split(",").map((tag) => tag.trim());
  const distinct = [...new Set(tags.filter((tag) => tag !== ""))];
  if (distinct.length > MOST_TAGS) throw new Refusal(400, "invalid_request", `x-tokenledger-tags: at most ${MOST_TAGS} tags are accepted.`);
  if (distinct.some((tag) => tag.length > LONGEST_NAME)) {
    throw new Refusal(400, "invalid_request", `x-tokenledger-tags: a tag is at most ${LONGEST_NAME} characters long.`);
  }
  return distinct;
}

function jsonTags(text: string): string[] {
  try {
    const tags: unknown = JSON.parse(text);
    if (Array.isArray(tags) && tags.every((tag) => typeof tag === "string")) return tags;
  } catch {
    // Said below.
  }
  throw new Refusal(
    400,
    "invalid_request",
    'x-tokenledger-tags is neither names with commas between them nor a JSON array such as ["a", "b"].',
  );
}
