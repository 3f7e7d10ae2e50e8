/** A question of a call, put to the desk. */
import { TokenLedgerError } from "../../../errors.ts";
import { Refusal } from "../../http/refusal.ts";
import { rulesInReach } from "../reached-rules.ts";
import type { ApiCall } from "../route.ts";
import { KEPT_KINDS } from "./kept-answers.ts";
import type { QuestionKind } from "./question-words.ts";

/** How old an answer may be. */
export const MAX_AGE = "max_age_seconds";
const SECOND_MS = 1_000;

/**
 * The answer's document as JSON, or the text that was asked for in its place.
 *
 * @param asked the words of the question; default: the query
 * @throws Refusal 400 that names the parameter
 */
export async function askDesk(call: ApiCall, kind: QuestionKind, asked: ApiCall["values"] = call.values): Promise<string> {
  const values = new Map(asked);
  values.delete(MAX_AGE);
  const { caller, context, reach, request } = call;
  const { timeZone } = context;
  const { rules } = context.gateway.savings;
  // Recommendations rest on what is done to calls in reach, by whichever rule; a receipt tells of all calls of its rule.
  const savings = kind === "receipts" ? rulesInReach(rules, reach) : rules;
  try {
    const question = { kind, values, nowMs: context.clock.now(), timeZone, savings };
    const isConnected = (): boolean => !request.socket.destroyed;
    const make = (isWanted: () => boolean): Promise<string> => context.answers.ask(question, caller, isWanted);
    if (!KEPT_KINDS.has(kind)) return await make(isConnected);
    return await context.keptAnswers.ask(question, reach, Number(asked.get(MAX_AGE)?.[0] ?? 0) * SECOND_MS, make, isConnected);
  } catch (error) {
    throw named(error, values);
  }
}

/** What is wrong with a question begins with the parameter's name. */
function named(error: unknown, values: ReadonlyMap<string, unknown>): unknown {
  if (!TokenLedgerError.is(error) || error.code !== "INVALID_INPUT") return error;
  const [first = ""] = error.message.split(/[ /:]/, 1);
  return new Refusal(400, "invalid_request", error.message, values.has(first) ? { field: first } : {});
}
