import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { ended, ledgerPrograms, until } from "./ledger-programs.ts";
import { emptyBookUrl, hasPostgres, ownServer, type PostgresServer } from "./postgres-server.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-test-"));
let server: PostgresServer | undefined;
afterAll(() => {
  server?.stop();
  rmSync(folder, { recursive: true });
});

const PRELUDE = `
  import { appendFileSync } from "node:fs";
  const call = (index) => ({ id: "call-" + index, requestId: "request-" + index, timestampMs: 1770000000000 + index * 600000, provider: "acme", model: "acme-" + (index % 3),
    tokens: { input: index, output: 1 }, reportedCostNanoUsd: index, team: "team-" + (index % 5), source: "library" });`;

const run = ledgerPrograms(PRELUDE);

describe.skipIf(!hasPostgres)("several processes, one book in PostgreSQL (skipped where there is no PostgreSQL)", () => {
  it("guarantee G2: records sent several times by four processes that make the book together count once", {
    timeout: 120_000,
  }, async () => {
    const url = await emptyBookUrl();
    const children = Array.from({ length: 4 }, (_, sender) =>
      ended(
        run(
          `const [url, seed] = process.argv.slice(1);
           let state = Number(seed) * 7919 + 1;
           const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
           const ledger = await openLedger(url);
           const order = Array.from({ length: 3000 }, (_, index) => index).filter((index) => random() < 0.7 || index % 4 === Number(seed)).map((index) => [random(), index]).sort((a, b) => a[0] - b[0]);
           for (let at = 0; at < order.length; ) {
             const size = 1 + Math.floor(random() * 400);
             const { rejected } = await ledger.record(order.slice(at, at + size).map(([, index]) => call(index)));
             if (rejected.length) throw new Error(JSON.stringify(rejected[0]));
             at += size;
           }
           await ledger.close();`,
          [url, sender],
        ),
      ),
    );
    for (const { code, complaint } of await Promise.all(children)) expect(complaint, String(code)).toBe("");
    const ledger = await openLedger(url);
    const { totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: [] });
    expect([totals.requests, totals.costNanoUsd]).toEqual([3000, BigInt((2999 * 3000) / 2)]);
    expect(await ledger.verify()).toEqual({ records: 3000, differences: [] });
    await ledger.close();
  });

  it("of a log line that several processes read, one record is left, with the largest output", { timeout: 60_000 }, async () => {
    const url = await emptyBookUrl();
    const children = [1, 2, 3].map((reader) =>
      ended(
        run(
          `const [url, reader] = process.argv.slice(1);
           const ledger = await openLedger(url);
           for (let round = 0; round < 20; round++) {
             const lines = Array.from({ length: 10 }, (_, line) => ({ ...call(line), source: "agent", replay: { rank: 0 }, tokens: { input: 100, output: round * 3 + Number(reader) } }));
             await ledger.append({ records: lines });
           }
           await ledger.close();`,
          [url, reader],
        ),
      ),
    );
    for (const { code, complaint } of await Promise.all(children)) expect(complaint, String(code)).toBe("");
    const ledger = await openLedger(url);
    const { totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: [] });
    expect([totals.requests, totals.outputTokens]).toEqual([10, 10 * (19 * 3 + 3)]);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("guarantee G19: what was acknowledged survives ten crashes of the server in the middle of batches, once", {
    timeout: 240_000,
  }, async () => {
    server ??= await ownServer();
    const url = `${server.url}?schema=g19`;
    const journal = join(folder, "g19.journal");
    const told = (): string[] => (existsSync(journal) ? readFileSync(journal, "utf8").trim().split("\n") : []);
    const [writers, size, crashes] = [3, 40, 10];
    await (await openLedger(url)).close();
    const children = Array.from({ length: writers }, (_, writer) =>
      run(
        `const [url, journal, first, stop] = process.argv.slice(1);
         const { existsSync } = await import("node:fs");
         const ledger = await openLedger(url);
         for (let at = Number(first); !existsSync(stop); at += ${size}) {
           const outcome = await ledger.record(Array.from({ length: ${size} }, (_, i) => call(at + i)));
           if (outcome.new !== ${size}) throw new Error(JSON.stringify(outcome));
           appendFileSync(journal, at + "\\n");
         }
         await ledger.close();`,
        [url, journal, writer * 1_000_000, join(folder, "g19.stop")],
      ),
    );
    const ends = children.map(ended);
    const hasEnded = (): boolean => children.some(({ exitCode }) => exitCode !== null);
    // A server that is not there when a book is opened is told of at once: each writer is let in before the first crash.
    await until(() => new Set(told().map((at) => Math.floor(Number(at) / 1_000_000))).size === writers || hasEnded());
    for (let crash = 0; crash < crashes; crash++) {
      const before = told().length;
      // Not a wait for a time: for batches to be acknowledged, another number before each crash.
      await until(() => told().length >= before + 5 + ((crash * 7) % 11) || hasEnded());
      server.crash();
    }
    writeFileSync(join(folder, "g19.stop"), "");
    for (const { code, complaint } of await Promise.all(ends)) expect(complaint, String(code)).toBe("");
    const ledger = await openLedger(url);
    const stored = new Map<string, number>();
    for await (const { id } of ledger.query({})) stored.set(id as string, (stored.get(id as string) ?? 0) + 1);
    const acknowledged = told().flatMap((first) => Array.from({ length: size }, (_, i) => `call-${Number(first) + i}`));
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    expect([...stored.values()].every((times) => times === 1)).toBe(true);
    // A batch whose answer was lost was told as what it was: new. So nothing is there that nobody was told of.
    expect(stored.size).toBe(acknowledged.length);
    expect(await ledger.verify()).toEqual({ records: stored.size, differences: [] });
    await ledger.close();
  });

  it("guarantee G27: killed while it makes its tables, a book is old or new, and usable", { timeout: 120_000 }, async () => {
    for (let round = 0; round < 30; round++) {
      const url = await emptyBookUrl();
      const child = run(`console.error("ready"); await openLedger(process.argv[1]);`, [url]);
      const end = ended(child);
      await new Promise((resolve) => child.stderr?.once("data", resolve));
      for (let spin = 0; spin < round * 400_000; spin++) Math.sqrt(spin);
      child.kill("SIGKILL");
      await end;
      const ledger = await openLedger(url);
      expect((await ledger.verify()).differences).toEqual([]);
      await ledger.close();
    }
  });
});
