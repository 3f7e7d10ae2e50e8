/** What a key lets its calls ask for: decided before a provider hears of the call. */

import { quoteValue } from "../../../errors.ts";
import { matchesGlob } from "../../../pricing/index.ts";
import type { RequestReading } from "../../../providers/index.ts";
import { Refusal } from "../../http/refusal.ts";
import type { Caller } from "./caller.ts";

/** Each answer is billed: nobody needs more at once, and a slip of the keyboard must not order a thousand. */
const MOST_CHOICES = 128;

export function maySeeModel({ key }: Caller, model: string): boolean {
  return key?.models === undefined || key.models.some((pattern) => matchesGlob(pattern, model));
}

/**
 * @returns the limit of output tokens for each answer that the request must be given, where it has none and the key has
 * @throws Refusal
 */
export function checkKeyPolicy(caller: Caller, reading: RequestReading): number | undefined {
  const { key } = caller;
  for (const model of [reading.model, ...reading.otherModels]) {
    if (maySeeModel(caller, model)) continue;
    throw new Refusal(403, "model_not_allowed", `This API key may not use the model ${quoteValue(model)}.`);
  }
  const mostChoices = key?.maxChoices ?? MOST_CHOICES;
  // A batch has one answer for each of its requests.
  if (reading.choices > mostChoices && reading.operation !== "message_batches") {
    throw new Refusal(400, "too_many_choices", `The request asks for ${reading.choices} answers; at most ${mostChoices} are allowed.`);
  }
  const most = key?.maxOutputTokens;
  if (most === undefined) return undefined;
  if (reading.outputLimit === undefined) {
    if (reading.output.bound <= most * reading.choices) return undefined;
    if (reading.places.outputLimit.length > 0) return most;
    throw new Refusal(
      400,
      "too_many_output_tokens",
      `Requests of ${reading.operation} can't be given a limit of output tokens; this API key allows ${most}.`,
    );
  }
  if (reading.outputLimit > most) {
    throw new Refusal(
      400,
      "too_many_output_tokens",
      `The request asks for up to ${reading.outputLimit} output tokens; this API key allows ${most}.`,
    );
  }
  return undefined;
}
