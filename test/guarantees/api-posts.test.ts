import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { isFull, report } from "./figures.ts";
import { prepareBook, startGatewayProcess, writeGatewayConfig } from "./gateway-process.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-posts-"));
afterAll(() => rmSync(folder, { recursive: true }));

const RECORDS = 1_000;
const ROUNDS = isFull ? 50 : 8;

describe("records that are posted to a server that is killed", () => {
  it("guarantee G2, G6: come into the book once each, whenever it was killed, once the post was repeated", {
    timeout: ROUNDS * 15_000,
  }, async () => {
    const book = `sqlite://${join(folder, "book.db")}`;
    const [key = ""] = await prepareBook(book, { keys: [{ name: "poster", team: "red" }] });
    const config = writeGatewayConfig(folder, "http://127.0.0.1:9");
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = seededRandom(seed);
    let killedBefore = 0;
    let killedAfter = 0;
    // Twice as long as a post took before: some kills come before its answer, some after.
    let usualMs = 100;
    for (let round = 0; round < ROUNDS; round++) {
      const body = JSON.stringify({ records: Array.from({ length: RECORDS }, (_, index) => madeUp(round * RECORDS + index)) });
      let gateway = await startGatewayProcess(folder, { book, config });
      const posted = post(gateway.url, key, body).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, random() * 2 * usualMs));
      await gateway.kill("SIGKILL");
      if ((await posted) === undefined) killedBefore++;
      else killedAfter++;
      gateway = await startGatewayProcess(folder, { book, config });
      const startMs = performance.now();
      const again = await post(gateway.url, key, body);
      usualMs = performance.now() - startMs;
      expect(again.status, `seed ${seed}`).toBe(200);
      const statuses = new Set(again.results.map(({ status }) => status));
      // All of a post is there, or nothing of it.
      expect(statuses.size === 1 && (statuses.has("new") || statuses.has("duplicate")), `seed ${seed}: ${[...statuses]}`).toBe(true);
      await gateway.kill("SIGKILL");
    }
    const ledger = await openLedger(book);
    const times = new Map<string, number>();
    for await (const { requestId = "" } of ledger.query({})) times.set(requestId, (times.get(requestId) ?? 0) + 1);
    expect(times.size, `seed ${seed}`).toBe(ROUNDS * RECORDS);
    expect([...times.values()].every((count) => count === 1)).toBe(true);
    const { totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: [], filter: { team: "red", key: "poster", source: "api" } });
    const numbers = ROUNDS * RECORDS;
    expect([totals.requests, totals.inputTokens]).toEqual([numbers, (numbers * (numbers - 1)) / 2 + numbers]);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
    report("G2, posts killed", { rounds: ROUNDS, records: numbers, killedBefore, killedAfter, seed });
  });
});

function madeUp(number: number): object {
  return {
    id: `post-${number}`,
    request_id: `request-${number}`,
    timestamp: new Date(Date.UTC(2026, 4, 1) + number * 1000).toISOString(),
    provider: "openai",
    model: "gpt-4o",
    input_tokens: number + 1,
    output_tokens: 1,
  };
}

async function post(url: string, key: string, body: string): Promise<{ status: number; results: { status: string }[] }> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const response = await fetch(`${url}/api/v1/usage`, { method: "POST", headers, body });
  const { results } = (await response.json()) as { results: { status: string }[] };
  return { status: response.status, results };
}

/** Mulberry32: the same seed, the same moments. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
