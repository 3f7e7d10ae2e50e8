/** Holds that grow at the same time, in PostgreSQL: no sum ever passes a cap, and who is refused keeps what he had. */
import { afterAll, describe, expect, it } from "vitest";
import { type Ledger, openLedger } from "../../src/ledger/index.ts";
import { Chance } from "../../src/testing/index.ts";
import { budget, call, standing, USD } from "./budget-book.ts";
import { emptyBookUrl, hasPostgres } from "./postgres-server.ts";

const MILLI = USD / 1000n;

describe.skipIf(!hasPostgres)("holds that grow at the same time (skipped where there is no PostgreSQL)", () => {
  const opened: Ledger[] = [];
  afterAll(async () => {
    for (const ledger of opened) await ledger.close();
  });

  async function twoLedgers(): Promise<[Ledger, Ledger]> {
    const url = await emptyBookUrl();
    const first = await openLedger(url);
    const second = await openLedger(url);
    opened.push(first, second);
    return [first, second];
  }

  it("guarantee G1, G1d: of many that want the last of it, as many get it as fit, to the last unit", { timeout: 60_000 }, async () => {
    const ledgers = await twoLedgers();
    await ledgers[0].budgets.put([budget("month"), budget("hour", { windowMs: 3_600_000 })]);
    const reserve = (i: number): ReturnType<Ledger["reserve"]> => (ledgers[i % 2] as Ledger).reserve(call(`call-${i}`, "0.01"));
    const reservations = await Promise.all(Array.from({ length: 16 }, (_, i) => reserve(i)));
    // 1 USD: fourteen with 0.07 and two with 0.01 are exactly 1 USD.
    const outcomes = await Promise.allSettled(reservations.map((reservation) => reservation.extend({ estimate: { costUsd: "0.07" } })));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(14);
    for (const outcome of outcomes) if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "BUDGET_EXCEEDED" });
    for (const name of ["month", "hour"]) expect(await standing(ledgers[0], name)).toEqual({ spent: 0n, reserved: USD });
    expect((await ledgers[1].verify()).differences).toEqual([]);
    await Promise.all(reservations.map((reservation) => reservation.settle({ costUsd: "0.02" })));
    for (const name of ["month", "hour"]) expect(await standing(ledgers[0], name)).toEqual({ spent: 320n * MILLI, reserved: 0n });
    expect((await ledgers[1].verify()).differences).toEqual([]);
  });

  it("guarantee G1: growing, shrinking, settling and releasing in any order never pass a cap", { timeout: 120_000 }, async () => {
    const ledgers = await twoLedgers();
    const caps = { month: USD, team: 700n * MILLI, minute: 900n * MILLI };
    await ledgers[0].budgets.put([
      budget("month"),
      budget("team", { scope: { team: "blue" }, amountNanoUsd: caps.team }),
      budget("minute", { windowMs: 3_600_000, amountNanoUsd: caps.minute }),
    ]);
    const chance = new Chance(5);
    let isDone = false;
    let polls = 0;
    const watch = async (): Promise<void> => {
      while (!isDone) {
        for (const { name, spentNanoUsd, reservedNanoUsd } of await ledgers[1].budgets.status())
          expect(spentNanoUsd + reservedNanoUsd <= caps[name as keyof typeof caps], name).toBe(true);
        polls++;
      }
    };
    const kinds = new Set<string>();
    const live = async (worker: number): Promise<void> => {
      for (let i = 0; i < 12; i++) {
        const ledger = ledgers[(worker + i) % 2] as Ledger;
        const scope = chance.whole(0, 1) === 0 ? { team: "blue" } : {};
        const reservation = await ledger.reserve(call(`${worker}-${i}`, "0.01", { scope })).catch(() => undefined);
        if (!reservation) continue;
        for (let turns = chance.whole(0, 3); turns > 0; turns--) {
          const costUsd = `0.${String(chance.whole(1, 300)).padStart(3, "0")}`;
          const code = await reservation.extend({ estimate: { costUsd } }).then(
            () => "extended",
            (error: { code: string }) => error.code,
          );
          kinds.add(code);
        }
        if (chance.whole(0, 2) === 0) await reservation.settle({ costUsd: "0.001" });
        else await reservation.release();
      }
    };
    const watching = watch();
    await Promise.all(Array.from({ length: 8 }, (_, worker) => live(worker))).finally(() => {
      isDone = true;
    });
    await watching;
    expect(polls).toBeGreaterThan(0);
    expect([...kinds].sort()).toEqual(["BUDGET_EXCEEDED", "extended"]);
    for (const name of Object.keys(caps)) expect((await standing(ledgers[0], name)).reserved).toBe(0n);
    expect((await ledgers[0].verify()).differences).toEqual([]);
  });

  it("has another name in any process, until it ends", async () => {
    const [first, second] = await twoLedgers();
    await first.budgets.put(budget("month"));
    const reservation = await first.reserve(call("batch", "0.5", { source: "gateway", requestedModel: "acme-latest" }));
    await reservation.track("acme:batch_\u0000é");
    await (await first.reserve(call("other", "0.1"))).release();
    const found = await second.tracked("acme:batch_\u0000é");
    expect([found?.requestId, found?.isNew, found?.estimate.costNanoUsd]).toEqual(["batch", false, 500_000_000n]);
    await found?.extend({ ttlMs: 86_400_000 });
    expect((await first.tracked("acme:batch_\u0000é"))?.expiresMs).toBe(found?.expiresMs);
    const another = await first.reserve(call("another", "0.1"));
    await expect(another.track("acme:batch_\u0000é")).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await found?.settle({ costUsd: "0.25" });
    expect(await first.tracked("acme:batch_\u0000é")).toBeUndefined();
    await another.track("acme:batch_\u0000é");
    await another.release();
    expect(await first.tracked("acme:batch_\u0000é")).toBeUndefined();
    const records = [];
    for await (const record of first.query({})) records.push(record);
    expect(records).toMatchObject([{ requestId: "batch", source: "gateway", requestedModel: "acme-latest" }]);
    expect((await first.verify()).differences).toEqual([]);
  });
});
