import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { ended, ledgerPrograms, until } from "./ledger-programs.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PRELUDE = `
  import { appendFileSync } from "node:fs";
  const call = (index) => ({ id: "call-" + index, requestId: "request-" + index, timestampMs: 1770000000000 + index * 60000, provider: "acme", model: "acme-" + (index % 3),
    tokens: { input: index, output: 1 }, reportedCostNanoUsd: index, team: "team-" + (index % 5), source: "library" });`;

const run = ledgerPrograms(PRELUDE);

/** Records `count` calls one by one, telling the journal of each after it was acknowledged. */
const RECORD_ONE_BY_ONE = `
  const [path, journal, first, count] = process.argv.slice(1);
  const ledger = await openLedger(path);
  for (let index = Number(first); index < Number(first) + Number(count); index++) {
    const outcome = await ledger.record(call(index));
    if (outcome.new + outcome.duplicate !== 1) throw new Error(JSON.stringify(outcome));
    appendFileSync(journal, index + "\\n");
  }
  await ledger.close();`;

describe("several processes, one book", () => {
  it("guarantee G2: 5,000 records sent 1 to 7 times in random order by 7 processes count once", { timeout: 120_000 }, async () => {
    const path = join(folder, "g2.db");
    const children = Array.from({ length: 7 }, (_, process) =>
      ended(
        run(
          `const [path, seed] = process.argv.slice(1);
           let state = Number(seed) * 7919 + 1;
           const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
           const ledger = await openLedger(path);
           const order = Array.from({ length: 5000 }, (_, index) => index).filter((index) => random() < 0.7 || index % 7 === Number(seed)).map((index) => [random(), index]).sort((a, b) => a[0] - b[0]);
           for (let at = 0; at < order.length; ) {
             const size = 1 + Math.floor(random() * 400);
             const { rejected } = await ledger.record(order.slice(at, at + size).map(([, index]) => call(index)));
             if (rejected.length) throw new Error(JSON.stringify(rejected[0]));
             at += size;
           }
           await ledger.close();`,
          [path, process],
        ),
      ),
    );
    for (const { code, complaint } of await Promise.all(children)) expect(complaint, String(code)).toBe("");
    const ledger = await openLedger(path);
    const { totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: [] });
    expect([totals.requests, totals.costNanoUsd]).toEqual([5000, BigInt((4999 * 5000) / 2)]);
    const mutated = Array.from({ length: 200 }, (_, i) => ({
      id: `call-${i}`,
      timestampMs: 1_770_000_000_000 + i * 60_000,
      provider: "acme",
      model: `acme-${i % 3}`,
      tokens: { input: i, output: 2 },
      source: "library",
    }));
    expect((await ledger.record(mutated)).rejected).toHaveLength(200);
    expect((await ledger.aggregate({ timeZone: "UTC", groupBy: [] })).totals).toEqual(totals);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("guarantee G6: what was acknowledged survives 100 kills -9 at any instant, checkpoints included, once", {
    timeout: 180_000,
  }, async () => {
    const path = join(folder, "g6.db");
    const journal = join(folder, "g6.journal");
    const [rounds, writers, size] = [25, 4, 50];
    const tellAfterEach = `
      const [path, journal, first] = process.argv.slice(1);
      const ledger = await openLedger(path);
      for (let at = Number(first); ; at += ${size}) {
        const outcome = await ledger.record(Array.from({ length: ${size} }, (_, i) => call(at + i)));
        if (outcome.new !== ${size}) throw new Error(JSON.stringify(outcome));
        appendFileSync(journal, at + "\\n");
      }`;
    const told = (): number[] => (existsSync(journal) ? readFileSync(journal, "utf8").trim().split("\n").map(Number) : []);
    for (let round = 0; round < rounds; round++) {
      const before = told().length;
      const children = Array.from({ length: writers }, (_, writer) =>
        run(tellAfterEach, [path, journal, (round * writers + writer) * 1_000_000]),
      );
      const ends = children.map(ended);
      // Not a wait for a time: for so many batches to be acknowledged, another number in each round.
      await until(() => told().length >= before + 41 + ((round * 7) % 11) || children.some(({ exitCode }) => exitCode !== null));
      for (const child of children) child.kill("SIGKILL");
      for (const { complaint } of await Promise.all(ends)) expect(complaint).toBe("");
    }
    const acknowledged = told();
    expect(acknowledged.length * size).toBeGreaterThan(50_000);
    const ledger = await openLedger(path);
    const stored = new Map<string, number>();
    for await (const { id } of ledger.query({})) stored.set(id as string, (stored.get(id as string) ?? 0) + 1);
    const missing = acknowledged
      .flatMap((first) => Array.from({ length: size }, (_, i) => `call-${first + i}`))
      .filter((id) => !stored.has(id));
    expect(missing).toEqual([]);
    expect([...stored.values()].every((times) => times === 1)).toBe(true);
    // Batches are whole or not there; at most the one of each writer that was stored and not yet told.
    expect(stored.size % size).toBe(0);
    expect(stored.size / size - acknowledged.length).toBeLessThanOrEqual(rounds * writers);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("guarantee G27, bad-input F214: killed while it makes its tables, a book is old or new, and usable", {
    timeout: 120_000,
  }, async () => {
    for (let round = 0; round < 30; round++) {
      const path = join(folder, `g27-${round}.db`);
      const child = run(`await openLedger(process.argv[1]);`, [path]);
      const end = ended(child);
      await until(() => existsSync(path) || child.exitCode !== null);
      for (let spin = 0; spin < round * 20_000; spin++) Math.sqrt(spin);
      child.kill("SIGKILL");
      await end;
      const ledger = await openLedger(path);
      expect((await ledger.verify()).differences).toEqual([]);
      await ledger.close();
    }
  });

  it("guarantee G28, bad-input F192: one program recording single calls and three importing batches get along", {
    timeout: 180_000,
  }, async () => {
    const path = join(folder, "g28.db");
    const gateway = ended(run(RECORD_ONE_BY_ONE, [path, join(folder, "g28.journal"), 0, 300]));
    const imports = [1, 2, 3].map((importer) =>
      ended(
        run(
          `const [path, importer] = process.argv.slice(1);
           const ledger = await openLedger(path);
           for (let batch = 0; batch < 12; batch++) {
             const records = Array.from({ length: 3000 }, (_, i) => call(Number(importer) * 1000000 + batch * 3000 + i));
             const outcome = await ledger.append({ records, file: { source: "library", path: importer, state: { size: batch, modifiedMs: 0, offset: batch, tailHash: "" } } });
             if (outcome.new !== 3000) throw new Error(JSON.stringify(outcome).slice(0, 300));
           }
           await ledger.close();`,
          [path, importer],
        ),
      ),
    );
    for (const { code, complaint } of await Promise.all([gateway, ...imports])) expect(complaint, String(code)).toBe("");
    const ledger = await openLedger(path);
    expect(await ledger.verify()).toEqual({ records: 300 + 3 * 36_000, differences: [] });
    expect((await ledger.importFiles("library")).size).toBe(3);
    await ledger.close();
  });

  it("bad-input F193: an import killed at a random batch and run again doubles nothing", { timeout: 120_000 }, async () => {
    const path = join(folder, "f193.db");
    const journal = join(folder, "f193.journal");
    const importAll = `
      const [path, journal] = process.argv.slice(1);
      const ledger = await openLedger(path);
      const from = (await ledger.importFiles("library")).get("log")?.offset ?? 0;
      for (let batch = from; batch < 20; batch++) {
        const records = Array.from({ length: 500 }, (_, i) => call(batch * 500 + i));
        const outcome = await ledger.append({ records, file: { source: "library", path: "log", state: { size: 20, modifiedMs: 0, offset: batch + 1, tailHash: "" } } });
        if (outcome.new !== 500) throw new Error("a batch was there without its file's state");
        appendFileSync(journal, ".");
      }
      await ledger.close();`;
    for (let round = 1; round <= 6; round++) {
      const child = run(importAll, [path, journal]);
      const end = ended(child);
      await until(() => child.exitCode !== null || (existsSync(journal) && readFileSync(journal).length >= round * 2));
      child.kill("SIGKILL");
      expect((await end).complaint).toBe("");
    }
    expect((await ended(run(importAll, [path, journal]))).code).toBe(0);
    const ledger = await openLedger(path);
    expect(await ledger.verify()).toEqual({ records: 10_000, differences: [] });
    await ledger.close();
  });
});
