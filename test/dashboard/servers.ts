/** Servers with pages, for tests in a browser: in this process over the sample company, or as the built command over any book. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { DEMO_BUDGETS, demoCompany } from "../../src/cli/demo-company.ts";
import { type Ledger, openLedger } from "../../src/ledger/index.ts";
import { FakeClock } from "../../src/testing/index.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import type { Machine } from "../cli/run-command.ts";
import { type RunningGateway, type RunningGatewayOptions, runningGateway } from "../server/running-gateway.ts";
import { BUILT_PAGES } from "./built-pages.ts";

/** A Tuesday. */
export const DEMO_NOW = "2026-06-30T12:00:00Z";

export interface DashboardOptions extends Omit<RunningGatewayOptions, "ledger" | "clock"> {
  /** Default: those of the sample company. */
  records?: Iterable<UsageRecord>;
  now?: string;
}

export interface RunningDashboard extends RunningGateway {
  /** Stands still until it is told to go on. */
  clock: FakeClock;
}

/** Its providers are scripted. The sample's 20,000 calls take a second to make, so that most files start one server for all their tests. */
export async function startDashboard(options: DashboardOptions = {}): Promise<RunningDashboard> {
  const { now = DEMO_NOW, budgets = DEMO_BUDGETS, server, ...rest } = options;
  const clock = new FakeClock(Date.parse(now));
  const ledger = await openLedger("sqlite::memory:", { clock, ...(rest.config && { config: rest.config }) });
  await recordAll(ledger, options.records ?? demoCompany(clock.now()));
  await ledger.budgets.put(budgets);
  const gateway = await runningGateway({ ...rest, clock, ledger, server: { version: "0.0.0", ...server, pagesFolder: BUILT_PAGES } });
  return Object.assign(gateway, { clock });
}

const BATCH_RECORDS = 20_000;

async function recordAll(ledger: Ledger, records: Iterable<UsageRecord>): Promise<void> {
  let batch: UsageRecord[] = [];
  for (const record of records) {
    if (batch.push(record) < BATCH_RECORDS) continue;
    await ledger.record(batch);
    batch = [];
  }
  await ledger.record(batch);
}

export interface BuiltServer extends AsyncDisposable {
  url: string;
  child: ChildProcess;
  /** At once, as a machine that loses its power. */
  kill(): Promise<void>;
}

/** `tokenledger serve` on the machine's book, with the machine's environment. A port of 0 takes a free one. */
export async function serveBuilt(
  machine: Machine,
  { port = 0, words = [] }: { port?: number; words?: readonly string[] } = {},
): Promise<BuiltServer> {
  const child = machine.start(["serve", "--port", String(port), "--json", "--quiet", ...words]);
  let told = "";
  let complaint = "";
  child.stderr?.on("data", (chunk) => {
    complaint += chunk;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on("data", (chunk) => {
      told += chunk;
      if (told.includes("\n")) resolve();
    });
    child.once("exit", (code) => reject(new Error(`serve ended with ${code}: ${complaint}`)));
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };
  return {
    url: (JSON.parse(told) as { url: string }).url,
    child,
    kill: () => end("SIGKILL"),
    [Symbol.asyncDispose]: () => end("SIGTERM"),
  };
}
