/** `tokenledger completion` */

import { oneOf } from "../../errors.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { CommandEntry } from "../command-entry.ts";
import { Command } from "../command-line.ts";
import { type CommandWords, completionScript, SHELLS } from "../completion-scripts.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";

const EXAMPLES = `
  tokenledger completion bash >> ~/.bashrc
  tokenledger completion zsh > ~/.zfunc/_tokenledger
  tokenledger completion fish > ~/.config/fish/completions/tokenledger.fish`;

export function define(command: Command, commands: readonly CommandEntry[]): void {
  command.argument("<shell>", SHELLS.join(", "), SHELLS).example(EXAMPLES);
  runs(command, async (context: CommandContext, _options: object, shell: string): Promise<ExitCode> => {
    const chosen = oneOf("The shell", shell, SHELLS);
    const { output } = await context.openOutput(["table"]);
    const program = command.parent as Command;
    const words = {
      "": { options: optionsOf(program), subcommands: commands.map(({ name }) => name), choices: [] },
      ...(await wordsOf(commands)),
    };
    output.write(completionScript(chosen, words));
    output.finish();
    return EXIT.done;
  });
}

async function wordsOf(commands: readonly CommandEntry[]): Promise<Record<string, CommandWords>> {
  const words: Record<string, CommandWords> = {};
  for (const { name, summary, load } of commands) {
    const command = new Command(name, summary);
    (await load()).define(command, commands);
    words[name] = {
      options: [...new Set([...optionsOf(command), ...command.commands.flatMap(optionsOf)])],
      subcommands: command.commands.map((subcommand) => subcommand.name),
      choices: command.args[0]?.choices ?? [],
    };
  }
  return words;
}

function optionsOf(command: Command): string[] {
  return command.options.filter((option) => !option.hidden).map((option) => option.long);
}
