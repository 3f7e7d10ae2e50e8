/** By what a record is known: its id within its namespace, and for final records the request id and attempt. */
import { namespaceOf } from "../schema.ts";
import type { Entry } from "../store.ts";
import type { Entries } from "./dictionary-entry.ts";
import { circumstancesIn, packId } from "./rows.ts";

/** Where ids of requests are looked for that people name: among all programs', and in each tenant's own space. */
export function requestNamespaces(dictionary: Pick<Entries, "entries">): string[] {
  const told = dictionary.entries("circumstances").filter(({ key }) => key.includes('"idSpace"'));
  const spaces = told.flatMap((entry) => circumstancesIn(entry).idSpace ?? []);
  return ["", ...[...new Set(spaces)].map((space) => namespaceOf("", space))];
}

/** Where ids of records are looked for that people name: each source's own, and each tenant's. */
export function idNamespaces(dictionary: Pick<Entries, "entries">): string[] {
  const ofSources = dictionary.entries("source").map(({ key }) => namespaceOf(key));
  return [...new Set([...requestNamespaces(dictionary), ...ofSources])];
}

/** An id within its namespace, or a request id and attempt within theirs. */
export interface Identity {
  kind: "id" | "request";
  namespace: string;
  text: string;
  attempt: number;
}

export function idIdentity({ id, namespace }: Entry): Identity {
  return { kind: "id", namespace, text: id, attempt: 1 };
}

/** Agent logs repeat a request id for every line of its answer: only final records are unique by it. */
export function requestIdOf({ record }: Entry): string | undefined {
  return record.replay === undefined ? record.requestId : undefined;
}

export function requestIdentity(entry: Entry): Identity | undefined {
  const text = requestIdOf(entry);
  return text === undefined ? undefined : { kind: "request", namespace: entry.namespace, text, attempt: entry.record.attempt ?? 1 };
}

/** The columns by which a stored row is recognised. */
export interface IdentityRow {
  row: number;
  namespace: string;
  id: string | Uint8Array | null;
  request_id: string | Uint8Array | null;
  attempt: number;
  isReplay: boolean;
}

/** Whether a stored row is of this identity. */
export function sameIdentity(stored: IdentityRow, identity: Identity): boolean {
  if (stored.namespace !== identity.namespace) return false;
  if (identity.kind === "id") return sameId(stored.id, identity.text);
  return stored.attempt === identity.attempt && sameId(stored.request_id, identity.text);
}

function sameId(stored: string | Uint8Array | null, text: string): boolean {
  if (stored === null || typeof stored === "string") return stored === text;
  const packed = packId(text);
  return typeof packed !== "string" && Buffer.compare(stored, packed) === 0;
}
