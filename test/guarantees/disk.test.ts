import { execFileSync, spawnSync } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ledger, openLedger } from "../../src/ledger/index.ts";
import { compiledRooms } from "../ledger/compiled-rooms.ts";
import { isFull, report } from "./figures.ts";
import { linesOf, startProgram } from "./run-program.ts";
import { canTrace, failing, syncOrder, traced } from "./strace.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-guarantees-"));
const smallDisk = join(folder, "disk");
mkdirSync(smallDisk);
const canMount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", smallDisk]).status === 0;
let door = "";
beforeAll(() => {
  door = compiledRooms().ledger;
}, 120_000);
afterAll(() => {
  if (canMount) execFileSync("umount", [smallDisk]);
  rmSync(folder, { recursive: true });
});

const ALL = {
  name: "all",
  scope: {},
  period: "lifetime",
  amountNanoUsd: 1_000_000_000n,
  alerts: [50],
  enforcement: "block_requests",
  hard: true,
} as const;

async function storedCalls(ledger: Ledger): Promise<Set<number>> {
  const stored = new Set<number>();
  for await (const { id, requestId } of ledger.query({})) stored.add(Number((requestId ?? id)?.slice("call-".length)));
  return stored;
}

/** Each acknowledged call is there, and nothing contradicts itself. */
async function expectKept(url: string, journal: string): Promise<{ acknowledged: number; stored: number }> {
  const ledger = await openLedger(url);
  const stored = await storedCalls(ledger);
  const acknowledged = linesOf(journal).map(Number);
  expect(acknowledged.filter((index) => !stored.has(index))).toEqual([]);
  expect((await ledger.verify()).differences).toEqual([]);
  await ledger.reserve({ requestId: "healthy", provider: "acme", model: "acme-1", estimate: { costUsd: "0.000000001" } });
  await ledger.close();
  return { acknowledged: acknowledged.length, stored: stored.size };
}

async function newBook(name: string): Promise<string> {
  const url = join(folder, name);
  const ledger = await openLedger(url);
  await ledger.budgets.put(ALL);
  await ledger.close();
  return url;
}

describe.skipIf(!canTrace)("what reaches the disk (skipped where strace can't trace)", () => {
  it("guarantee G6b: each of 1,000 acknowledgements comes after a sync of all that was written", { timeout: 180_000 }, async () => {
    const url = await newBook("g6b.db");
    const [log, journal] = [join(folder, "g6b.strace"), join(folder, "g6b.journal")];
    const { complaint } = await startProgram("acknowledger", [door, url, journal, 0, 1000], traced(log)).ended;
    expect(complaint).toBe("");
    const order = syncOrder(log, url, journal);
    report("G6b sync before acknowledgement", { ...order });
    expect([order.acknowledged, order.early]).toEqual([1000, 0]);
    expect(order.syncs).toBeGreaterThanOrEqual(1000);
  });

  const everyNth = (call: "pwrite64" | "fsync"): number[] => {
    if (isFull) return Array.from({ length: 300 }, (_, index) => index + 1);
    return call === "fsync" ? [1, 2, 5, 9, 17] : [1, 2, 3, 8, 21, 55, 89];
  };

  /** So many that the failing one is among what they do: each syncs once, and writes five times at least. */
  const operations = (call: "pwrite64" | "fsync", when: number): number => Math.ceil(when / (call === "fsync" ? 1 : 5)) + 12;

  it.each(["pwrite64", "fsync"] as const)(
    "guarantee G25: an I/O error on the n-th %s of the book loses nothing that was acknowledged",
    {
      timeout: 1_800_000,
    },
    async (call) => {
      let [failures, acknowledged] = [0, 0];
      for (const when of everyNth(call)) {
        const url = await newBook(`g25-${call}-${when}.db`);
        const journal = `${url}.journal`;
        const { code, printed, complaint } = await startProgram(
          "acknowledger",
          [door, url, journal, 0, operations(call, when)],
          failing(call, when, url),
        ).ended;
        expect([code, complaint]).toEqual([0, ""]);
        failures += Number(printed);
        acknowledged += (await expectKept(url, journal)).acknowledged;
      }
      report(`G25 I/O error on the n-th ${call}`, { runs: everyNth(call).length, failures, acknowledged });
      // Not every program makes so many writes, but most errors must have met an operation.
      expect(failures).toBeGreaterThan(everyNth(call).length / 2);
    },
  );
});

