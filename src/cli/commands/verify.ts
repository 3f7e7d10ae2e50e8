/** `tokenledger verify` */

import type { VerifyOutcome } from "../../ledger/index.ts";
import { COMMAND } from "../actor.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { ScreenStyle } from "../printing/answer.ts";
import { count } from "../printing/numbers.ts";
import { startProgress } from "../printing/progress.ts";
import { renderTable } from "../printing/table.ts";

const EXAMPLES = `
  tokenledger verify             exits with 3 where anything differs; changes nothing
  tokenledger verify --repair    rebuilds what follows from the records; records themselves are never touched`;

export function define(command: Command): void {
  command.option("--repair", "rebuild what can be rebuilt from the records").example(EXAMPLES);
  runs(command, verify);
}

async function verify(context: CommandContext, options: { repair?: boolean }): Promise<ExitCode> {
  let remaining = 0;
  await context.answer(["table", "json"], async () => {
    const book = options.repair ? await context.openBook() : await context.readBook();
    const progress = startProgress(context.clock, context.globals.quiet !== true);
    const onProgress = (records: number): void => progress.update(() => `Verifying  ${count(records)} records`);
    try {
      const outcome = (await book?.verify({ repair: options.repair === true, actor: COMMAND, onProgress })) ?? {
        records: 0,
        differences: [],
      };
      const mended = options.repair && outcome.differences.length > 0;
      remaining = mended ? ((await book?.verify({ onProgress }))?.differences.length ?? 0) : outcome.differences.length;
      const repaired = options.repair === true ? outcome.differences.length - remaining : 0;
      const document = { schema: "tokenledger.verify/1", records: outcome.records, differences: outcome.differences, repaired };
      return { document, screen: (style) => verifyScreen(outcome, repaired, style) };
    } finally {
      progress.end();
      await book?.close();
    }
  });
  return remaining > 0 ? EXIT.difference : EXIT.done;
}

async function verifyScreen({ records, differences }: VerifyOutcome, repaired: number, style: ScreenStyle): Promise<string> {
  if (differences.length === 0) return `${count(records)} records; every sum follows from them.\n`;
  const table = await renderTable(
    [
      { title: "what", align: "left", cells: differences.map(({ kind }) => kind) },
      { title: "where", align: "left", cells: differences.map(({ where }) => where) },
      { title: "expected", align: "left", cells: differences.map(({ expected }) => expected) },
      { title: "found", align: "left", cells: differences.map(({ found }) => found) },
    ],
    style,
  );
  const outcome = `${count(differences.length)} ${differences.length === 1 ? "difference" : "differences"} in ${count(records)} records`;
  return `${table}\n${style.warn(repaired > 0 ? `${outcome}, ${count(repaired)} repaired.` : `${outcome}.`)}\n`;
}
