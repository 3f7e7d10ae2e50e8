/** The command line as a whole: the global options, and the commands that were typed. */

import { oneOf } from "../errors.ts";
import { COMMANDS } from "./catalogue.ts";
import { runs } from "./command-context.ts";
import { Command, readCommandLine } from "./command-line.ts";
import { FORMATS } from "./printing/answer.ts";
import { standardOutput } from "./printing/output.ts";

const EXAMPLES = `
  tokenledger import                          read every agent log found on this machine
  tokenledger report --month --group-by model
  tokenledger costs --compare previous
  tokenledger forecast --limit 5000
  tokenledger budget set research --team research --amount 500 --period monthly --alerts 75,90
  tokenledger report --last 3m --group-by week --format csv --output weeks.csv

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a check found a difference or a budget is spent, 4 nothing to report.`;

/** Does what was typed. */
export async function runCommandLine(words: readonly string[]): Promise<void> {
  const typed = readCommandLine(await buildProgram(words), words);
  if (typed.globals.version) return print(`${(await import("./package-version.ts")).packageVersion()}\n`);
  if (typed.help) {
    const { helpText } = await import("./help.ts");
    return print(helpText(typed.command, Number(process.env.COLUMNS) || process.stdout.columns));
  }
  await typed.command.action?.(typed);
}

/** The whole program, with the commands in `words` ready to run; of the others only name and summary are known. */
export async function buildProgram(words: readonly string[]): Promise<Command> {
  const program = new Command("tokenledger", "what was spent on LLM tokens, and what may be: an exact book, and budgets that hold")
    .option("--config <file>", "configuration (default: tokenledger.yaml here, config/tokenledger.yaml, then the user's)")
    .option(
      "--db <url>",
      "the book: sqlite:///path or postgresql://user@host/database (default: TOKENLEDGER_DATABASE_URL, the configuration, a file in the user's data folder)",
    )
    .option("--tz <zone>", "time zone of days, weeks and months (default: the configuration's, else the system's)")
    .option("--format <form>", `${FORMATS.join(", ")} (default: table)`, (text) => oneOf("--format", text.toLowerCase(), FORMATS))
    .option("--json", "the same as --format json")
    .option("--output <file>", "write to a file; - is standard output")
    .option("--force", "let --output replace a file that exists")
    .option("--quiet", "no notes, warnings or progress")
    .option("--color <when>", "auto, always or never", (text) => oneOf("--color", text, ["auto", "always", "never"]))
    .option("-V, --version", "print the version")
    .example(EXAMPLES);
  for (const { name, summary, load } of COMMANDS) {
    const command = program.command(name, summary);
    if (words.includes(name)) (await load()).define(command, COMMANDS);
  }
  runs(program, async (context) => (await import("./commands/summary.ts")).summary(context));
  return program;
}

function print(text: string): void {
  standardOutput.write(text);
}
