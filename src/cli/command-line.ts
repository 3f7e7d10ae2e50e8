/**
 * The command line: what commands, options and arguments there are, and what was typed. Ours, because loading a library
 * for it takes longer than opening the book and answering. Node's own `parseArgs` costs nothing to load, but it knows neither
 * subcommands, after whose names other options take values, nor our sentences: on top of it this file is longer than without.
 */

import { closestWord, InvalidInput, oneOf, quoteValue } from "../errors.ts";

export interface Option {
  /** `--group-by` */
  long: string;
  /** `-V` */
  short?: string;
  /** Name of the value in help; absent: the option stands alone. */
  value?: string;
  description: string;
  /** Makes the option's value from what was typed, and from its value so far where it is typed again. */
  parse?: (text: string, before: never) => unknown;
  /** Value where it is not typed. */
  initial?: unknown;
  hidden: boolean;
}

export interface Argument {
  name: string;
  description: string;
  required: boolean;
  /** Takes all that follow. */
  variadic: boolean;
  /** What it may be, for the Tab key. */
  choices: readonly string[];
}

/** What a command does with what was typed for it. */
export type Action = (typed: Typed) => Promise<void>;

/** A command as it is described; `typed` then reads what was typed for it. */
export class Command {
  readonly name: string;
  readonly summary: string;
  readonly parent: Command | undefined;
  readonly commands: Command[] = [];
  readonly options: Option[] = [];
  readonly args: Argument[] = [];
  description: string;
  examples = "";
  /** What it does; a command without one only has subcommands. */
  action: Action | undefined;

  constructor(name: string, summary: string, parent?: Command) {
    this.name = name;
    this.summary = summary;
    this.description = `${summary[0]?.toUpperCase()}${summary.slice(1)}.`;
    this.parent = parent;
  }

  /** More than the summary, for the command's own help. */
  about(description: string): this {
    this.description = description;
    return this;
  }

  /** Adds a subcommand. */
  command(name: string, summary: string): Command {
    const command = new Command(name, summary, this);
    this.commands.push(command);
    return command;
  }

  /** @param flags `--quiet`, `--output <file>` or `-V, --version` */
  option(flags: string, description: string, parse?: Option["parse"], initial?: unknown): this {
    this.options.push({ ...optionOf(flags, description), ...(parse && { parse }), ...(initial !== undefined && { initial }) });
    return this;
  }

  /** An option that works and is not shown. */
  hiddenOption(flags: string, description: string): this {
    this.options.push({ ...optionOf(flags, description), hidden: true });
    return this;
  }

  /** Lines that show how it is used. */
  example(lines: string): this {
    this.examples = lines.replace(/^\n/, "");
    return this;
  }

  /** @param form `<needed>`, `[optional]` or `[any...]` */
  argument(form: string, description: string, choices: readonly string[] = []): this {
    const name = form.slice(1, -1).replace("...", "");
    this.args.push({ name, description, required: form.startsWith("<"), variadic: form.includes("..."), choices });
    return this;
  }
}

function optionOf(flags: string, description: string): Option {
  const [, short, long = flags, value] = /^(?:(-\w), )?(--[a-z0-9-]+)(?: <(.+)>)?$/.exec(flags) ?? [];
  return { long, description, hidden: false, ...(short && { short }), ...(value && { value }) };
}

/** What was typed: the command that is meant, its options and arguments, and whether only help is asked for. */
export interface Typed {
  command: Command;
  options: Record<string, unknown>;
  globals: Record<string, unknown>;
  args: string[];
  help: boolean;
}

const HELP = new Set(["--help", "-h"]);

/**
 * Reads the words of a command line.
 *
 * @throws InvalidInput for an option that isn't there, lacks its value or can't be understood.
 */
export function readCommandLine(program: Command, words: readonly string[]): Typed {
  const typed: Typed = { command: program, options: {}, globals: initialValues(program), args: [], help: false };
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === "--") {
      typed.args.push(...words.slice(i + 1));
      break;
    }
    if (HELP.has(word)) typed.help = true;
    else if (word.length > 1 && word.startsWith("-")) i += readOption(program, typed, word, words[i + 1]);
    else readWord(typed, word);
  }
  return typed;
}

