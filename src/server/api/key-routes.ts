/** Virtual keys: made, shown without themselves, replaced, ended. */
import { KEY_OWNERS, type KeyRules } from "../../budget/index.ts";
import { type KeyWords, keyWords } from "../../config/index.ts";
import { InvalidInput, quoteValue } from "../../errors.ts";
import { type JsonSchema, keyDocument } from "../../insights/index.ts";
import { NameInUse, type VirtualKey } from "../../ledger/index.ts";
import type { Caller } from "../gateway/access/caller.ts";
import { Refusal } from "../http/refusal.ts";
import { readingFields } from "./field-errors.ts";
import { checkPowers, withinPowers } from "./key-powers.ts";
import { checkedName, ownName } from "./own-names.ts";
import { PAGE_PARAMETERS, pageOf, placeOf } from "./pages.ts";
import { ADMINS, type ApiAnswer, type ApiCall, type ApiRoute, documentRef, nameParameter, READERS } from "./route.ts";

const ORIGIN = "api";
const LONGEST_GRACE_SECONDS = 366 * 86_400;
const MOST_MODELS = 1_000;
const LIMITS = ["requests_per_minute", "tokens_per_minute", "max_concurrent_calls", "max_output_tokens", "max_choices"] as const;

const text: JsonSchema = { type: ["string", "null"], minLength: 1, maxLength: 512 };
const limit: JsonSchema = { type: ["integer", "null"], minimum: 1 };

/** Null is as if the field were not there. */
const KEY_BODY: JsonSchema = {
  type: "object",
  properties: {
    name: { type: "string", minLength: 1, maxLength: 512 },
    role: { type: "string", enum: ["member", "viewer", "admin"], default: "member" },
    ...Object.fromEntries(KEY_OWNERS.map((owner) => [owner, text])),
    models: { type: ["array", "null"], minItems: 1, maxItems: MOST_MODELS, items: { type: "string", minLength: 1, maxLength: 256 } },
    ...Object.fromEntries(LIMITS.map((name) => [name, limit])),
    expires_at: { ...text, description: "A day or a time after which it is accepted no more." },
  },
  required: ["name"],
};

const FIELDS = Object.keys(KEY_BODY.properties as object);

interface KeyBody
  extends Partial<Record<(typeof LIMITS)[number], number | null>>,
    Partial<Record<(typeof KEY_OWNERS)[number], string | null>> {
  name: string;
  role?: "member" | "viewer" | "admin";
  models?: readonly string[] | null;
  expires_at?: string | null;
}

const pathParameters = { id: nameParameter("The key's id, never the key.") };
const NOT_THERE = { 404: { description: "There is no such key in this key's reach." } };
const CONFIGURED = { 409: { description: "It stands in the configuration, or has ended." } };

