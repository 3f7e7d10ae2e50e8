/** `tokenledger optimize` */
import { InvalidInput } from "../../errors.ts";
import { isPeriodAsked } from "../../insights/index.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import type { ExitCode } from "../exit-codes.ts";
import { type FoundOnce, replayed, type SavingsQuestion } from "../replayed-book.ts";
import { idsMeant, type Meant, meantBy } from "../savings-meant.ts";
import { addFilterOptions, addPeriodOptions, type FilterOptions, filterOf, type PeriodOptions, periodWords } from "../selection.ts";

const EXAMPLES = `
  tokenledger optimize                                      what could be saved, by the calls of the last eight weeks
  tokenledger optimize --only model-downgrade               with all that each of them rests on
  tokenledger optimize --simulate                           before and after, by model and by day; nothing changes
  tokenledger optimize --apply model-downgrade              writes down what the gateway is to do; asks first
  tokenledger optimize --verify                             what has really been saved since
  tokenledger optimize --revert all                         as if nothing had been applied`;

interface OptimizeOptions extends PeriodOptions, FilterOptions {
  only?: Meant;
  simulate?: boolean;
  apply?: Meant;
  revert?: string;
  verify?: boolean;
  yes?: boolean;
}

export function define(command: Command): void {
  command.about(
    "What could be saved: every call replayed at the prices of its day on other models, at other providers, with caches and in batches. Each saving with its rows, its bounds, and what it assumes.",
  );
  addPeriodOptions(command);
  addFilterOptions(command);
  command
    .option("--only <kind|id>", "these recommendations alone, with all that is known of them", (text) => meantBy("--only", text))
    .option("--simulate", "the same calls as if it had been done: before and after, by model and by day")
    .option("--apply <kind|id>", "write it into tokenledger.savings.yaml, which the gateway obeys; asks first", (text) =>
      meantBy("--apply", text),
    )
    .option("--revert <id|all>", "take it out of there again")
    .option("--verify", "what the applied savings have really saved since, and whether answers suffer")
    .option("--yes", "apply without being asked")
    .example(EXAMPLES);
  runs(command, optimize);
}

async function optimize(context: CommandContext, options: OptimizeOptions): Promise<ExitCode> {
  refuseContradictions(options);
  const filter = filterOf(options);
  if (options.revert !== undefined) return (await import("../applied-savings.ts")).revertSavings(context, options.revert);
  if (options.verify) return (await import("../applied-savings.ts")).verifySavings(context);
  const question: SavingsQuestion = { options, filter };
  if (options.apply !== undefined)
    return (await import("../applied-savings.ts")).applySavings(context, question, options.apply, options.yes === true);
  const { found, span, format } = await replayed(context, question, (once) => answerOf(once, options));
  const { period, totals } = found.document;
  const range = { start: period.start, end: period.end, tz: period.tz };
  const { tellFound } = await import("../answers/tell-outcome.ts");
  return tellFound(context, { warnings: [], range, isEmpty: totals.requests === 0 }, format, span);
}

async function answerOf({ found }: FoundOnce, { only, simulate }: OptimizeOptions) {
  const ids = only && idsMeant(found.document, only);
  if (simulate) return (await import("../answers/simulation-answer.ts")).simulationAnswer(found.simulated(ids));
  return (await import("../answers/recommendations-answer.ts")).recommendationsAnswer(found.document, ids);
}

const DOINGS = ["simulate", "apply", "revert", "verify"] as const;

function refuseContradictions(options: OptimizeOptions): void {
  const doings = DOINGS.filter((name) => options[name] !== undefined);
  if (doings.length > 1)
    throw new InvalidInput(`${doings.map((name) => `--${name}`).join(" and ")} each say what to do; give one of them.`);
  const [doing] = doings;
  if (options.yes && doing !== "apply" && doing !== "revert")
    throw new InvalidInput("--yes answers what --apply asks; there is nothing to answer without it.");
  if (options.only !== undefined && doing !== undefined && doing !== "simulate")
    throw new InvalidInput(`--only chooses what is shown; --${doing} does not take it.`);
  const isAboutRules = doing === "revert" || doing === "verify";
  if (isAboutRules && (isPeriodAsked(periodWords(options)) || filterOf(options) !== undefined))
    throw new InvalidInput(`--${doing} is about all that was applied; leave out days and filters.`);
}
