/** The query of an API request: every parameter known, of its type, and given no more often than it may be. */
import { closestWord, quoteValue } from "../../errors.ts";
import { Refusal } from "../http/refusal.ts";
import { checkValue } from "./check-value.ts";
import type { ApiParameter } from "./route.ts";

const MOST_VALUES = 200;
const LONGEST_VALUE = 4_096;
const WHOLE_NUMBER = /^-?\d{1,15}$/;

/**
 * All values of each parameter, as they were written.
 *
 * @throws Refusal 400
 */
export function readQuery(query: string, parameters: Readonly<Record<string, ApiParameter>>): Map<string, readonly string[]> {
  const values = new Map<string, string[]>();
  let given = 0;
  for (const [name, value] of new URLSearchParams(query)) {
    if (++given > MOST_VALUES) throw new Refusal(400, "invalid_request", `A query has at most ${MOST_VALUES} parameters.`);
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (parameter === undefined) throw unknownParameter(name, Object.keys(parameters));
    if (value.length > LONGEST_VALUE) throw invalid(name, `is longer than ${LONGEST_VALUE} characters.`);
    if (value.includes("\uFFFD")) throw invalid(name, "is not valid UTF-8.");
    const sofar = values.get(name);
    if (sofar === undefined) values.set(name, [value]);
    else if (parameter.repeats) sofar.push(value);
    else throw invalid(name, "is given twice; give it once.");
    checkValue(typed(name, value, parameter), parameter.schema, name);
  }
  for (const [name, { required }] of Object.entries(parameters)) {
    if (required && !values.has(name)) throw invalid(name, "is missing.");
  }
  return values;
}

/** Texts in a query are numbers where a number is asked for. */
function typed(name: string, value: string, { schema }: ApiParameter): unknown {
  if (schema.type === "integer" || schema.type === "number") {
    if (!WHOLE_NUMBER.test(value)) throw invalid(name, `is ${quoteValue(value)}; a whole number is needed.`);
    return Number(value);
  }
  if (schema.type !== "boolean") return value;
  if (value !== "true" && value !== "false") throw invalid(name, `is ${quoteValue(value)}; true or false is needed.`);
  return value === "true";
}

function unknownParameter(name: string, accepted: readonly string[]): Refusal {
  const meant = closestWord(name, accepted);
  const hint =
    meant === undefined ? (accepted.length === 0 ? "none is taken" : `accepted: ${accepted.join(", ")}`) : `did you mean ${meant}`;
  return new Refusal(
    400,
    "unknown_parameter",
    `The parameter ${quoteValue(name)} is not known here; ${hint}${meant === undefined ? "." : "?"}`,
    { field: quoteValue(name).slice(1, -1) },
  );
}

function invalid(name: string, what: string): Refusal {
  return new Refusal(400, "invalid_request", `${name} ${what}`, { field: name });
}
