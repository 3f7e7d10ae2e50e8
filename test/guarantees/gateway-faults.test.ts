import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { startLocalGateway, WATCHING } from "../clients/local-gateway.ts";
import { type Fault, FaultProxy } from "../ledger/fault-proxy.ts";
import { emptyBookUrl, hasPostgres, ownServer } from "../ledger/postgres-server.ts";
import { isFull, report } from "./figures.ts";
import { gatewayFolder } from "./gateway-folder.ts";
import { ask, type GatewayProcess, isQuiet, prepareBook, recordsOf, residentBytes, startGatewayProcess } from "./gateway-process.ts";
import { startProgram, until } from "./run-program.ts";

const { folder, upstream, config } = await gatewayFolder();

const chat = { model: "gpt-4o", messages: [{ role: "user", content: "How many springs are there?" }], max_tokens: 30 };
const MEGABYTE = 1024 * 1024;

describe.skipIf(!hasPostgres)("gateways that are restarted one after the other (needs a PostgreSQL server)", () => {
  it("guarantee G7: no call fails and none is lost, whole or streamed; each ends with 0 in time", { timeout: 180_000 }, async () => {
    const book = await emptyBookUrl();
    const [key = ""] = await prepareBook(book, { budgets: [WATCHING], keys: [{ name: "tests" }] });
    upstream.forget();
    upstream.always(({ isStream }) => (isStream ? { outputTokens: 40, eventDelayMs: 4 } : { delayMs: 15 }));
    const replicas = await Promise.all([1, 2].map(() => startGatewayProcess(folder, { book, config })));
    const balancer = new Balancer(replicas.map(({ url }) => url));
    const restarts = isFull ? 50 : 6;
    const failed: string[] = [];
    const answered = new Set<string>();
    let isOver = false;
    let calls = 0;
    const client = async (): Promise<void> => {
      while (!isOver) {
        const id = `g7-${calls++}`;
        const stream = calls % 2 === 0;
        const reply = await balancer.ask(key, { ...chat, stream }, id);
        if (reply === undefined || reply.status !== 200) failed.push(`${id}: ${reply?.status} ${reply?.body.slice(0, 200)}`);
        else if (stream && !reply.body.endsWith("[DONE]\n\n")) failed.push(`${id} was cut`);
        else answered.add(id);
      }
    };
    const clients = Array.from({ length: 8 }, client);
    let slowestMs = 0;
    for (let restart = 0; restart < restarts; restart++) {
      const at = restart % replicas.length;
      const old = replicas[at] as GatewayProcess;
      const startMs = performance.now();
      expect(await old.kill("SIGTERM")).toBe(0);
      slowestMs = Math.max(slowestMs, performance.now() - startMs);
      replicas[at] = await startGatewayProcess(folder, { book, config });
      balancer.replace(old.url, (replicas[at] as GatewayProcess).url);
    }
    isOver = true;
    await Promise.all(clients);
    expect(failed).toEqual([]);
    expect(slowestMs).toBeLessThan(25_000);
    const ledger = await openLedger(book, { readOnly: true });
    expect(await isQuiet(ledger, upstream)).toBe(true);
    const stored = (await recordsOf(ledger)).map(({ requestId }) => requestId);
    expect([...answered].filter((id) => !stored.includes(id))).toEqual([]);
    expect(stored).toHaveLength(new Set(stored).size);
    expect(upstream.calls).toHaveLength(stored.length);
    expect((await ledger.verify()).differences).toEqual([]);
    report("G7, rolling restarts", { restarts, calls: answered.size, slowestDrainMs: Math.round(slowestMs) });
    await ledger.close();
    await Promise.all(replicas.map((gateway) => gateway.kill("SIGTERM")));
  });
});

