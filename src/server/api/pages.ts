/** Lists in pages: a page tells where the next one begins, in a text that means something only here, for this caller and this question. */
import { createHash } from "node:crypto";
import { Refusal } from "../http/refusal.ts";
import type { ApiCall, ApiParameter } from "./route.ts";

const USUAL_LIMIT = 100;
const MOST_LIMIT = 1_000;

export const PAGE_PARAMETERS: Readonly<Record<"limit" | "cursor", ApiParameter>> = {
  limit: {
    schema: { type: "integer", minimum: 1, maximum: MOST_LIMIT, default: USUAL_LIMIT },
    description: "How many entries a page has at most.",
  },
  cursor: { schema: { type: "string", minLength: 1, maxLength: 4_096 }, description: "The `next_cursor` of the page before." },
};

const CHECK_BYTES = 16;

export function limitOf({ query }: ApiCall): number {
  return Number(query.get("limit") ?? USUAL_LIMIT);
}

/**
 * The first page of what is left of a list, and the cursor of the next one: null where there is none.
 *
 * @param rest in the list's order, without what earlier pages had
 * @param placeIn where in the list an entry stands
 */
export function pageOf<Entry>(
  call: ApiCall,
  rest: readonly Entry[],
  placeIn: (entry: Entry) => readonly (number | string)[],
): { page: readonly Entry[]; nextCursor: string | null } {
  const page = rest.slice(0, limitOf(call));
  const last = page.at(-1);
  return { page, nextCursor: last !== undefined && page.length < rest.length ? cursorAfter(call, placeIn(last)) : null };
}

/** @param place what tells where the next page begins */
export function cursorAfter(call: ApiCall, place: readonly (number | string)[]): string {
  const text = Buffer.from(JSON.stringify(place));
  return Buffer.concat([checkOf(call, text), text]).toString("base64url");
}

/** @throws Refusal 400 where the cursor is not one of this question of this caller */
export function placeOf(call: ApiCall, size: number): (number | string)[] | undefined {
  const cursor = call.query.get("cursor");
  if (cursor === undefined) return undefined;
  const bytes = Buffer.from(cursor, "base64url");
  const text = bytes.subarray(CHECK_BYTES);
  const isOurs = bytes.byteLength > CHECK_BYTES && bytes.subarray(0, CHECK_BYTES).equals(checkOf(call, text));
  if (!isOurs || bytes.toString("base64url") !== cursor) throw unknownCursor();
  const place = partsIn(text.toString("utf8"));
  if (place?.length !== size) throw unknownCursor();
  return place;
}

function partsIn(text: string): (number | string)[] | undefined {
  try {
    const parts: unknown = JSON.parse(text);
    return Array.isArray(parts) && parts.every((part) => typeof part === "string" || Number.isSafeInteger(part)) ? parts : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Over who asks for what, so that a cursor that was mixed up is noticed, by any gateway. It keeps no secret: whoever makes one up begins
 * somewhere else in the list that is his to read anyway.
 */
function checkOf({ caller, request, values }: ApiCall, text: Uint8Array): Buffer {
  const question = [...values].filter(([name]) => name !== "cursor" && name !== "limit").sort(([a], [b]) => (a < b ? -1 : 1));
  const path = (request.url ?? "").split("?", 1)[0];
  const asked = JSON.stringify([caller.key?.id ?? null, path, question]);
  return createHash("sha256").update(asked).update("\0").update(text).digest().subarray(0, CHECK_BYTES);
}

function unknownCursor(): Refusal {
  return new Refusal(400, "invalid_cursor", "cursor is not the next_cursor of a page of this list; begin without one.", {
    field: "cursor",
  });
}
