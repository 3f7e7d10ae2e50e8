/** Budgets as the API is sent them, by the rules by which a configuration is read. */
import { type BudgetDefinition, type BudgetScope, isSameName, SCOPE_KEYS } from "../../budget/index.ts";
import { type BudgetWords, budgetWords } from "../../config/index.ts";
import { InvalidInput, quoteValue } from "../../errors.ts";
import type { JsonSchema } from "../../insights/index.ts";
import { Refusal } from "../http/refusal.ts";
import { readingFields } from "./field-errors.ts";
import { checkedName } from "./own-names.ts";
import type { ApiCall } from "./route.ts";

const LONGEST_NAME = 512;
const text: JsonSchema = { type: ["string", "null"], maxLength: LONGEST_NAME };
const amount: JsonSchema = { type: ["string", "number", "null"], maxLength: 40 };
const flag: JsonSchema = { type: ["boolean", "null"] };

/** Null is as if the field were not there. */
export const BUDGET_BODY: JsonSchema = {
  type: "object",
  properties: {
    name: { type: "string", minLength: 1, maxLength: LONGEST_NAME },
    scope: {
      type: ["object", "null"],
      properties: Object.fromEntries(SCOPE_KEYS.map((key) => [key, text])),
      description: "What it counts; `*` counts each value by itself.",
    },
    amount_usd: amount,
    max_tokens: { type: ["integer", "null"], minimum: 1 },
    period: { ...text, description: "daily, weekly, monthly, quarterly, yearly or lifetime." },
    window_seconds: { type: ["integer", "null"], minimum: 1, description: "A sliding window, in the place of period." },
    time_zone: text,
    week_start: text,
    year_start: text,
    alerts: { type: ["array", "null"], maxItems: 100, items: { type: "number" }, description: "Percentages of the amount, rising." },
    enforcement: { ...text, description: "notify_only, rate_limit, block_requests or switch_provider." },
    switch_to: text,
    tolerance: { type: ["number", "null"], minimum: 0, maximum: 1 },
    hard: flag,
    clamp: flag,
    stream_overrun: text,
    shadow: flag,
    override: {
      type: ["object", "null"],
      properties: { amount_usd: { type: ["string", "number"], maxLength: 40 }, until: { type: "string", maxLength: 64 } },
      required: ["amount_usd", "until"],
    },
    webhook: { type: ["string", "null"], maxLength: 2_048, writeOnly: true },
    webhook_secret: { type: ["string", "null"], maxLength: 512, writeOnly: true },
  },
};

const FIELDS = Object.keys(BUDGET_BODY.properties as object);

interface BudgetBody {
  name?: string;
  scope?: Readonly<Record<string, string | null>> | null;
  amount_usd?: string | number | null;
  max_tokens?: number | null;
  period?: string | null;
  window_seconds?: number | null;
  time_zone?: string | null;
  week_start?: string | null;
  year_start?: string | null;
  alerts?: readonly number[] | null;
  enforcement?: string | null;
  switch_to?: string | null;
  tolerance?: number | null;
  hard?: boolean | null;
  clamp?: boolean | null;
  stream_overrun?: string | null;
  shadow?: boolean | null;
  override?: { amount_usd: string | number; until: string } | null;
  webhook?: string | null;
  webhook_secret?: string | null;
}

/** How messages name what the configuration's rules call otherwise. */
const FIELD_OF_WORD: ReadonlyMap<string, string> = new Map([
  ["amount", "amount_usd"],
  ["window", "window_seconds"],
  ["timezone", "time_zone"],
  ["override.amount", "override.amount_usd"],
  ...SCOPE_KEYS.map((key): [string, string] => [key, `scope.${key}`]),
]);

export interface ReadBudgetBody {
  definition: BudgetDefinition;
  warnings: readonly string[];
}

/**
 * The budget that the body defines, within the caller's reach: names that his key is fixed to are filled in.
 *
 * @throws InvalidInput, or Refusal 403 for a scope outside
 */
