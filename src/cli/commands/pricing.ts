/** `tokenledger pricing` */
import { basename } from "node:path";
import { InvalidInput, quoteValue } from "../../errors.ts";
import { entriesFor, priceExplanation, pricingDocument, providersOf, unknownPrice } from "../../insights/index.ts";
import {
  canonicalProvider,
  lintPrices,
  type PriceBook,
  type PriceEntry,
  type PriceProblem,
  parseMoment,
  priceBook,
} from "../../pricing/index.ts";
import { COMMAND } from "../actor.ts";
import { entryColumns, PRICE_FIELDS, priceRow } from "../answers/price-rows.ts";
import { type CommandContext, needsSubcommand, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Answer } from "../printing/answer.ts";
import { count } from "../printing/numbers.ts";
import { renderTable } from "../printing/table.ts";
import { escapeControls } from "../printing/text.ts";

const EXAMPLES = `
  tokenledger pricing show claude-sonnet-4-5
  tokenledger pricing show gpt-5 --explain --input 30000 --cache-read 24000 --output 1200
  tokenledger pricing list --provider openai --format csv
  tokenledger pricing update prices.yaml      your own prices, kept in the book, before the bundled ones
  tokenledger pricing lint prices.yaml`;

/** What `pricing show --explain` can be asked about: an option for each count. */
const COUNTS = {
  input: ["input", "input tokens, cached ones included"],
  output: ["output", "output tokens, reasoning included"],
  cacheRead: ["cache-read", "tokens read from the cache"],
  cacheWrite5m: ["cache-write-5m", "tokens written to the cache for five minutes"],
  cacheWrite1h: ["cache-write-1h", "tokens written to the cache for an hour"],
  reasoning: ["reasoning", "reasoning tokens, a part of the output"],
  webSearches: ["web-searches", "web searches"],
} as const;

interface ShowOptions {
  provider?: string;
  at?: number;
  explain?: boolean;
  tier?: string;
  [count: string]: unknown;
}

export function define(command: Command): void {
  const show = command
    .command("show", "the prices of a model")
    .about("The prices of a model, newest first; with --explain the whole way from a request to its cost.")
    .argument("<model>", "a model id, as it is written anywhere")
    .option("--provider <name>", "who serves it (default: every provider that has it, the maker first)")
    .option("--at <day>", "the price of this day or instant (default: now)", momentOption)
    .option(
      "--explain",
      "every step from the request to its cost, by the maker's price if no provider is named; the request by default has 1,000 input and 1,000 output tokens",
    )
    .option("--tier <name>", "service tier: standard, batch, flex, priority");
  for (const [name, meaning] of Object.values(COUNTS)) show.option(`--${name} <count>`, `for --explain: ${meaning}`, countOption(name));
  runs(show, showPrices);

  const list = command
    .command("list", "every price")
    .about("Every price of the book, your own before the bundled ones.")
    .option("--provider <name>", "of this provider only");
  runs(list, listPrices);

  const update = command
    .command("update", "put your own prices into the book")
    .about("Puts the prices of a file into the book, before the bundled ones. Records that are there keep their cost until reprice.")
    .argument("<file>", "a price file, YAML or JSON");
  runs(update, updatePrices);

  const lint = command
    .command("lint", "look for errors in prices")
    .about("Looks for errors in prices; exits with 3 where it finds one.")
    .argument("[file]", "a price file (default: the bundled prices and your own)");
  runs(lint, lintCommand);

  command.example(EXAMPLES);
  needsSubcommand(command);
}

/** The bundled book, the book's own prices before it, the configuration's before both. */
async function effectivePrices(context: CommandContext): Promise<PriceBook> {
  const { config } = await context.config();
  const book = await context.readBook();
  try {
    return priceBook()
      .with((await book?.prices.list()) ?? [])
      .with(config.prices);
  } finally {
    await book?.close();
  }
}

async function showPrices(context: CommandContext, options: ShowOptions, model: string): Promise<ExitCode> {
  let found = true;
  await context.answer(["table", "json", "jsonl", "csv", "md"], async () => {
    const prices = await effectivePrices(context);
    const providers = options.provider !== undefined ? [options.provider] : providersOf(prices, model);
    const entries = entriesFor(prices, providers, model);
    found = entries.length > 0;
    if (!found) context.note(unknownPrice(prices, model));
    if (!options.explain) return pricesAnswer(entries);
    return explainAnswer(context, prices, { provider: providers[0] ?? options.provider ?? "unknown", model }, options, entries);
  });
  return found ? EXIT.done : EXIT.nothingToReport;
}

