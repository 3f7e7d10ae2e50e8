/** The options that say what a budget is: each is a word of the configuration, read and checked by the configuration's rules. */
import { type BudgetDefinition, type BudgetScope, ENFORCEMENTS, isSealed, PERIODS, SCOPE_KEYS, STREAM_OVERRUNS } from "../budget/index.ts";
import type { BudgetWords } from "../config/index.ts";
import { InvalidInput, quoteValue } from "../errors.ts";
import type { CommandContext } from "./command-context.ts";
import type { Command } from "./command-line.ts";

export interface BudgetOptions extends BudgetScope {
  amount?: string;
  maxTokens?: string;
  period?: string;
  window?: string;
  timeZone?: string;
  weekStart?: string;
  yearStart?: string;
  alerts?: string;
  enforcement?: string;
  switchTo?: string;
  tolerance?: string;
  hard?: boolean;
  soft?: boolean;
  clamp?: boolean;
  noClamp?: boolean;
  streamOverrun?: string;
  shadow?: boolean;
  noShadow?: boolean;
  override?: string;
  until?: string;
  webhook?: string;
  webhookSecretEnv?: string;
}

/** The options that hold one word each, and that word. */
const WORDS = {
  amount: "amount",
  maxTokens: "max_tokens",
  period: "period",
  window: "window",
  timeZone: "timezone",
  weekStart: "week_start",
  yearStart: "year_start",
  enforcement: "enforcement",
  switchTo: "switch_to",
  tolerance: "tolerance",
  streamOverrun: "stream_overrun",
  webhook: "webhook",
} as const satisfies Partial<Record<keyof BudgetOptions, keyof BudgetWords>>;

/** Words whose option is not the word with dashes. */
const OPTION_OF_WORD: Readonly<Record<string, string>> = {
  name: "The name",
  timezone: "--time-zone",
  webhook_secret: "--webhook-secret-env",
  "override.amount": "--override",
  "override.until": "--until",
};

export function addBudgetOptions(command: Command): Command {
  command
    .option("--amount <usd>", "what may be spent in each window, such as 500 or 12.50")
    .option("--max-tokens <count>", "how many input and output tokens together, beside an amount or in its place")
    .option("--period <name>", `calendar windows: ${PERIODS.join(", ")}`)
    .option("--window <length>", "a sliding window instead: 90m, 24h, 7d");
  for (const key of SCOPE_KEYS) command.option(`--${key} <name>`, scopeMeaning(key));
  return command
    .option("--alerts <percents>", "thresholds that notify once per window, such as 50,75,90")
    .option("--enforcement <what>", `when it is spent: ${ENFORCEMENTS.join(", ")} (default: notify_only)`)
    .option("--switch-to <provider>", "where calls move with switch_provider")
    .option("--hard", "spending and reservations never pass the amount (block_requests always is)")
    .option("--soft", "the call that passes the amount is the last one")
    .option("--tolerance <share>", "how far a soft budget may be passed before it enforces: 0.1 is a tenth")
    .option("--clamp", "shorten a call to what still fits a hard budget, in place of refusing it")
    .option("--no-clamp", "refuse it again")
    .option(
      "--stream-overrun <what>",
      `a stream that outgrows the budget: ${STREAM_OVERRUNS.join(", ")} (default: cut if hard, else finish)`,
    )
    .option("--shadow", "say what would happen, and let every call pass")
    .option("--no-shadow", "enforce again")
    .option("--override <usd>", "another amount, with --until")
    .option("--until <day>", "when the override ends: with the beginning of this day, or at an instant")
    .option("--time-zone <zone>", "where its days and months begin (default: the configuration's, else UTC)")
    .option("--week-start <day>", "first day of a week (default: monday)")
    .option("--year-start <month-day>", "when years and quarters begin, as 04-01 (default: 01-01)")
    .option("--webhook <url>", "where alerts are posted; Slack's incoming webhooks get Slack's form")
    .option("--webhook-secret-env <name>", "the environment variable with the secret that posts are signed with");
}

function scopeMeaning(key: keyof BudgetScope): string {
  if (key === "org") return 'calls of this organization only; "*" counts each by itself, as for all of these';
  return key === "tag" ? "calls with this tag" : `calls of this ${key}`;
}

/**
 * The budget that the options define; those that are left out stay as `base` has them, and an empty value takes away what it has.
 *
 * @throws InvalidInput for what the configuration would refuse, in its words.
 */
