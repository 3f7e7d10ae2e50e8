/** A server that is slow, silent or gone: calls are told so in time, in the right words, and nothing stays behind. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ledger, openLedger } from "../../src/ledger/index.ts";
import { budget, call, standing, USD } from "./budget-book.ts";
import { type Fault, FaultProxy } from "./fault-proxy.ts";
import { hasPostgres, serverUrl } from "./postgres-server.ts";

const PATIENCE_MS = 250;
/** What a busy machine may need beside. */
const MARGIN_MS = 750;

interface Bench {
  proxy: FaultProxy;
  /** Through the proxy, with little patience. */
  ledger: Ledger;
  /** Beside it. */
  direct: Ledger;
  sql: pg.Client;
}

describe.skipIf(!hasPostgres)("a server out of reach (skipped where there is no PostgreSQL)", () => {
  let address: URL;
  const benches: Bench[] = [];

  beforeAll(async () => {
    address = new URL(await serverUrl());
  });
  afterAll(async () => {
    // A book whose connections are still at work takes seconds to close: all at once, not one after the other.
    await Promise.all(
      benches.map(async ({ proxy, ledger, direct, sql }) => {
        proxy.set("pass");
        await Promise.all([ledger.close(), direct.close(), sql.end()]);
        proxy.close();
      }),
    );
  });

  async function newBench(): Promise<Bench> {
    const proxy = await FaultProxy.before(Number(address.port));
    const schema = `book_${randomUUID().replaceAll("-", "")}`;
    const sql = new pg.Client({ connectionString: address.href, options: `-c search_path=${schema}` });
    address.searchParams.set("schema", schema);
    const through = new URL(address);
    through.port = String(proxy.port);
    const direct = await openLedger(address.href);
    address.searchParams.delete("schema");
    await direct.budgets.put(budget("all", { amountNanoUsd: 100n * USD }));
    const ledger = await openLedger(through.href, { patienceMs: PATIENCE_MS });
    await sql.connect();
    const bench = { proxy, ledger, direct, sql };
    benches.push(bench);
    // A busy machine makes new connections slowly: some are there before anything happens.
    const warm = (i: number): Promise<unknown> => ledger.reserve(call(`warm-${i}`, "0")).then((reservation) => reservation.release());
    for (let round = 0, missing = 1; missing > 0; round++) {
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => warm(8 * round + i)));
      missing = outcomes.filter(({ status }) => status === "rejected").length;
    }
    await (await direct.reserve(call("first", "1"))).settle({ costUsd: "1" });
    return bench;
  }

  /** What has become of the reservations whose id begins so. */
  async function statesOf({ sql }: Bench, start: string): Promise<string[]> {
    const { rows } = await sql.query<{ state: string }>("SELECT state FROM reservations WHERE call LIKE $1", [`%"requestId":"${start}%`]);
    return rows.map(({ state }) => state);
  }

  /** Milliseconds until the call is answered, and the code of its error. */
  async function timed(work: () => Promise<unknown>): Promise<{ ms: number; code: string | undefined }> {
    const startedMs = performance.now();
    const code = await work().then(
      () => undefined,
      (error: { code?: string }) => error.code ?? String(error),
    );
    return { ms: performance.now() - startedMs, code };
  }

  /** Until a call passes again: the only refusals meanwhile are that the server is out of reach. */
  async function untilHealed({ ledger }: Bench): Promise<void> {
    for (let tries = 0; ; tries++) {
      const { code } = await timed(async () => (await ledger.reserve(call(`healed-${tries}-${randomUUID()}`, "0"))).release());
      if (code === undefined) return;
      expect(code).toBe("DATABASE_ERROR");
    }
  }

  async function untilReserved({ direct }: Bench, reserved: bigint): Promise<void> {
    await expect.poll(async () => (await standing(direct, "all")).reserved, { timeout: 20_000 }).toBe(reserved);
  }

  const FAULTS: readonly (readonly [name: string, fault: Fault, passes: boolean])[] = [
    ["no latency", { latencyMs: 0 }, true],
    ["50 ms of latency", { latencyMs: 50 }, true],
    ["300 ms of latency", { latencyMs: 300 }, false],
    ["3 s of latency", { latencyMs: 3000 }, false],
    ["a black hole", "blackhole", false],
    ["a server that hears and is not heard", "mute", false],
    ["connections that are reset", "reset", false],
  ];

  it.each(FAULTS)("guarantee G17, G18: %s", { timeout: 60_000 }, async (_name, fault, passes) => {
    const bench = await newBench();
    const { proxy, ledger, direct } = bench;
    proxy.set(fault);
    let held = 0n;
    let asked = 0;
    let passed = 0;
    for (let round = 0; round < 6; round++) {
      const one = async (_: unknown, index: number): Promise<void> => {
        const { ms, code } = await timed(async () => {
          const reservation = await ledger.reserve(call(`r-${round}-${index}`, "0.001", { dispatched: true }));
          held += reservation.estimate.costNanoUsd;
        });
        asked++;
        if (code === undefined) passed++;
        else expect(code).toBe("DATABASE_ERROR");
        expect(ms).toBeLessThan(PATIENCE_MS + MARGIN_MS);
      };
      await Promise.all(Array.from({ length: 8 }, one));
    }
    const key = await timed(() => ledger.keys.authenticate("tl-some-text-that-is-nobodys-key"));
    if (!passes) expect(key.code).toBe("DATABASE_ERROR");
    expect(key.ms).toBeLessThan(PATIENCE_MS + MARGIN_MS);
    // A machine that is busy with other tests may be late now and then.
    if (passes) expect(passed).toBeGreaterThan(24);
    else expect(passed).toBe(0);

    proxy.set("pass");
    await untilHealed(bench);
    await untilReserved(bench, held);
    expect(asked).toBe(48);
    expect((await direct.verify()).differences).toEqual([]);
  });

  it("guarantee G17: an outage is met with no more questions than a good day", { timeout: 60_000 }, async () => {
    const bench = await newBench();
    const { proxy, ledger } = bench;
    const round = async (name: string): Promise<number> => {
      const before = proxy.questions;
      await Promise.all(Array.from({ length: 20 }, (_, i) => ledger.reserve(call(`${name}-${i}`, "0.001")).catch(() => undefined)));
      return proxy.questions - before;
    };
    await round("warm");
    const normal = await round("normal");
    proxy.set("blackhole");
    let during = 0;
    for (let rounds = 0; rounds < 8; rounds++) during += await round(`out-${rounds}`);
    expect(during).toBeLessThanOrEqual(2 * 8 * normal);
    proxy.set("pass");
    await untilHealed(bench);
  });

  it("guarantee G19: a reservation that was made and not heard of is taken back, and charged to nobody", { timeout: 60_000 }, async () => {
    const bench = await newBench();
    const { proxy, ledger, direct } = bench;
    proxy.set("mute");
    const { code } = await timed(() => ledger.reserve(call("unheard", "5", { dispatched: true, ttlMs: 600_000 })));
    expect(code).toBe("DATABASE_ERROR");
    // It was made; or taken back already, of which nobody has heard either.
    expect(await statesOf(bench, "unheard")).toHaveLength(1);
    proxy.set("pass");
    await untilHealed(bench);
    await untilReserved(bench, 0n);
    expect((await standing(direct, "all")).spent).toBe(USD);
    // The request can be made again.
    const again = await ledger.reserve(call("unheard", "5"));
    expect(again.isNew).toBe(true);
    await again.settle({ costUsd: "5" });
    expect(await standing(direct, "all")).toEqual({ spent: 6n * USD, reserved: 0n });
    expect((await direct.verify()).differences).toEqual([]);
  });

  it("guarantee G19: nor does one hold anything that arrives after it was taken back", { timeout: 60_000 }, async () => {
    const bench = await newBench();
    const { proxy, ledger, direct, sql } = bench;
    proxy.set("hold");
    const late = await Promise.all([1, 2, 3].map((i) => timed(() => ledger.reserve(call(`late-${i}`, "5", { dispatched: true })))));
    expect(late.map(({ code }) => code)).toEqual(["DATABASE_ERROR", "DATABASE_ERROR", "DATABASE_ERROR"]);
    proxy.set("pass");
    await untilHealed(bench);
    await expect.poll(async () => (await statesOf(bench, "late-")).join(), { timeout: 20_000 }).toBe("lapsed,lapsed,lapsed");
    expect(proxy.letGo()).toBeGreaterThanOrEqual(3);
    // What was held is through when the server has nobody left that works on it.
    const busy = `SELECT count(*)::int AS count FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%.reserve(%' AND pid <> pg_backend_pid()`;
    await expect.poll(async () => (await sql.query(busy)).rows[0]?.count, { timeout: 20_000 }).toBe(0);
    expect(await statesOf(bench, "late-")).toEqual(["lapsed", "lapsed", "lapsed"]);
    expect(await standing(direct, "all")).toEqual({ spent: USD, reserved: 0n });
    expect((await direct.verify()).differences).toEqual([]);
  });

  it("guarantee G19: who reserves the same again meanwhile has it, and keeps it", { timeout: 60_000 }, async () => {
    const bench = await newBench();
    const { proxy, ledger, direct } = bench;
    proxy.set("mute");
    await timed(() => ledger.reserve(call("again", "5", { dispatched: true })));
    expect(await statesOf(bench, "again")).toHaveLength(1);
    proxy.set("pass");
    let reservation: Awaited<ReturnType<Ledger["reserve"]>> | undefined;
    for (let tries = 0; tries < 100 && !reservation; tries++)
      reservation = await ledger.reserve(call("again", "5", { dispatched: true })).catch(() => undefined);
    expect(reservation?.isNew).toBe(true);
    await untilHealed(bench);
    await reservation?.settle({ costUsd: "4" });
    expect(await standing(direct, "all")).toEqual({ spent: 5n * USD, reserved: 0n });
    expect((await direct.verify()).differences).toEqual([]);
  });

  it("guarantee G19: a call that was settled and not heard of is settled once, however often it is tried", {
    timeout: 60_000,
  }, async () => {
    const bench = await newBench();
    const { proxy, ledger, direct } = bench;
    // What a first settle has to learn of names is known: the next one is one question.
    await (await ledger.reserve(call("before", "1"))).settle({ costUsd: "0" });
    const reservation = await ledger.reserve(call("paid", "5", { dispatched: true }));
    proxy.set("mute");
    for (let tries = 0; tries < 2; tries++) {
      const { code, ms } = await timed(() => reservation.settle({ costUsd: "3" }));
      expect(code).toBe("DATABASE_ERROR");
      expect(ms).toBeLessThan(PATIENCE_MS + MARGIN_MS);
    }
    expect(await standing(direct, "all")).toEqual({ spent: 4n * USD, reserved: 0n });
    proxy.set("pass");
    await untilHealed(bench);
    expect((await reservation.settle({ costUsd: "3" })).costNanoUsd).toBe(3_000_000_000);
    expect(await standing(direct, "all")).toEqual({ spent: 4n * USD, reserved: 0n });
    await expect(ledger.settle("paid", { costUsd: "3" })).rejects.toMatchObject({ code: "ALREADY_SETTLED" });
    expect((await direct.verify()).differences).toEqual([]);
  });

  it("guarantee G17: who waits for a lock is told in time, and holds nothing afterwards", { timeout: 60_000 }, async () => {
    const bench = await newBench();
    const { ledger, direct, sql } = bench;
    await sql.query("BEGIN; SELECT 1 FROM budget_counters FOR UPDATE");
    for (let tries = 0; tries < 5; tries++) {
      const { ms, code } = await timed(() => ledger.reserve(call(`locked-${tries}`, "1", { dispatched: true })));
      expect(code).toBe("DATABASE_ERROR");
      expect(ms).toBeLessThan(PATIENCE_MS + MARGIN_MS);
    }
    await sql.query("COMMIT");
    await (await ledger.reserve(call("free", "1"))).settle({ costUsd: "1" });
    expect(await standing(direct, "all")).toEqual({ spent: 2n * USD, reserved: 0n });
  });
});
