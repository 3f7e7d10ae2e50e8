/** Budgets of one book on PostgreSQL under many processes at once, and under a server that goes away. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BudgetDefinition } from "../../src/budget/index.ts";
import { openLedger } from "../../src/ledger/index.ts";
import { compiledRooms } from "./compiled-rooms.ts";
import { hasPostgres, ownServer, type PostgresServer } from "./postgres-server.ts";

const PROCESSES = 8;
const USD = 1_000_000_000n;

/** A child's world: its book, its number, and words for its parent, one to a line. */
const PRELUDE = `
  const [url, ownText, figure] = process.argv.slice(1);
  const own = Number(ownText);
  const say = (...words) => process.stdout.write(words.join(" ") + "\\n");
  const codeOf = (error) => error.code ?? String(error);
  const call = (requestId, costUsd, fields) => ({ requestId, provider: "acme", model: "acme-" + (own % 3), scope: { org: "acme", team: "team-" + (own % 2), user: "user-" + own },
    estimate: { costUsd, inputTokens: 10 }, ...fields });`;

/**
 * Reserves, and settles, releases, forgets or lets expire, four calls at once. What lapses is not settled late: others have taken its
 * room by then, and its record could pass the cap.
 */
const MIXED_WORK = `
  const ledger = await openLedger(url);
  let state = own * 7919 + 17;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  let calls = 0;
  const worker = async () => {
    while (calls < 60) {
      const id = own + "-" + calls++;
      const dispatched = random() < 0.5;
      const cost = (1 + Math.floor(random() * 40)) / 1000;
      const ttlMs = random() < 0.1 ? 1 : 60000;
      try {
        const reservation = await ledger.reserve(call(id, cost, { dispatched, ttlMs }));
        const fate = random();
        if (ttlMs === 1) { await ledger.sweep(); if (dispatched && fate < 0.8) await reservation.settle({ costUsd: cost / 2, inputTokens: 5 }); }
        else if (fate < 0.2) await reservation.release();
        else await reservation.settle({ costUsd: fate < 0.5 ? cost : cost / 4, inputTokens: 7 });
        say("done");
      } catch (error) { say(codeOf(error)); }
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  await ledger.close();`;

/** Reserves and settles until its time is over, and says which calls it was told to be settled. */
const STEADY_WORK = `
  const ledger = await openLedger(url);
  const until = performance.now() + Number(figure);
  let calls = 0;
  const worker = async () => {
    while (performance.now() < until) {
      const id = own + "-" + calls++;
      try {
        const reservation = await ledger.reserve(call(id, "0.001", { ttlMs: 5000 }));
        await reservation.settle({ costUsd: "0.001", inputTokens: 1 });
        say("settled", id);
      } catch (error) { say("failed", id, codeOf(error)); }
    }
  };
  await Promise.all([worker(), worker()]);
  await ledger.close();`;

function budget(name: string, fields: Partial<BudgetDefinition> = {}): BudgetDefinition {
  const period = fields.windowMs === undefined ? { period: "lifetime" as const } : {};
  const amount = fields.maxTokens === undefined ? { amountNanoUsd: USD } : {};
  return { name, scope: {}, ...amount, ...period, alerts: [], enforcement: "block_requests", hard: true, ...fields };
}

