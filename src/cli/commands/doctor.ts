/** `tokenledger doctor` */
import { isBuiltin } from "node:module";
import { configSearchPaths, type LoadedConfig, maskUrl } from "../../config/index.ts";
import { quoteValue } from "../../errors.ts";
import { type AggregateRow, isPostgresUrl, type Ledger, sqlitePath } from "../../ledger/index.ts";
import { priceBook } from "../../pricing/index.ts";
import { type BookState, type Diagnosis, doctorAnswer, type GatewayDiagnosis } from "../answers/doctor-answer.ts";
import { activeKeys, setupWarnings } from "../answers/server-start.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { describeFailure } from "../failures.ts";
import { lookForSources } from "../found-sources.ts";
import { importEnvironment } from "../import-environment.ts";
import { packageVersion } from "../package-version.ts";
import { servingOn } from "../serving-lock.ts";

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
  activeKeys: number;
  webhooks: GatewayDiagnosis["webhooks"];
}

async function diagnose(context: CommandContext): Promise<Diagnosis> {
  const { machine } = context;
  const loaded = await context.config();
  const found = await lookForSources(await importEnvironment(machine));
  const findings = await examineBook(
    context,
    found.map(({ source }) => source),
  );
  const { state, ownPrices, importedFiles, requestsBySource, unpriced } = findings;
  return {
    schema: "tokenledger.doctor/1",
    version: packageVersion(),
    node: process.versions.node,
    platform: `${machine.platform} ${process.arch}`,
    tz: await context.timeZone(),
    config: {
      path: loaded.path ?? null,
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
    gateway: examineGateway(loaded, await context.databaseUrl(), findings),
  };
}

function examineGateway({ config, path: configPath }: LoadedConfig, url: string, { activeKeys, webhooks }: BookFindings): GatewayDiagnosis {
  const { host = "127.0.0.1", port = 4180, auth = "loopback" } = config.server ?? {};
  const path = isPostgresUrl(url) ? undefined : sqlitePath(url);
  const isInMemory = path === ":memory:";
  const serving = path === undefined || isInMemory ? undefined : servingOn(path);
  // Who only imports logs needs no gateway, and no warning about one.
  const isMeant = serving !== undefined || config.providers.size > 0;
  const unsigned = webhooks.filter(({ signed }) => !signed).map(({ budget }) => unsignedText(budget));
  return {
    serving: serving ?? null,
    ...{ host, port, auth },
    providers: Array.from(config.providers, ([name, provider]) => ({
      name,
      api: provider.api ?? null,
      has_key: provider.apiKey !== undefined,
    })),
    keys: activeKeys,
    webhooks,
    warnings: [...(isMeant ? setupWarnings({ config, configPath, host, isInMemory, keyCount: activeKeys }) : []), ...unsigned],
  };
}

function unsignedText(budget: string): string {
  return `the webhook of the budget ${quoteValue(budget)} has no secret, so whoever receives its posts can't tell them from made-up ones; give it a webhook_secret.`;
}

async function examineBook(context: CommandContext, sources: readonly string[]): Promise<BookFindings> {
  const url = await context.databaseUrl();
  const driver = isPostgresUrl(url) ? "pg" : isBuiltin("node:sqlite") ? "node:sqlite" : "better-sqlite3";
  const state: BookState = { url: maskUrl(url), found: false, driver, requests: 0, first: null, last: null, budgets: 0, problem: null };
  const findings: BookFindings = {
    ...{ state, ownPrices: 0, importedFiles: new Map(), requestsBySource: new Map(), unpriced: [], activeKeys: 0, webhooks: [] },
  };
  let book: Ledger | undefined;
  try {
    book = await context.readBook();
    if (book) await readFindings(book, sources, findings, context.clock.now());
  } catch (error) {
    state.problem = describeFailure(error).message;
  } finally {
    await book?.close();
  }
  return findings;
}

/** Its path may be a secret; a sealed one that can't be opened here is no address. */
function addressOf(webhook: string): string {
  return URL.canParse(webhook) && /^https?:/.test(webhook) ? new URL(webhook).origin : "sealed";
}

async function readFindings(book: Ledger, sources: readonly string[], findings: BookFindings, nowMs: number): Promise<void> {
  const { state } = findings;
  state.found = true;
  const span = await book.span();
  if (span) Object.assign(state, { first: new Date(span.firstMs).toISOString(), last: new Date(span.lastMs).toISOString() });
  const requests = (rows: readonly AggregateRow[]): [string, number][] => rows.map((row) => [row.keys[0] ?? "", row.requests]);
  const bySource = await book.aggregate({ timeZone: "UTC", groupBy: ["source"] });
  state.requests = bySource.totals.requests;
  findings.requestsBySource = new Map(requests(bySource.rows));
  findings.ownPrices = (await book.prices.list()).length;
  const budgets = await book.budgets.list();
  state.budgets = budgets.length;
  findings.webhooks = budgets.flatMap(({ definition: { name, webhook, webhookSecret } }) =>
    webhook === undefined ? [] : [{ budget: name, address: addressOf(webhook), signed: webhookSecret !== undefined }],
  );
  findings.activeKeys = activeKeys(await book.keys.list(), nowMs);
  for (const source of sources) findings.importedFiles.set(source, (await book.importFiles(source)).size);
  if (bySource.totals.unpricedRequests === 0) return;
  const byModel = await book.aggregate({ timeZone: "UTC", groupBy: ["provider", "model"] });
  findings.unpriced = byModel.rows
    .filter((row) => row.unpricedRequests > 0)
    .map((row) => ({ provider: row.keys[0] ?? null, model: row.keys[1] ?? null, requests: row.unpricedRequests }));
}
