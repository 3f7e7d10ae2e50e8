/** Rules that know nothing of HTTP say what is wrong in a sentence that begins with the field: here it is told beside the sentence, too. */
import { InvalidInput } from "../../errors.ts";
import { Refusal } from "../http/refusal.ts";

/**
 * What `read` gives.
 *
 * @throws Refusal 400 with the field, where the rules' sentence begins with one of them
 */
export function readingFields<Value>(fields: readonly string[], read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const [place = ""] = error.message.split(" ", 1);
    const [root = ""] = place.split(/[.[]/, 1);
    throw new Refusal(400, "invalid_request", error.message, fields.includes(root) ? { field: place } : {});
  }
}
