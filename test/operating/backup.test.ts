/** The commands of docs/operating/backup.md, taken from the page, run while a gateway serves. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { startScriptedUpstream } from "../../src/testing/index.ts";
import { ask, command, type GatewayProcess, PROVIDER_KEY, startGatewayProcess, writeGatewayConfig } from "../guarantees/gateway-process.ts";
import { root } from "../house/repository.ts";
import { hasPostgres, serverUrl } from "../ledger/postgres-server.ts";

const page = readFileSync(join(root, "docs/operating/backup.md"), "utf8");
const blocks = Array.from(page.matchAll(/```sh\n([\s\S]*?)```/g), ([, commands = ""]) => commands);
const [copy = "", copyByNode = "", restore = "", dump = "", restoreDump = ""] = blocks;

const folder = mkdtempSync(join(tmpdir(), "tokenledger-backup-"));
const gateways: GatewayProcess[] = [];
afterAll(() => {
  for (const { child } of gateways) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});
const programs = join(folder, "programs");
mkdirSync(programs);
writeFileSync(join(programs, "tokenledger"), `#!/bin/sh\nexec "${process.execPath}" "${join(root, "dist/cli/main.js")}" "$@"\n`);
chmodSync(join(programs, "tokenledger"), 0o755);

/** As the page has them, but with the folders of the test; the first failure ends them. */
function run(commands: string, replaced: Readonly<Record<string, string>>, more: NodeJS.ProcessEnv = {}): string {
  const script = Object.entries(replaced).reduce((text, [from, to]) => text.replaceAll(from, to), commands);
  const PATH = `${programs}:${process.env.PATH}`;
  return execFileSync("/bin/sh", ["-ec", script], { encoding: "utf8", env: { PATH, HOME: folder, TZ: "UTC", ...more }, stdio: "pipe" });
}

const CAP_NANO_USD = 900_000_000n;
const CALL = { model: "gpt-4o", messages: [{ role: "user", content: "springs" }], max_tokens: 5 };

/** A gateway that is called without end until it is told to stop: eight calls at a time. */
async function busyGateway(
  home: string,
  book: string,
): Promise<{ gateway: GatewayProcess; acknowledged: () => number; stop(): Promise<void> }> {
  const ledger = await openLedger(book);
  await ledger.budgets.put({
    ...{ name: "all", scope: {}, period: "lifetime", alerts: [], enforcement: "block_requests", hard: true },
    amountNanoUsd: CAP_NANO_USD,
  });
  const { key } = await ledger.keys.create("tests");
  await ledger.close();
  const upstream = await startScriptedUpstream({ apiKey: PROVIDER_KEY });
  const gateway = await startGatewayProcess(home, { book, config: writeGatewayConfig(home, upstream.url) });
  gateways.push(gateway);
  let [answered, isOver] = [0, false];
  const caller = async (): Promise<void> => {
    while (!isOver) if ((await ask(gateway.url, key, CALL))?.status === 200) answered++;
  };
  const callers = Array.from({ length: 8 }, caller);
  return {
    gateway,
    acknowledged: () => answered,
    async stop() {
      isOver = true;
      await Promise.all(callers);
      await gateway.kill("SIGTERM");
      await upstream.close();
    },
  };
}

/** A call whose book was too slow is answered all the same and settled later: what is promised of a backup is of calls that the book has. */
async function untilInBook(book: string, calls: number): Promise<void> {
  const ledger = await openLedger(book);
  while ((await ledger.aggregate({ timeZone: "UTC", groupBy: [] })).totals.requests < calls) await sleep(20);
  await ledger.close();
}

async function callsUntil(reached: () => boolean): Promise<void> {
  while (!reached()) await sleep(5);
}

/** The restored book holds what was acknowledged before, proves itself, and refuses what it refused. */
async function expectRestored(book: string, home: string, least: number): Promise<void> {
  const verified = command(home, "verify", "--db", book, "--json");
  const { records, differences } = JSON.parse(verified.stdout) as { records: number; differences: unknown[] };
  expect([verified.status, differences]).toEqual([0, []]);
  expect(records).toBeGreaterThanOrEqual(least);
  const ledger = await openLedger(book);
  const [status] = await ledger.budgets.status();
  const { totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: [] });
  expect(status?.spentNanoUsd).toBe(totals.costNanoUsd);
  const left = CAP_NANO_USD - (status?.spentNanoUsd ?? 0n) - (status?.reservedNanoUsd ?? 0n);
  const estimate = (nanoUsd: bigint) => ({ costUsd: `0.${nanoUsd.toString().padStart(9, "0")}` });
  const call = { provider: "openai", model: "gpt-4o" };
  await expect(ledger.reserve({ ...call, requestId: "too-much", estimate: estimate(left + 1n) })).rejects.toMatchObject({
    code: "BUDGET_EXCEEDED",
  });
  await (await ledger.reserve({ ...call, requestId: "fits", estimate: estimate(left) })).release();
  await ledger.close();
}