describe.skipIf(!canMount)("guarantee G24: a full disk (skipped where no small disk can be mounted)", () => {
  it("refuses with a sentence, acknowledges nothing that is not stored, keeps answering, and goes on when there is room", {
    timeout: 120_000,
  }, async () => {
    const ledger = await openLedger(join(smallDisk, "book.db"));
    await ledger.budgets.put(ALL);
    const acknowledged = new Set<number>();
    let [refusals, index] = [0, 0];
    const once = async (): Promise<void> => {
      const requestId = `call-${index++}`;
      const reservation = await ledger.reserve({ requestId, provider: "acme", model: "acme-1", estimate: { costUsd: "0.000000002" } });
      await reservation.settle({ costUsd: "0.000000001" });
      acknowledged.add(index - 1);
    };
    const rounds = 20;
    for (let round = 0; round < rounds; round++) {
      const filler = join(smallDisk, "filler");
      fill(filler);
      const error = await untilRefused(once);
      refusals++;
      expect(error).toMatchObject({ code: "DATABASE_ERROR", message: expect.stringMatching(/^The (disk|book)/) });
      const { totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: [] });
      const [status] = await ledger.budgets.status();
      expect([totals.requests, status?.spentNanoUsd]).toEqual([acknowledged.size, BigInt(acknowledged.size)]);
      rmSync(filler);
      await once();
    }
    report("G24 full disk", { rounds, refusals, acknowledged: acknowledged.size });
    expect([...acknowledged].every((one) => one >= 0) && (await storedCalls(ledger))).toEqual(acknowledged);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  function fill(path: string): void {
    const file = openSync(path, "w");
    try {
      for (const size of [1 << 20, 1 << 12]) {
        try {
          for (;;) writeSync(file, Buffer.alloc(size));
        } catch (error) {
          expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
        }
      }
    } finally {
      closeSync(file);
    }
  }

  async function untilRefused(work: () => Promise<void>): Promise<unknown> {
    for (;;) {
      try {
        await work();
      } catch (error) {
        return error;
      }
    }
  }
});

describe("guarantee G26: a torn or damaged tail of the write-ahead log", () => {
  it("keeps all that was acknowledged before it, and nothing that contradicts itself", { timeout: 1_800_000 }, async () => {
    const url = await newBook("g26.db");
    const ledger = await openLedger(url);
    /** How long the log was after each acknowledgement. */
    const ends: number[] = [];
    for (let index = 0; index < 40; index++) {
      const call = { requestId: `call-${index}`, provider: "acme", model: "acme-1", estimate: { costUsd: "0.000000002" } };
      await (await ledger.reserve(call)).settle({ costUsd: "0.000000001" });
      ends.push(statSync(`${url}-wal`).size);
    }
    const crashed = join(folder, "g26-crashed.db");
    copyFileSync(url, crashed);
    copyFileSync(`${url}-wal`, `${crashed}-wal`);
    await ledger.close();
    const log = readFileSync(`${crashed}-wal`);
    const frame = 4096 + 24;
    const step = isFull ? 1 : 397;
    const cuts = Array.from({ length: Math.ceil((3 * frame) / step) }, (_, index) => log.length - 1 - index * step);
    const bits = Array.from({ length: 1_000_000 }, (_, index) => index * (isFull ? 97 * 8 : 40_009)).filter((bit) => bit < log.length * 8);
    let cases = 0;
    const damaged = join(folder, "g26-damaged.db");
    const check = async (bytes: Buffer, soundBytes: number): Promise<void> => {
      for (const end of ["", "-wal", "-shm"]) rmSync(`${damaged}${end}`, { force: true });
      copyFileSync(crashed, damaged);
      writeFileSync(`${damaged}-wal`, bytes);
      const reopened = await openLedger(damaged);
      const stored = await storedCalls(reopened);
      const sound = ends.filter((size) => size <= soundBytes).length;
      expect(stored.size).toBeGreaterThanOrEqual(sound);
      expect([...stored].sort((a, b) => a - b)).toEqual(Array.from({ length: stored.size }, (_, index) => index));
      expect((await reopened.verify()).differences).toEqual([]);
      await reopened.close();
      cases++;
    };
    for (const cut of cuts) await check(log.subarray(0, cut), cut);
    for (const bit of bits) {
      const bytes = Buffer.from(log);
      const at = Math.floor(bit / 8);
      bytes[at] = (bytes[at] as number) ^ (1 << (bit % 8));
      await check(bytes, at);
    }
    report("G26 torn or damaged log", { cases, acknowledged: ends.length });
  });
});
