/** bad-input.md, part I: what the machine does to the gateway and to the command. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "../../src/testing/index.ts";
import { root } from "../house/repository.ts";
import { compiledRooms } from "../ledger/compiled-rooms.ts";
import { isFull, report } from "./figures.ts";
import {
  ask,
  command,
  type GatewayProcess,
  PROVIDER_KEY,
  prepareBook,
  type Surroundings,
  startGatewayProcess,
  writeGatewayConfig,
} from "./gateway-process.ts";
import { until } from "./run-program.ts";

const COMMAND = join(root, "dist/cli/main.js");
const CALL = { model: "gpt-4o", messages: [{ role: "user", content: "springs" }], max_tokens: 5 };
const folder = mkdtempSync(join(tmpdir(), "tokenledger-environment-"));
const smallDisk = join(folder, "disk");
mkdirSync(smallDisk);
const canMount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", smallDisk]).status === 0;
let upstream: ScriptedUpstream;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  upstream = await startScriptedUpstream({ apiKey: PROVIDER_KEY });
});
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});
afterAll(async () => {
  await upstream.close();
  if (canMount) execFileSync("umount", [smallDisk]);
  rmSync(folder, { recursive: true, force: true });
});

const environment = (home: string): Record<string, string> => ({
  ...{ PATH: process.env.PATH ?? "", HOME: home, TZ: "UTC", LANG: "C.UTF-8", NO_COLOR: "1" },
});

async function served(home: string, book: string, surroundings: Surroundings = {}): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess(home, { book, config: writeGatewayConfig(home, upstream.url), ...surroundings });
  running.add(gateway.child);
  return gateway;
}

async function newHome(name: string, at = folder): Promise<{ home: string; book: string; key: string }> {
  const home = join(at, name);
  mkdirSync(home);
  const book = join(home, "book.db");
  const [key = ""] = await prepareBook(book, { keys: [{ name: "tests" }] });
  return { home, book, key };
}

const statusOf = async ({ url }: GatewayProcess, key: string): Promise<number | undefined> => (await ask(url, key, CALL))?.status;
const readiness = async ({ url }: GatewayProcess): Promise<number> => (await fetch(`${url}/ready`)).status;

function verified(home: string, book: string): { records: number; differences: unknown[] } {
  const { status, stdout, stderr } = command(home, "verify", "--db", book, "--json");
  expect([status, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as { records: number; differences: unknown[] };
}

/** One sentence, no stack, nothing on standard output, no note left beside the book. */
function expectOneSentence({ status, stdout, stderr }: ReturnType<typeof command>, sentence: RegExp, book: string): void {
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr.trimEnd()).toMatch(sentence);
  expect(stderr.trimEnd().split("\n").length).toBe(1);
  expect(existsSync(`${book}.serving`)).toBe(false);
}

const serving = (home: string, book: string): ReturnType<typeof command> =>
  command(home, "serve", "--config", writeGatewayConfig(home, upstream.url), "--db", book, "--port", "0");