describe("a gateway that is told to end", () => {
  it("guarantee G7: a second SIGTERM ends it at once, and what was under way is in the book by its time", { timeout: 60_000 }, async () => {
    const book = join(folder, "ends.db");
    const [key = ""] = await prepareBook(book, { budgets: [WATCHING], keys: [{ name: "tests" }] });
    upstream.forget();
    upstream.always({ outputTokens: 30, stallAfterEvents: 3 });
    const gateway = await startGatewayProcess(folder, { book, config });
    const call = ask(gateway.url, key, { ...chat, stream: true });
    expect(await until(() => upstream.inFlight === 1)).toBe(true);
    gateway.child.kill("SIGTERM");
    // It waits for the call; then it is told again.
    expect(await until(() => ask(gateway.url, key, chat).then((reply) => reply === undefined || reply.status === 503))).toBe(true);
    expect(gateway.child.exitCode).toBe(null);
    const startMs = performance.now();
    await gateway.kill("SIGTERM");
    expect(performance.now() - startMs).toBeLessThan(5000);
    await call;
    const ledger = await openLedger(book);
    expect((await ledger.verify()).differences).toEqual([]);
    const [status] = await ledger.budgets.status();
    const records = await recordsOf(ledger);
    // Settled at what was seen, or still set aside until its time is over: never gone.
    expect(records.length === 1 || (status?.reservedNanoUsd ?? 0n) > 0n).toBe(true);
    await ledger.close();
  });
});

