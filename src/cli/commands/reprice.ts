/** `tokenledger reprice` */

import type { RepriceOutcome } from "../../ledger/index.ts";
import { formatUsd } from "../../money.ts";
import { COMMAND } from "../actor.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { count, dollars } from "../printing/numbers.ts";
import { addFilterOptions, addPeriodOptions, type FilterOptions, filterOf, type PeriodOptions, periodFrom } from "../selection.ts";

const EXAMPLES = `
  tokenledger reprice --dry-run                      what today's price book would change
  tokenledger reprice --model my-model --last 3m     after tokenledger pricing update prices.yaml

Nothing is rewritten: a changed cost is a correction, a new row beside the record. Costs that a source reported stay.`;

interface RepriceCommandOptions extends PeriodOptions, FilterOptions {
  dryRun?: boolean;
}

export function define(command: Command): void {
  addPeriodOptions(command);
  addFilterOptions(command);
  command.option("--dry-run", "say what would change, and change nothing").example(EXAMPLES);
  runs(command, reprice);
}

async function reprice(context: CommandContext, options: RepriceCommandOptions): Promise<ExitCode> {
  const filter = filterOf(options);
  const timeZone = await context.timeZone();
  const periodIn = periodFrom(options, context.nowMs, timeZone);
  const dryRun = options.dryRun === true;
  let examined = 0;
  await context.answer(["table", "json"], async () => {
    const book = await (dryRun ? context.rehearsalBook() : context.openBook());
    try {
      const { startMs, endMs } = await periodIn(book);
      const outcome = await book.reprice({ startMs, endMs, dryRun, actor: COMMAND, ...(filter && { filter }) });
      examined = outcome.examined;
      const { corrected, pricedNow, differenceNanoUsd } = outcome;
      const document = {
        schema: "tokenledger.reprice/1",
        dry_run: dryRun,
        examined,
        corrected,
        priced_now: pricedNow,
        difference_usd: formatUsd(differenceNanoUsd),
      };
      return { document, screen: () => repriceScreen(outcome, dryRun) };
    } finally {
      await book.close();
    }
  });
  return examined > 0 ? EXIT.done : EXIT.nothingToReport;
}

function repriceScreen({ examined, corrected, pricedNow, differenceNanoUsd }: RepriceOutcome, dryRun: boolean): string {
  if (corrected === 0) return `${count(examined)} records examined; every cost is as today's prices have it.\n`;
  const verb = dryRun ? "would be corrected" : "corrected";
  const first = pricedNow > 0 ? `, ${count(pricedNow)} of them unpriced before` : "";
  return `${count(examined)} records examined, ${count(corrected)} ${verb}${first}; the costs differ by ${dollars(formatUsd(differenceNanoUsd))}.\n`;
}
