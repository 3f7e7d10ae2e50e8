/** The words that our JSON Schemas (draft 2020-12) are made of. */

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Money: a plain decimal string, no exponent, no trailing zeros. */
export const money: JsonSchema = { type: "string", pattern: "^-?(0|[1-9]\\d*)(\\.\\d{0,8}[1-9])?$" };

/** A price may be finer than a nano-USD. */
export const price: JsonSchema = { type: "string", pattern: "^(0|[1-9]\\d*)(\\.\\d*[1-9])?$" };

export const count: JsonSchema = { type: "integer", minimum: 0 };

export const number: JsonSchema = { type: "number" };

export const text: JsonSchema = { type: "string" };

export const flag: JsonSchema = { type: "boolean" };

export const instant: JsonSchema = { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$" };

export const day: JsonSchema = { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\d$" };

export function orNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: "null" }] };
}

/** Where the next page begins; null at the end. */
export const nextCursor: JsonSchema = orNull(text);

export function list(items: JsonSchema): JsonSchema {
  return { type: "array", items };
}

/** All fields must be there, except `optional` ones; more may come in later versions. */
export function object(required: Readonly<Record<string, JsonSchema>>, optional: Readonly<Record<string, JsonSchema>> = {}): JsonSchema {
  return { type: "object", required: Object.keys(required), properties: { ...required, ...optional } };
}

/** A whole document: its first field says what it is. */
export function document(
  name: string,
  required: Readonly<Record<string, JsonSchema>>,
  optional: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `tokenledger.${name}/1`,
    ...object({ schema: { const: `tokenledger.${name}/1` }, ...required }, optional),
  };
}
