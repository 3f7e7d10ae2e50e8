/** Reservations that change while they are held, and what is told of them. */
import { deepStrictEqual as equal } from "node:assert";
import {
  type BudgetCase,
  budget,
  call,
  dump,
  money,
  record,
  records,
  refused,
  refusing,
  soft,
  status,
  sweepAfter,
  USD,
} from "./budget-case.ts";

const TENTH = USD / 10n;

export const GROWING_CASES: Record<string, BudgetCase> = {
  async "a hold grows and shrinks as a whole, in every budget that has it"({ ledger }) {
    await ledger.budgets.put([budget("all"), budget("team", { scope: { team: "blue" } }), budget("tokens", { maxTokens: 100 })]);
    const reservation = await ledger.reserve(call("r", 0, { estimate: { costUsd: "0.2", inputTokens: 10, outputTokens: 20 } }));
    await reservation.extend({ estimate: { costUsd: "0.5", inputTokens: 10, outputTokens: 60 } });
    equal([await money(ledger, "all"), await money(ledger, "team")], [[0n, 5n * TENTH] as const, [0n, 5n * TENTH] as const]);
    equal((await status(ledger, "tokens")).reservedTokens, 70n);
    equal(reservation.estimate, { inputTokens: 10, outputTokens: 60, costUsd: 0.5, costNanoUsd: 5n * TENTH });
    await reservation.extend({ estimate: { costUsd: "0.1", inputTokens: 5 } });
    equal([await money(ledger, "all"), (await status(ledger, "tokens")).reservedTokens], [[0n, TENTH], 5n]);
    await reservation.settle();
    equal([await money(ledger, "all"), (await status(ledger, "tokens")).spentTokens], [[TENTH, 0n], 5n]);
  },

  async "what grows by exactly what is left fits, by one nano-USD more it is refused and nothing changes"({ ledger }) {
    await ledger.budgets.put([budget("all"), budget("team", { scope: { team: "blue" }, amountNanoUsd: 4n * TENTH })]);
    const other = await ledger.reserve(call("other", "0.1"));
    const reservation = await ledger.reserve(call("r", "0.1"));
    const before = await dump(ledger);
    const refusal = await refused(reservation.extend({ estimate: { costUsd: "0.300000001" } }));
    equal([refusing(refusal), refusal.limit, refusal.attempted], [["team"], 0.4, 0.400000001]);
    equal([refusal.breaches[0]?.reserved, refusal.breaches[0]?.reservedNanoUsd], [0.1, TENTH]);
    equal([await dump(ledger), reservation.estimate.costNanoUsd], [before, TENTH]);
    await reservation.extend({ estimate: { costUsd: "0.3" } });
    equal(await money(ledger, "team"), [0n, 4n * TENTH]);
    // What shrinks is asked of nobody, though nothing is left.
    await reservation.extend({ estimate: { costUsd: "0.25" } });
    await other.release();
  },

  async "a soft budget lets grow what it let pass, until others have used it up"({ ledger }) {
    await ledger.budgets.put(soft("soft"));
    const reservation = await ledger.reserve(call("r", "0.9"));
    await reservation.extend({ estimate: { costUsd: "1.5" } });
    equal(await money(ledger, "soft"), [0n, 15n * TENTH]);
    await reservation.extend({ estimate: { costUsd: "1.7" } });
    await ledger.record(record("other", reservation.reservedMs, USD));
    await refused(reservation.extend({ estimate: { costUsd: "1.8" } }));
    equal((await money(ledger, "soft"))[1], 17n * TENTH);
  },

  async "a budget that came after the call holds it too, and is asked when it grows"({ ledger }) {
    const reservation = await ledger.reserve(call("r", "0.2"));
    await ledger.budgets.put(budget("late", { amountNanoUsd: 3n * TENTH }));
    await refused(reservation.extend({ estimate: { costUsd: "0.4" } }));
    await reservation.extend({ estimate: { costUsd: "0.3" } });
    equal(await money(ledger, "late"), [0n, 3n * TENTH]);
  },

  async "a sliding window holds what grew in its part of it"({ ledger }) {
    await ledger.budgets.put(budget("hour", { windowMs: 3_600_000 }));
    const reservation = await ledger.reserve(call("r", "0.2"));
    await reservation.extend({ estimate: { costUsd: 1 } });
    await refused(reservation.extend({ estimate: { costUsd: "1.000000001" } }));
    equal(await money(ledger, "hour"), [0n, USD]);
    await reservation.settle({ costUsd: "0.7" });
    equal(await money(ledger, "hour"), [7n * TENTH, 0n]);
  },

  async "a hold that lasts longer is not swept, and expires charged at what it has grown to"(bench) {
    const { ledger } = bench;
    await ledger.budgets.put(budget("all"));
    const reservation = await ledger.reserve(call("r", "0.2", { ttlMs: 60_000, dispatched: true }));
    const before = reservation.expiresMs;
    await reservation.extend({ ttlMs: 40, estimate: { costUsd: "0.4" } });
    equal(reservation.expiresMs < before, true);
    equal(await sweepAfter(bench, reservation), { charged: 1, released: 0 });
    equal(await money(ledger, "all"), [4n * TENTH, 0n]);
    await refused(reservation.extend({ ttlMs: 1000 }), "ALREADY_SETTLED");
  },

  async "what has ended can't be extended or named, and changes that are none are refused"({ ledger }) {
    await ledger.budgets.put(budget("all"));
    const settled = await ledger.reserve(call("settled", "0.1"));
    await settled.settle({ costUsd: "0.1" });
    const released = await ledger.reserve(call("released", "0.1"));
    await released.release();
    const open = await ledger.reserve(call("open", "0.1"));
    const before = await dump(ledger);
    for (const one of [settled, released]) {
      await refused(one.extend({ estimate: { costUsd: "0.2" } }), "ALREADY_SETTLED");
      await refused(one.track("x"), "ALREADY_SETTLED");
    }
    const bad = [{}, { ttlMs: 0 }, { ttlMs: Number.NaN }, { estimate: {} }, { estimate: { costUsd: -1 } }, { estimate: null }, { ttl: 5 }];
    for (const change of bad) await refused(open.extend(change as { ttlMs: number }), "INVALID_INPUT");
    await refused(open.track(""), "INVALID_INPUT");
    equal(await dump(ledger), before);
  },

  async "guarantee G14: a reservation is found by its second name until it ends, and each open one has its own"({ ledger }) {
    await ledger.budgets.put(budget("all"));
    const first = await ledger.reserve(call("a", "0.2", { dispatched: true }));
    const second = await ledger.reserve(call("b", "0.2"));
    equal(await ledger.tracked("acme:job-1"), undefined);
    await first.track("acme:job-1");
    await first.track("acme:job-1");
    await refused(second.track("acme:job-1"), "INVALID_INPUT");
    const found = await ledger.tracked("acme:job-1");
    equal([found?.requestId, found?.attempt, found?.estimate.costNanoUsd, found?.isNew], ["a", 1, 2n * TENTH, false]);
    await found?.extend({ ttlMs: 86_400_000 });
    await found?.settle({ costUsd: "0.15" });
    equal(await ledger.tracked("acme:job-1"), undefined);
    await second.track("acme:job-1");
    equal((await ledger.tracked("acme:job-1"))?.requestId, "b");
    await second.release();
    equal([await ledger.tracked("acme:job-1"), await money(ledger, "all")], [undefined, [(TENTH * 3n) / 2n, 0n]]);
  },

  async "whose a call was is known by what the provider keeps of it, also after its end, and never becomes another's"({ ledger }) {
    const blue = { org: "acme", team: "blue", user: "ada", project: "search", key: "ci" };
    const one = await ledger.reserve(call("a", "0.2", { scope: { ...blue, session: "s", tags: ["t"] } }));
    const other = await ledger.reserve(call("b", "0.2", { scope: { team: "red" } }));
    equal(await ledger.ownerOf("acme:job-1"), undefined);
    await one.track("acme:job-1");
    equal(await ledger.ownerOf("acme:job-1"), blue);
    await one.settle({ costUsd: "0.1" }, { externalIds: ["acme:resp-1", "acme:msg-1"] });
    equal(
      [await ledger.ownerOf("acme:job-1"), await ledger.ownerOf("acme:resp-1"), await ledger.ownerOf("acme:msg-1")],
      [blue, blue, blue],
    );
    await other.track("acme:job-1");
    await other.settle({ costUsd: "0.1" }, { externalIds: ["acme:resp-1", "acme:resp-2"] });
    equal([await ledger.ownerOf("acme:job-1"), await ledger.ownerOf("acme:resp-1")], [blue, blue]);
    equal(await ledger.ownerOf("acme:resp-2"), { team: "red" });
    equal([await ledger.ownerOf("resp-1"), await ledger.ownerOf("acme:resp-1 ")], [undefined, undefined]);
    await refused(ledger.ownerOf(""), "INVALID_INPUT");
  },

  async "what was not settled leaves nothing at the provider that anybody owns"({ ledger }) {
    const released = await ledger.reserve(call("released", "0.2"));
    await released.release();
    await refused(released.settle({ costUsd: "0.1" }, { externalIds: ["acme:resp-1"] }), "ALREADY_SETTLED");
    const settled = await ledger.reserve(call("settled", "0.2"));
    await settled.settle({ costUsd: "0.1" });
    await refused(settled.settle({ costUsd: "0.1" }, { externalIds: ["acme:resp-1"] }), "ALREADY_SETTLED");
    const open = await ledger.reserve(call("open", "0.2"));
    await refused(open.settle({ costUsd: "0.1" }, { externalIds: [""] }), "INVALID_INPUT");
    await open.release();
    equal(await ledger.ownerOf("acme:resp-1"), undefined);
  },

  async "who made the call and which model was asked for is in its record, also when it is swept"(bench) {
    const { ledger } = bench;
    const told = { source: "gateway", requestedModel: "acme-large", dispatched: true } as const;
    await (await ledger.reserve(call("a", "0.1", told))).settle({ costUsd: "0.1" });
    await sweepAfter(bench, await ledger.reserve(call("b", "0.1", { ...told, ttlMs: 40 })));
    await ledger.reserve(call("c", "0.1", told));
    await ledger.settle("c", { costUsd: "0.1", model: "acme-1-2026" });
    await (await ledger.reserve(call("d", "0.1"))).settle({ costUsd: "0.1" });
    const facts = (await records(ledger)).map(({ requestId, source, requestedModel, model }) => [requestId, source, requestedModel, model]);
    equal(facts.sort(), [
      ["a", "gateway", "acme-large", "acme-1"],
      ["b", "gateway", "acme-large", "acme-1"],
      ["c", "gateway", "acme-large", "acme-1-2026"],
      ["d", "library", undefined, "acme-1"],
    ]);
    await ledger.reserve(call("e", "0.1", told));
    await refused(ledger.reserve(call("e", "0.1", { ...told, source: "api" })), "INVALID_INPUT");
    await refused(ledger.reserve(call("f", "0.1", { source: "claude-code" })), "INVALID_INPUT");
  },

  async "a settled call's terms, source of figures and facts are in its record, and what it cost is answered"({ ledger }) {
    const rates = { input: 1_000_000_000, output: 2_000_000_000 };
    await ledger.prices.put([{ provider: "acme", model: "acme-1", rates, sources: [] }], "test");
    const priced = await ledger.reserve(call("priced", 0, { estimate: { inputTokens: 10, outputTokens: 10 } }));
    equal(await priced.settle({ inputTokens: 3, outputTokens: 2 }), { costNanoUsd: 7000, model: "acme-1" });
    const told = await ledger.reserve(call("told", "0.1"));
    const facts = { serviceTier: "flex", speed: "fast", inferenceGeo: "us", status: "aborted", latencyMs: 12 } as const;
    const actual = { inputTokens: 9, outputTokens: 8, audioInputTokens: 2, audioOutputTokens: 3, costUsd: "0.05", model: "acme-2" };
    const metadata = { note: "cut" };
    const settled = await told.settle({ ...actual, ...facts, metadata, usageSource: "estimated" });
    equal(settled, { costNanoUsd: Number(TENTH / 2n), model: "acme-2" });
    const stored = (await records(ledger)).find(({ requestId }) => requestId === "told");
    equal(stored && { ...stored, ...facts, metadata, usageSource: "estimated", model: "acme-2", requestedModel: "acme-1" }, stored);
    equal([stored?.tokens.audioInput, stored?.tokens.audioOutput], [2, 3]);
    const unknown = await ledger.reserve(call("unknown", 0, { model: "acme-9", estimate: { costUsd: 0 } }));
    equal(await unknown.settle({ inputTokens: 5 }), { costNanoUsd: undefined, model: "acme-9" });
  },

  async "a reservation says whether it is new, and what is left for others"({ ledger }) {
    const shadow = budget("shadow", { amountNanoUsd: TENTH, shadow: true });
    await ledger.budgets.put([budget("all"), budget("team", { scope: { team: "blue" }, amountNanoUsd: 5n * TENTH }), shadow]);
    await ledger.budgets.put(budget("tokens", { maxTokens: 100 }));
    const first = await ledger.reserve(call("r", "0.2"));
    equal([first.isNew, first.remainingNanoUsd], [true, 3n * TENTH]);
    const again = await ledger.reserve(call("r", "0.2"));
    equal([again.isNew, again.remainingNanoUsd], [false, 3n * TENTH]);
    await first.extend({ estimate: { costUsd: "0.4" } });
    equal(first.remainingNanoUsd, TENTH);
    const red = await ledger.reserve(call("red", "0.1", { scope: { team: "red" } }));
    equal(red.remainingNanoUsd, 5n * TENTH);
    await ledger.budgets.remove("all");
    await ledger.budgets.remove("shadow");
    equal((await ledger.reserve(call("free", "0.1", { scope: { team: "red" } }))).remainingNanoUsd, undefined);
  },

  async "which budgets count a call is told before it is reserved"({ ledger }) {
    const own = { provider: "acme", model: "acme-1", scope: { team: "blue" } };
    equal(await ledger.budgets.counting(own), []);
    await ledger.budgets.put([budget("all"), budget("blue", { scope: { team: "blue" } }), soft("red", { scope: { team: "red" } })]);
    const names = async (scope: object): Promise<string[]> =>
      (await ledger.budgets.counting({ ...own, scope })).map(({ name }) => name).sort();
    equal(await names({ team: "blue" }), ["all", "blue"]);
    equal(await names({ team: "red" }), ["all", "red"]);
    equal(await names({}), ["all"]);
    await ledger.budgets.remove("all");
    equal(await names({}), []);
  },

  async "held resolves, and both durabilities count alike"({ ledger }) {
    await ledger.budgets.put(budget("all"));
    const [a, b] = await Promise.all([
      ledger.reserve(call("a", "0.1", { dispatched: true, durability: "commit" })),
      ledger.reserve(call("b", "0.1", { durability: "disk" })),
    ]);
    await Promise.all([a.held(), b.held()]);
    await Promise.all([a.settle({ costUsd: "0.1" }, { durability: "commit" }), b.settle({ costUsd: "0.1" }, { durability: "disk" })]);
    equal(await money(ledger, "all"), [2n * TENTH, 0n]);
    await refused(ledger.reserve(call("c", "0.1", { durability: "maybe" as "disk" })), "INVALID_INPUT");
  },
};