describe("a store that does not answer", () => {
  it("guarantees G15, G18, G36: while the book is locked all calls are answered with 503, memory is bounded, and then all is well", {
    timeout: 240_000,
  }, async () => {
    const book = join(folder, "locked.db");
    const [key = ""] = await prepareBook(book, { budgets: [WATCHING], keys: [{ name: "tests" }] });
    upstream.forget();
    upstream.always({});
    const gateway = await startGatewayProcess(folder, { book, config });
    for (let warm = 0; warm < 200; warm++) await ask(gateway.url, key, chat);
    const residentBefore = residentBytes(gateway);
    const blocked = isFull ? 120_000 : 8000;
    const perSecond = 100;
    const locker = startProgram("locker", [book, blocked]);
    await new Promise((resolve) => locker.child.stdout?.once("data", resolve));
    const statuses = new Map<number | undefined, number>();
    const acknowledged: string[] = [];
    const calls: Promise<void>[] = [];
    let largest = 0;
    const startMs = performance.now();
    for (let sent = 0; performance.now() - startMs < blocked - 1000; sent++) {
      const id = `g15-${sent}`;
      calls.push(
        ask(gateway.url, key, chat, { headers: { "x-tokenledger-request-id": id } }).then((reply) => {
          statuses.set(reply?.status, (statuses.get(reply?.status) ?? 0) + 1);
          if (reply?.status === 200) acknowledged.push(id);
        }),
      );
      if (sent % 50 === 0) largest = Math.max(largest, residentBytes(gateway));
      await new Promise((resolve) => setTimeout(resolve, 1000 / perSecond));
    }
    await locker.ended;
    await Promise.all(calls);
    report("G15, a book locked", {
      seconds: blocked / 1000,
      calls: calls.length,
      growthMb: Math.round((largest - residentBefore) / MEGABYTE),
    });
    expect([...statuses.keys()].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect(statuses.get(503)).toBeGreaterThan(0);
    expect(largest - residentBefore).toBeLessThan(200 * MEGABYTE);
    const ledger = await openLedger(book, { readOnly: true });
    expect(await isQuiet(ledger, upstream)).toBe(true);
    const stored = new Set((await recordsOf(ledger)).map(({ requestId }) => requestId));
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    expect(await until(async () => (await ask(gateway.url, key, chat))?.status === 200, 10_000)).toBe(true);
    expect((await fetch(`${gateway.url}/ready`)).status).toBe(200);
    expect(await isQuiet(ledger, upstream)).toBe(true);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
    expect(await gateway.kill("SIGTERM")).toBe(0);
  });

  it.skipIf(!hasPostgres)(
    "guarantee G18: a PostgreSQL server that is gone is 503, with a key that was seen before and one that was not",
    {
      timeout: 120_000,
    },
    async () => {
      const server = await ownServer();
      const book = server.url;
      const [seen = "", unseen = ""] = await prepareBook(book, { budgets: [WATCHING], keys: [{ name: "seen" }, { name: "unseen" }] });
      const gateway = await startGatewayProcess(folder, { book, config });
      expect((await ask(gateway.url, seen, chat))?.status).toBe(200);
      expect((await ask(gateway.url, "tl_unknown_unknown_unknown", chat))?.status).toBe(401);
      server.stop();
      const before = upstream.requests.length;
      const statuses = new Set<number | undefined>();
      const tries = Array.from({ length: 20 }, (_, index) => ask(gateway.url, index % 2 === 0 ? seen : unseen, chat));
      for (const reply of await Promise.all(tries)) statuses.add(reply?.status);
      expect([...statuses]).toEqual([503]);
      expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
      expect((await fetch(`${gateway.url}/ready`)).status).toBe(503);
      expect(upstream.requests.length).toBe(before);
      await gateway.kill("SIGKILL");
    },
  );
});

describe.skipIf(!hasPostgres)("a PostgreSQL server behind a bad network (needs its programs)", () => {
  // Long beside what twenty calls at once take of the processor, wherever this runs.
  const PATIENCE_MS = 500;

  it("guarantees G17, G18, G36: slow, silent or broken, it makes calls 503 in time, never anything worse, and leaves nothing behind", {
    timeout: 120_000,
  }, async () => {
    const server = await ownServer();
    const proxy = await FaultProxy.before(server.port);
    const url = new URL(server.url);
    url.port = String(proxy.port);
    const gateway = await startLocalGateway({ book: url.href, budgets: [WATCHING], patienceMs: PATIENCE_MS });
    const call = async (): Promise<{ status: number | undefined; tookMs: number }> => {
      const startMs = performance.now();
      const reply = await ask(gateway.url, gateway.key, chat);
      return { status: reply?.status, tookMs: performance.now() - startMs };
    };
    expect((await call()).status).toBe(200);
    const faults: Fault[] = [{ latencyMs: 50 }, { latencyMs: 300 }, { latencyMs: 3000 }, "blackhole", "mute", "reset"];
    const slowest: Record<string, number> = {};
    for (const fault of faults) {
      proxy.set(fault);
      const calls = await Promise.all(Array.from({ length: 20 }, call));
      expect(calls.map(({ status }) => status).filter((status) => status !== 200 && status !== 503)).toEqual([]);
      if (fault !== "reset" && typeof fault === "string") expect(calls.every(({ status }) => status === 503)).toBe(true);
      slowest[JSON.stringify(fault)] = Math.round(Math.max(...calls.map(({ tookMs }) => tookMs)));
      proxy.set("pass");
      expect(await until(async () => (await call()).status === 200, 10_000)).toBe(true);
    }
    report("G17, PostgreSQL behind faults", slowest);
    // Asking the book may take its time twice: once to admit, once to settle what was admitted. Ten times is a storm.
    expect(Math.max(...Object.values(slowest))).toBeLessThan(10 * PATIENCE_MS);
    expect(await gateway.isQuiet()).toBe(true);
    // What was admitted is in the book, once; what was refused never left.
    const records = await gateway.records();
    expect(new Set(records.map(({ requestId, attempt }) => `${requestId} ${attempt}`)).size).toBe(records.length);
    expect(records.filter(({ tokens }) => (tokens.output ?? 0) > 0).length).toBe(gateway.upstream.calls.length);
    expect((await gateway.ledger.verify()).differences).toEqual([]);
    await gateway.close();
    proxy.close();
    server.stop();
  });
});

/** Sends each call to the next replica that takes it, under the same id: one that had been taken after all would be refused with 409. */
class Balancer {
  #urls: string[];
  #next = 0;

  constructor(urls: readonly string[]) {
    this.#urls = [...urls];
  }

  replace(old: string, url: string): void {
    this.#urls = [...this.#urls.filter((one) => one !== old), url];
  }

  async ask(key: string, body: object, id: string): ReturnType<typeof ask> {
    const headers = { "x-tokenledger-request-id": id, connection: "close" };
    // As balancers do, it tries the other one next: by one counter for all calls, two of them in step would each keep to their own.
    const first = this.#next++;
    for (let tries = 0; ; tries++) {
      const url = this.#urls[(first + tries) % this.#urls.length] as string;
      const reply = await ask(url, key, body, { headers });
      const isDraining = reply === undefined || reply.status === 503;
      if (!isDraining || tries >= 20) return reply;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
