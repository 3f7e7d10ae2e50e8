/** `tokenledger serve` */
import { writeSync } from "node:fs";
import { basename } from "node:path";
import type { Config, LoadedConfig } from "../../config/index.ts";
import { InvalidInput, oneOf, quoteValue, TokenLedgerError } from "../../errors.ts";
import type { Ledger, LedgerOptions } from "../../ledger/index.ts";
import type { LogFormat, RunningServer, SavingsFile } from "../../server/index.ts";
import { activeKeys, serverDocument, setupWarnings, startLine } from "../answers/server-start.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import { CommandFailed, EXIT, type ExitCode } from "../exit-codes.ts";
import { escapeControls } from "../printing/text.ts";
import { secretKeyOf } from "../secret-key.ts";
import { lockForServing, type ServingLock } from "../serving-lock.ts";

const EXAMPLES = `
  tokenledger serve
  tokenledger serve --port 8080 --db postgresql://tokenledger@db.internal/tokenledger
  OPENAI_BASE_URL=http://127.0.0.1:4180/v1 python my_program.py
  tokenledger serve --port 0 --json              a free port, told as the first line of standard output`;

interface ServeOptions {
  host?: string;
  port?: string;
  log?: string;
}

const LOG_FORMATS = ["text", "json"] as const;

export function define(command: Command): void {
  command
    .about(
      "Starts the gateway: the providers' own APIs, metered into the book, under its budgets and virtual keys. Configure who answers under providers in tokenledger.yaml. It runs until it is told to end (Ctrl-C, SIGTERM): then calls under way have up to 20 seconds to finish.",
    )
    .option("--host <address>", "where to listen (default: the configuration's server.host, else 127.0.0.1)")
    .option("--port <number>", "on which port; 0 takes a free one (default: the configuration's server.port, else 4180)")
    .option("--log <form>", "text: sentences; json: one object a line (default: the configuration's server.log, else text)")
    .example(EXAMPLES);
  runs(command, serve);
}

/** How long a call may wait for the book before it is refused with 503: for a server that does not answer, for a file that another writes. */
const PATIENCE_MS = { postgres: 250, sqlite: 5_000 } as const;
/** The server itself ends within 22; a book that does not answer must not keep the process. */
const LONGEST_END_MS = 24_500;

async function serve(context: CommandContext, options: ServeOptions): Promise<ExitCode> {
  refuseForms(context);
  const port = portOf(options.port);
  if (options.host !== undefined && options.host.trim() === "")
    throw new InvalidInput("--host is empty; give an address such as 127.0.0.1.");
  const asked = options.log === undefined ? undefined : oneOf("--log", options.log, LOG_FORMATS);
  if (asked === "json") await shapeNotes(context);
  // Both take their time, so they are loaded side by side.
  const [{ startServer }, loaded] = await Promise.all([import("../../server/index.ts"), context.config("all")]);
  const { config } = loaded;
  const logFormat = asked ?? config.server?.log ?? "text";
  if (logFormat === "json") await shapeNotes(context);
  const { isPostgresUrl, sqlitePath } = await import("../../ledger/index.ts");
  const url = await context.databaseUrl();
  const path = isPostgresUrl(url) ? undefined : sqlitePath(url);
  const isInMemory = path === ":memory:";
  const ending = endingSignal();
  const ledger = await openForServing(context, loaded, path === undefined);
  let lock: ServingLock | undefined;
  try {
    if (path !== undefined && !isInMemory) lock = lockForServing(path);
    if (loaded.path !== undefined) await ledger.keys.replaceConfigured(config.virtualKeys);
    const host = options.host?.trim() ?? config.server?.host ?? "127.0.0.1";
    const { readTraces } = await import("../../importers/index.ts");
    const { savingsPath } = await import("../../config/index.ts");
    const savings = await savingsAt(savingsPath(loaded, context.machine.workingDirectory));
    const { packageVersion } = await import("../package-version.ts");
    const timeZone = await context.timeZone();
    const server = await start(() =>
      startServer({
        ledger,
        config,
        host,
        port: port ?? config.server?.port ?? 4180,
        clock: context.clock,
        timeZone,
        log: logTo(context, logFormat),
        logFormat,
        version: packageVersion(),
        readTraces,
        savings,
      }),
    );
    try {
      lock?.tell(server.url);
      const keyCount = activeKeys(await ledger.keys.list(), context.clock.now());
      for (const warning of setupWarnings({ config, configPath: loaded.path, host, isInMemory, keyCount })) context.warn(warning);
      await announce(context, server, path ?? (await shownUrl(url)));
      noteEnding(server, await ending);
    } finally {
      await server.close();
    }
  } finally {
    await ledger.close();
    lock?.release();
  }
  return EXIT.done;
}

