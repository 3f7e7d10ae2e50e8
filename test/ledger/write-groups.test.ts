import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import fc from "fast-check";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { TokenLedgerError } from "../../src/errors.ts";
import { type Ledger, type LedgerReservation, openLedger } from "../../src/ledger/index.ts";
import { FailingDisk, type SqliteDriver } from "../../src/testing/index.ts";
import { budget, call, newBookPaths, record, standing, USD } from "./budget-book.ts";

const newPath = newBookPaths();

const native = process.getBuiltinModule?.("node:sqlite") as { DatabaseSync: SqliteDriver } | undefined;
const disk = new FailingDisk(native?.DatabaseSync ?? (createRequire(import.meta.url)("better-sqlite3") as SqliteDriver));
afterAll(() => disk.remove());

/** Set, the next sync of a write-ahead log fails so. */
const syncs = vi.hoisted(() => ({ failure: undefined as Error | undefined, count: 0 }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const fdatasync = (descriptor: number, done: (error: Error | null) => void): void => {
    syncs.count++;
    const { failure } = syncs;
    syncs.failure = undefined;
    if (failure) setImmediate(() => done(failure));
    else fs.fdatasync(descriptor, done);
  };
  return { ...fs, default: { ...fs, fdatasync }, fdatasync };
});
afterEach(() => {
  syncs.failure = undefined;
});

