/** An option's value that must be one of a few words. */
import { closestWord, InvalidInput, quoteValue } from "../errors.ts";

/** `what` of the given value, or a refusal that says what is accepted. */
export function oneOf<Accepted extends string>(what: string, value: string, accepted: readonly Accepted[]): Accepted {
  const found = accepted.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  const suggestion = closestWord(value, accepted);
  throw new InvalidInput(
    `${what} ${quoteValue(value)} is unknown; ${suggestion ? `did you mean ${suggestion}? Accepted` : "accepted"}: ${accepted.join(", ")}.`,
  );
}
