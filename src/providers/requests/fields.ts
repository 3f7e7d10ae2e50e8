/** Fields of a request by name, checked with exact sentences. */
import { InvalidInput } from "../../errors.ts";
import { type JsonDocument, KIND } from "./json-document.ts";

const MAX_COUNT = Number.MAX_SAFE_INTEGER;

/**
 * What would send the call elsewhere, or with another key, than the operator has set: never the caller's to say, in no spelling.
 * Compared without underscores, hyphens and case.
 */
const FORBIDDEN: ReadonlySet<string> = new Set(
  ["api_base", "base_url", "api_key", "organization", "extra_headers", "extra_query", "extra_body", "custom_llm_provider"].map(plainName),
);

/** Most names begin otherwise, and need no second look. */
const MAY_BE_FORBIDDEN = /^[_abceo-]/i;

export function refuseForbidden(name: string): void {
  if (name.length > 40 || !MAY_BE_FORBIDDEN.test(name) || !FORBIDDEN.has(plainName(name))) return;
  throw new InvalidInput(
    `${name} is not for callers to say: addresses, keys and headers of providers are set in the gateway's configuration.`,
  );
}

function plainName(name: string): string {
  return name.replace(/[_-]/g, "").toLowerCase();
}

/** The fields of the whole body; each may stand once. */
export function topLevelFields(document: JsonDocument): Map<string, number> {
  const fields = new Map<string, number>();
  if (!document.isObject(0)) throw new InvalidInput(`The body is ${document.quoted(0)}; send a JSON object.`);
  for (const [name, value] of document.fields(0)) {
    if (fields.has(name)) throw new InvalidInput(`${name} stands twice in the body; give it once.`);
    refuseForbidden(name);
    fields.set(name, value);
  }
  return fields;
}

/** A count of at least one, or undefined where the field is absent or null. */
export function wholeNumber(document: JsonDocument, name: string, node: number | undefined): number | undefined {
  if (node === undefined || document.isNull(node)) return undefined;
  const value = document.kind(node) === KIND.number ? document.number(node) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidInput(`${name}: ${document.quoted(node)} is not accepted; give a whole number from 1 to ${MAX_COUNT}.`);
}

/** Null and absence are false. */
export function trueOrFalse(document: JsonDocument, name: string, node: number | undefined): boolean {
  if (node === undefined || document.isNull(node)) return false;
  const kind = document.kind(node);
  if (kind === KIND.true || kind === KIND.false) return kind === KIND.true;
  throw new InvalidInput(`${name}: ${document.quoted(node)} is not accepted; give true or false.`);
}

/** A text, or undefined where the field is absent or null. */
export function optionalText(document: JsonDocument, name: string, node: number | undefined): string | undefined {
  if (node === undefined || document.isNull(node)) return undefined;
  if (document.isString(node)) return document.text(node);
  throw new InvalidInput(`${name}: ${document.quoted(node)} is not accepted; give a text.`);
}

/**
 * The service that a request asks for, unless it is a cheaper one: whether that is granted, only the reply can tell, and a
 * caller's word alone must not make a call cheap.
 */
export function serviceTierOf(document: JsonDocument, node: number | undefined): string | undefined {
  const tier = optionalText(document, "service_tier", node);
  return tier === undefined || /^\s*(?:batch|flex)/i.test(tier) ? undefined : tier;
}

/** An object, or undefined where the field is absent or null. */
export function optionalObject(document: JsonDocument, name: string, node: number | undefined): number | undefined {
  if (node === undefined || document.isNull(node)) return undefined;
  if (document.isObject(node)) return node;
  throw new InvalidInput(`${name}: ${document.quoted(node)} is not accepted; give an object.`);
}

/** A list with something in it. */
export function neededList(document: JsonDocument, name: string, node: number | undefined): number {
  if (node === undefined) throw new InvalidInput(`${name} is missing; give a list of at least one.`);
  if (document.isArray(node) && document.size(node) > 0) return node;
  throw new InvalidInput(`${name}: ${document.quoted(node)} is not accepted; give a list of at least one.`);
}

/** Google's interfaces take each name in two spellings: then only one of them may be there. */
export function eitherField(document: JsonDocument, object: number | undefined, name: string, otherName: string): number | undefined {
  if (object === undefined) return undefined;
  const first = document.field(object, name);
  const second = document.field(object, otherName);
  if (first !== undefined && second !== undefined) throw new InvalidInput(`${name} and ${otherName} are the same; give one of them.`);
  return first ?? second;
}
