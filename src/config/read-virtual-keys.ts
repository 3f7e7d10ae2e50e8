/** The `virtual_keys` section, and the rules of a key wherever they are told. */
import { KEY_OWNERS, KEY_ROLES, type KeyRules } from "../budget/index.ts";
import type { VirtualKeyDefinition } from "./config.ts";
import { choiceOf, type Field, itemsOf, knownFields, refuse, secretOf, shown, textOf, wholeNumberOf } from "./fields.ts";
import { instantOf, readNames } from "./read-values.ts";

export type KeyRule =
  | "role"
  | (typeof KEY_OWNERS)[number]
  | "models"
  | "requests_per_minute"
  | "tokens_per_minute"
  | "max_concurrent_calls"
  | "max_output_tokens"
  | "max_choices"
  | "expires";

/** What may be told of a key beside its name and the key itself. */
export const KEY_RULES: readonly KeyRule[] = [
  "role",
  ...KEY_OWNERS,
  "models",
  "requests_per_minute",
  "tokens_per_minute",
  "max_concurrent_calls",
  "max_output_tokens",
  "max_choices",
  "expires",
];

export type KeyRuleFields = Partial<Record<KeyRule, Field>>;

const SHORTEST_KEY = 20;
const LONGEST_KEY = 512;
/** What can stand in a header. */
const KEY_CHARACTERS = /^[\x21-\x7e]*$/;

/** @param timeZone where the day begins with which a key expires */
export function readVirtualKeys(section: Field, timeZone: string): VirtualKeyDefinition[] {
  const names = new Set<string>();
  const lineOfKey = new Map<string, number>();
  return itemsOf(section).flatMap((field) => {
    const fields = knownFields(field, ["name", "key", ...KEY_RULES]);
    if (!fields.name) refuse(field, "has no name; each key needs one of its own.");
    if (field.node.kind === "map" && field.node.leftOut?.has("key")) return [];
    if (!fields.key) refuse(field, 'has no key; write key: "${NAME}" and keep the key in the environment.');
    const name = textOf(fields.name, "a name");
    if (names.has(name)) refuse(fields.name, `is ${shown(fields.name)} a second time; each key needs a name of its own.`);
    names.add(name);
    const key = readKey(fields.key);
    const earlier = lineOfKey.get(key);
    if (earlier !== undefined) refuse(fields.key, `is the same as on line ${earlier}; each name needs a key of its own.`);
    lineOfKey.set(key, fields.key.node.place.line);
    return [{ name, key, ...readKeyRules(fields, timeZone) }];
  });
}

function readKey(field: Field): string {
  const key = secretOf(field, "a key");
  if (key.length < SHORTEST_KEY) refuse(field, `has fewer than ${SHORTEST_KEY} characters; a key that short can be guessed.`);
  if (key.length > LONGEST_KEY) refuse(field, `has more than ${LONGEST_KEY} characters; no header takes a key that long.`);
  if (!KEY_CHARACTERS.test(key)) refuse(field, "holds a space or another character that no header takes; use letters, digits and signs.");
  return key;
}

export function readKeyRules(fields: KeyRuleFields, timeZone: string): KeyRules {
  const rules: KeyRules = {};
  if (fields.role) rules.role = choiceOf(fields.role, KEY_ROLES);
  for (const owner of KEY_OWNERS) {
    const given = fields[owner];
    if (given) rules[owner] = textOf(given, `the name of ${owner === "org" ? "an organization" : `a ${owner}`}`);
  }
  const limit = (field: Field, what: string): number => wholeNumberOf(field, 1, Number.MAX_SAFE_INTEGER, what);
  if (fields.models) rules.models = readNames(fields.models, "a model id or pattern");
  if (fields.requests_per_minute) rules.requestsPerMinute = limit(fields.requests_per_minute, "requests per minute");
  if (fields.tokens_per_minute) rules.tokensPerMinute = limit(fields.tokens_per_minute, "tokens per minute");
  if (fields.max_concurrent_calls) rules.maxConcurrentCalls = limit(fields.max_concurrent_calls, "a number of calls at a time");
  if (fields.max_output_tokens) rules.maxOutputTokens = limit(fields.max_output_tokens, "a number of tokens");
  if (fields.max_choices) rules.maxChoices = limit(fields.max_choices, "a number of answers");
  if (fields.expires) rules.expiresMs = instantOf(fields.expires, timeZone);
  return rules;
}
