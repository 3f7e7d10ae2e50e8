/** The help of a command, made from its description. */
import { type Command, type Option, pathOf } from "./command-line.ts";
import { wrap } from "./printing/text.ts";

const WIDEST = 100;
const NARROWEST = 40;

/** @param columns of the screen, where it has any */
export function helpText(command: Command, columns: number = WIDEST): string {
  const width = Math.min(WIDEST, Math.max(NARROWEST, columns));
  const sections: string[] = [`Usage: ${usageOf(command)}`, wrap(command.description, width, lengthOf).join("\n")];
  const add = (title: string, rows: [string, string][]): void => {
    if (rows.length > 0) sections.push(`${title}:\n${listing(rows, width)}`);
  };
  add(
    "Arguments",
    command.args.map(({ name, description }) => [name, description]),
  );
  add(
    "Commands",
    command.commands.map(({ name, summary }) => [name, summary]),
  );
  const help: [string, string] = ["-h, --help", "this help"];
  add(command.parent ? "Options" : "Global options", [...rowsOf(command), help]);
  for (let parent = command.parent; parent; parent = parent.parent)
    add(parent.parent ? "Options of all of these" : "Global options", rowsOf(parent));
  const examples = command.examples || (command.parent?.parent ? command.parent.examples : "");
  if (examples) sections.push(`Examples:\n${examples}`);
  return `${sections.join("\n\n")}\n`;
}

function usageOf(command: Command): string {
  const args = command.args.map(({ name, required, variadic }) => {
    const word = variadic ? `${name}...` : name;
    return required ? `<${word}>` : `[${word}]`;
  });
  const names = command.commands.map(({ name }) => name);
  const subcommands = names.length === 0 ? [] : [command.parent ? names.join("|") : "[command]"];
  return [pathOf(command), ...subcommands, "[options]", ...args].join(" ");
}

function rowsOf(command: Command): [string, string][] {
  return command.options.filter(({ hidden }) => !hidden).map((option) => [flagsOf(option), option.description + initialOf(option)]);
}

function flagsOf({ short, long, value }: Option): string {
  return `${short ? `${short}, ` : ""}${long}${value ? ` <${value}>` : ""}`;
}

function initialOf({ initial }: Option): string {
  return initial === undefined ? "" : ` (default: ${initial})`;
}

function listing(rows: readonly [string, string][], width: number): string {
  const indent = Math.min(28, Math.max(...rows.map(([term]) => term.length)));
  return rows
    .map(([term, description]) => {
      const lines = wrap(description, width - indent - 4, lengthOf);
      const first = term.length > indent ? `  ${term}\n${" ".repeat(indent + 4)}` : `  ${term.padEnd(indent)}  `;
      return first + lines.join(`\n${" ".repeat(indent + 4)}`);
    })
    .join("\n");
}

const lengthOf = (text: string): number => text.length;
