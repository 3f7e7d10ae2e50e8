/** Which model a request names. */
import { InvalidInput, quoteValue } from "../../errors.ts";
import type { JsonDocument } from "./json-document.ts";

const MAX_LENGTH = 256;
/** Printable ASCII without what paths, queries and markup give a meaning: look-alikes of other scripts are no model's name. */
const ACCEPTED = /^[\w.:@/+~=,()[\]-]+$/;

const UPWARDS = /(?:^|\/)\.{0,2}(?:\/|$)/;

/** The model in a field; answers its name. */
export function modelIn(document: JsonDocument, name: string, node: number): string {
  if (!document.isString(node)) throw new InvalidInput(`${name}: ${document.quoted(node)} is not accepted; give the model's id as a text.`);
  return checkModel(name, document.text(node));
}

const MOST_MODELS = 32;

/** The models that a list names, each as a text or in a field `model`. */
export function modelsIn(document: JsonDocument, name: string, list: number | undefined): string[] {
  if (list === undefined || !document.isArray(list)) return [];
  if (document.size(list) > MOST_MODELS) {
    throw new InvalidInput(`${name} has ${document.size(list)} entries; at most ${MOST_MODELS} are accepted.`);
  }
  const models: string[] = [];
  for (const item of document.items(list)) {
    const node = document.isObject(item) ? document.field(item, "model") : item;
    if (node !== undefined) models.push(modelIn(document, name, node));
  }
  return models;
}

/** Answers the name itself. */
export function checkModel(name: string, value: string): string {
  if (value.length > MAX_LENGTH) throw new InvalidInput(`${name} has ${value.length} characters; a model's id has at most ${MAX_LENGTH}.`);
  if (!ACCEPTED.test(value) || UPWARDS.test(value)) {
    throw new InvalidInput(
      `${name}: ${quoteValue(value)} is not a model's id; accepted are letters, digits and . _ - : @ + ~ = , ( ) [ ] with single slashes between parts.`,
    );
  }
  return value;
}
