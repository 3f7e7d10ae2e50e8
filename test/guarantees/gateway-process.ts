/** Gateways as users run them: `tokenledger serve` of the built package, in a process of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BudgetDefinition } from "../../src/budget/index.ts";
import { type KeyRules, type Ledger, openLedger, type StoredRecord } from "../../src/ledger/index.ts";
import type { ScriptedUpstream } from "../../src/testing/index.ts";
import { root } from "../house/repository.ts";
import { until } from "./run-program.ts";

export const PROVIDER_KEY = "provider-secret-0123456789";
const COMMAND = join(root, "dist/cli/main.js");
const START_LIMIT_MS = 60_000;

export interface GatewayProcess {
  url: string;
  child: ChildProcess;
  /** All that it said so far. */
  said(): string;
  ended: Promise<number | null>;
  /** @returns its exit code, once it has ended */
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

/** A configuration in which one upstream stands in for all providers. Answers its path. */
export function writeGatewayConfig(folder: string, upstreamUrl: string, more = ""): string {
  const path = join(folder, "gateway.yaml");
  const provider = (api: string): string =>
    `  ${api}: { api: ${api}, base_url: "${upstreamUrl}", api_key: "${PROVIDER_KEY}", models: ["*"], retries: 0 }\n`;
  const providers = ["openai", "anthropic", "gemini"].map(provider).join("");
  writeFileSync(path, `unpriced: allow\nserver: { auth: always }\nproviders:\n${providers}${more}`);
  return path;
}

/** What surrounds the process. */
export interface Surroundings {
  env?: Readonly<Record<string, string>>;
  /** What Node itself is told. */
  node?: readonly string[];
  /** A command that runs it. */
  before?: readonly string[];
}

export async function startGatewayProcess(
  folder: string,
  {
    book,
    config,
    options = [],
    env = {},
    node = [],
    before = [],
  }: { book: string; config: string; options?: readonly string[] } & Surroundings,
): Promise<GatewayProcess> {
  const args = [COMMAND, "serve", "--config", config, "--db", book, "--port", "0", ...options];
  const [program = "", ...words] = [...before, process.execPath, ...node, ...args];
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"], env: { ...environment(folder), ...env } });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      said += chunk;
    });
  const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
  const urlOf = (): string | undefined => /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
  await until(() => urlOf() !== undefined || child.exitCode !== null, START_LIMIT_MS);
  const url = urlOf();
  if (url === undefined) {
    child.kill("SIGKILL");
    throw new Error(`the gateway did not start: ${said}`);
  }
  const kill = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  return { url, child, said: () => said, ended, kill };
}

function environment(folder: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: folder, TZ: "UTC", LANG: "C.UTF-8", NO_COLOR: "1" };
}

/** Runs the command to its end. */
export function command(folder: string, ...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [COMMAND, ...args], {
    encoding: "utf8",
    cwd: folder,
    env: environment(folder),
    maxBuffer: 512 * 1024 * 1024,
  });
}

/** Resident memory in bytes. */
export function residentBytes({ child }: GatewayProcess): number {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"));
  return Number(found?.[1] ?? 0) * 1024;
}

/** Makes the book, its budgets and keys, before any gateway opens it. */
export async function prepareBook(
  book: string,
  { budgets = [], keys }: { budgets?: readonly BudgetDefinition[]; keys: readonly ({ name: string } & KeyRules)[] },
): Promise<string[]> {
  const ledger = await openLedger(book);
  if (budgets.length > 0) await ledger.budgets.put(budgets);
  const made: string[] = [];
  for (const { name, ...rules } of keys) made.push((await ledger.keys.create(name, rules)).key);
  await ledger.close();
  return made;
}

export async function recordsOf(ledger: Ledger): Promise<StoredRecord[]> {
  const found: StoredRecord[] = [];
  for await (const record of ledger.query({})) found.push(record);
  return found;
}

export async function reservedNanoUsd(ledger: Ledger): Promise<bigint> {
  return (await ledger.budgets.status()).reduce((sum, status) => sum + status.reservedNanoUsd, 0n);
}

/** No call is under way, and nothing is set aside. */
export function isQuiet(ledger: Ledger, upstream: ScriptedUpstream, withinMs = 60_000): Promise<boolean> {
  return until(async () => upstream.inFlight === 0 && (await reservedNanoUsd(ledger)) === 0n, withinMs);
}

export interface Asked {
  status: number;
  headers: Headers;
  body: string;
}

/** One call over a connection of its own or a kept one. Undefined: the connection broke before the reply was whole. */
export async function ask(
  url: string,
  key: string,
  body: object | string,
  { path = "/v1/chat/completions", headers = {}, signal }: { path?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Asked | undefined> {
  try {
    const reply = await fetch(url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
    return { status: reply.status, headers: reply.headers, body: await reply.text() };
  } catch {
    return undefined;
  }
}