function readWord(typed: Typed, word: string): void {
  const subcommand = typed.args.length === 0 ? typed.command.commands.find(({ name }) => name === word) : undefined;
  if (subcommand) {
    typed.command = subcommand;
    Object.assign(typed.options, initialValues(subcommand));
  } else if (word === "help" && typed.args.length === 0 && typed.command.parent === undefined) {
    typed.help = true;
  } else if (typed.command.commands.length > 0) {
    const names = typed.command.commands.map(({ name }) => name);
    oneOf(typed.command.parent ? pathOf(typed.command) : "The command", word, names);
  } else {
    typed.args.push(word);
  }
}

/** How many further words the option took. */
function readOption(program: Command, typed: Typed, word: string, next: string | undefined): number {
  const equals = word.startsWith("--") ? word.indexOf("=") : -1;
  const name = equals < 0 ? word : word.slice(0, equals);
  const option = optionNamed(typed.command, name);
  if (!option) throw unknownOption(typed.command, name);
  const target = program.options.includes(option) ? typed.globals : typed.options;
  const attribute = attributeOf(option);
  if (option.value === undefined) {
    if (equals >= 0) throw new InvalidInput(`${option.long} takes no value, but ${quoteValue(word)} gives it one.`);
    target[attribute] = true;
    return 0;
  }
  const isOptionNext = next?.startsWith("--") && optionNamed(typed.command, next.replace(/=.*/s, "")) !== undefined;
  if (equals < 0 && (next === undefined || isOptionNext)) {
    const hint = isOptionNext ? `; if ${next} is meant as the value, write ${option.long}=${next}` : "";
    throw new InvalidInput(`${option.long} needs a value: ${option.long} <${option.value}>${hint}.`);
  }
  const text = equals < 0 ? (next as string) : word.slice(equals + 1);
  target[attribute] = option.parse ? option.parse(text, target[attribute] as never) : text;
  return equals < 0 ? 1 : 0;
}

/** A command's own options first: one of the same name takes the place of the program's. */
function optionsOf(command: Command): Option[] {
  return [...command.options, ...(command.parent ? optionsOf(command.parent) : [])];
}

function optionNamed(command: Command, name: string): Option | undefined {
  return optionsOf(command).find(({ long, short }) => long === name || short === name);
}

function unknownOption(command: Command, name: string): InvalidInput {
  const shown = optionsOf(command).filter(({ hidden }) => !hidden);
  const suggestion = closestWord(name, ["--help", ...shown.map(({ long }) => long)]);
  return new InvalidInput(
    `${quoteValue(name)} is not an option of ${pathOf(command)}; ${suggestion ? `did you mean ${suggestion}?` : `${pathOf(command)} --help lists them.`}`,
  );
}

/** The arguments in the order of their description, the last one a list where it takes all that follow. */
export function argumentsOf({ command, args }: Typed): (string | string[] | undefined)[] {
  const last = command.args.at(-1);
  const missing = command.args.find(({ required }, i) => required && args[i] === undefined);
  if (missing) throw new InvalidInput(`${pathOf(command)} needs <${missing.name}>: ${missing.description}.`);
  if (args.length > command.args.length && !last?.variadic) {
    const accepted =
      command.args.length === 0 ? "no arguments" : command.args.length === 1 ? "one argument" : `${command.args.length} arguments`;
    throw new InvalidInput(`${pathOf(command)} takes ${accepted}, but ${args.length} were given: ${quoteValue(args.at(-1))} is too many.`);
  }
  return command.args.map(({ variadic }, i) => (variadic ? args.slice(i) : args[i]));
}

/** `tokenledger pricing show` */
export function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name}` : command.name;
}

function initialValues(command: Command): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const option of command.options) if (option.initial !== undefined) values[attributeOf(option)] = option.initial;
  return values;
}

/** `--group-by` → `groupBy` */
function attributeOf({ long }: Option): string {
  return long.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
