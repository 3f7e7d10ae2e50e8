import { describe, expect, it } from "vitest";
import type { BudgetDefinition } from "../../src/budget/index.ts";
import { ledgerBudgets } from "../../src/ledger/budget-standing.ts";
import { type Ledger, type LedgerOptions, openLedger, type ReserveCall } from "../../src/ledger/index.ts";
import type { LedgerStore } from "../../src/ledger/store.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { budget, call, NOON_MS, record, standing, USD } from "./budget-book.ts";

async function bookWith(budgets: readonly BudgetDefinition[], options: LedgerOptions = {}): Promise<{ ledger: Ledger; clock: FakeClock }> {
  const clock = new FakeClock(NOON_MS);
  const ledger = await openLedger("sqlite::memory:", { clock, ...options });
  await ledger.budgets.put(budgets);
  return { ledger, clock };
}

describe("what a book's budgets decide", () => {
  it("every budget that counts a call must admit it, and a refusal names all that don't", async () => {
    const { ledger } = await bookWith([
      budget("org", { scope: { org: "acme" } }),
      budget("team", { scope: { team: "blue" }, amountNanoUsd: USD / 2n }),
      budget("key", { scope: { key: "k1" }, amountNanoUsd: USD / 4n }),
      budget("other", { scope: { team: "red" } }),
    ]);
    const scope = { org: "acme", team: "blue", key: "k1" };
    await ledger.reserve(call("r1", "0.2", { scope }));
    const refused = await ledger.reserve(call("r2", "0.4", { scope })).catch((error) => error);
    expect(refused).toMatchObject({ code: "BUDGET_EXCEEDED", cap: "cost_usd", limit: 0.5, attempted: 0.6 });
    expect(refused.breaches.map((breach: { budget: string }) => breach.budget)).toEqual(["team", "key"]);
    expect(refused.message).toMatch(/"team".*0\.6 > limit 0\.5.*"key".*0\.6 > limit 0\.25/);
    expect(refused.retryAfterMs).toBe(undefined);
    await ledger.reserve(call("r3", "0.3", { scope: { org: "acme", team: "blue" } }));
    expect(await standing(ledger, "org")).toEqual({ spent: 0n, reserved: USD / 2n });
    expect(await standing(ledger, "team")).toEqual({ spent: 0n, reserved: USD / 2n });
    expect(await standing(ledger, "key")).toEqual({ spent: 0n, reserved: USD / 5n });
    expect(await standing(ledger, "other")).toEqual({ spent: 0n, reserved: 0n });
    await ledger.close();
  });

  it("guarantee G1b: a refusal changes no counter of any budget, and no rate", async () => {
    const rateLimits = { defaultPerMinute: 2, perMinuteByTeam: new Map<string, number>() };
    const { ledger } = await bookWith([budget("wide", { amountNanoUsd: 9n * USD }), budget("narrow")], { config: { rateLimits } });
    const before = await ledger.budgets.status();
    for (let i = 0; i < 5; i++) await expect(ledger.reserve(call(`big${i}`, "1.5"))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    expect(await ledger.budgets.status()).toEqual(before);
    await ledger.reserve(call("r1", "0.1"));
    await ledger.reserve(call("r2", "0.1"));
    await expect(ledger.reserve(call("r3", "0.1"))).rejects.toMatchObject({ code: "RATE_LIMIT_EXCEEDED", retryAfterMs: 30_000 });
    await ledger.close();
  });

  it("acceptance G13: so many calls a minute for a team, and others by default; they come back evenly", async () => {
    const perMinuteByTeam = new Map([["blue", 3]]);
    const { ledger, clock } = await bookWith([], { config: { rateLimits: { defaultPerMinute: 2, perMinuteByTeam } } });
    const reserve = (requestId: string, team: string): Promise<unknown> => ledger.reserve(call(requestId, 0, { scope: { team } }));
    for (let i = 0; i < 3; i++) await reserve(`b${i}`, "blue");
    for (let i = 0; i < 2; i++) await reserve(`r${i}`, "red");
    await expect(reserve("b3", "blue")).rejects.toMatchObject({ code: "RATE_LIMIT_EXCEEDED", retryAfterMs: 20_000 });
    await expect(reserve("r3", "red")).rejects.toMatchObject({ code: "RATE_LIMIT_EXCEEDED", retryAfterMs: 30_000 });
    clock.advance(20_000);
    await reserve("b4", "blue");
    await expect(reserve("r4", "red")).rejects.toMatchObject({ code: "RATE_LIMIT_EXCEEDED" });
    await ledger.close();
  });

  it.each<[scope: BudgetDefinition["scope"], one: object, other: object, outside: object]>([
    [{ team: "*" }, { scope: { team: "blue" } }, { scope: { team: "red" } }, { scope: {} }],
    [{ user: "*" }, { scope: { user: "ann" } }, { scope: { user: "bob" } }, { scope: { team: "blue" } }],
    [{ key: "*" }, { scope: { key: "k1" } }, { scope: { key: "k2" } }, { scope: {} }],
    [{ tag: "*" }, { scope: { tags: ["a"] } }, { scope: { tags: ["b"] } }, { scope: {} }],
    [{ model: "*" }, { model: "acme-1" }, { model: "acme-2" }, { model: "acme-3" }],
    [
      { team: "blue", user: "*" },
      { scope: { team: "blue", user: "ann" } },
      { scope: { team: "blue", user: "bob" } },
      { scope: { user: "ann" } },
    ],
  ])("a budget of %j gives each value the whole amount", async (scope, one, other, outside) => {
    const { ledger } = await bookWith([budget("each", { scope })]);
    await (await ledger.reserve(call("one", 1, one))).settle();
    await expect(ledger.reserve(call("one-more", "0.1", one))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    await ledger.reserve(call("other", 1, other));
    await ledger.reserve(call("outside", "0.5", outside));
    expect((await ledger.budgets.status()).length).toBeGreaterThanOrEqual(2);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("a call with several tags counts for each of them, and once in all", async () => {
    const { ledger } = await bookWith([budget("tags", { scope: { tag: "*" } }), budget("all", { amountNanoUsd: 9n * USD })]);
    await (await ledger.reserve(call("r1", "0.6", { scope: { tags: ["a", "b"] } }))).settle();
    await expect(ledger.reserve(call("r2", "0.6", { scope: { tags: ["b", "c"] } }))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    const found = (await ledger.budgets.status()).map(({ name, value, spentNanoUsd }) => [name, value, spentNanoUsd]);
    expect(found).toEqual([
      ["tags", "a", 600_000_000n],
      ["tags", "b", 600_000_000n],
      ["all", undefined, 600_000_000n],
    ]);
    await ledger.close();
  });

  it("a soft budget lets the call pass that crosses it, and no more; its tolerance moves the line", async () => {
    const soft: Partial<BudgetDefinition> = { hard: false, enforcement: "rate_limit" };
    const { ledger } = await bookWith([
      budget("plain", { ...soft, scope: { team: "blue" } }),
      budget("tolerant", { ...soft, scope: { team: "red" }, tolerance: 0.1 }),
    ]);
    await (await ledger.reserve(call("b1", "0.9", { scope: { team: "blue" } }))).settle();
    await (await ledger.reserve(call("b2", "0.9", { scope: { team: "blue" } }))).settle();
    await expect(ledger.reserve(call("b3", "0.01", { scope: { team: "blue" } }))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    await (await ledger.reserve(call("r1", "1.05", { scope: { team: "red" } }))).settle();
    await (await ledger.reserve(call("r2", "0.05", { scope: { team: "red" } }))).settle();
    await expect(ledger.reserve(call("r3", "0.01", { scope: { team: "red" } }))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    expect((await ledger.budgets.status()).map(({ zone }) => zone)).toEqual(["red", "orange"]);
    await ledger.close();
  });

  it("acceptance G12: notify_only passes and tells; rate_limit and block_requests refuse; switch_provider says where to", async () => {
    const of = (team: string): Partial<BudgetDefinition> => ({ scope: { team }, amountNanoUsd: USD, hard: false });
    const { ledger } = await bookWith([
      budget("tells", { ...of("a"), enforcement: "notify_only" }),
      budget("shadow", { ...of("a"), enforcement: "block_requests", hard: true, shadow: true }),
      budget("limits", { ...of("b"), enforcement: "rate_limit" }),
      budget("blocks", { ...of("c"), enforcement: "block_requests", hard: true }),
      budget("switches", { ...of("d"), enforcement: "switch_provider", switchTo: "cheap" }),
    ]);
    for (const team of ["a", "b", "c", "d"]) await (await ledger.reserve(call(team, 1, { scope: { team } }))).settle();
    const passed = await ledger.reserve(call("a2", "0.1", { scope: { team: "a" } }));
    expect(passed.notices).toMatchObject([
      { budget: "tells", enforcement: "notify_only", reason: "notify_only", message: expect.stringMatching(/1\.1 > limit 1/) },
      { budget: "shadow", enforcement: "block_requests", reason: "shadow" },
    ]);
    const refusal = (team: string): Promise<unknown> =>
      ledger.reserve(call(`${team}2`, "0.1", { scope: { team } })).catch((error) => error);
    const monthEndsIn = Date.parse("2026-06-01T00:00:00Z") - NOON_MS;
    expect(await refusal("b")).toMatchObject({
      code: "BUDGET_EXCEEDED",
      retryAfterMs: monthEndsIn,
      breaches: [{ enforcement: "rate_limit" }],
    });
    expect(await refusal("c")).toMatchObject({ code: "BUDGET_EXCEEDED", breaches: [{ enforcement: "block_requests" }] });
    expect(await refusal("d")).toMatchObject({
      code: "BUDGET_EXCEEDED",
      breaches: [{ enforcement: "switch_provider", switchTo: "cheap" }],
    });
    await ledger.reserve(call("d3", "0.1", { scope: { team: "d" }, provider: "cheap" }));
    await ledger.close();
  });

  it("an override is in force until its instant", async () => {
    const override = { amountNanoUsd: 2n * USD, untilMs: NOON_MS + 3_600_000 };
    const { ledger, clock } = await bookWith([budget("all", { override })]);
    await (await ledger.reserve(call("r1", "1.5"))).settle();
    expect((await ledger.budgets.status())[0]).toMatchObject({ amountNanoUsd: 2n * USD, isExhausted: false });
    clock.advance(3_600_000);
    await expect(ledger.reserve(call("r2", "0.1"))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    expect((await ledger.budgets.status())[0]).toMatchObject({ amountNanoUsd: USD, isExhausted: true });
    await ledger.close();
  });

  it("acceptance G11: thresholds tell once each and never enforce; the limit does; the next period tells anew", async () => {
    const definition = budget("team", {
      scope: { team: "blue" },
      amountNanoUsd: 500n * USD,
      alerts: [50, 75, 90],
      enforcement: "rate_limit",
      hard: false,
    });
    const { ledger, clock } = await bookWith([definition]);
    const told = async (): Promise<number[]> => (await ledger.alerts.list()).map(({ threshold }) => threshold);
    const spend = (id: string, costUsd: string): Promise<unknown> =>
      ledger.reserve(call(id, costUsd, { scope: { team: "blue" } })).then((reservation) => reservation.settle());
    await spend("r1", "249.99");
    expect(await told()).toEqual([]);
    await spend("r2", "0.01");
    expect(await told()).toEqual([50]);
    await spend("r3", "125");
    await spend("r4", "0.01");
    expect(await told()).toEqual([50, 75]);
    await spend("r5", "75");
    expect(await told()).toEqual([50, 75, 90]);
    await spend("r6", "49.99");
    await expect(spend("r7", "0.01")).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    expect((await ledger.budgets.status())[0]?.alerts).toEqual([50, 75, 90].map((threshold) => ({ threshold, triggeredMs: NOON_MS })));
    clock.set(Date.parse("2026-06-01T00:00:00Z"));
    expect((await ledger.budgets.status())[0]?.alerts).toEqual([50, 75, 90].map((threshold) => ({ threshold })));
    await spend("r8", "450");
    expect(await told()).toEqual([50, 75, 90, 50, 75, 90]);
    await ledger.close();
  });

  it("acceptance G11: without alerts, the limit is enforced all the same", async () => {
    const { ledger } = await bookWith([budget("all", { alerts: [] })]);
    await (await ledger.reserve(call("r1", 1))).settle();
    await expect(ledger.reserve(call("r2", "0.01"))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    expect(await ledger.alerts.list()).toEqual([]);
    await ledger.close();
  });

  it("records that come by import reach thresholds, and corrections and new prices count", async () => {
    const { ledger } = await bookWith([budget("all", { alerts: [50] }), budget("tokens", { maxTokens: 100 })]);
    const replay = (output: number): ReturnType<typeof record> =>
      record("a", NOON_MS, USD / 10n, { source: "agent", replay: { rank: 0 }, tokens: { input: 10, output } });
    await ledger.append({ records: [replay(1)] });
    await ledger.append({ records: [replay(5)] });
    const unpriced = { id: "u", timestampMs: NOON_MS, provider: "acme", model: "acme-9", tokens: { input: 20 }, source: "library" };
    await ledger.record(unpriced);
    expect(await ledger.budgets.status()).toMatchObject([{ spentNanoUsd: USD / 10n, requests: 2 }, { spentTokens: 35n }]);
    await ledger.prices.put([{ provider: "acme", model: "acme-9", rates: { input: 20_000_000_000_000 }, sources: [] }], "test");
    expect(await ledger.reprice()).toMatchObject({ corrected: 1, pricedNow: 1 });
    expect(await ledger.budgets.status()).toMatchObject([{ spentNanoUsd: USD / 2n, requests: 2 }, { spentTokens: 35n }]);
    expect(await ledger.alerts.list()).toMatchObject([{ budgetName: "all", threshold: 50, spentNanoUsd: USD / 2n }]);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("a scope counts by name or id, and goes over to the name that its id is given later", async () => {
    const { ledger } = await bookWith([
      budget("named", { scope: { team: "blue" } }),
      budget("by-id", { scope: { team: "t-1" } }),
      budget("each", { scope: { team: "*" } }),
    ]);
    await ledger.record(record("a", NOON_MS, 100n, { teamId: "t-1" }));
    const spent = async (): Promise<unknown> =>
      (await ledger.budgets.status()).map(({ name, value, spentNanoUsd }) => [name, value, spentNanoUsd]);
    expect(await spent()).toEqual([
      ["named", undefined, 0n],
      ["by-id", undefined, 100n],
      ["each", "t-1", 100n],
    ]);
    await ledger.record(record("b", NOON_MS, 10n, { teamId: "t-1", team: "blue" }));
    expect(await spent()).toEqual([
      ["named", undefined, 110n],
      ["by-id", undefined, 110n],
      ["each", "blue", 110n],
    ]);
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("a model without a price is refused where a hard budget counts money, unless the configuration lets it pass", async () => {
    const estimate = { inputTokens: 100 };
    const { ledger } = await bookWith([budget("money", { scope: { team: "blue" } })]);
    await expect(ledger.reserve(call("r1", 0, { scope: { team: "blue" }, estimate }))).rejects.toMatchObject({
      code: "UNPRICED_MODEL",
      message: expect.stringMatching(/"acme-1" of "acme".*"money"/),
    });
    await (await ledger.reserve(call("r2", 0, { scope: { team: "red" }, estimate }))).settle();
    expect((await ledger.aggregate({ timeZone: "UTC", groupBy: [] })).totals.unpricedRequests).toBe(1);
    await ledger.close();
    const lax = await bookWith([budget("money")], { config: { unpriced: "allow" } });
    await (await lax.ledger.reserve(call("r1", 0, { estimate }))).settle({ costUsd: "0.5" });
    expect(await standing(lax.ledger, "money")).toEqual({ spent: USD / 2n, reserved: 0n });
    await lax.ledger.close();
    const strict = await bookWith([], { config: { unpriced: "block" } });
    await expect(strict.ledger.reserve(call("r1", 0, { estimate }))).rejects.toMatchObject({ code: "UNPRICED_MODEL" });
    await strict.ledger.close();
  });

  it("guarantee G1: a call that turns out to have no price counts at its estimate, so that it can't lead past a cap", async () => {
    const { ledger } = await bookWith([budget("money")]);
    const calls = ["r1", "r2", "r3"].map((requestId) => call(requestId, "0.4", { dispatched: true }));
    await (await ledger.reserve(calls[0] as ReserveCall)).settle({ inputTokens: 1000, outputTokens: 10 });
    await (await ledger.reserve(calls[1] as ReserveCall)).settle({ inputTokens: 1000, model: "acme-unheard-of" });
    expect(await standing(ledger, "money")).toEqual({ spent: 800_000_000n, reserved: 0n });
    await expect(ledger.reserve(calls[2] as ReserveCall)).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    for await (const record of ledger.query({ requestId: "r1" })) {
      expect(record).toMatchObject({ usageSource: "estimated", reportedCostNanoUsd: 400_000_000, tokens: { input: 1000, output: 10 } });
    }
    expect((await ledger.verify()).differences).toEqual([]);
    await ledger.close();
  });

  it("the budgets and prices that a book is opened with are those of its configuration, no more and no less", async () => {
    const path = "sqlite::memory:";
    const prices = [{ provider: "acme", model: "acme-1", rates: { input: 1_000_000_000 }, sources: [] }];
    const ledger = await openLedger(path, { clock: new FakeClock(NOON_MS), config: { budgets: [budget("a"), budget("b")], prices } });
    expect((await ledger.budgets.list()).map(({ definition, origin }) => [definition.name, origin])).toEqual([
      ["a", "config"],
      ["b", "config"],
    ]);
    await ledger.budgets.put(budget("mine"));
    await ledger.budgets.replace([budget("b", { amountNanoUsd: 5n })], "config");
    expect((await ledger.budgets.list()).map(({ definition }) => definition.name)).toEqual(["b", "mine"]);
    const reservation = await ledger.reserve(call("r1", 0, { estimate: { inputTokens: 1 } })).catch((error) => error);
    expect(reservation).toMatchObject({ code: "BUDGET_EXCEEDED", breaches: [{ budget: "b" }] });
    await expect(ledger.budgets.put([budget("x"), budget("x")])).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(ledger.budgets.put(budget("x", { amountNanoUsd: -1n }))).rejects.toMatchObject({ code: "INVALID_INPUT" });
    for (const bad of [null, 7, [null], "x"]) {
      await expect(ledger.budgets.put(bad as unknown as BudgetDefinition), JSON.stringify(bad)).rejects.toMatchObject({
        code: "INVALID_INPUT",
      });
      await expect(ledger.budgets.replace(bad as unknown as BudgetDefinition[], "x")).rejects.toMatchObject({ code: "INVALID_INPUT" });
    }
    for (const ids of [null, 7, ["x"], [1.5]]) {
      await expect(ledger.alerts.acknowledge(ids as number[]), JSON.stringify(ids)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    }
    for (const atMs of [Number.NaN, -1, 1.5, 1e18]) {
      await expect(ledger.budgets.status({ atMs }), `${atMs}`).rejects.toMatchObject({ code: "INVALID_INPUT" });
    }
    expect(await ledger.budgets.remove("mine")).toBe(true);
    expect(await ledger.budgets.remove("mine")).toBe(false);
    await ledger.close();
  });

  it("guarantee G1: while a configuration's budget gets another name, there is no moment without it", async () => {
    const steps: string[] = [];
    const old = { id: 1, definition: budget("old"), origin: "config:a", countedFromMs: 0 };
    const store: Pick<LedgerStore, "budgets" | "putBudgets" | "removeBudget"> = {
      budgets: async () => ({ revision: 1, budgets: [old] }),
      putBudgets: async (definitions) => void steps.push(`put ${definitions[0]?.name}`),
      removeBudget: async (name) => steps.push(`remove ${name}`) > 0,
    };
    await ledgerBudgets(store as LedgerStore, () => {}).replace([budget("new")], "config:a");
    expect(steps).toEqual(["put new", "remove old"]);
  });
});