async function savingsAt(path: string): Promise<SavingsFile> {
  const file = await (await import("../../config/index.ts")).savingsFile();
  return {
    name: basename(path),
    read: () => file.loadSavings(path),
    add: (rules, check) => file.addSavings(path, rules, check),
    remove: (which) => file.removeSavings(path, which),
  };
}

/** Making a book, or bringing it up to date, may take longer than a call may wait. */
async function openForServing(context: CommandContext, { config }: LoadedConfig, isOnServer: boolean): Promise<Ledger> {
  if (!isOnServer) return context.openBook({ patienceMs: PATIENCE_MS.sqlite, config: enforcedPart(config) });
  await (await context.openBook()).close();
  const { openLedger } = await import("../../ledger/index.ts");
  const secretKey = await secretKeyOf(context.machine);
  const options = { clock: context.clock, patienceMs: PATIENCE_MS.postgres, config: enforcedPart(config), ...secretKey };
  return openLedger(await context.databaseUrl(), options);
}

/** What the book enforces besides what is written into it. */
function enforcedPart({ rateLimits, unpriced }: Config): NonNullable<LedgerOptions["config"]> {
  return { ...(rateLimits && { rateLimits }), ...(unpriced && { unpriced }) };
}

function refuseForms({ globals: { format, output } }: CommandContext): void {
  if (format !== undefined && format !== "json" && format !== "table")
    throw new InvalidInput(`--format ${format} is not available here; accepted: table, json.`);
  if (output !== undefined && output !== "-")
    throw new InvalidInput("tokenledger serve prints one line, on standard output; --output is not available here.");
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new InvalidInput(`--port ${quoteValue(text)} is no port; give a number from 0 to 65535, where 0 takes a free one.`);
}

/** That an address is taken is no wrong usage, whoever finds out. */
async function start(work: () => Promise<RunningServer>): Promise<RunningServer> {
  try {
    return await work();
  } catch (error) {
    const isOfSystem = (error as { cause?: { syscall?: string } }).cause?.syscall !== undefined;
    throw TokenLedgerError.is(error) && isOfSystem ? new CommandFailed(error.message) : error;
  }
}

async function shownUrl(url: string): Promise<string> {
  return (await import("../../config/index.ts")).maskUrl(url);
}

async function announce(context: CommandContext, { url, hasDashboard }: RunningServer, book: string): Promise<void> {
  const { config } = await context.config();
  const { packageVersion } = await import("../package-version.ts");
  const auth = config.server?.auth ?? "loopback";
  const started = { url, book, version: packageVersion(), auth, providers: config.providers, hasDashboard };
  const isJson = context.globals.json || context.globals.format === "json";
  try {
    writeSync(1, `${isJson ? serverDocument(started) : escapeControls(startLine(started))}\n`);
  } catch {
    // Nobody listens to standard output; calls are answered all the same.
  }
}

/** What is worth knowing while it runs, with its time. Never ends the gateway: whoever reads the log may have gone. */
function logTo(context: CommandContext, format: LogFormat): (line: string) => void {
  return (line) => {
    try {
      context.noteLine(format === "json" ? line : `${new Date().toISOString()} ${escapeControls(line)}`);
    } catch {
      // There is nobody to tell.
    }
  };
}

const WARNING = "warning: ";

/** What is told beside the server's own log takes its form, so that each line of standard error is an object. */
async function shapeNotes(context: CommandContext): Promise<void> {
  const { noteLine } = await import("../../server/index.ts");
  context.shapeNotes((message) => {
    const isWarning = message.startsWith(WARNING);
    const text = isWarning ? message.slice(WARNING.length) : message;
    return noteLine(context.clock.now(), { level: isWarning ? "warn" : "info", kind: "start", message: text });
  });
}

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type EndingSignal = keyof typeof SIGNALS;

/** The first signal asks for an orderly end; the second ends at once, as everything that was acknowledged is in the book already. */
function endingSignal(): Promise<EndingSignal> {
  return new Promise((resolve) => {
    let isEnding = false;
    for (const signal of Object.keys(SIGNALS) as EndingSignal[]) {
      process.on(signal, () => {
        if (isEnding) process.exit(SIGNALS[signal]);
        isEnding = true;
        resolve(signal);
      });
    }
  });
}

function noteEnding(server: RunningServer, signal: EndingSignal): void {
  const message = `${signal}: ending; calls under way finish first, a second signal ends at once`;
  server.note({ level: "info", kind: "end", message });
  setTimeout(() => process.exit(EXIT.done), LONGEST_END_MS).unref();
}
