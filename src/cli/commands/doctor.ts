/** `tokenledger doctor` */
import { isBuiltin } from "node:module";
import { configSearchPaths, maskUrl } from "../../config/index.ts";
import { type AggregateRow, isPostgresUrl, type Ledger } from "../../ledger/index.ts";
import { priceBook } from "../../pricing/index.ts";
import { type BookState, type Diagnosis, doctorAnswer } from "../answers/doctor-answer.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { describeFailure } from "../failures.ts";
import { lookForSources } from "../found-sources.ts";
import { importEnvironment } from "../import-environment.ts";
import { packageVersion } from "../package-version.ts";

const EXAMPLES = `
  tokenledger doctor
  tokenledger doctor --json`;

export function define(command: Command): void {
  command.example(EXAMPLES);
  runs(command, async (context: CommandContext): Promise<ExitCode> => {
    let problem: string | null = null;
    await context.answer(["table", "json"], async () => {
      const diagnosis = await diagnose(context);
      problem = diagnosis.book.problem;
      return doctorAnswer(diagnosis);
    });
    return problem === null ? EXIT.done : EXIT.failed;
  });
}

/** What the book tells beside its own state. */
interface BookFindings {
  state: BookState;
  ownPrices: number;
  importedFiles: Map<string, number>;
  requestsBySource: Map<string, number>;
  unpriced: Diagnosis["unpriced"];
}

async function diagnose(context: CommandContext): Promise<Diagnosis> {
  const { machine } = context;
  const { path } = await context.config();
  const found = await lookForSources(await importEnvironment(machine));
  const { state, ownPrices, importedFiles, requestsBySource, unpriced } = await examineBook(
    context,
    found.map(({ source }) => source),
  );
  return {
    schema: "tokenledger.doctor/1",
    version: packageVersion(),
    node: process.versions.node,
    platform: `${machine.platform} ${process.arch}`,
    tz: await context.timeZone(),
    config: {
      path: path ?? null,
      searched: configSearchPaths(machine),
    },
    book: state,
    prices: { version: priceBook().version, bundled: priceBook().entries().length, own: ownPrices },
    sources: found.map((source) => ({
      ...source,
      imported_files: importedFiles.get(source.source) ?? 0,
      requests: requestsBySource.get(source.source) ?? 0,
    })),
    unpriced,
  };
}

async function examineBook(context: CommandContext, sources: readonly string[]): Promise<BookFindings> {
  const url = await context.databaseUrl();
  const driver = isPostgresUrl(url) ? "pg" : isBuiltin("node:sqlite") ? "node:sqlite" : "better-sqlite3";
  const state: BookState = { url: maskUrl(url), found: false, driver, requests: 0, first: null, last: null, budgets: 0, problem: null };
  const findings: BookFindings = { state, ownPrices: 0, importedFiles: new Map(), requestsBySource: new Map(), unpriced: [] };
  let book: Ledger | undefined;
  try {
    book = await context.readBook();
    if (book) await readFindings(book, sources, findings);
  } catch (error) {
    state.problem = describeFailure(error).message;
  } finally {
    await book?.close();
  }
  return findings;
}

async function readFindings(book: Ledger, sources: readonly string[], findings: BookFindings): Promise<void> {
  const { state } = findings;
  state.found = true;
  const span = await book.span();
  if (span) Object.assign(state, { first: new Date(span.firstMs).toISOString(), last: new Date(span.lastMs).toISOString() });
  const requests = (rows: readonly AggregateRow[]): [string, number][] => rows.map((row) => [row.keys[0] ?? "", row.requests]);
  const bySource = await book.aggregate({ timeZone: "UTC", groupBy: ["source"] });
  state.requests = bySource.totals.requests;
  findings.requestsBySource = new Map(requests(bySource.rows));
  findings.ownPrices = (await book.prices.list()).length;
  state.budgets = (await book.budgets.list()).length;
  for (const source of sources) findings.importedFiles.set(source, (await book.importFiles(source)).size);
  if (bySource.totals.unpricedRequests === 0) return;
  const byModel = await book.aggregate({ timeZone: "UTC", groupBy: ["provider", "model"] });
  findings.unpriced = byModel.rows
    .filter((row) => row.unpricedRequests > 0)
    .map((row) => ({ provider: row.keys[0] ?? null, model: row.keys[1] ?? null, requests: row.unpricedRequests }));
}
