/** Virtual keys, in every form. */
import { KEY_OWNERS } from "../../budget/index.ts";
import { type KeyDocument, keyDocument } from "../../insights/index.ts";
import type { VirtualKey } from "../../ledger/index.ts";
import type { Answer } from "../printing/answer.ts";
import { count } from "../printing/numbers.ts";
import { type Column, renderTable } from "../printing/table.ts";
import { localMinute } from "./local-text.ts";

const ROW_FIELDS = [
  "id",
  "name",
  "state",
  "role",
  "org",
  "team",
  "user",
  "project",
  "models",
  "requests_per_minute",
  "tokens_per_minute",
  "max_concurrent_calls",
  "max_output_tokens",
  "max_choices",
  "last4",
  "defined_in",
  "created_at",
  "expires_at",
  "revoked_at",
  "last_used_at",
  "grace_until",
] as const satisfies readonly (keyof KeyDocument)[];

export interface Shown {
  nowMs: number;
  timeZone: string;
}

/** A new key: for people the key alone, so that it can go into a variable. */
export function newKeyAnswer(key: string, made: VirtualKey, { nowMs }: Shown): Answer {
  const { id, ...rest } = keyDocument(made, nowMs);
  return { document: { schema: "tokenledger.key/1", id, key, ...rest }, screen: () => `${key}\n` };
}

/** @param extra further fields of the document */
export function keysAnswer(keys: readonly VirtualKey[], { nowMs, timeZone }: Shown, extra: object = {}): Answer {
  const documents = keys.map((key) => keyDocument(key, nowMs));
  return {
    document: { schema: "tokenledger.keys/1", ...extra, keys: documents },
    rows: { fields: ROW_FIELDS, records: documents.map((document) => ({ ...document, models: document.models?.join(" ") ?? null })) },
    screen: async (style) => (documents.length > 0 ? renderTable(columns(documents, timeZone), style) : ""),
    markdown: async () => (await import("../printing/markdown.ts")).markdownTable(columns(documents, timeZone)),
  };
}

function columns(keys: readonly KeyDocument[], timeZone: string): Column[] {
  const column = (title: string, dropOrder: number, cell: (key: KeyDocument) => string): Column[] => {
    const cells = keys.map(cell);
    return cells.some((text) => text !== "") ? [{ title, align: "left", cells, ...(dropOrder > 0 && { dropOrder }) }] : [];
  };
  const minute = (instant: string | null): string => (instant === null ? "" : localMinute(instant, timeZone));
  return [
    ...column("key", 0, ({ id, last4 }) => `${id} …${last4}`),
    ...column("name", 0, ({ name }) => name),
    ...column("role", 5, ({ role }) => role),
    ...column("calls of", 3, ownersText),
    ...column("models", 4, ({ models }) => models?.join(", ") ?? ""),
    ...column("limits", 6, limitsText),
    ...column("last used", 7, (key) => minute(key.last_used_at)),
    ...column("state", 1, (key) => stateText(key, minute)),
  ];
}

function ownersText(key: KeyDocument): string {
  const owners = KEY_OWNERS.flatMap((owner) => (key[owner] === null ? [] : [`${owner} ${key[owner]}`]));
  return owners.join(", ");
}

function limitsText(key: KeyDocument): string {
  const limit = (value: number | null, what: string): string[] => (value === null ? [] : [`${count(value)} ${what}`]);
  return [
    ...limit(key.requests_per_minute, "requests/min"),
    ...limit(key.tokens_per_minute, "tokens/min"),
    ...limit(key.max_concurrent_calls, "at a time"),
    ...limit(key.max_output_tokens, "output tokens"),
    ...limit(key.max_choices, "answers"),
  ].join(", ");
}

function stateText(key: KeyDocument, minute: (instant: string | null) => string): string {
  if (key.state === "revoked") return `revoked ${minute(key.revoked_at)}`;
  if (key.state === "expired") return `expired ${minute(key.expires_at)}`;
  return key.expires_at === null ? "active" : `active until ${minute(key.expires_at)}`;
}
