/** Which model a request names. */
import { InvalidInput, quoteValue } from "../../errors.ts";

const MAX_LENGTH = 256;
/** Printable ASCII without what paths, queries and markup give a meaning: look-alikes of other scripts are no model's name. */
const ACCEPTED = /^[\w.:@/+~=,()[\]-]+$/;

/** Answers the name itself. */
export function checkModel(name: string, value: string | undefined, found: string): string {
  if (value === undefined) throw new InvalidInput(`${name}: ${found} is not accepted; give the model's id as a text.`);
  if (value.length > MAX_LENGTH) throw new InvalidInput(`${name} has ${value.length} characters; a model's id has at most ${MAX_LENGTH}.`);
  if (!ACCEPTED.test(value) || value.split("/").some((part) => part === ".." || part === ".") || value.includes("//")) {
    throw new InvalidInput(
      `${name}: ${quoteValue(value)} is not a model's id; accepted are letters, digits and . _ - : @ + ~ = , ( ) [ ] with single slashes between parts.`,
    );
  }
  return value;
}