describe("bad input I211: disks and files", () => {
  it.skipIf(!canMount)(
    "a full disk: calls are refused with 503, health stays, and calls pass when there is room (where a disk can be mounted)",
    {
      timeout: 180_000,
    },
    async () => {
      const { home, book, key } = await newHome("full", smallDisk);
      const gateway = await served(home, book);
      let answered = 0;
      const once = async (): Promise<number | undefined> => {
        const status = await statusOf(gateway, key);
        if (status === 200) answered++;
        return status;
      };
      expect(await once()).toBe(200);
      spawnSync("dd", ["if=/dev/zero", `of=${join(smallDisk, "filler")}`, "bs=4096"]);
      const statuses = new Set<number | undefined>();
      expect(await until(async () => statuses.add(await once()).has(503))).toBe(true);
      expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
      expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
      rmSync(join(smallDisk, "filler"));
      expect(await until(async () => (await once()) === 200)).toBe(true);
      gateway.child.kill("SIGTERM");
      expect(await gateway.ended).toBe(0);
      const { records, differences } = verified(home, book);
      expect(differences).toEqual([]);
      expect(records).toBeGreaterThanOrEqual(answered);
    },
  );

  it.skipIf(!canMount)(
    "a read-only disk: serving, importing and reporting are one sentence that says so (where a disk can be mounted)",
    async () => {
      const { home, book } = await newHome("read-only", smallDisk);
      const log = join(home, "one.jsonl");
      writeFileSync(
        log,
        `${JSON.stringify({ id: "1", timestamp: "2026-01-15T10:00:00Z", provider: "openai", model: "gpt-4o", input_tokens: 5, output_tokens: 5 })}\n`,
      );
      expect(command(home, "import", "jsonl", log, "--db", book).status).toBe(0);
      writeGatewayConfig(home, upstream.url);
      execFileSync("mount", ["-o", "remount,ro", smallDisk]);
      try {
        const config = join(home, "gateway.yaml");
        const commands = [
          ["serve", "--config", config, "--port", "0"],
          ["import", "jsonl", log],
          ["report", "--start", "2026-01-01", "--end", "2026-01-31"],
        ];
        for (const words of commands) expectOneSentence(command(folder, ...words, "--db", book), /its disk is read-only/, book);
      } finally {
        execFileSync("mount", ["-o", "remount,rw", smallDisk]);
      }
      expect(verified(home, book)).toMatchObject({ records: 1, differences: [] });
    },
  );

  it("the book's file deleted or replaced under a gateway: no call passes unmetered, and a new start has all that was answered before", {
    timeout: 180_000,
  }, async () => {
    const { home, book, key } = await newHome("replaced");
    for (const spoil of ["delete", "replace"]) {
      const gateway = await served(home, book);
      expect(await statusOf(gateway, key)).toBe(200);
      await until(() => JSON.parse(command(home, "verify", "--db", book, "--json").stdout).records > 0);
      const kept = join(home, "kept");
      mkdirSync(kept, { recursive: true });
      // What a careless restore does: the files are moved away, and for "replace" a copy takes their place.
      for (const end of ["", "-wal", "-shm"]) if (existsSync(book + end)) renameSync(book + end, join(kept, `book.db${end}`));
      if (spoil === "replace") copyFileSync(join(kept, "book.db"), book);
      const before = upstream.requests.length;
      expect(await statusOf(gateway, key)).toBe(503);
      expect(upstream.requests.length).toBe(before);
      expect(await until(async () => (await readiness(gateway)) === 503)).toBe(true);
      gateway.child.kill("SIGTERM");
      await gateway.ended;
      for (const end of ["", "-wal", "-shm"]) rmSync(book + end, { force: true });
      for (const end of ["", "-wal", "-shm"])
        if (existsSync(join(kept, `book.db${end}`))) renameSync(join(kept, `book.db${end}`), book + end);
      expect(verified(home, book).differences).toEqual([]);
    }
    expect(verified(home, book).records).toBe(2);
  });

  it("a book that its user may not read is one sentence, and stays as it is", async () => {
    const { home, book } = await newHome("forbidden");
    const isRoot = process.getuid?.() === 0;
    // Root may read everything: the command runs as nobody, to whom the file belongs.
    for (const path of [folder, home]) chmodSync(path, 0o755);
    if (isRoot) for (const path of [home, book]) chownSync(path, 65_534, 65_534);
    chmodSync(book, 0o000);
    const before = execFileSync("stat", ["-c", "%s %Y %a", book], { encoding: "utf8" });
    for (const words of [["report"], ["import"], ["serve", "--port", "0"]]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...words, "--db", book], {
        ...{ encoding: "utf8", cwd: home, env: environment(home) },
        ...(isRoot ? { uid: 65_534, gid: 65_534 } : {}),
      });
      expect([words[0], status, stdout]).toEqual([words[0], 1, ""]);
      expect(stderr).toMatch(/^tokenledger: [^\n]*(?:permission denied|can't be opened)[^\n]*\n$/);
    }
    expect(execFileSync("stat", ["-c", "%s %Y %a", book], { encoding: "utf8" })).toBe(before);
  });
});

describe("bad input I212: descriptors", () => {
  it("more connections than descriptors: those that are answered are right, and calls pass when the others are gone", {
    timeout: 180_000,
  }, async () => {
    const { home, book, key } = await newHome("descriptors");
    const gateway = await served(home, book, { before: ["/bin/sh", "-c", 'ulimit -n 120 && exec "$@"', "sh"] });
    expect(await statusOf(gateway, key)).toBe(200);
    const { hostname, port } = new URL(gateway.url);
    const idle: Socket[] = Array.from({ length: 250 }, () => connect(Number(port), hostname).on("error", () => {}));
    const statuses = await Promise.all(Array.from({ length: 20 }, () => Promise.race([statusOf(gateway, key), pause(5000)])));
    expect(statuses.filter((status) => ![200, 502, 503, undefined].includes(status))).toEqual([]);
    for (const socket of idle) socket.destroy();
    expect(await until(async () => (await statusOf(gateway, key)) === 200)).toBe(true);
    gateway.child.kill("SIGTERM");
    expect(await gateway.ended).toBe(0);
    expect(verified(home, book).differences).toEqual([]);
  });

  const pause = (ms: number): Promise<undefined> => new Promise((resolve) => setTimeout(() => resolve(undefined), ms));
});