export async function budgetFrom(
  context: CommandContext,
  name: string,
  options: BudgetOptions,
  base?: BudgetDefinition,
): Promise<BudgetDefinition> {
  refuseContradictions(options);
  const [{ budgetWords }, { config }] = await Promise.all([import("../config/index.ts"), context.config()]);
  const { budgetFromWords, wordsOfBudget } = await budgetWords();
  const given = givenWords(options, context.machine.variables);
  const wanted = base
    ? changed({ ...wordsOfBudget(base), name }, given)
    : { ...(config.timeZone !== undefined && { timezone: config.timeZone }), ...given, name };
  if (options.soft && wanted.enforcement === "block_requests")
    throw new InvalidInput("--soft contradicts the enforcement block_requests, which is always hard; choose another enforcement.");
  const definition = budgetFromWords(wanted, {
    nameOf: (word) => OPTION_OF_WORD[word] ?? `--${word.replaceAll("_", "-")}`,
    warn: (message) => context.warn(message),
  });
  refuseUnknownTarget(definition, [...config.providers.keys()]);
  return definition;
}

function refuseContradictions(options: BudgetOptions): void {
  const { hard, soft, clamp, noClamp, shadow, noShadow, period, window, override, until } = options;
  if (hard && soft) throw new InvalidInput("--hard and --soft contradict each other; give one of them.");
  if (clamp && noClamp) throw new InvalidInput("--clamp and --no-clamp contradict each other; give one of them.");
  if (shadow && noShadow) throw new InvalidInput("--shadow and --no-shadow contradict each other; give one of them.");
  if (period && window) throw new InvalidInput("--period and --window contradict each other; give one of them.");
  if (until !== undefined && override === undefined)
    throw new InvalidInput(`--until ${quoteValue(until)} says when an override ends; give --override, too.`);
}

/** An empty text stands for nothing: what was there goes. */
function givenWords(options: BudgetOptions, variables: Readonly<Record<string, string | undefined>>): BudgetWords {
  const words: BudgetWords = {};
  for (const [option, word] of Object.entries(WORDS)) {
    const text = options[option as keyof typeof WORDS];
    if (text !== undefined) words[word] = text;
  }
  for (const key of SCOPE_KEYS) if (options[key] !== undefined) words[key] = options[key];
  if (options.alerts !== undefined) words.alerts = options.alerts === "" ? [] : options.alerts.split(",").map((item) => item.trim());
  if (options.hard || options.soft) words.hard = options.hard === true;
  if (options.clamp || options.noClamp) words.clamp = options.clamp === true;
  if (options.shadow || options.noShadow) words.shadow = options.shadow === true;
  const { override, until, webhookSecretEnv } = options;
  if (override !== undefined) words.override = override === "" ? {} : { amount: override, ...(until !== undefined && { until }) };
  if (webhookSecretEnv !== undefined) words.webhook_secret = webhookSecretEnv === "" ? "" : secretIn(webhookSecretEnv, variables);
  return words;
}

function secretIn(name: string, variables: Readonly<Record<string, string | undefined>>): string {
  const secret = variables[name];
  if (!secret) throw new InvalidInput(`--webhook-secret-env ${quoteValue(name)} names an environment variable that is not set.`);
  return secret;
}

/** What a word replaces goes with it: a period replaces a window. */
function changed(before: BudgetWords, given: BudgetWords): BudgetWords {
  if (given.webhook === undefined && (isSealed(before.webhook) || isSealed(before.webhook_secret)))
    throw new InvalidInput("The budget's webhook does not open with the book's secret key; give --webhook anew, or --webhook '' for none.");
  const words: BudgetWords = { ...before, ...given };
  if (given.period) delete words.window;
  if (given.window) delete words.period;
  // What begins a week or a year goes with the weeks or years.
  if (given.week_start === undefined && words.period !== "weekly") delete words.week_start;
  if (given.year_start === undefined && words.period !== "quarterly" && words.period !== "yearly") delete words.year_start;
  if (given.webhook === "") delete words.webhook_secret;
  if (given.enforcement && given.enforcement !== "switch_provider" && given.switch_to === undefined) delete words.switch_to;
  dropWithoutEffect(words, given);
  if (words.hard === false && words.enforcement !== "block_requests") delete words.hard;
  if (words.override && words.override.amount === undefined) delete words.override;
  for (const word of Object.keys(words) as (keyof BudgetWords)[]) if (words[word] === "") delete words[word];
  return words;
}

/** What only hard budgets, or only some of them, can say goes when the budget becomes another kind. */
function dropWithoutEffect(words: BudgetWords, given: BudgetWords): void {
  const isHard = words.hard === true || words.enforcement === "block_requests";
  if (given.clamp === undefined && !isHard) delete words.clamp;
  if (given.stream_overrun !== undefined) return;
  const isPossible =
    words.enforcement !== "notify_only" &&
    (!isHard || words.stream_overrun === "cut") &&
    (words.stream_overrun !== "switch" || words.enforcement === "switch_provider");
  if (!isPossible) delete words.stream_overrun;
}

/** Without providers in the configuration nobody knows yet which there will be. */
function refuseUnknownTarget({ switchTo }: BudgetDefinition, providers: readonly string[]): void {
  if (switchTo !== undefined && providers.length > 0 && !providers.includes(switchTo))
    throw new InvalidInput(
      `--switch-to is ${quoteValue(switchTo)}, which is no provider of the configuration; configured: ${providers.join(", ")}.`,
    );
}
