/** What every command gets: the global options, the machine, the book, and a way to answer. */
import { existsSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { type Clock, systemClock } from "../clock.ts";
import type { Machine as ConfigMachine, LoadedConfig } from "../config/index.ts";
import { InvalidInput, quoteValue, TokenLedgerError } from "../errors.ts";
import type { Ledger, LedgerOptions } from "../ledger/index.ts";
import { resolveTimeZone } from "../usage/index.ts";
import { argumentsOf, type Command, pathOf } from "./command-line.ts";
import type { ReadableBook } from "./empty-book.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { Answer, Format, ScreenStyle } from "./printing/answer.ts";
import type { ColourChoice } from "./printing/colour.ts";
import { type Output, standardOutput } from "./printing/output.ts";
import { secretKeyOf } from "./secret-key.ts";
import { systemTimeZone } from "./time-zone.ts";

/** The options of `tokenledger` itself, as they are typed. */
export interface GlobalOptions {
  config?: string;
  db?: string;
  tz?: string;
  format?: Format;
  json?: boolean;
  output?: string;
  force?: boolean;
  quiet?: boolean;
  color?: ColourChoice;
}

/** The process as commands see it, so that tests can hand in another. */
export interface Machine extends ConfigMachine {
  workingDirectory: string;
}

export type Work<Options> = (context: CommandContext, options: Options, ...args: never[]) => Promise<ExitCode>;

/** Makes `work` what the command does; what it returns is the exit code. */
export function runs<Options>(command: Command, work: Work<Options>): void {
  command.action = async (typed) => {
    const context = new CommandContext(typed.globals, thisMachine());
    process.exitCode = await work(context, typed.options as Options, ...(argumentsOf(typed) as never[]));
  };
}

/** For a command that only has subcommands. */
export function needsSubcommand(command: Command): void {
  const names = command.commands.map(({ name }) => name);
  command.action = async () => {
    throw new InvalidInput(`${pathOf(command)} needs to know what to do; give one of ${names.join(", ")}.`);
  };
}

function thisMachine(): Machine {
  return { variables: process.env, workingDirectory: process.cwd(), homeDirectory: homeOrNothing(), platform: process.platform };
}

/** A user without a home directory can still name every path. */
function homeOrNothing(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

const STDERR = 2;

export class CommandContext {
  readonly globals: GlobalOptions;
  readonly machine: Machine;
  readonly clock: Clock;
  /** One instant for the whole command: what "today" means does not change while it runs. */
  readonly nowMs: number;
  #config: Promise<LoadedConfig> | undefined;
  #noteForm: (message: string) => string = (message) => message;

  constructor(globals: GlobalOptions, machine: Machine) {
    this.globals = globals;
    this.machine = machine;
    this.clock = clockOf(machine);
    this.nowMs = this.clock.now();
  }

  /**
   * The configuration, and the file it came from if there is one.
   *
   * @param credentials `"all"` for the command that uses them, which asks first; all others work where they are not set
   */
  config(credentials: "all" | "known" = "known"): Promise<LoadedConfig> {
    this.#config ??= this.#loadConfig(credentials);
    return this.#config;
  }

  async #loadConfig(credentials: "all" | "known"): Promise<LoadedConfig> {
    const { loadConfig } = await import("../config/index.ts");
    const file = this.globals.config;
    const loaded = await loadConfig({ ...this.machine, credentials, ...(file !== undefined && { file }) });
    for (const warning of loaded.warnings) this.warn(warning);
    return loaded;
  }

  async timeZone(): Promise<string> {
    if (this.globals.tz !== undefined) return resolveTimeZone(this.globals.tz);
    return (await this.config()).config.timeZone ?? systemTimeZone(this.machine.variables, this.machine.platform);
  }

  async databaseUrl(): Promise<string> {
    if (this.globals.db !== undefined) return this.globals.db;
    const { TOKENLEDGER_DATABASE_URL: told } = this.machine.variables;
    if (told) return told;
    const { config } = await this.config();
    if (config.databaseUrl) return config.databaseUrl;
    const { defaultDatabaseUrl } = await import("../config/index.ts");
    return defaultDatabaseUrl(this.machine);
  }

  /** For commands that add to the book or change it: made if it is not there. */
  async openBook(options: Pick<LedgerOptions, "patienceMs" | "config"> = {}): Promise<Ledger> {
    const { openLedger } = await import("../ledger/index.ts");
    const loaded = await this.config();
    const book = await openLedger(await this.databaseUrl(), { clock: this.clock, ...(await secretKeyOf(this.machine)), ...options });
    if (loaded.path !== undefined) {
      try {
        await (await import("./config-sync.ts")).writeConfig(book, loaded);
      } catch (error) {
        await book.close();
        throw error;
      }
    }
    return book;
  }

  /** For commands that only ask: nothing is made; undefined where there is no book yet. */
  async readBook(): Promise<Ledger | undefined> {
    const book = await this.#openReadOnly();
    if (book === undefined) return undefined;
    const loaded = await this.config();
    if (loaded.path === undefined || (await this.#isWritten(book, loaded))) return book;
    await book.close();
    await this.#write();
    return this.#openReadOnly();
  }

  async #openReadOnly(): Promise<Ledger | undefined> {
    const { isPostgresUrl, NoBookYet, OutdatedBook, openLedger, sqlitePath } = await import("../ledger/index.ts");
    const url = await this.databaseUrl();
    if (!isPostgresUrl(url) && !existsSync(sqlitePath(url))) return undefined;
    const secretKey = await secretKeyOf(this.machine);
    const open = (): Promise<Ledger> => openLedger(url, { clock: this.clock, readOnly: true, ...secretKey });
    try {
      return await open();
    } catch (error) {
      if (error instanceof NoBookYet) return undefined;
      if (!(error instanceof OutdatedBook)) throw error;
      // After an update the first command is as likely to ask as to write.
      await (await this.openBook()).close();
      return open();
    }
  }

  async #isWritten(book: Ledger, loaded: LoadedConfig): Promise<boolean> {
    try {
      return await (await import("./config-sync.ts")).isWritten(book, loaded);
    } catch (error) {
      await book.close();
      throw error;
    }
  }

  /** A book that can only be read still answers. */
  async #write(): Promise<void> {
    try {
      await (await this.openBook()).close();
    } catch (error) {
      if (!TokenLedgerError.is(error) || error.code !== "DATABASE_ERROR") throw error;
      this.warn(`the configuration's budgets and prices were not written into the book: ${error.message}`);
    }
  }

  /** For dry runs: the book as it is, and where there is none yet an empty one that leaves no trace. */
  async rehearsalBook(): Promise<Ledger> {
    const { openLedger } = await import("../ledger/index.ts");
    return (await this.readBook()) ?? openLedger("sqlite::memory:", { clock: this.clock });
  }

  /** The same as `readBook` for commands to whom no book and an empty one are alike. */
  async bookOrNothing(): Promise<ReadableBook> {
    return (await this.readBook()) ?? (await import("./empty-book.ts")).emptyBook;
  }

  /**
   * The form of the answer and its place, settled before any work is done.
   *
   * @param accepted the first one is the default
   * @param options.isSecret nobody else may read the file
   */
  async openOutput(
    accepted: readonly Format[],
    { isSecret = false }: { isSecret?: boolean } = {},
  ): Promise<{ format: Format; output: Output }> {
    const { output: path, force } = this.globals;
    const format = this.#format(accepted);
    if (path === undefined || path === "-") return { format, output: standardOutput };
    const { openFileOutput } = await import("./printing/file-output.ts");
    return { format, output: openFileOutput(path, { force: force === true, isSecret }) };
  }

  #format(accepted: readonly Format[]): Format {
    const { format, json, output } = this.globals;
    if (json && format !== undefined && format !== "json")
      throw new InvalidInput(`--json and --format ${format} contradict each other; give one of them.`);
    const extension = output === undefined ? undefined : /\.(jsonl?|csv|md)$/.exec(output)?.[1];
    const wanted = json ? "json" : (format ?? accepted.find((candidate) => candidate === extension) ?? accepted[0]);
    const found = accepted.find((candidate) => candidate === wanted);
    if (found === undefined) throw new InvalidInput(`--format ${wanted} is not available here; accepted: ${accepted.join(", ")}.`);
    return found;
  }

  /** Opens the output, asks for the answer, writes it; the formats accepted are those that the answer has. */
  async answer(accepted: readonly Format[], find: () => Promise<Answer>, options: { isSecret?: boolean } = {}): Promise<Format> {
    const { format, output } = await this.openOutput(accepted, options);
    const { present } = await import("./printing/answer.ts");
    await present(await find(), format, output, () => this.screenStyle(output));
    return format;
  }

  async screenStyle(output: Output): Promise<ScreenStyle> {
    const { screenStyle } = await import("./printing/screen.ts");
    return screenStyle(this.globals.color ?? "auto", this.machine.variables, output);
  }

  /** What is worth knowing but not asked for; `--quiet` silences it. */
  note(message: string): void {
    this.noteLine(this.#noteForm(message));
  }

  /** A line that is a note's whole text already. */
  noteLine(line: string): void {
    if (!this.globals.quiet) writeSync(STDERR, `${line}\n`);
  }

  /** From now on notes and warnings take this form: for a program that reads them. */
  shapeNotes(form: (message: string) => string): void {
    this.#noteForm = form;
  }

  /** What the figures leave out or what was mended. */
  warn(message: string): void {
    this.note(`warning: ${message}`);
  }
}

/** TOKENLEDGER_NOW stops the clock at an instant: the same book then gives the same bytes. */
function clockOf(machine: Machine): Clock {
  const instant = machine.variables.TOKENLEDGER_NOW;
  if (!instant) return systemClock;
  const nowMs = Date.parse(instant);
  if (Number.isNaN(nowMs))
    throw new InvalidInput(`TOKENLEDGER_NOW ${quoteValue(instant)} is not an instant; give one as 2026-05-01T12:00:00Z.`);
  return { now: () => nowMs, monotonic: systemClock.monotonic };
}
