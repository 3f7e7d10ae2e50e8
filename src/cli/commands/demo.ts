/** `tokenledger demo` */
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { defaultDatabaseUrl, maskUrl } from "../../config/index.ts";
import { buildReport, type Period, periodOf, type ReportDocument } from "../../insights/index.ts";
import { type Dimension, isPostgresUrl, type Ledger, openLedger, sqlitePath } from "../../ledger/index.ts";
import { dayOf, type UsageRecord } from "../../usage/index.ts";
import { reportAnswer } from "../answers/report-answer.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import { DEMO_BUDGETS, DEMO_COMPANY, demoCompany } from "../demo-company.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { importOnce } from "../import-once.ts";
import type { Answer } from "../printing/answer.ts";
import { count } from "../printing/numbers.ts";

const EXAMPLES = `
  tokenledger demo                  three months of a made-up company, in a book of its own
  tokenledger demo --unless-logs    your own agent logs where this machine has any, else the sample`;

const SAMPLE_FILE = "tokenledger-demo.db";

export function define(command: Command): void {
  command.option("--unless-logs", "import this machine's agent logs instead, if there are any").example(EXAMPLES);
  runs(command, demo);
}

async function demo(context: CommandContext, options: { unlessLogs?: boolean }): Promise<ExitCode> {
  const ownUrl = await context.databaseUrl();
  // Beside the user's file; a database has no place beside it.
  const samplePath = join(dirname(sqlitePath(isPostgresUrl(ownUrl) ? defaultDatabaseUrl(context.machine) : ownUrl)), SAMPLE_FILE);
  let ownLogs: Ledger | undefined;
  await context.answer(["table", "json"], async () => {
    ownLogs = options.unlessLogs ? await bookOfOwnLogs(context) : undefined;
    const book = ownLogs ?? (await sampleBook(context, samplePath));
    try {
      return await threeViews(context, book, ownLogs ? "Spending" : `Sample company ${DEMO_COMPANY}: spending`);
    } finally {
      await book.close();
    }
  });
  context.note(ownLogs ? nextSteps(context) : `\nA made-up company, in a book of its own.${nextSteps(context, samplePath)}`);
  return EXIT.done;
}

/** Last of all, because that is where eyes are when the screen stands still. */
function nextSteps({ machine }: CommandContext, book?: string): string {
  // npm and npx tell what they run; without them the command is on the path.
  const command = machine.variables.npm_lifecycle_event === undefined ? "tokenledger" : "npx tokenledger";
  const assignment =
    machine.platform === "win32" ? `$env:TOKENLEDGER_DATABASE_URL = '${book}'` : `export TOKENLEDGER_DATABASE_URL='${book}'`;
  return [
    "\nTo look further:\n",
    ...(book === undefined ? [] : [`  ${assignment}`]),
    `  ${command}`,
    `  ${command} report --last 30d --group-by project`,
    `  ${command} analyze`,
    `  ${command} forecast`,
    `  ${command} explain --to last-month`,
    ...(book === undefined ? [] : [`  ${command} budget status`]),
    `  ${command} serve                      and look at http://127.0.0.1:4180/`,
    `  ${command} --help`,
  ].join("\n");
}

/** The user's book with this machine's logs in it, or undefined where there are none. */
async function bookOfOwnLogs(context: CommandContext): Promise<Ledger | undefined> {
  const book = await context.openBook();
  const { sources } = await importOnce(context, book, undefined, [], {});
  const files = sources.reduce((sum, source) => sum + source.files, 0);
  if (files > 0 && (await book.span()) !== undefined) {
    context.note(
      `Read ${count(files)} agent logs of this machine (${sources.map(({ source }) => source).join(", ")}) into ${maskUrl(await context.databaseUrl())}.\n`,
    );
    return book;
  }
  await book.close();
  context.note("This machine has no agent logs; here is a made-up company instead.\n");
  return undefined;
}

const BATCH_RECORDS = 20_000;

/** Made anew every time, beside the user's own book and never in it. */
async function sampleBook(context: CommandContext, path: string): Promise<Ledger> {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
  const book = await openLedger(path, { clock: context.clock });
  let batch: UsageRecord[] = [];
  for (const record of demoCompany(context.nowMs)) {
    batch.push(record);
    if (batch.length < BATCH_RECORDS) continue;
    await book.record(batch);
    batch = [];
  }
  await book.record(batch);
  await book.budgets.put(DEMO_BUDGETS);
  return book;
}

/** By time, by model and by team. The JSON document is the first of the three. */
async function threeViews(context: CommandContext, book: Ledger, title: string): Promise<Answer> {
  const timeZone = await context.timeZone();
  const span = (await book.span()) ?? { firstMs: context.nowMs, lastMs: context.nowMs };
  const period = periodOf(dayOf(span.firstMs, timeZone), dayOf(span.lastMs, timeZone), timeZone);
  const by = (groupBy: Dimension[]): Promise<ReportDocument> => buildReport(book, { period, groupBy, generatedAtMs: context.nowMs });
  const [overTime, byModel, byTeam] = [await by([timeStep(period)]), await by(["model"]), await by(["team"])];
  const hasTeams = byTeam.rows.some((row) => row.team !== null);
  const shown = [overTime, byModel, ...(hasTeams ? [byTeam] : [])];
  return {
    document: overTime,
    screen: async (style) => {
      const screens = shown.map((document, i) => {
        const warnings = i === shown.length - 1 ? document.warnings : [];
        return reportAnswer({ ...document, warnings }, { title: `${title} by ${document.group_by[0]}` }).screen(style);
      });
      return (await Promise.all(screens)).join("\n");
    },
  };
}

const DAY_MS = 86_400_000;
const MOST_DAYS = 31;
const MOST_WEEKS = 26;

/** The finest step that still fits a screen. */
function timeStep({ startMs, endMs }: Period): Dimension {
  const days = Math.ceil((endMs - startMs) / DAY_MS);
  if (days <= MOST_DAYS) return "day";
  return days <= MOST_WEEKS * 7 ? "week" : "month";
}