describe("bad input I213: clocks and zones", () => {
  it("a gateway in 1970, after 2038, in 2100 and back again: each call is in the book at its time, and the book is sound", {
    timeout: 180_000,
  }, async () => {
    const { home, book, key } = await newHome("clocks");
    const times = [
      "2026-05-01T12:00:00.000Z",
      "1970-01-01T00:00:01.000Z",
      "2038-01-19T03:14:08.000Z",
      "2100-02-28T23:59:59.999Z",
      "2026-04-30T23:59:59.000Z",
    ];
    for (const now of times) {
      const gateway = await served(home, book, { env: { TOKENLEDGER_NOW: now } });
      expect([now, await statusOf(gateway, key)]).toEqual([now, 200]);
      gateway.child.kill("SIGTERM");
      expect(await gateway.ended).toBe(0);
    }
    const ledger = await openLedger(book, { readOnly: true });
    const found: string[] = [];
    for await (const { timestampMs } of ledger.query({})) found.push(new Date(timestampMs).toISOString());
    await ledger.close();
    expect(found.sort()).toEqual(times.toSorted());
    expect(verified(home, book)).toMatchObject({ records: times.length, differences: [] });
  });

  it("another TZ of the machine between two starts moves days of reports, and neither sums nor a budget's own days", {
    timeout: 180_000,
  }, async () => {
    const { home, book, key } = await newHome("zones");
    const ledger = await openLedger(book);
    await ledger.budgets.put({
      ...{ name: "day", scope: {}, period: "daily", timeZone: "Asia/Kolkata", alerts: [], enforcement: "notify_only", hard: false },
      amountNanoUsd: 1_000_000_000n,
    });
    await ledger.close();
    const now = "2026-05-01T20:00:00.000Z";
    const answers = [];
    for (const TZ of ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"]) {
      const gateway = await served(home, book, { env: { TZ, TOKENLEDGER_NOW: now } });
      expect(await statusOf(gateway, key)).toBe(200);
      gateway.child.kill("SIGTERM");
      await gateway.ended;
      const env = { ...environment(home), TZ, TOKENLEDGER_NOW: now };
      const json = (...words: string[]) =>
        JSON.parse(execFileSync(process.execPath, [COMMAND, ...words, "--db", book, "--json"], { cwd: home, env, encoding: "utf8" }));
      const { rows, totals } = json("report", "--start", "2026-04-30", "--end", "2026-05-03", "--group-by", "day");
      const [budget] = json("budget", "status").budgets;
      answers.push({
        days: rows.map(({ day }: { day: string }) => day),
        requests: totals.requests,
        sum: totals.cost_usd === budget.spent_usd,
        start: budget.window.start,
      });
    }
    const start = "2026-05-01T18:30:00.000Z";
    expect(answers).toEqual([
      { days: ["2026-05-01"], requests: 1, sum: true, start },
      { days: ["2026-05-02"], requests: 2, sum: true, start },
      { days: ["2026-05-01"], requests: 3, sum: true, start },
    ]);
  });
});

