import { describe, expect, it } from "vitest";
import { type Ledger, openLedger } from "../../src/ledger/index.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { budget, call, NOON_MS, newBookPaths, standing, USD } from "./budget-book.ts";

const newPath = newBookPaths();

async function bookWith(...budgets: ReturnType<typeof budget>[]): Promise<{ ledger: Ledger; clock: FakeClock; path: string }> {
  const clock = new FakeClock(NOON_MS);
  const path = newPath();
  const ledger = await openLedger(path, { clock });
  await ledger.budgets.put(budgets);
  return { ledger, clock, path };
}

describe("reservations in a book", () => {
  it("acceptance A9: of 200 calls at once, exactly those that fit are let pass", async () => {
    const { ledger } = await bookWith(budget("tokens", { maxTokens: 1000 }));
    const tries = Array.from({ length: 200 }, (_, i) => ledger.reserve(call(`r${i}`, 0, { estimate: { inputTokens: 10, costUsd: 0 } })));
    const ends = await Promise.allSettled(tries);
    expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(100);
    expect((await ledger.budgets.status())[0]?.reservedTokens).toBe(1000n);
    await ledger.close();
  });

  it("acceptance A10: reserve, settle, release; each ends once", async () => {
    const { ledger } = await bookWith(budget("all"));
    const first = await ledger.reserve(call("r1", "0.5"));
    await first.settle({ costUsd: "0.35", inputTokens: 420 });
    expect(await standing(ledger, "all")).toEqual({ spent: 350_000_000n, reserved: 0n });
    await expect(first.settle({ costUsd: 0 })).rejects.toMatchObject({
      code: "ALREADY_SETTLED",
      message: expect.stringMatching(/settled once/),
    });
    await first.release();
    const second = await ledger.reserve(call("r2", "0.5"));
    await second.release();
    await second.release();
    await expect(second.settle()).rejects.toMatchObject({ code: "ALREADY_SETTLED", message: expect.stringMatching(/was released/) });
    await (await ledger.reserve(call("r3", "0.65"))).settle();
    expect(await standing(ledger, "all")).toEqual({ spent: USD, reserved: 0n });
    await expect(ledger.settle("never")).rejects.toMatchObject({ code: "INVALID_INPUT", message: expect.stringMatching(/not reserved/) });
    await ledger.close();
  });

  it("acceptance A11: what is held is out of others' reach until it is released", async () => {
    const { ledger } = await bookWith(budget("all", { maxTokens: 100 }));
    const tokens = (requestId: string, inputTokens: number): Promise<unknown> =>
      ledger.reserve(call(requestId, 0, { estimate: { inputTokens, costUsd: 0 } }));
    await (await ledger.reserve(call("used", 0, { estimate: { inputTokens: 40, costUsd: 0 } }))).settle();
    const held = await ledger.reserve(call("held", 0, { estimate: { inputTokens: 40, costUsd: 0 } }));
    await expect(tokens("early", 30)).rejects.toMatchObject({ code: "BUDGET_EXCEEDED", cap: "total_tokens", limit: 100, attempted: 110 });
    await held.release();
    await tokens("late", 60);
    await ledger.close();
  });

  it("acceptance A12: a call that cost more than was reserved is counted in full, and the next one is refused", async () => {
    const { ledger } = await bookWith(budget("all"));
    await (await ledger.reserve(call("r1", "0.8"))).settle();
    await (await ledger.reserve(call("r2", "0.1"))).settle({ costUsd: "0.3" });
    const [status] = await ledger.budgets.status();
    expect(status).toMatchObject({ spentNanoUsd: 1_100_000_000n, reservedNanoUsd: 0n, overageNanoUsd: 200_000_000n, isExhausted: true });
    expect(await ledger.alerts.list()).toMatchObject([{ kind: "overage", threshold: 100, spentNanoUsd: 1_100_000_000n }]);
    await expect(ledger.reserve(call("r3", "0.000000001"))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    await ledger.close();
  });

  it("acceptance A13: at most as many calls leave as the cap pays for, and the book says what the provider billed", async () => {
    const { ledger } = await bookWith(budget("all"));
    let billed = 0;
    await Promise.allSettled(
      Array.from({ length: 100 }, async (_, i) => {
        const reservation = await ledger.reserve(call(`r${i}`, "0.05"));
        billed++;
        await reservation.settle({ costUsd: "0.05" });
      }),
    );
    expect(billed).toBe(20);
    expect(await standing(ledger, "all")).toEqual({ spent: USD, reserved: 0n });
    await ledger.close();
  });

  it("acceptance A14: a budget that was removed and put anew knows calls under way, and none that ended", async () => {
    const { ledger } = await bookWith(budget("all"));
    const settled = await ledger.reserve(call("r1", "0.4"));
    const released = await ledger.reserve(call("r2", "0.4"));
    await ledger.budgets.remove("all");
    await ledger.budgets.put(budget("all"));
    expect(await standing(ledger, "all")).toEqual({ spent: 0n, reserved: 800_000_000n });
    await settled.settle();
    await released.release();
    expect(await standing(ledger, "all")).toEqual({ spent: 400_000_000n, reserved: 0n });
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("acceptance A15: what a dead holder held is free after its time, and not before", async () => {
    const { ledger, clock, path } = await bookWith(budget("all"));
    await ledger.reserve(call("dead", 1, { ttlMs: 60_000 }));
    await ledger.close();
    const other = await openLedger(path, { clock });
    clock.advance(59_999);
    await expect(other.reserve(call("early", 1))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    clock.advance(1);
    await other.reserve(call("late", 1));
    expect(await other.sweep()).toEqual({ charged: 0, released: 0 });
    await other.close();
  });

  it("acceptance A16: the same request is reserved once, and recorded once", async () => {
    const { ledger } = await bookWith(budget("all"));
    await ledger.reserve(call("r1", "0.6"));
    const again = await ledger.reserve(call("r1", "0.6"));
    expect(await standing(ledger, "all")).toEqual({ spent: 0n, reserved: 600_000_000n });
    await expect(ledger.reserve(call("r1", "0.5"))).rejects.toThrow(/reserved already with another estimate/);
    await expect(ledger.reserve(call("r1", "0.6", { model: "acme-2" }))).rejects.toThrow(/another model/);
    await again.settle();
    await expect(ledger.reserve(call("r1", "0.6"))).rejects.toMatchObject({ code: "ALREADY_SETTLED" });
    await ledger.reserve(call("r1", "0.4", { attempt: 2 }));
    expect(await standing(ledger, "all")).toEqual({ spent: 600_000_000n, reserved: 400_000_000n });
    await ledger.close();
  });

  it("guarantee G1: reserved again after its time, a call is held anew or refused, and not handed a reservation that is over", async () => {
    const { ledger, clock } = await bookWith(budget("all"));
    const early = call("early", "0.8", { ttlMs: 1000 });
    await ledger.reserve(early);
    clock.advance(1500);
    const again = await ledger.reserve(early);
    expect(again.expiresMs).toBe(clock.now() + 1000);
    await expect(ledger.reserve(call("other", "0.8"))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    clock.advance(1500);
    await ledger.reserve(call("other", "0.8"));
    await expect(ledger.reserve(early)).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    expect(await standing(ledger, "all")).toEqual({ spent: 0n, reserved: 800_000_000n });
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("guarantee G3: every reservation ends by itself: charged where the call had left, released where it had not", async () => {
    const { ledger, clock } = await bookWith(budget("all"));
    await ledger.reserve(call("stayed", "0.2", { ttlMs: 1000 }));
    await (await ledger.reserve(call("left", "0.3", { ttlMs: 1000 }))).dispatched();
    await ledger.reserve(call("left-at-once", "0.1", { ttlMs: 1000, dispatched: true }));
    expect(await ledger.sweep()).toEqual({ charged: 0, released: 0 });
    clock.advance(1000);
    expect(await ledger.sweep()).toEqual({ charged: 2, released: 1 });
    expect(await standing(ledger, "all")).toEqual({ spent: 400_000_000n, reserved: 0n });
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("guarantee G4: an expired call is charged at its estimate; a late settle corrects it once, a third is refused", async () => {
    const { ledger, clock, path } = await bookWith(budget("all", { amountNanoUsd: 100n * USD, alerts: [50] }));
    const calls = Array.from({ length: 30 }, (_, i) => call(`r${i}`, "1", { ttlMs: 1000, dispatched: i % 3 !== 2 }));
    const reserved = await Promise.all(calls.map((each) => ledger.reserve(each)));
    clock.advance(1000);
    expect(await ledger.sweep()).toEqual({ charged: 20, released: 10 });
    expect(await standing(ledger, "all")).toEqual({ spent: 20n * USD, reserved: 0n });
    const other = await openLedger(path, { clock });
    for (let i = 0; i < 30; i += 2) {
      // By the object, and by the id from another process; both for charged and for lapsed ones.
      if (i % 4 === 0) await reserved[i]?.settle({ costUsd: "0.25", inputTokens: 7 });
      else await other.settle(`r${i}`, { costUsd: "0.25", inputTokens: 7 });
      await expect(other.settle(`r${i}`)).rejects.toMatchObject({ code: "ALREADY_SETTLED" });
      await expect(reserved[i]?.settle()).rejects.toMatchObject({ code: "ALREADY_SETTLED" });
    }
    // 10 of 20 charged ones are corrected, 5 of 10 lapsed ones come late.
    expect(await standing(ledger, "all")).toEqual({ spent: 10n * USD + (15n * USD) / 4n, reserved: 0n });
    const { totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: [] });
    expect([totals.requests, totals.costNanoUsd]).toEqual([25, 10n * USD + (15n * USD) / 4n]);
    const stored = [];
    for await (const each of ledger.query({})) stored.push(`${each.usageSource} ${each.status ?? "-"}`);
    expect(stored.filter((each) => each === "estimated expired")).toHaveLength(10);
    expect(stored.filter((each) => each === "reported -")).toHaveLength(15);
    expect((await ledger.verify()).differences).toEqual([]);
    await other.close();
    await ledger.close();
  });

  it("a call whose reservation lapsed is told so before it leaves", async () => {
    const { ledger, clock } = await bookWith(budget("all"));
    const reservation = await ledger.reserve(call("r1", "0.2", { ttlMs: 1000 }));
    clock.advance(1000);
    await ledger.sweep();
    await expect(reservation.dispatched()).rejects.toMatchObject({
      code: "ALREADY_SETTLED",
      message: expect.stringMatching(/reserve anew/),
    });
    await ledger.reserve(call("r1", "0.3"));
    expect(await standing(ledger, "all")).toEqual({ spent: 0n, reserved: 300_000_000n });
    await ledger.close();
  });

  it("a record that came by another way ends the reservation of its request when that is settled", async () => {
    const { ledger, clock } = await bookWith(budget("all"));
    const reservation = await ledger.reserve(call("r1", "0.5"));
    const tokens = { input: 3 };
    const record = {
      requestId: "r1",
      timestampMs: clock.now(),
      provider: "acme",
      model: "acme-1",
      tokens,
      reportedCostNanoUsd: 5,
      source: "api",
    };
    await ledger.record(record);
    await expect(reservation.settle()).rejects.toMatchObject({ code: "ALREADY_SETTLED" });
    expect(await standing(ledger, "all")).toEqual({ spent: 5n, reserved: 0n });
    await ledger.close();
  });

  it("disposing releases what was not settled", async () => {
    const { ledger } = await bookWith(budget("all"));
    const reservation = await ledger.reserve(call("r1", "0.5"));
    await reservation[Symbol.asyncDispose]();
    expect(await standing(ledger, "all")).toEqual({ spent: 0n, reserved: 0n });
    await ledger.close();
  });

  it("bad-input: what is no call, no estimate or no usage is refused by the field's name, and nothing changes", async () => {
    const { ledger } = await bookWith(budget("all"));
    const bad: [fields: object, field: RegExp][] = [
      [{ requestId: "" }, /requestId/],
      [{ requestId: 7 }, /requestId/],
      [{ provider: undefined }, /provider/],
      [{ model: "x".repeat(5000) }, /model/],
      [{ attempt: 0 }, /attempt/],
      [{ ttlMs: 0 }, /ttlMs/],
      [{ ttlMs: Number.NaN }, /ttlMs/],
      [{ scope: { team: "" } }, /scope\.team/],
      [{ scope: "blue" }, /scope/],
      [{ scope: { tags: ["a", "a"] } }, /scope\.tags/],
      [{ requestId: "\ud800" }, /requestId: .* holds half of a character/],
      [{ model: "acme\udc00" }, /model: .* holds half of a character/],
      [{ scope: { team: "\ud800" } }, /scope\.team/],
      [{ scope: { tags: ["a", "\ud800"] } }, /scope\.tags/],
      // A name with a typing error would be counted by nobody.
      [{ scope: { taem: "blue" } }, /scope: "taem" is not known; did you mean team\?/],
      [{ team: "blue" }, /call: "team" is not known/],
      [{ estimate: { cost: 1 } }, /estimate: "cost" is not known/],
      [{ estimate: {} }, /estimate/],
      [{ estimate: undefined }, /estimate/],
      [{ estimate: { costUsd: -1 } }, /estimate\.costUsd/],
      [{ estimate: { costUsd: 10_000_000 } }, /estimate\.costUsd/],
      [{ estimate: { costUsd: "0.0000000001" } }, /nine decimal places/],
      [{ estimate: { inputTokens: 1.5, costUsd: 0 } }, /estimate\.inputTokens/],
      [{ estimate: { outputTokens: 2 ** 53, costUsd: 0 } }, /estimate\.outputTokens/],
    ];
    for (const [fields, message] of bad) {
      const spoiled = { ...call("r1", "0.1"), ...fields };
      await expect(ledger.reserve(spoiled), JSON.stringify(fields)).rejects.toMatchObject({
        code: "INVALID_INPUT",
        message: expect.stringMatching(message),
      });
    }
    const reservation = await ledger.reserve(call("r1", "0.1"));
    for (const actual of [
      { costUsd: Number.NaN },
      { inputTokens: -1 },
      { inputTokens: 5, cacheReadTokens: 6 },
      { status: "expired" },
      { latencyMs: -1 },
      [] as object,
      { cost: "0.05" } as object,
    ]) {
      await expect(reservation.settle(actual), JSON.stringify(actual)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    }
    expect(await standing(ledger, "all")).toEqual({ spent: 0n, reserved: 100_000_000n });
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("bad-input: what names no reservation settles and releases none", async () => {
    const { ledger } = await bookWith(budget("all"));
    await (await ledger.reserve(call("r1", "0.1"))).settle();
    for (const name of ["", null, 7, {}, [], { requestId: 7 }, { requestId: "" }, { requestId: "r1", attempt: "x" }]) {
      const neither = { code: "INVALID_INPUT", message: expect.stringMatching(/neither a reservation nor a request id/) };
      await expect(ledger.settle(name as string), JSON.stringify(name)).rejects.toMatchObject(neither);
      await expect(ledger.release(name as string), JSON.stringify(name)).rejects.toMatchObject(neither);
    }
    await ledger.close();
  });

  it("a closed book says so; what was asked of it before is done", async () => {
    const { ledger } = await bookWith(budget("all"));
    const held = await ledger.reserve(call("held", "0.1"));
    const flying = held.settle();
    await ledger.close();
    const closed = { code: "DATABASE_ERROR", message: expect.stringMatching(/is closed; open it anew/) };
    expect(await flying).toEqual({ costNanoUsd: 100_000_000, model: "acme-1" });
    await expect(ledger.reserve(call("late", "0.1"))).rejects.toMatchObject(closed);
    await expect(ledger.budgets.status()).rejects.toMatchObject(closed);
  });

  it("a book that is open for reading only refuses what would change it, and nothing changes", async () => {
    const { ledger, path, clock } = await bookWith(budget("all"));
    const reader = await openLedger(path, { clock, readOnly: true });
    const refusal = { code: "DATABASE_ERROR", message: expect.stringMatching(/is open for reading only/) };
    await expect(reader.reserve(call("r1", "0.1"))).rejects.toMatchObject(refusal);
    await expect(reader.budgets.put(budget("more"))).rejects.toMatchObject(refusal);
    await expect(reader.budgets.remove("all")).rejects.toMatchObject(refusal);
    expect(await standing(reader, "all")).toEqual({ spent: 0n, reserved: 0n });
    await reader.close();
    await ledger.close();
  });
});
