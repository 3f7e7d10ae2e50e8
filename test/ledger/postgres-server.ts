/**
 * PostgreSQL for tests: a private server in a temporary folder, started by the first test that asks and stopped at the end of the
 * run (this file is one of vitest's global set-ups). TOKENLEDGER_POSTGRES_URL names a server to be used instead.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { lastingPort } from "../lasting-port.ts";

const GIVEN = process.env.TOKENLEDGER_POSTGRES_URL;
const FOLDER_VARIABLE = "TOKENLEDGER_POSTGRES_TEST_FOLDER";
const USER = "ledger";
export const PASSWORD = "only-for-tests";

const binaries = binaryFolder();

/** False where there is neither a server given nor one to be started: then there is nothing to test with. */
export const hasPostgres: boolean = GIVEN !== undefined || binaries !== undefined;

export interface PostgresServer {
  url: string;
  port: number;
  /** Ends all its processes at once, as a crash would, and starts it anew at the same address. */
  crash(): void;
  stop(): void;
}

/** Vitest calls this once before and, what it answers, once after all tests. */
export default function sharedServer(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "tokenledger-postgres-"));
  process.env[FOLDER_VARIABLE] = folder;
  return () => {
    const data = join(folder, "data");
    if (existsSync(join(data, "postmaster.pid"))) control(data, ["stop", "-m", "immediate"]);
    rmSync(folder, { recursive: true, force: true });
  };
}

/** The address of an empty book: a schema of its own in the run's server. */
export async function emptyBookUrl(): Promise<string> {
  const url = new URL(await serverUrl());
  url.searchParams.set("schema", `book_${randomUUID().replaceAll("-", "")}`);
  return url.href;
}

/** The address of the run's server, which is started if it does not run yet. */
export async function serverUrl(): Promise<string> {
  if (GIVEN !== undefined) return GIVEN;
  const folder = process.env[FOLDER_VARIABLE];
  if (folder === undefined) throw new Error("the vitest configuration must name test/ledger/postgres-server.ts as a global set-up");
  const told = join(folder, "url");
  if (!existsSync(told) && takes(join(folder, "lock"))) {
    const { url } = await startServer(folder);
    writeFileSync(`${told}.new`, url);
    renameSync(`${told}.new`, told);
  }
  while (!existsSync(told)) await pause(20);
  return readFileSync(told, "utf8");
}

/** A server of the test's own, for what no other test may meet. */
export async function ownServer(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "tokenledger-postgres-"));
  const server = await startServer(folder);
  return {
    ...server,
    stop() {
      server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startServer(folder: string): Promise<PostgresServer> {
  const data = join(folder, "data");
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, PASSWORD);
  const account = serverAccount();
  if (account) for (const path of [folder, passwordFile]) chownSync(path, account.uid, account.gid);
  execFileSync(
    join(binaries as string, "initdb"),
    ["-D", data, "-U", USER, "-A", "scram-sha-256", `--pwfile=${passwordFile}`, "-E", "UTF8", "--no-locale", "--no-sync"],
    { stdio: ["ignore", "ignore", "pipe"], cwd: folder, ...account },
  );
  const port = await lastingPort();
  // What these tests crash is the server, never the machine: what it has given to the system is not lost.
  const settings = { port, listen_addresses: "127.0.0.1", unix_socket_directories: "", fsync: "off", max_connections: 200 };
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
  const start = ["start", "-w", "-t", "60", "-l", join(folder, "log"), "-o", options.join(" ")];
  control(data, start);
  return {
    url: `postgresql://${USER}:${PASSWORD}@127.0.0.1:${port}/postgres`,
    port,
    crash: () => control(data, ["restart", "-m", "immediate", ...start.slice(1)]),
    stop: () => control(data, ["stop", "-m", "immediate"]),
  };
}

function control(data: string, args: readonly string[]): void {
  // The server keeps what it was given as output: a pipe would never end.
  const { status } = spawnSync(join(binaries as string, "pg_ctl"), ["-D", data, ...args], {
    stdio: "ignore",
    cwd: data,
    ...serverAccount(),
  });
  if (status !== 0) throw new Error(`pg_ctl ${args.join(" ")} ended with ${status}`);
}

/** PostgreSQL refuses to run as root; its package brings a user of its own. */
function serverAccount(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (option: string): number => Number(execFileSync("id", [option, "postgres"], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}

/** Debian keeps each version's programs in a folder of its own, off the PATH. */
function binaryFolder(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, "bin")), ...(process.env.PATH ?? "").split(delimiter)];
  return folders.find((folder) => existsSync(join(folder, "initdb")));
}

function takes(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
}