describe("bad input I214: books that are not as they should be", () => {
  const sql = (path: string, text: string): void => {
    execFileSync("sqlite3", [path, text]);
  };
  const hasShell = spawnSync("sqlite3", ["--version"]).status === 0;

  it.skipIf(!hasShell)(
    "newer, of another program, damaged in head or middle: serve says so in one sentence and changes nothing (where there is SQLite's shell)",
    {
      timeout: 180_000,
    },
    async () => {
      const { home, book } = await newHome("odd-books");
      const spoiled = (name: string, spoil: (path: string) => void): string => {
        const path = join(home, `${name}.db`);
        copyFileSync(book, path);
        spoil(path);
        return path;
      };
      const cases: [string, RegExp][] = [
        [spoiled("newer", (path) => sql(path, "PRAGMA user_version = 999")), /written by a newer TokenLedger \(tables version 999/],
        [spoiled("foreign", (path) => sql(path, "PRAGMA application_id = 5")), /another program's database/],
        [
          spoiled("head", (path) => writeFileSync(path, Buffer.concat([Buffer.alloc(100, 1), readFileSync(path).subarray(100)]))),
          /not a SQLite database|can't be|damaged/,
        ],
        [spoiled("cut", (path) => writeFileSync(path, readFileSync(path).subarray(0, 5000))), /damaged|malformed|cut off|can't be/],
      ];
      for (const [path, sentence] of cases) {
        const before = readFileSync(path);
        expectOneSentence(serving(home, path), sentence, path);
        expect(readFileSync(path).equals(before), path).toBe(true);
      }
    },
  );

  it.skipIf(!hasShell)(
    "a lost index and an edit by hand are found by verify, and the index is made anew by its repair (where there is SQLite's shell)",
    async () => {
      const { home, book, key } = await newHome("edited");
      const gateway = await served(home, book);
      expect(await statusOf(gateway, key)).toBe(200);
      gateway.child.kill("SIGTERM");
      await gateway.ended;
      const index = execFileSync(
        "sqlite3",
        [book, "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = 'usage_records' LIMIT 1"],
        { encoding: "utf8" },
      ).trim();
      sql(book, `DROP INDEX ${index}`);
      expect(command(home, "verify", "--db", book).status).toBe(3);
      command(home, "verify", "--repair", "--db", book);
      expect(verified(home, book).differences).toEqual([]);
      sql(book, "UPDATE usage_records SET output_tokens = output_tokens + 1");
      expect(command(home, "verify", "--db", book).status).toBe(3);
    },
  );
});

describe("bad input I216: little memory, and time that stands still", () => {
  it("with 64 MB for objects a gateway answers calls with large bodies, and stays", { timeout: 180_000 }, async () => {
    const { home, book, key } = await newHome("memory");
    const gateway = await served(home, book, { node: ["--max-old-space-size=64"] });
    const large = { ...CALL, messages: [{ role: "user", content: "x".repeat(1 << 20) }] };
    const statuses: (number | undefined)[] = [];
    for (let round = 0; round < 8; round++)
      statuses.push(...(await Promise.all(Array.from({ length: 8 }, async () => (await ask(gateway.url, key, large))?.status))));
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    gateway.child.kill("SIGTERM");
    expect(await gateway.ended).toBe(0);
    expect(verified(home, book)).toMatchObject({ records: statuses.length, differences: [] });
  });

  const stoppedMs = isFull ? 60_000 : 2_000;

  it("a gateway that is stopped and goes on finishes what was under way, and answers what came meanwhile", {
    timeout: stoppedMs + 180_000,
  }, async () => {
    const { home, book, key } = await newHome("stopped");
    const gateway = await served(home, book);
    upstream.script({ text: "late", delayMs: 500 });
    const underWay = statusOf(gateway, key);
    const before = upstream.requests.length;
    expect(await until(() => upstream.requests.length > before)).toBe(true);
    gateway.child.kill("SIGSTOP");
    const meanwhile = statusOf(gateway, key);
    await new Promise((resolve) => setTimeout(resolve, stoppedMs));
    gateway.child.kill("SIGCONT");
    expect([await underWay, await meanwhile]).toEqual([200, 200]);
    gateway.child.kill("SIGTERM");
    expect(await gateway.ended).toBe(0);
    expect(verified(home, book)).toMatchObject({ records: 2, differences: [] });
    report("I216, stopped and gone on", { stoppedMs });
  });

  it("a program that slept longer than its reservation lasts was charged its estimate, settles to what it was, and asks anew before it spends more", {
    timeout: 180_000,
  }, async () => {
    const { book } = await newHome("slept");
    const ledger = await openLedger(book);
    await ledger.budgets.put({
      ...{ name: "all", scope: {}, period: "lifetime", alerts: [], enforcement: "block_requests", hard: true },
      amountNanoUsd: 1_000_000_000n,
    });
    const spent = async (): Promise<[bigint, bigint]> => {
      const [status] = await ledger.budgets.status();
      return [status?.spentNanoUsd ?? 0n, status?.reservedNanoUsd ?? 0n];
    };
    const door = compiledRooms().ledger;
    const program = join(root, "test/guarantees/programs/sleeper.mjs");
    const child = spawn(process.execPath, [program, door, book, "3000", "0.6", "0.5"], { stdio: ["pipe", "pipe", "inherit"] });
    running.add(child);
    let printed = "";
    child.stdout.on("data", (chunk) => {
      printed += chunk;
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    expect(await until(() => printed.includes("held"))).toBe(true);
    expect(await spent()).toEqual([0n, 600_000_000n]);
    child.kill("SIGSTOP");
    // Nothing fits beside what is held; once its time is over, its estimate is spent, and 0.4 are free.
    const call = { provider: "acme", model: "acme-1", estimate: { costUsd: "0.4" } };
    const isCharged = async (): Promise<boolean> => {
      await expect(ledger.reserve({ requestId: "too-much", ...call, estimate: { costUsd: "0.41" } })).rejects.toMatchObject({
        code: "BUDGET_EXCEEDED",
      });
      return (await spent())[1] === 0n;
    };
    expect(await until(isCharged)).toBe(true);
    expect(await spent()).toEqual([600_000_000n, 0n]);
    await (await ledger.reserve({ requestId: "other", ...call })).settle({ costUsd: "0.4" });
    child.kill("SIGCONT");
    child.stdin.write("on\n");
    expect(await ended).toBe(0);
    // It settled late to 0.5, so 0.1 is free: its next call of 0.6 is refused.
    expect(printed.trim().split("\n")).toEqual(["held", "BUDGET_EXCEEDED"]);
    expect(await spent()).toEqual([900_000_000n, 0n]);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });
});