export async function budgetIn(call: ApiCall, pathName?: string): Promise<ReadBudgetBody> {
  const body = call.body as BudgetBody;
  const { config } = call.context;
  const { budgetFromWords } = await budgetWords();
  const warnings: string[] = [];
  const zone = config.timeZone === undefined ? {} : { timezone: config.timeZone };
  const definition = readingFields(FIELDS, () =>
    budgetFromWords(
      { ...zone, ...wordsIn(body), name: nameIn(body, pathName) },
      { nameOf: (word) => FIELD_OF_WORD.get(word) ?? word, warn: (message) => warnings.push(message) },
    ),
  );
  refuseUnknownProvider(definition, [...config.providers.keys()]);
  return { definition: { ...definition, scope: scopeWithin(definition.scope, call) }, warnings };
}

/** @throws Refusal 400 */
export function budgetNameIn(call: ApiCall, pathName?: string): string {
  return readingFields(FIELDS, () => nameIn(call.body as BudgetBody, pathName));
}

function nameIn({ name }: BudgetBody, pathName: string | undefined): string {
  if (pathName !== undefined && name !== undefined && !isSameName(name, pathName))
    throw new InvalidInput(`name is ${quoteValue(name)}, but the path names ${quoteValue(pathName)}; a budget keeps its name.`);
  const wanted = name ?? pathName;
  if (wanted === undefined) throw new InvalidInput("name is missing.");
  return checkedName(wanted, "name");
}

function wordsIn(body: BudgetBody): BudgetWords {
  const { scope, amount_usd, max_tokens, window_seconds, time_zone, alerts, tolerance, override, hard, clamp, shadow } = body;
  const words: BudgetWords = {};
  for (const field of [
    "period",
    "week_start",
    "year_start",
    "enforcement",
    "switch_to",
    "stream_overrun",
    "webhook",
    "webhook_secret",
  ] as const) {
    const value = body[field];
    if (value !== undefined && value !== null) words[field] = value;
  }
  for (const key of SCOPE_KEYS) {
    const value = scope?.[key];
    if (value !== undefined && value !== null) words[key] = value;
  }
  if (amount_usd !== undefined && amount_usd !== null) words.amount = decimalText(amount_usd);
  if (max_tokens !== undefined && max_tokens !== null) words.max_tokens = String(max_tokens);
  if (window_seconds !== undefined && window_seconds !== null) words.window = `${window_seconds}s`;
  if (time_zone !== undefined && time_zone !== null) words.timezone = time_zone;
  if (alerts !== undefined && alerts !== null) words.alerts = alerts.map(decimalText);
  if (tolerance !== undefined && tolerance !== null) words.tolerance = decimalText(tolerance);
  if (override !== undefined && override !== null) words.override = { amount: decimalText(override.amount_usd), until: override.until };
  if (typeof hard === "boolean") words.hard = hard;
  if (typeof clamp === "boolean") words.clamp = clamp;
  if (typeof shadow === "boolean") words.shadow = shadow;
  return words;
}

/** Numbers as people write them; fifteen places are what rules accept at most. */
function decimalText(value: string | number): string {
  if (typeof value === "string" || !/e/i.test(String(value))) return String(value);
  return Math.abs(value) < 1 ? value.toFixed(15).replace(/(?<!0)0+$/, "") : String(BigInt(Math.round(value)));
}

function scopeWithin(scope: BudgetScope, { reach }: ApiCall): BudgetScope {
  const filled: BudgetScope = { ...reach.owner, ...scope };
  if (reach.coversBudget({ scope: filled })) return filled;
  throw new Refusal(
    403,
    "permission_denied",
    "The budget's scope lies outside this API key's: leave out what the key is fixed to, or name the same.",
    {
      field: "scope",
    },
  );
}

/** Without providers in the configuration nobody knows yet which there will be. */
function refuseUnknownProvider({ switchTo }: BudgetDefinition, providers: readonly string[]): void {
  if (switchTo === undefined || providers.length === 0 || providers.includes(switchTo)) return;
  throw new InvalidInput(
    `switch_to is ${quoteValue(switchTo)}, which is no provider of the configuration; configured: ${providers.join(", ")}.`,
  );
}