const hasShell = spawnSync("sqlite3", ["--version"]).status === 0;
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const nodeWithSqlite = process.env.TOKENLEDGER_NODE24 ?? (major * 100 + minor >= 2213 ? process.execPath : undefined);

test("the page has the five blocks that are run here", () => {
  expect(blocks.length).toBe(5);
  expect([copy, copyByNode, restore, dump, restoreDump].map((block) => /VACUUM|verify|pg_\w+/.exec(block)?.[0])).toEqual([
    "VACUUM",
    "VACUUM",
    "verify",
    "pg_dump",
    "pg_restore",
  ]);
});

describe.each([
  ["the shell of SQLite", copy, hasShell ? "" : undefined],
  ["Node", copyByNode, nodeWithSqlite],
] as const)("a backup of a SQLite book by %s", (name, commands, program) => {
  test.skipIf(program === undefined)("made under load and restored, is whole (where that program is)", { timeout: 90_000 }, async () => {
    const home = mkdtempSync(join(folder, "home-"));
    const [books, backups] = [join(home, "books"), join(home, "backups")];
    mkdirSync(books);
    mkdirSync(backups);
    const book = join(books, "book.db");
    const busy = await busyGateway(home, book);
    // What `book.db.secret-key` is: bytes that must come back as they were.
    if (!existsSync(`${book}.secret-key`))
      writeFileSync(`${book}.secret-key`, "c2VjcmV0LWtleS1vZi1hLXRlc3QtMzItYnl0ZXMtbG8=\n", { mode: 0o600 });
    const key = readFileSync(`${book}.secret-key`);
    await callsUntil(() => busy.acknowledged() >= 25);
    const before = busy.acknowledged();
    await untilInBook(book, before);
    const places = { "/var/lib/tokenledger": books, "/backup": backups };
    if (program) mkdirSync(join(home, "bin"));
    if (program) run(`ln -s "${program}" "${join(home, "bin/node")}"`, {});
    run(commands, places, program ? { PATH: `${join(home, "bin")}:${process.env.PATH}` } : {});
    if (name === "Node") run(`cp "${book}.secret-key" "${backups}"`, {});
    const during = busy.acknowledged();
    await callsUntil(() => busy.acknowledged() > during + 5);
    await busy.stop();
    const after = busy.acknowledged();
    rmSync(book);
    rmSync(`${book}.secret-key`);
    const told = run(restore, places);
    expect(told).toContain("every sum follows from them");
    expect(readFileSync(`${book}.secret-key`)).toEqual(key);
    await expectRestored(book, home, before);
    expect(after).toBeGreaterThan(before);
  });
});

describe.skipIf(!hasPostgres)("a backup of a PostgreSQL book (skipped where there is no server)", () => {
  test("made under load and restored into another database, is whole", { timeout: 120_000 }, async () => {
    const home = mkdtempSync(join(folder, "home-"));
    const server = new URL(await serverUrl());
    const { default: pg } = await import("pg");
    const administrator = new pg.Client({ connectionString: server.href });
    await administrator.connect();
    const names = ["tokens", "tokens2"].map((name) => `${name}_${process.pid}`);
    for (const name of names) await administrator.query(`CREATE DATABASE ${name} ENCODING 'UTF8' TEMPLATE template0`);
    const urls = names.map((name) => {
      const url = new URL(server.href);
      url.pathname = `/${name}`;
      return url.href;
    });
    const [source = "", target = ""] = urls;
    const busy = await busyGateway(home, source);
    await callsUntil(() => busy.acknowledged() >= 25);
    const before = busy.acknowledged();
    await untilInBook(source, before);
    const places = {
      "postgresql://ledger@db.example:5432/tokens2": target,
      "postgresql://ledger@db.example:5432/tokens": source,
      "/backup": home,
    };
    const PATH = `${postgresPrograms()}${programs}:${process.env.PATH}`;
    run(dump, places, { PATH });
    const during = busy.acknowledged();
    await callsUntil(() => busy.acknowledged() > during + 5);
    await busy.stop();
    expect(run(restoreDump, places, { PATH })).toContain("every sum follows from them");
    await expectRestored(target, home, before);
    for (const name of names) await administrator.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await administrator.end();
  });

  /** Beside the server's own programs: a `pg_dump` that is older than the server refuses. */
  function postgresPrograms(): string {
    const found = spawnSync("sh", ["-c", "ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1"], { encoding: "utf8" }).stdout.trim();
    return found === "" ? "" : `${found}:`;
  }
});
