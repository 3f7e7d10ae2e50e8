/** What a virtual key may do: what makes sense of it, and its one form as text. */
import { checkKeys, KEY_OWNERS, KEY_ROLES, type KeyRules } from "../budget/index.ts";
import { closestWord, InvalidInput, quoteValue } from "../errors.ts";
import { isWellFormed, LONGEST_TEXT } from "./validation.ts";

const LIMITS = [
  "requestsPerMinute",
  "tokensPerMinute",
  "maxConcurrentCalls",
  "maxOutputTokens",
  "maxChoices",
] as const satisfies readonly (keyof KeyRules)[];
const RULES = ["role", ...KEY_OWNERS, "models", ...LIMITS, "expiresMs"] as const satisfies readonly (keyof KeyRules)[];

const MOST_MODELS = 1000;
const LONGEST_PATTERN = 256;

/**
 * The rules in their own order.
 *
 * @param place which key's, for messages
 * @throws InvalidInput
 */
export function checkedRules(rules: KeyRules, place: string): KeyRules {
  checkKeys(rules, RULES, place);
  const { role, models, expiresMs } = rules;
  if (role !== undefined && !KEY_ROLES.includes(role))
    throw new InvalidInput(`${place}: role ${quoteValue(role)} is not known; ${roleHint(role)}`);
  for (const owner of KEY_OWNERS) if (rules[owner] !== undefined) checkName(rules[owner], `${place}: ${owner}`);
  if (models !== undefined) checkModels(models, place);
  for (const limit of LIMITS) {
    const value = rules[limit];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1))
      throw new InvalidInput(
        `${place}: ${limit} is ${quoteValue(value)}; give a whole number from 1, or leave it out where there is no limit.`,
      );
  }
  if (expiresMs !== undefined && !(Number.isSafeInteger(expiresMs) && expiresMs >= 0))
    throw new InvalidInput(`${place}: expiresMs is ${quoteValue(expiresMs)}; give whole milliseconds since 1970.`);
  return ordered(rules);
}

/** A name as records have them. */
export function checkName(name: unknown, what: string): asserts name is string {
  if (name === undefined) throw new InvalidInput(`${what} is missing.`);
  if (typeof name !== "string" || name === "") throw new InvalidInput(`${what} is ${quoteValue(name)}; give a text that is not empty.`);
  if (name.length > LONGEST_TEXT) throw new InvalidInput(`${what} is longer than ${LONGEST_TEXT} characters.`);
  if (!isWellFormed(name)) throw new InvalidInput(`${what} holds half of a character.`);
}

/** The one text of equal rules. */
export function rulesToJson(rules: KeyRules): string {
  return JSON.stringify(ordered(rules));
}

/** @throws InvalidInput, or SyntaxError, where it is not what {@link rulesToJson} wrote */
export function rulesFromJson(text: string): KeyRules {
  return checkedRules(JSON.parse(text) as KeyRules, "rules");
}

function ordered(rules: KeyRules): KeyRules {
  return Object.fromEntries(RULES.flatMap((rule) => (rules[rule] === undefined ? [] : [[rule, rules[rule]]])));
}

function checkModels(models: readonly string[], place: string): void {
  if (!Array.isArray(models) || models.length === 0)
    throw new InvalidInput(`${place}: models is ${quoteValue(models)}; name at least one model, or leave it out where all are allowed.`);
  if (models.length > MOST_MODELS)
    throw new InvalidInput(`${place}: ${models.length} models are more than ${MOST_MODELS}; use * in their names.`);
  for (const model of models) {
    checkName(model, `${place}: a model`);
    if (model.length > LONGEST_PATTERN) throw new InvalidInput(`${place}: a model's name is longer than ${LONGEST_PATTERN} characters.`);
  }
}

function roleHint(role: unknown): string {
  const meant = typeof role === "string" ? closestWord(role, KEY_ROLES) : undefined;
  return meant === undefined ? `known are ${KEY_ROLES.join(", ")}.` : `did you mean ${meant}?`;
}
