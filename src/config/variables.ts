/**
 * `${NAME}` and `${NAME:-default}` in configuration values: a linear scanner, one pass. What a variable holds is
 * never looked at again, so it can neither name another variable nor change the structure of the file.
 */
import { quoteValue } from "../errors.ts";
import { configErrorAt, type Place } from "./place.ts";

/** The environment. */
export type Variables = Readonly<Record<string, string | undefined>>;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Fills in a value's variables; `$$` is a dollar sign, a `$` before anything else stands for itself. */
export function expandVariables(written: string, variables: Variables, place: Place): { text: string; filledIn: boolean } {
  let text = "";
  let filledIn = false;
  let at = 0;
  for (;;) {
    const dollar = written.indexOf("$", at);
    const next = written[dollar + 1];
    if (dollar === -1 || next === undefined) return { text: text + written.slice(at), filledIn };
    text += written.slice(at, dollar);
    if (next !== "{") {
      text += "$";
      at = dollar + (next === "$" ? 2 : 1);
      continue;
    }
    const end = written.indexOf("}", dollar);
    if (end === -1)
      throw configErrorAt(place, `${quoteValue(written.slice(dollar))} has no closing brace; write \${NAME}, or $$ for a dollar sign.`);
    text += variableText(written.slice(dollar + 2, end), variables, place);
    filledIn = true;
    at = end + 1;
  }
}

/** Whether a variable is needed that is not set. */
export function lacksVariable(written: string, variables: Variables): boolean {
  const isSet = (name: string): boolean => Object.hasOwn(variables, name) && variables[name] !== undefined;
  return Array.from(written.matchAll(/\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g)).some(([, name]) => name !== undefined && !isSet(name));
}

function variableText(reference: string, variables: Variables, place: Place): string {
  const split = reference.indexOf(":-");
  const name = split === -1 ? reference : reference.slice(0, split);
  if (!NAME.test(name)) {
    throw configErrorAt(
      place,
      `${quoteValue(`\${${reference}}`)} names no variable; write \${NAME} or \${NAME:-default}, or $$ for a dollar sign.`,
    );
  }
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  // As in a shell, a default also takes the place of an empty value.
  if (split !== -1) return value || reference.slice(split + 2);
  if (value === undefined) {
    throw configErrorAt(place, `the environment variable ${name} is not set; set it, or write \${${name}:-default}.`);
  }
  return value;
}