export const keyRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: "/api/v1/keys",
    operationId: "listKeys",
    summary: "Virtual keys, in the order in which they were made",
    tag: "Keys",
    access: READERS,
    parameters: {
      all: { schema: { type: "boolean" }, description: "`true`: those that have ended, too." },
      name: nameParameter("Only keys of this name."),
      ...PAGE_PARAMETERS,
    },
    answers: { 200: { description: "A page of keys, never themselves.", schema: documentRef("keys") } },
    handle: listKeys,
  },
  {
    method: "POST",
    path: "/api/v1/keys",
    operationId: "createKey",
    summary: "Makes a key, and shows it this once",
    description:
      "It may do no more than the key that makes it: what that one is fixed or limited to is filled in, and more is 403. " +
      "What a key of a team makes is named after the team: `engineering:ci`.",
    tag: "Keys",
    access: ADMINS,
    body: { schema: KEY_BODY, example: { name: "ci", team: "engineering", models: ["gpt-4o*"], requests_per_minute: 60 } },
    answers: {
      201: { description: "The key. It is shown nowhere again.", schema: documentRef("key") },
      409: { description: "A key in use has this name." },
    },
    handle: createKey,
  },
  {
    method: "DELETE",
    path: "/api/v1/keys",
    operationId: "revokeNamedKey",
    summary: "Revokes the key of an id, or the keys of a name",
    tag: "Keys",
    access: ADMINS,
    parameters: { id: nameParameter("The key's id."), name: nameParameter("The keys' name.") },
    answers: { 200: { description: "The keys as they are now.", schema: documentRef("keys") }, ...NOT_THERE },
    handle: revokeNamed,
  },
  {
    method: "DELETE",
    path: "/api/v1/keys/{id}",
    operationId: "revokeKey",
    summary: "Revokes a key",
    description: "It is refused here at once, and within two seconds by every gateway of the book; its sessions end with it.",
    tag: "Keys",
    access: ADMINS,
    pathParameters,
    answers: { 200: { description: "The key as it is now.", schema: documentRef("keys") }, ...NOT_THERE },
    handle: async (call) => revoke(call, await visibleKeys(call, ({ id }) => id === call.path.id)),
  },
  {
    method: "POST",
    path: "/api/v1/keys/{id}/rotate",
    operationId: "rotateKey",
    summary: "Puts a new key in the place of one, and shows it this once",
    description: "Under the same name, with the same rules. The old one is accepted for `grace_seconds` more, by default not at all.",
    tag: "Keys",
    access: ADMINS,
    pathParameters,
    body: {
      schema: {
        type: "object",
        properties: { grace_seconds: { type: "integer", minimum: 0, maximum: LONGEST_GRACE_SECONDS, default: 0 } },
      },
      example: { grace_seconds: 3600 },
    },
    answers: { 200: { description: "The new key.", schema: documentRef("key") }, ...NOT_THERE, ...CONFIGURED },
    handle: rotateKey,
  },
];

async function listKeys(call: ApiCall): Promise<ApiAnswer> {
  const { context, query } = call;
  const nowMs = context.clock.now();
  const after = placeOf(call, 2);
  const name = query.get("name");
  const listed = (await visibleKeys(call, (key) => query.get("all") === "true" || !hasEnded(key, nowMs)))
    .filter((key) => name === undefined || key.name === name)
    .sort(byPlace);
  const rest = listed.filter((key) => after === undefined || isAfter(key, Number(after[0]), String(after[1])));
  const { page, nextCursor } = pageOf(call, rest, ({ createdMs, id }) => [createdMs, id]);
  const keys = page.map((key) => keyDocument(key, nowMs));
  return { status: 200, document: { schema: "tokenledger.keys/1", keys, next_cursor: nextCursor } };
}

function byPlace(one: VirtualKey, other: VirtualKey): number {
  return isAfter(one, other.createdMs, other.id) ? 1 : -1;
}

function isAfter({ createdMs, id }: VirtualKey, afterMs: number, afterId: string): boolean {
  return createdMs > afterMs || (createdMs === afterMs && id > afterId);
}

async function createKey(call: ApiCall): Promise<ApiAnswer> {
  const { reach, context, actor } = call;
  const body = call.body as KeyBody;
  const caller = await ownCaller(call);
  const rules = withinPowers(await rulesIn(body, context.config.timeZone ?? "UTC"), caller);
  checkPowers(rules, caller);
  const name = ownName(
    readingFields(FIELDS, () => checkedName(body.name, "name")),
    reach,
  );
  const { key, created } = await context.ledger.keys.create(name, rules, ORIGIN, actor).catch((error: unknown) => {
    throw error instanceof NameInUse
      ? new Refusal(409, "name_in_use", `A key in use has the name ${quoteValue(name)}; revoke that one first, or take another name.`, {
          field: "name",
        })
      : error;
  });
  context.observing.change({ what: "key", action: "created", name, actor, key: created });
  return newKeyAnswer(call, 201, key, created);
}

