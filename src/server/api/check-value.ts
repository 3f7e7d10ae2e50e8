/** Whether a value is what its schema says: the words of JSON Schema that the routes' bodies and parameters use, with a sentence for each. */
import { closestWord, quoteValue } from "../../errors.ts";
import type { JsonSchema } from "../../insights/index.ts";
import { isObject } from "../../usage/index.ts";
import { Refusal } from "../http/refusal.ts";

/** Room for a sentence: names of fields come from outside. */
const LONGEST_PLACE = 200;

/**
 * @param place what messages call the value; "" for the body as a whole
 * @throws Refusal 400 naming the field and what is accepted
 */
export function checkValue(value: unknown, schema: JsonSchema, place: string): void {
  const { type, enum: accepted, const: only } = schema as { type?: string | readonly string[]; enum?: readonly unknown[]; const?: unknown };
  if (type !== undefined) checkType(value, typeof type === "string" ? [type] : type, schema, place);
  if (value === null) return;
  if (only !== undefined && value !== only) throw invalid(place, `is ${quoteValue(value)}; ${quoteValue(only)} is needed.`);
  if (accepted !== undefined && !accepted.includes(value)) throw invalid(place, choiceText(value, accepted));
  if (typeof value === "number") checkNumber(value, schema, place);
  else if (typeof value === "string") checkText(value, schema, place);
  else if (Array.isArray(value)) checkList(value, schema, place);
  else if (isObject(value)) checkObject(value, schema, place);
}

function checkType(value: unknown, types: readonly string[], schema: JsonSchema, place: string): void {
  const found = typeOf(value);
  if (types.includes(found) || (found === "integer" && types.includes("number"))) return;
  const shown = isShown(schema, place) ? quoteValue(value) : (NAMES[found] ?? found);
  throw invalid(place, `is ${shown}; ${types.map((type) => NAMES[type] ?? type).join(" or ")} is needed.`);
}

/** A message goes into the logs of whoever asked. Where a secret is given none of it is shown, nor of a body that is no object: it may be one. */
function isShown({ writeOnly }: JsonSchema, place: string): boolean {
  return writeOnly !== true && place !== "";
}

const NAMES: Readonly<Record<string, string>> = {
  object: "an object",
  array: "a list",
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  null: "null",
};

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isSafeInteger(value) ? "integer" : "number";
  return typeof value;
}

function choiceText(value: unknown, accepted: readonly unknown[]): string {
  const words = accepted.filter((word) => typeof word === "string");
  const meant = typeof value === "string" ? closestWord(value, words) : undefined;
  return `is ${quoteValue(value)}; ${meant === undefined ? "accepted" : `did you mean ${meant}? Accepted`}: ${accepted.join(", ")}.`;
}

function checkNumber(value: number, { minimum, maximum }: JsonSchema, place: string): void {
  const isBelow = typeof minimum === "number" && value < minimum;
  const isAbove = typeof maximum === "number" && value > maximum;
  if (!isBelow && !isAbove) return;
  const range = typeof maximum === "number" ? `from ${minimum ?? 0} to ${maximum}` : `from ${minimum}`;
  throw invalid(place, `is ${quoteValue(value)}; a number ${range} is needed.`);
}

function checkText(value: string, schema: JsonSchema, place: string): void {
  const { minLength, maxLength, pattern, description } = schema;
  if (typeof minLength === "number" && value.length < minLength) throw invalid(place, "is empty; a text is needed.");
  if (typeof maxLength === "number" && value.length > maxLength)
    throw invalid(place, `is longer than ${maxLength} characters${isShown(schema, place) ? `: ${quoteValue(value)}` : ""}.`);
  if (typeof pattern === "string" && !new RegExp(pattern, "u").test(value))
    throw invalid(place, `is ${quoteValue(value)}; needed is ${typeof description === "string" ? description : `a text like ${pattern}`}`);
}

function checkList(value: readonly unknown[], { minItems, maxItems, items }: JsonSchema, place: string): void {
  if (typeof minItems === "number" && value.length < minItems)
    throw invalid(place, `has ${value.length} entries; at least ${minItems} are needed.`);
  if (typeof maxItems === "number" && value.length > maxItems)
    throw invalid(place, `has ${value.length} entries; at most ${maxItems} are taken.`);
  if (isObject(items)) for (const [index, item] of value.entries()) checkValue(item, items, `${place}[${index}]`);
}

function checkObject(value: Readonly<Record<string, unknown>>, schema: JsonSchema, place: string): void {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const { additionalProperties = isObject(schema.properties) ? false : undefined } = schema;
  for (const name of Object.keys(value)) {
    const inner = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    const innerPlace = placeIn(place, name);
    if (inner === false) throw unknownField(innerPlace, name, Object.keys(properties));
    if (isObject(inner)) checkValue(value[name], inner, innerPlace);
  }
  for (const name of Array.isArray(schema.required) ? schema.required : []) {
    if (!Object.hasOwn(value, name)) throw invalid(placeIn(place, name), "is missing.");
  }
}

function unknownField(place: string, name: string, accepted: readonly string[]): Refusal {
  const meant = closestWord(name, accepted);
  const hint = meant === undefined ? `accepted: ${accepted.join(", ")}` : `did you mean ${meant}?`;
  return new Refusal(400, "unknown_field", `The field ${quoteValue(place)} is not known here; ${hint}${hint.endsWith("?") ? "" : "."}`, {
    field: shortPlace(place),
  });
}

function placeIn(place: string, name: string): string {
  return place === "" ? name : `${place}.${name}`;
}

function invalid(place: string, what: string): Refusal {
  const field = shortPlace(place);
  return new Refusal(400, "invalid_request", `${field === "" ? "The body" : field} ${what}`, field === "" ? {} : { field });
}

function shortPlace(place: string): string {
  return quoteValue(place, LONGEST_PLACE).slice(1, -1);
}