function pricesAnswer(entries: readonly PriceEntry[], extra: object = {}): Answer {
  return {
    document: pricingDocument(entries, extra),
    rows: { fields: PRICE_FIELDS, records: entries.map(priceRow) },
    screen: async (style) => (entries.length === 0 ? "No prices.\n" : renderTable(entryColumns(entries), style)),
    markdown: async () => (await import("../printing/markdown.ts")).markdownTable(entryColumns(entries)),
  };
}

function explainAnswer(
  context: CommandContext,
  prices: PriceBook,
  call: { provider: string; model: string },
  options: ShowOptions,
  entries: readonly PriceEntry[],
): Answer {
  const told = Object.keys(COUNTS).filter((kind) => options[kind] !== undefined);
  const explanation = priceExplanation(prices, {
    ...call,
    at: options.at ?? context.nowMs,
    ...(told.length > 0 && { tokens: Object.fromEntries(told.map((kind) => [kind, options[kind] as number])) }),
    ...(options.tier !== undefined && { tier: options.tier }),
  });
  const answer = pricesAnswer(entries, { explanation });
  return { ...answer, screen: () => `${explanation.steps.map(escapeControls).join("\n")}\n` };
}

async function listPrices(context: CommandContext, options: { provider?: string }): Promise<ExitCode> {
  let found = 0;
  await context.answer(["table", "json", "jsonl", "csv", "md"], async () => {
    const all = (await effectivePrices(context)).entries();
    const provider = options.provider === undefined ? undefined : canonicalProvider(options.provider);
    const entries = provider === undefined ? all : all.filter((entry) => entry.provider === provider);
    found = entries.length;
    return pricesAnswer(entries);
  });
  return found > 0 ? EXIT.done : EXIT.nothingToReport;
}

async function updatePrices(context: CommandContext, _options: object, file: string): Promise<ExitCode> {
  const { loadPriceFile } = await import("../../config/index.ts");
  const entries = await loadPriceFile(file, context.machine.variables);
  await context.answer(["table", "json"], async () => {
    const book = await context.openBook();
    try {
      await book.prices.put(entries, basename(file), COMMAND);
    } finally {
      await book.close();
    }
    const problems = lintPrices(entries);
    for (const problem of problems) context.warn(placeText(problem));
    return {
      document: pricingDocument(entries, { updated: entries.length, warnings: problems.map(problemText) }),
      screen: () =>
        `${count(entries.length)} ${entries.length === 1 ? "price" : "prices"} put into the book; tokenledger reprice applies them to records that are there.\n`,
    };
  });
  return EXIT.done;
}

async function lintCommand(context: CommandContext, _options: object, file?: string): Promise<ExitCode> {
  let problems: PriceProblem[] = [];
  await context.answer(["table", "json"], async () => {
    const entries =
      file === undefined
        ? (await effectivePrices(context)).entries()
        : await (await import("../../config/index.ts")).loadPriceFile(file, context.machine.variables);
    problems = lintPrices(entries);
    return {
      document: { schema: "tokenledger.price-problems/1", prices: entries.length, problems },
      screen: () =>
        `${[...problems.map(problemText), `${count(entries.length)} ${entries.length === 1 ? "price" : "prices"}, ${count(problems.length)} ${problems.length === 1 ? "problem" : "problems"}.`].join("\n")}\n`,
    };
  });
  return problems.some(({ severity }) => severity === "error") ? EXIT.difference : EXIT.done;
}

function problemText(problem: PriceProblem): string {
  return `${problem.severity}: ${placeText(problem)}`;
}

function placeText({ provider, model, message }: PriceProblem): string {
  return escapeControls(`${provider}/${model}: ${message}`);
}

function momentOption(text: string): number {
  const instantMs = parseMoment(text);
  if (Number.isNaN(instantMs)) throw new InvalidInput(`--at ${quoteValue(text)} is not a moment; give 2026-05-01 or 2026-05-01T12:00:00Z.`);
  return instantMs;
}

function countOption(name: string): (text: string) => number {
  return (text) => {
    if (!/^\d{1,15}$/.test(text))
      throw new InvalidInput(`--${name} ${quoteValue(text)} is not a count; give a whole number of at most 15 digits.`);
    return Number(text);
  };
}
