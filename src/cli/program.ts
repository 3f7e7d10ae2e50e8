/** The command line as a whole: global options, the commands that were typed, and how failures are told. */
import { writeSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { FORMATS } from "./answer.ts";
import { COMMANDS } from "./catalogue.ts";
import { runs } from "./command.ts";
import { packageVersion } from "./package-version.ts";
import { oneOf } from "./suggestion.ts";

const EXAMPLES = `
Examples:
  tokenledger import                          read every agent log found on this machine
  tokenledger report --month --group-by model
  tokenledger costs --compare previous
  tokenledger report --last 3m --group-by week --format csv --output weeks.csv

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a check found a difference, 4 nothing to report.`;

/** The whole program, with the commands in `words` ready to run; of the others only name and summary are known. */
export async function buildProgram(words: readonly string[]): Promise<Command> {
  const program = new Command("tokenledger");
  program
    .description("What was spent on LLM tokens: an exact book, read from the logs you already have.")
    .exitOverride()
    .configureOutput({ writeOut: (text) => void writeSync(1, text), writeErr: () => {} })
    .configureHelp({ showGlobalOptions: true })
    .option("--config <file>", "configuration (default: tokenledger.yaml here, config/tokenledger.yaml, then the user's)")
    .option("--db <url>", "the book, as sqlite:///path (default: TOKENLEDGER_DATABASE_URL, the configuration, the user's data folder)")
    .option("--tz <zone>", "time zone of days, weeks and months (default: the system's)")
    .option("--format <form>", `${FORMATS.join(", ")} (default: table)`, (value) => oneOf("--format", value.toLowerCase(), FORMATS))
    .option("--json", "the same as --format json")
    .option("--output <file>", "write to a file; - is standard output")
    .option("--force", "let --output replace a file that exists")
    .option("--quiet", "no notes, warnings or progress")
    .option("--color <when>", "auto, always or never", (value) => oneOf("--color", value, ["auto", "always", "never"]))
    .option("-V, --version", "print the version")
    .addHelpText("after", EXAMPLES);
  program.on("option:version", () => {
    writeSync(1, `${packageVersion()}\n`);
    throw new CommanderError(0, "commander.version", "");
  });
  for (const { name, summary, load } of COMMANDS) {
    const command = program
      .command(name)
      .summary(summary)
      .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`);
    if (words.includes(name)) (await load()).define(command, COMMANDS);
  }
  program.argument("[command]").usage("[options] [command]");
  runs(program, async (context, _options, unknown?: string) => {
    if (unknown !== undefined)
      oneOf(
        "The command",
        unknown,
        COMMANDS.map((command) => command.name),
      );
    return (await import("./commands/summary.ts")).summary(context);
  });
  return program;
}
