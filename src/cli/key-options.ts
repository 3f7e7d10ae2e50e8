/** The options that say what a virtual key may do: each is a word of the configuration, read and checked by the configuration's rules. */
import type { KeyWords } from "../config/index.ts";
import { InvalidInput, quoteValue } from "../errors.ts";
import type { KeyRules } from "../ledger/index.ts";
import type { CommandContext } from "./command-context.ts";
import type { Command } from "./command-line.ts";
import { durationIn } from "./duration-option.ts";

export interface KeyOptions {
  role?: string;
  org?: string;
  team?: string;
  user?: string;
  project?: string;
  models?: string;
  expires?: string;
  requestsPerMinute?: string;
  tokensPerMinute?: string;
  maxConcurrentCalls?: string;
  maxOutputTokens?: string;
  maxChoices?: string;
}

/** The options that hold one word each, and that word. */
const WORDS = {
  role: "role",
  org: "org",
  team: "team",
  user: "user",
  project: "project",
  requestsPerMinute: "requests_per_minute",
  tokensPerMinute: "tokens_per_minute",
  maxConcurrentCalls: "max_concurrent_calls",
  maxOutputTokens: "max_output_tokens",
  maxChoices: "max_choices",
} as const satisfies Partial<Record<keyof KeyOptions, keyof KeyWords>>;

export function addKeyOptions(command: Command): Command {
  return command
    .option("--role <role>", "member: calls models; viewer: reads; admin: does everything (default: member)")
    .option("--org <name>", "its calls belong to this organization")
    .option("--team <name>", "its calls belong to this team")
    .option("--user <name>", "its calls belong to this user")
    .option("--project <name>", "its calls belong to this project")
    .option("--models <ids>", "the models it may call, such as gpt-5*,claude-sonnet-4-5 (default: all)")
    .option("--expires <when>", "when it ends: after 90d or 12h, with the beginning of a day, or at an instant")
    .option("--requests-per-minute <count>", "how many calls a minute")
    .option("--tokens-per-minute <count>", "how many input and output tokens a minute")
    .option("--max-concurrent-calls <count>", "how many calls at a time")
    .option("--max-output-tokens <count>", "the most output tokens of one call")
    .option("--max-choices <count>", "the most answers to one call, as n asks for");
}

/** @throws InvalidInput for what the configuration would refuse, in its words */
export async function keyRulesFrom(context: CommandContext, options: KeyOptions): Promise<KeyRules> {
  const { keyWords } = await import("../config/index.ts");
  const { keyRulesFromWords } = await keyWords();
  const words: KeyWords = {};
  for (const [option, word] of Object.entries(WORDS)) {
    const text = options[option as keyof typeof WORDS];
    if (text !== undefined) words[word] = text;
  }
  if (options.models !== undefined) words.models = options.models.split(",").map((model) => model.trim());
  if (options.expires !== undefined) words.expires = endText(options.expires, context.nowMs);
  const rules = keyRulesFromWords(words, { nameOf: optionOf, timeZone: await context.timeZone() });
  if (rules.expiresMs !== undefined && rules.expiresMs <= context.nowMs)
    throw new InvalidInput(`--expires ${quoteValue(options.expires)} lies in the past; give a time to come, such as 90d.`);
  return rules;
}

/** A length of time counts from now. */
function endText(written: string, nowMs: number): string {
  const durationMs = durationIn(written.trim());
  if (durationMs !== undefined) return new Date(nowMs + durationMs).toISOString();
  // What is neither length, day nor time: only here lengths are accepted, so the configuration's message would not name them.
  if (/^\d{4}-/.test(written.trim())) return written;
  throw new InvalidInput(
    `--expires is ${quoteValue(written)}; give a length of time such as 90d or 12h, a day such as 2026-07-01, or a time with its zone such as 2026-07-01T18:00:00Z.`,
  );
}

const optionOf = (word: string): string => `--${word.replaceAll("_", "-")}`;