const DRAWN = fc.array(
  fc.array(
    fc.record({
      kind: fc.constantFrom("reserve", "settle", "extend", "release", "dispatch", "record"),
      cents: fc.integer({ min: 0, max: 40 }),
      which: fc.nat(),
      isDurable: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  { minLength: 1, maxLength: 6 },
);

const CENT = USD / 100n;

/** What a book must hold after what was answered, added up by itself. */
class Expected {
  readonly held = new Map<string, { reservation: LedgerReservation; cents: number }>();
  usedCents = 0;
  recordedCents = 0;

  get heldCents(): number {
    return [...this.held.values()].reduce((sum, { cents }) => sum + cents, 0);
  }
}

function usd(cents: number): string {
  return (cents / 100).toFixed(2);
}

function refusedByBudget(error: unknown): void {
  if (!(TokenLedgerError.is(error) && error.code === "BUDGET_EXCEEDED")) throw error;
}

describe("changes that share a transaction", () => {
  it("each are done wholly or not at all, whatever comes together with them", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(DRAWN, async (turns) => {
        const ledger = await openLedger("sqlite::memory:");
        await ledger.budgets.put([budget("all"), budget("blue", { scope: { team: "blue" }, amountNanoUsd: 60n * CENT })]);
        const expected = new Expected();
        let ids = 0;
        for (const turn of turns) {
          const free = [...expected.held.keys()];
          await Promise.all(
            turn.map(async ({ kind, cents, which, isDurable }) => {
              const durability = isDurable ? "disk" : "commit";
              if (kind === "reserve") {
                const id = `r${ids++}`;
                const made = ledger.reserve(call(id, usd(cents), { scope: { team: "blue" }, dispatched: isDurable, durability }));
                const reservation = await made.catch(refusedByBudget);
                if (reservation) expected.held.set(id, { reservation, cents });
                return;
              }
              if (kind === "record") {
                if (isDurable) return;
                const outcome = await ledger.record(record(`i${ids++}`, Date.now(), BigInt(cents) * CENT));
                expect(outcome.new).toBe(1);
                expected.recordedCents += cents;
                return;
              }
              const [id] = free.splice(free.length === 0 ? 0 : which % free.length, 1);
              const one = id === undefined ? undefined : expected.held.get(id);
              if (id === undefined || one === undefined) return;
              if (kind === "settle") {
                const spent = Math.min(cents, one.cents);
                await one.reservation.settle({ costUsd: usd(spent) }, { durability });
                expected.held.delete(id);
                expected.usedCents += spent;
              } else if (kind === "release") {
                await one.reservation.release();
                expected.held.delete(id);
              } else if (kind === "dispatch") {
                await one.reservation.dispatched();
              } else {
                await one.reservation.extend({ estimate: { costUsd: usd(cents) } }).then(() => {
                  one.cents = cents;
                }, refusedByBudget);
              }
            }),
          );
          const [used, held] = [BigInt(expected.usedCents) * CENT, BigInt(expected.heldCents) * CENT];
          expect(await standing(ledger, "blue")).toEqual({ spent: used, reserved: held });
          expect(used + held <= 60n * CENT).toBe(true);
          expect(await standing(ledger, "all")).toEqual({ spent: used + BigInt(expected.recordedCents) * CENT, reserved: held });
        }
        expect((await ledger.verify()).differences).toEqual([]);
        await ledger.close();
      }),
      { numRuns: 150 },
    );
  });
  it("of those that come together each sees the ones before it: a cap is never passed", async () => {
    const ledger = await openLedger("sqlite::memory:");
    await ledger.budgets.put(budget("all"));
    const calls = Array.from({ length: 100 }, (_, index) => ledger.reserve(call(`r${index}`, "0.03")));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(33);
    expect(await standing(ledger, "all")).toEqual({ spent: 0n, reserved: 99n * CENT });
    await ledger.close();
  });

  it("one that fails harms none of the others", async () => {
    const ledger = await openLedger(newPath());
    await ledger.budgets.put(budget("all"));
    const reservations = await Promise.all(Array.from({ length: 5 }, (_, index) => ledger.reserve(call(`r${index}`, "0.1"))));
    for (const statements of [0, 2, 5, 9]) {
      disk.failNext("statement", statements);
      const more = Array.from({ length: 8 }, (_, index) => ledger.record(record(`${statements}-${index}`, Date.now(), 1n)));
      const outcomes = await Promise.allSettled(more);
      expect(disk.heal()).toBe(false);
      expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => "fulfilled"));
    }
    await Promise.all(reservations.map((reservation) => reservation.settle({ costUsd: "0.1" })));
    expect(await standing(ledger, "all")).toEqual({ spent: USD / 2n + 32n, reserved: 0n });
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("share one sync of the disk", async () => {
    const ledger = await openLedger(newPath());
    const before = syncs.count;
    await Promise.all(Array.from({ length: 50 }, (_, index) => ledger.record(record(`i${index}`, Date.now(), 1n))));
    expect(syncs.count - before).toBeLessThanOrEqual(3);
    expect(syncs.count - before).toBeGreaterThan(0);
    await ledger.close();
  });
});

describe("guarantee G25: a sync of the log that fails", () => {
  it("acknowledges nothing; nothing is written on top of it until all is on the disk another way", async () => {
    const ledger = await openLedger(newPath());
    await ledger.budgets.put(budget("all"));
    const reservation = await ledger.reserve(call("a", "0.1", { dispatched: true }));
    syncs.failure = Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
    const failed = { code: "DATABASE_ERROR", message: expect.stringMatching(/^The disk failed while using the book .*EIO/) };
    await expect(reservation.settle({ costUsd: "0.1" })).rejects.toMatchObject(failed);
    // Whether it happened is open to who asked; here it did, and says so to whoever asks again.
    await expect(reservation.settle({ costUsd: "0.1" })).rejects.toMatchObject({ code: "ALREADY_SETTLED" });
    await (await ledger.reserve(call("b", "0.1", { dispatched: true }))).settle({ costUsd: "0.1" });
    expect(await standing(ledger, "all")).toEqual({ spent: USD / 5n, reserved: 0n });
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("refuses every change while a reader keeps the log from being emptied, and goes on when it has ended", async () => {
    const path = newPath();
    const ledger = await openLedger(path);
    await ledger.record(record("a", 0, 1n));
    const { connect } = await import("../../src/ledger/stores/sqlite/driver.ts");
    const reader = connect(path);
    reader.exec("BEGIN");
    reader.prepare("SELECT count(*) AS n FROM usage_records").get();
    syncs.failure = Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
    const failed = { code: "DATABASE_ERROR", message: expect.stringMatching(/nothing of this step counts as stored/) };
    await expect(ledger.record(record("b", 0, 1n))).rejects.toMatchObject(failed);
    await expect(ledger.record(record("c", 0, 1n))).rejects.toMatchObject(failed);
    reader.exec("ROLLBACK");
    reader.close();
    expect(await ledger.record([record("b", 0, 1n), record("c", 0, 1n)])).toEqual({ new: 1, duplicate: 1, rejected: [] });
    await ledger.close();
  });
});

/** Another program that takes the book's write lock, says so, and gives it back when it is told to. */
async function holdingProgram(path: string): Promise<{ release: () => Promise<void> }> {
  const door = JSON.stringify(createRequire(import.meta.url).resolve("better-sqlite3"));
  const body = `
    const native = process.getBuiltinModule?.("node:sqlite");
    const database = native ? new native.DatabaseSync(process.argv[1]) : new ((await import(${door})).default)(process.argv[1]);
    database.exec("BEGIN IMMEDIATE");
    console.log("held");
    process.stdin.once("data", () => { database.exec("ROLLBACK"); process.exit(0); });`;
  const child = spawn(process.execPath, ["--no-warnings", "--input-type=module", "-e", body, path], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return {
    async release() {
      child.stdin.write("go\n");
      await ended;
    },
  };
}

async function ticksDuring(work: Promise<unknown>): Promise<number> {
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 5);
  await work;
  clearInterval(ticking);
  return ticks;
}

describe("guarantee G17: a book that another program holds", () => {
  it("keeps no event loop: others are served meanwhile, and after its patience a call is told in one sentence", async () => {
    const path = newPath();
    const ledger: Ledger = await openLedger(path, { patienceMs: 900 });
    await ledger.budgets.put(budget("all"));
    const held = await ledger.reserve(call("a", "0.1"));
    const program = await holdingProgram(path);
    const locked = {
      code: "DATABASE_ERROR",
      message: expect.stringMatching(/stayed locked by another program for 900 ms; nothing was changed/),
    };
    const waiting = Promise.all([
      expect(ledger.reserve(call("b", "0.1"))).rejects.toMatchObject(locked),
      expect(held.settle({ costUsd: "0.1" })).rejects.toMatchObject(locked),
      expect(ledger.record(record("c", 0, 1n))).rejects.toMatchObject(locked),
    ]);
    expect(await ticksDuring(waiting)).toBeGreaterThan(10);
    // Reading waits for nobody.
    expect(await standing(ledger, "all")).toEqual({ spent: 0n, reserved: USD / 10n });
    await program.release();
    await held.settle({ costUsd: "0.1" });
    expect(await standing(ledger, "all")).toEqual({ spent: USD / 10n, reserved: 0n });
    await ledger.close();
  });

  it("is waited for, and what waited is done in its order when it is free", async () => {
    const path = newPath();
    const ledger = await openLedger(path);
    await ledger.budgets.put(budget("all"));
    const program = await holdingProgram(path);
    let isFree = false;
    const calls = Array.from({ length: 20 }, (_, index) => ledger.reserve(call(`r${index}`, "0.1")).then(() => isFree));
    const outcomes = Promise.allSettled(calls);
    await ticksDuring(new Promise((resolve) => setTimeout(resolve, 60)));
    isFree = true;
    await program.release();
    const admitted = (await outcomes).map((outcome) => outcome.status === "fulfilled" && outcome.value);
    expect(admitted).toEqual([...Array.from({ length: 10 }, () => true), ...Array.from({ length: 10 }, () => false)]);
    await ledger.close();
  });

  it("bad-input: a patience that is none is refused", async () => {
    for (const patienceMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "250"]) {
      await expect(openLedger("sqlite::memory:", { patienceMs: patienceMs as number })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    }
  });
});