async function rulesIn(body: KeyBody, timeZone: string): Promise<KeyRules> {
  const { keyRulesFromWords } = await keyWords();
  const words: KeyWords = {};
  if (body.role !== undefined) words.role = body.role;
  for (const name of KEY_OWNERS) {
    const value = body[name];
    if (value !== undefined && value !== null) words[name] = value;
  }
  for (const name of LIMITS) {
    const value = body[name];
    if (value !== undefined && value !== null) words[name] = String(value);
  }
  if (body.models !== undefined && body.models !== null) words.models = body.models;
  if (body.expires_at !== undefined && body.expires_at !== null) words.expires = body.expires_at;
  const nameOf = (word: string): string => (word === "expires" ? "expires_at" : word);
  return readingFields(FIELDS, () => keyRulesFromWords(words, { nameOf, timeZone }));
}

async function rotateKey(call: ApiCall): Promise<ApiAnswer> {
  const { context, actor, path } = call;
  const [found] = await visibleKeys(call, ({ id }) => id === path.id);
  if (found === undefined) throw notThere();
  // Whoever rotates a key holds it.
  checkPowers(found, await ownCaller(call));
  const graceMs = ((call.body as { grace_seconds?: number }).grace_seconds ?? 0) * 1_000;
  const { key, rotated } = await context.ledger.keys.rotate(found.id, { graceMs }, actor).catch((error: unknown) => {
    throw error instanceof InvalidInput ? new Refusal(409, "not_rotatable", error.message) : error;
  });
  await context.gateway.authentication.refresh();
  context.observing.change({ what: "key", action: "rotated", name: rotated.name, actor, key: rotated });
  return newKeyAnswer(call, 200, key, rotated);
}

async function revokeNamed(call: ApiCall): Promise<ApiAnswer> {
  const id = call.query.get("id");
  const name = call.query.get("name");
  if ((id === undefined) === (name === undefined)) throw new Refusal(400, "invalid_request", "Give either id or name.", { field: "id" });
  const nowMs = call.context.clock.now();
  const found = await visibleKeys(call, (key) => (id === undefined ? key.name === name && !hasEnded(key, nowMs) : key.id === id));
  return revoke(call, found);
}

async function revoke(call: ApiCall, keys: readonly VirtualKey[]): Promise<ApiAnswer> {
  const { context, actor } = call;
  if (keys.length === 0) throw notThere();
  const caller = await ownCaller(call);
  for (const key of keys) checkPowers(key, caller);
  let revoked = 0;
  for (const key of keys) {
    if (!(await context.ledger.keys.revoke(key.id, actor))) continue;
    revoked++;
    context.observing.change({ what: "key", action: "revoked", name: key.name, actor, key });
  }
  // Here at once; other gateways ask each second whether a key has changed.
  await context.gateway.authentication.refresh();
  const nowMs = context.clock.now();
  const ids = new Set(keys.map(({ id }) => id));
  const now = await visibleKeys(call, ({ id }) => ids.has(id));
  return { status: 200, document: { schema: "tokenledger.keys/1", keys: now.map((key) => keyDocument(key, nowMs)), revoked } };
}

/** Who asks, with his key as it is: by a session it seems to end with that. */
async function ownCaller({ caller, context }: ApiCall): Promise<Caller> {
  if (caller.key === undefined) return caller;
  const key = (await context.ledger.keys.list()).find(({ id }) => id === caller.key?.id);
  if (key === undefined) throw new Refusal(401, "invalid_api_key", "This API key has ended.");
  return { role: key.role, key };
}

function newKeyAnswer({ context }: ApiCall, status: number, key: string, made: VirtualKey): ApiAnswer {
  const { id, ...rest } = keyDocument(made, context.clock.now());
  return { status, document: { schema: "tokenledger.key/1", id, key, ...rest } };
}

async function visibleKeys({ context, reach }: ApiCall, isWanted: (key: VirtualKey) => boolean): Promise<VirtualKey[]> {
  return (await context.ledger.keys.list()).filter((key) => reach.coversKey(key) && isWanted(key));
}

function hasEnded({ revokedMs, expiresMs }: VirtualKey, nowMs: number): boolean {
  return revokedMs !== undefined || (expiresMs !== undefined && expiresMs <= nowMs);
}

function notThere(): Refusal {
  return new Refusal(404, "not_found", "There is no key of this id or name.");
}
