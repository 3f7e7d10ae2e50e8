/** Whether a definition can be enforced as it stands: what a program hands over has passed no configuration's checks. */
import { END_OF_TIME_MS } from "../clock.ts";
import { InvalidInput, quoteValue } from "../errors.ts";
import { resolveTimeZone } from "../usage/index.ts";
import {
  type BudgetDefinition,
  ENFORCEMENTS,
  MAX_AMOUNT_NANO_USD,
  PERIODS,
  SCOPE_KEYS,
  STREAM_OVERRUNS,
  WEEKDAYS,
} from "./budget-definition.ts";
import { isSealed } from "./sealed-value.ts";

const LONGEST_TEXT = 4096;
const LONGEST_WINDOW_MS = 366 * 86_400_000;

const FIELDS: Record<keyof BudgetDefinition, (value: unknown, definition: BudgetDefinition) => string | undefined> = {
  name: textNeeded,
  scope: scopeNeeded,
  amountNanoUsd: amountNeeded,
  maxTokens: (value) => wholeNumberNeeded(value, 1, Number.MAX_SAFE_INTEGER),
  period: (value) => wordNeeded(value, PERIODS),
  windowMs: (value) => wholeNumberNeeded(value, 1000, LONGEST_WINDOW_MS),
  timeZone: timeZoneNeeded,
  weekStart: (value) => wordNeeded(value, WEEKDAYS),
  yearStart: yearStartNeeded,
  alerts: alertsNeeded,
  enforcement: (value) => wordNeeded(value, ENFORCEMENTS),
  switchTo: (value, { enforcement }) =>
    enforcement === "switch_provider" ? textNeeded(value) : "has no effect without the enforcement switch_provider",
  tolerance: (value) => (typeof value === "number" && value >= 0 && value <= 1 ? undefined : "a share from 0 to 1 is needed"),
  hard: hardNeeded,
  clamp: (value, { hard }) => (value === true && !hard ? "a soft budget has nothing to clamp; make it hard" : booleanNeeded(value)),
  streamOverrun: streamOverrunNeeded,
  shadow: booleanNeeded,
  override: overrideNeeded,
  webhook: webhookNeeded,
  webhookSecret: webhookSecretNeeded,
};

/** In the order in which they are written. */
export const BUDGET_FIELDS: readonly string[] = Object.keys(FIELDS);

const ALWAYS: readonly (keyof BudgetDefinition)[] = ["name", "scope", "alerts", "enforcement", "hard"];

/**
 * Refuses a definition that is not whole, contradicts itself, or says what nothing would come of.
 *
 * @throws InvalidInput naming the field, its value and what is accepted; secrets are not shown.
 * @example
 * ```ts
 * import { checkBudget } from "tokenledger";
 * const budget = { name: "a", scope: {}, amountNanoUsd: 5n, period: "daily" as const, alerts: [50], enforcement: "rate_limit" as const, hard: true };
 * checkBudget(budget) === budget; // => true
 * ```
 */
export function checkBudget(definition: BudgetDefinition): BudgetDefinition {
  if (typeof definition !== "object" || definition === null) throw new InvalidInput(`${quoteValue(definition)} is no budget.`);
  const whose = `budget ${quoteValue(definition.name)}`;
  for (const [field, value] of Object.entries(definition)) {
    if (!Object.hasOwn(FIELDS, field)) throw new InvalidInput(`${whose}: ${quoteValue(field)} is no field of a budget.`);
    const complaint = value === undefined ? undefined : FIELDS[field as keyof BudgetDefinition](value, definition);
    if (complaint !== undefined)
      throw new InvalidInput(`${whose}: ${field} ${/^webhook/.test(field) ? "" : `is ${quoteValue(value)}; `}${complaint}.`);
  }
  const missing = ALWAYS.find((field) => definition[field] === undefined);
  if (missing !== undefined) throw new InvalidInput(`${whose} has no ${missing}.`);
  const complaint = contradictionIn(definition);
  if (complaint !== undefined) throw new InvalidInput(`${whose} ${complaint}.`);
  return definition;
}

function contradictionIn({ amountNanoUsd, maxTokens, period, windowMs, enforcement, switchTo }: BudgetDefinition): string | undefined {
  if (amountNanoUsd === undefined && maxTokens === undefined) return "has no cap; give amountNanoUsd, maxTokens or both";
  if (period === undefined && windowMs === undefined) return "has no window; give period or windowMs";
  if (period !== undefined && windowMs !== undefined) return "has both period and windowMs; give one of them";
  if (enforcement === "switch_provider" && switchTo === undefined) return "switches providers, but not to which; give switchTo";
  return undefined;
}

