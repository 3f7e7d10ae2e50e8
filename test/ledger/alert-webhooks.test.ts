import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BudgetDefinition } from "../../src/budget/index.ts";
import { type Ledger, openLedger } from "../../src/ledger/index.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { compiledRooms } from "./compiled-rooms.ts";
import { emptyBookUrl, hasPostgres } from "./postgres-server.ts";
import { BUDGET, type ReceivedPost, Receiver } from "./waiting-alerts.ts";

let folder: string;
let receivers: Receiver[];
let books: Ledger[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tokenledger-webhooks-"));
  receivers = [];
  books = [];
});
afterEach(async () => {
  await Promise.all(receivers.map((receiver) => receiver.close()));
  await Promise.all(books.map((book) => book.close()));
  rmSync(folder, { recursive: true, force: true });
});

const SECRET_KEY = createHash("sha256").update("a key for tests").digest();

const url = (): string => `sqlite://${join(folder, "book.db")}`;

async function openBook(address: string = url()): Promise<Ledger> {
  const book = await openLedger(address, { secretKey: SECRET_KEY });
  books.push(book);
  return book;
}

async function receiver(answer?: (post: ReceivedPost, response: ServerResponse, count: number) => void): Promise<Receiver> {
  const listening = await new Receiver(answer).listen();
  receivers.push(listening);
  return listening;
}

const hooked = (webhook: string, fields: Partial<BudgetDefinition> = {}): BudgetDefinition => ({
  ...BUDGET,
  scope: {},
  amountNanoUsd: 1_000_000_000n,
  webhook,
  ...fields,
});

const spend = { provider: "openai", model: "gpt-5", estimate: { costUsd: "0.6" } };

describe("an alert is told once", () => {
  test.each(["SQLite", ...(hasPostgres ? ["PostgreSQL"] : [])])(
    "by eight books on %s that raise and deliver alerts at the same time",
    async (database) => {
      const address = database === "SQLite" ? url() : await emptyBookUrl();
      const { posts, url: webhook } = await receiver();
      const first = await openBook(address);
      await first.budgets.put(hooked(webhook, { scope: { user: "*" } }));
      const all = [first, ...(await Promise.all(Array.from({ length: 7 }, () => openBook(address))))];
      await Promise.all(
        all.map(async (book, at) => {
          await book.record(Array.from({ length: 10 }, (_, index) => callOf(`user-${at * 10 + index}`)));
          await Promise.all(all.map((other) => other.alerts.deliver()));
        }),
      );
      await Promise.all(all.map((book) => book.close()));
      expect(posts).toHaveLength(80);
      expect(new Set(posts.map(({ headers }) => headers["webhook-id"])).size).toBe(80);
      const alerts = await (await openBook(address)).alerts.list();
      expect(alerts.filter(({ delivery }) => delivery?.deliveredMs !== undefined && delivery.attempts === 1)).toHaveLength(80);
    },
    60_000,
  );

  test("a settle that reaches a threshold posts it by itself", async () => {
    const arrived = signal();
    const { posts, url: webhook } = await receiver((_post, response) => {
      response.end();
      arrived.resolve();
    });
    const book = await openBook();
    await book.budgets.put(hooked(webhook));
    const reservation = await book.reserve({ requestId: "r", ...spend });
    await reservation.settle();
    await arrived.promise;
    await book.close();
    expect(posts).toHaveLength(1);
    expect(JSON.parse(posts[0]?.body ?? "")).toMatchObject({ budget: "engineering", threshold: 50, spent_usd: "0.6", amount_usd: "1" });
    const [alert] = await (await openBook()).alerts.list();
    expect(alert?.delivery).toMatchObject({ attempts: 1, deliveredMs: expect.any(Number) });
  });
});

describe("a receiver that never answers", () => {
  test("keeps no reserve and no settle waiting", async () => {
    const arrived = signal();
    const { url: webhook } = await receiver(() => arrived.resolve());
    const book = await openBook();
    await book.budgets.put(hooked(webhook));
    for (let call = 0; call < 3; call++) {
      const reservation = await book.reserve({ requestId: `r-${call}`, ...spend, estimate: { costUsd: "0.3" } });
      await reservation.settle();
    }
    await arrived.promise;
    // Still nothing is answered, and the post would be given up after ten seconds only.
    await (await book.reserve({ requestId: "later", ...spend, estimate: { costUsd: "0.05" } })).settle();
    await book.close();
    const alerts = await (await openBook()).alerts.list();
    expect(alerts.map(({ delivery }) => delivery?.lastError)).toContain("given up because the book was closed");
  });

  test("keeps no process alive that forgets to close its book", async () => {
    const { posts, url: webhook } = await receiver(() => undefined);
    const { ledger } = compiledRooms();
    const definition = JSON.stringify({ ...hooked(webhook), amountNanoUsd: undefined, maxTokens: 100, alerts: [50] });
    const script = `
      const { openLedger } = await import(${JSON.stringify(pathToFileURL(ledger).href)});
      const book = await openLedger(${JSON.stringify(url())});
      await book.budgets.put(${definition});
      const reservation = await book.reserve({ requestId: "r", provider: "openai", model: "gpt-5", estimate: { inputTokens: 80 } });
      await reservation.settle();
      process.on("exit", () => console.log("left by itself"));
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect([code, output]).toEqual([0, "left by itself\n"]);
    expect(posts.length).toBeLessThanOrEqual(1);
  }, 60_000);
});

function callOf(user: string): UsageRecord {
  const tokens = { input: 10, output: 1 };
  const timestampMs = Date.now();
  return { id: user, timestampMs, provider: "openai", model: "gpt-5", tokens, user, reportedCostNanoUsd: 600_000_000, source: "library" };
}

function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