describe.skipIf(!hasPostgres)("budgets of several processes on PostgreSQL", () => {
  let server: PostgresServer;
  let door = "";
  let books = 0;
  const children = new Set<ChildProcess>();
  beforeAll(async () => {
    door = compiledRooms().ledger;
    server = await ownServer();
  }, 120_000);
  afterAll(() => {
    for (const child of children) child.kill("SIGKILL");
    server?.stop();
  });

  function emptyBook(): { url: string; schema: string } {
    const schema = `book_${++books}`;
    return { url: `${server.url}?schema=${schema}`, schema };
  }

  /** Runs the body in a process of its own, whose words come line by line. */
  function child(body: string, url: string, own: number, figure = 0): { said: string[]; program: ChildProcess; ended: Promise<string[]> } {
    const script = `import { openLedger } from ${JSON.stringify(door)};${PRELUDE}\n${body}`;
    const args = ["--input-type=module", "-e", script, url, String(own), String(figure)];
    const program = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    children.add(program);
    const said: string[] = [];
    let complaint = "";
    program.stderr.on("data", (chunk) => {
      complaint += chunk;
    });
    createInterface({ input: program.stdout }).on("line", (line) => said.push(line));
    const ended = once(program, "close").then(([code, signal]) => {
      children.delete(program);
      if (code !== 0 && signal !== "SIGKILL") throw new Error(complaint);
      return said;
    });
    return { said, program, ended };
  }

  /** What the database itself says. */
  async function asked<T>(sql: string): Promise<T[]> {
    const client = new pg.Client(server.url);
    await client.connect();
    try {
      return (await client.query(sql)).rows as T[];
    } finally {
      await client.end();
    }
  }

  async function deadlocks(): Promise<string | undefined> {
    return (await asked<{ deadlocks: string }>("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))[0]?.deadlocks;
  }

  async function serverNow(): Promise<number> {
    return Number((await asked<{ now: string }>("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now"))[0]?.now);
  }

  test("acceptance A9: of 200 calls at once by 8 processes exactly as many pass as fit", { timeout: 120_000 }, async () => {
    const { url } = emptyBook();
    const ledger = await openLedger(url);
    await ledger.budgets.put(budget("tokens", { maxTokens: 1000 }));
    const body = `const ledger = await openLedger(url);
      await Promise.all(Array.from({ length: 25 }, (_, i) => ledger.reserve(call(own + "-" + i, 0)).then(() => say("passed"), (error) => say(codeOf(error)))));
      await ledger.close();`;
    const said = (await Promise.all(Array.from({ length: PROCESSES }, (_, own) => child(body, url, own).ended))).flat();
    expect(said.filter((word) => word === "passed")).toHaveLength(100);
    expect(said.filter((word) => word === "BUDGET_EXCEEDED")).toHaveLength(100);
    const [state] = await ledger.budgets.status();
    expect([state?.spentTokens, state?.reservedTokens]).toEqual([0n, 1000n]);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  test("acceptance A15: what a killed process held is free after its time, and not before", { timeout: 120_000 }, async () => {
    const { url } = emptyBook();
    const ledger = await openLedger(url);
    await ledger.budgets.put(budget("all"));
    const body = `const ledger = await openLedger(url);
      say((await ledger.reserve(call("held", 1, { ttlMs: 3000 }))).expiresMs);
      await new Promise((resolve) => setTimeout(resolve, 1e6));`;
    const holder = child(body, url, 0);
    while (holder.said.length === 0) await pause(5);
    holder.program.kill("SIGKILL");
    await holder.ended;
    let refusals = 0;
    for (;;) {
      const call = { requestId: `try-${refusals}`, provider: "acme", model: "acme-1", estimate: { costUsd: 1 } };
      const outcome = await ledger.reserve(call).catch((error: { code?: string }) => error.code);
      if (typeof outcome === "object") {
        expect(outcome.reservedMs).toBeGreaterThanOrEqual(Number(holder.said[0]));
        break;
      }
      expect(outcome).toBe("BUDGET_EXCEEDED");
      refusals++;
    }
    expect(refusals).toBeGreaterThan(0);
    await ledger.close();
  });

  test("guarantee G23: clients whose clocks are wrong by -300, 0, +60 and +300 s count in the same windows", {
    timeout: 120_000,
  }, async () => {
    const { url, schema } = emptyBook();
    const ledger = await openLedger(url);
    const amountNanoUsd = 100n * USD;
    await ledger.budgets.put([budget("daily", { period: "daily", amountNanoUsd }), budget("minute", { windowMs: 60_000, amountNanoUsd })]);
    const body = `const now = Date.now.bind(Date);
      Date.now = () => now() + Number(figure) * 1000;
      const ledger = await openLedger(url, { clock: { now: Date.now, monotonic: () => performance.now() } });
      for (let i = 0; i < 25; i++) {
        const reservation = await ledger.reserve(call(own + "-" + i, "0.01"));
        await reservation.settle({ costUsd: "0.01", inputTokens: 1 });
        say(reservation.reservedMs);
      }
      await ledger.close();`;
    const firstMs = await serverNow();
    const times = (await Promise.all([-300, 0, 60, 300].map((skewS, own) => child(body, url, own, skewS).ended))).flat().map(Number);
    const lastMs = await serverNow();
    expect(times).toHaveLength(100);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(firstMs);
    expect(Math.max(...times)).toBeLessThanOrEqual(lastMs);
    const counters = await asked<{ windows: string; used: string; first: string; last: string }>(
      `SELECT b.name, sum(used_nano_usd) AS used, min(start_ms) AS first, max(start_ms) AS last FROM ${schema}.budget_counters c
       JOIN ${schema}.budgets b ON b.id = c.budget WHERE c.used_nano_usd > 0 GROUP BY 1 ORDER BY 1`,
    );
    expect(counters.map(({ used }) => used)).toEqual([String(USD), String(USD)]);
    const dayMs = 86_400_000;
    expect(Number(counters[0]?.first)).toBe(Math.floor(firstMs / dayMs) * dayMs);
    expect(Number(counters[1]?.first)).toBeGreaterThan(firstMs - 1000);
    expect(Number(counters[1]?.last)).toBeLessThanOrEqual(lastMs);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  test("guarantees G1, G4, G5: under 8 processes the sums of every snapshot agree and no cap is passed; alerts come once, nobody deadlocks", {
    timeout: 180_000,
  }, async () => {
    const { url, schema } = emptyBook();
    const before = await deadlocks();
    const ledger = await openLedger(url);
    const caps = { org: 3, team: 2, user: 1, hour: 2, model: 1 };
    const amounts = (name: keyof typeof caps): { amountNanoUsd: bigint } => ({ amountNanoUsd: BigInt(caps[name]) * USD });
    await ledger.budgets.put([
      budget("org", { scope: { org: "acme" }, alerts: [10, 50, 90], ...amounts("org") }),
      budget("team", { scope: { team: "*" }, alerts: [25], ...amounts("team") }),
      budget("user", { scope: { user: "*" }, maxTokens: 100_000, ...amounts("user") }),
      budget("hour", { windowMs: 3_600_000, alerts: [50], ...amounts("hour") }),
      budget("model", { scope: { model: "acme-1" }, period: "monthly", ...amounts("model") }),
    ]);
    const working = Promise.all(Array.from({ length: PROCESSES }, (_, own) => child(MIXED_WORK, url, own).ended));
    let isWorking = true;
    void working.finally(() => {
      isWorking = false;
    });
    const used = (name: string): string =>
      `(SELECT coalesce(sum(used_nano_usd), 0) FROM ${schema}.budget_counters WHERE budget = (SELECT id FROM ${schema}.budgets WHERE name = '${name}'))`;
    const rollups = (dimension: number): string =>
      `(SELECT coalesce(sum(cost_nano_usd), 0) FROM ${schema}.rollups WHERE dimension = ${dimension})`;
    const sums = [
      `(SELECT coalesce(sum(coalesce(reported_cost_nano_usd, computed_cost_nano_usd, 0)), 0) FROM ${schema}.usage_records)`,
      ...[1, 2, 3, 4].map(rollups),
      ...["org", "team", "user", "hour"].map(used),
    ];
    const snapshot = `SELECT ARRAY[${sums.join(", ")}]::text AS sums, (
      SELECT count(*) FROM (
        SELECT b.name, sum(used_nano_usd + reserved_nano_usd) AS taken FROM ${schema}.budget_counters c
        JOIN ${schema}.budgets b ON b.id = c.budget GROUP BY b.name, c.value
      ) s WHERE taken > ('${JSON.stringify(caps)}'::json ->> name)::bigint * ${USD}) AS passed`;
    const client = new pg.Client(server.url);
    await client.connect();
    const wrong: unknown[] = [];
    let snapshots = 0;
    for (; isWorking || snapshots < 50; snapshots++) {
      const [row] = (await client.query<{ sums: string; passed: string }>(snapshot)).rows;
      if (new Set(row?.sums.slice(1, -1).split(",")).size !== 1 || row?.passed !== "0") wrong.push(row);
      await pause(20);
    }
    await client.end();
    const said = (await working).flat();
    expect(wrong).toEqual([]);
    expect(said.filter((word) => word === "done").length).toBeGreaterThan(100);
    expect(said.filter((word) => word === "BUDGET_EXCEEDED").length).toBeGreaterThan(10);
    expect(said.filter((word) => !["done", "BUDGET_EXCEEDED", "ALREADY_SETTLED"].includes(word))).toEqual([]);
    for (let ended = 1; ended > 0; ) {
      const { charged, released } = await ledger.sweep();
      ended = charged + released;
    }
    for (const { name, reservedNanoUsd } of await ledger.budgets.status()) expect([name, reservedNanoUsd]).toEqual([name, 0n]);
    const alerts = (await ledger.alerts.list()).map(
      ({ budgetName, value, kind, threshold }) => `${budgetName} ${value} ${kind} ${threshold}`,
    );
    expect(new Set(alerts).size).toBe(alerts.length);
    expect(alerts).toContain("org  threshold 50");
    expect((await ledger.verify()).differences).toEqual([]);
    expect(await deadlocks()).toBe(before);
    await ledger.close();
  });

  test("guarantee G19: a server that crashes under load loses no settled call, doubles none, and holds nothing for ever", {
    timeout: 180_000,
  }, async () => {
    const { url } = emptyBook();
    const ledger = await openLedger(url);
    await ledger.budgets.put(budget("all", { amountNanoUsd: 1000n * USD }));
    const workers = Array.from({ length: 4 }, (_, own) => child(STEADY_WORK, url, own, 9000));
    const told = (): number => workers.reduce((sum, { said }) => sum + said.length, 0);
    // A book is not opened on a server that is not there.
    while (workers.some(({ said }) => said.length === 0)) await pause(10);
    for (let crashes = 0; crashes < 3; crashes++) {
      for (const enough = told() + 20; told() < enough; ) await pause(10);
      server.crash();
    }
    const said = (await Promise.all(workers.map(({ ended }) => ended))).flat();
    const settled = said.filter((line) => line.startsWith("settled ")).map((line) => line.slice("settled ".length));
    expect(settled.length).toBeGreaterThan(60);
    expect(said.filter((line) => line.startsWith("failed "))).toEqual([]);
    const stored = new Map<string, number>();
    for await (const { requestId = "" } of ledger.query({})) stored.set(requestId, (stored.get(requestId) ?? 0) + 1);
    expect(settled.filter((id) => stored.get(id) !== 1)).toEqual([]);
    expect([...stored.values()].filter((count) => count !== 1)).toEqual([]);
    const reserved = async (): Promise<bigint | undefined> => {
      await ledger.sweep();
      return (await ledger.budgets.status())[0]?.reservedNanoUsd;
    };
    while ((await reserved()) !== 0n) await pause(50);
    expect((await ledger.budgets.status())[0]?.spentNanoUsd).toBe(BigInt(stored.size) * 1_000_000n);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });
});