function textNeeded(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "") return "a text is needed";
  if (value.length > LONGEST_TEXT) return `at most ${LONGEST_TEXT} characters are accepted`;
  // In every Node that we run on, and not yet in the library's types of ES2023.
  return (value as unknown as { isWellFormed(): boolean }).isWellFormed() ? undefined : "it holds half of a character";
}

function wordNeeded(value: unknown, words: readonly string[]): string | undefined {
  return words.includes(value as string) ? undefined : `accepted: ${words.join(", ")}`;
}

function wholeNumberNeeded(value: unknown, least: number, most: number): string | undefined {
  const fits = Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
  return fits ? undefined : `a whole number from ${least} to ${most} is needed`;
}

function booleanNeeded(value: unknown): string | undefined {
  return typeof value === "boolean" ? undefined : "true or false is needed";
}

function amountNeeded(value: unknown): string | undefined {
  if (typeof value !== "bigint") return "a bigint of nano-USD is needed";
  return value >= 0n && value <= MAX_AMOUNT_NANO_USD ? undefined : `an amount from 0 to ${MAX_AMOUNT_NANO_USD} nano-USD is needed`;
}

function scopeNeeded(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return "a scope such as {} or { team: … } is needed";
  for (const [key, name] of Object.entries(value)) {
    if (!SCOPE_KEYS.includes(key as "team")) return `accepted keys: ${SCOPE_KEYS.join(", ")}`;
    const complaint = name === undefined ? undefined : textNeeded(name);
    if (complaint !== undefined) return `${complaint} for its ${key}`;
  }
  return undefined;
}

function timeZoneNeeded(value: unknown): string | undefined {
  try {
    resolveTimeZone(String(value));
    return typeof value === "string" ? undefined : "the name of a zone is needed";
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return "an IANA name such as Europe/Berlin or UTC is needed";
  }
}

function yearStartNeeded(value: unknown): string | undefined {
  const { month, day, ...others } = (value ?? {}) as { month?: unknown; day?: unknown };
  const complaint = wholeNumberNeeded(month, 1, 12) ?? wholeNumberNeeded(day, 1, 28);
  return complaint === undefined && Object.keys(others).length === 0 ? undefined : "a month from 1 to 12 and a day from 1 to 28 are needed";
}

function alertsNeeded(value: unknown): string | undefined {
  const rising = Array.isArray(value) && value.every((percent, index) => percent >= 1 && percent <= 100 && !(percent <= value[index - 1]));
  return rising && value.every((percent) => typeof percent === "number") ? undefined : "rising percentages from 1 to 100 are needed";
}

function hardNeeded(value: unknown, { enforcement }: BudgetDefinition): string | undefined {
  if (value === true && enforcement === "notify_only") return "notify_only lets every call pass, so it can't be hard";
  if (value === false && enforcement === "block_requests") return "block_requests is always hard";
  return booleanNeeded(value);
}

function streamOverrunNeeded(value: unknown, { hard, enforcement }: BudgetDefinition): string | undefined {
  if (enforcement === "notify_only") return "notify_only lets every stream run on";
  if (hard && value !== "cut") return "a hard budget is never passed, so its streams are cut";
  if (value === "switch" && enforcement !== "switch_provider") return "only the enforcement switch_provider has somewhere to switch to";
  return wordNeeded(value, STREAM_OVERRUNS);
}

function overrideNeeded(value: unknown, definition: BudgetDefinition): string | undefined {
  if (definition.amountNanoUsd === undefined) return "there is no amount that it takes the place of";
  const { amountNanoUsd, untilMs, ...others } = (value ?? {}) as { amountNanoUsd?: unknown; untilMs?: unknown };
  const complaint = amountNeeded(amountNanoUsd) ?? wholeNumberNeeded(untilMs, 0, END_OF_TIME_MS - 1);
  return complaint === undefined && Object.keys(others).length === 0 ? undefined : "amountNanoUsd and untilMs are needed";
}

/** What the book has sealed was looked at before. */
function webhookNeeded(value: unknown): string | undefined {
  if (isSealed(value)) return undefined;
  const url = textNeeded(value) === undefined && URL.canParse(value as string) ? new URL(value as string) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return "must be an http or https address";
  return url.username === "" && url.password === "" ? undefined : "holds a user or password; an address with credentials is not accepted";
}

function webhookSecretNeeded(value: unknown, { webhook }: BudgetDefinition): string | undefined {
  if (webhook === undefined) return "has no effect without webhook";
  if (isSealed(value)) return undefined;
  // A secret that is empty signs what everybody can sign.
  return typeof value === "string" && value.trim() === "" ? "is empty; give a secret, or none" : textNeeded(value);
}
