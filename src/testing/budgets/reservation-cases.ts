/** The life of a reservation. Exactly one of settle, release and expiry ends it. */
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
  status,
  sweepAfter,
  tokensCall,
  USD,
} from "./budget-case.ts";

const SHORT_MS = 40;
/** Long enough for another call to come in between, on a machine that is busy. */
const A_SECOND_MS = 1000;

export const RESERVATION_CASES: Record<string, BudgetCase> = {
  async "an estimate is held until the call is settled, and its record bears its id and its time"({ ledger }) {
    await ledger.budgets.put(budget("all"));
    const reservation = await ledger.reserve(call("r", "0.5", { scope: { team: "blue", user: "ann", tags: ["x"] } }));
    equal(await money(ledger, "all"), [0n, USD / 2n]);
    await reservation.settle({ inputTokens: 70, outputTokens: 7, costUsd: "0.25", latencyMs: 12 });
    equal(await money(ledger, "all"), [USD / 4n, 0n]);
    const [stored] = await records(ledger);
    equal([stored?.requestId, stored?.attempt ?? 1, stored?.timestampMs], ["r", 1, reservation.reservedMs]);
    equal([stored?.team, stored?.user, stored?.tags, stored?.latencyMs], ["blue", "ann", ["x"], 12]);
    equal([stored?.tokens.input, stored?.tokens.output, stored?.usageSource], [70, 7, "reported"]);
  },

  async "what calls under way hold is told oldest first, by whom and in which budgets, and no longer than they hold it"({ ledger }) {
    equal(await ledger.reservations(), []);
    await ledger.budgets.put([budget("blue", { scope: { team: "blue" } }), budget("all"), budget("red", { scope: { team: "red" } })]);
    const blue = await ledger.reserve(call("first", "0.5", { estimate: { costUsd: "0.5", inputTokens: 30, outputTokens: 10 } }));
    const owner = { org: "o", team: "red", user: "ann", project: "p", key: "k", session: "s", tags: ["x"] };
    const red = await ledger.reserve(call("second", "0.25", { scope: owner, attempt: 2, dispatched: true }));
    const told = await ledger.reservations();
    equal(
      told.map(({ requestId, attempt, budgets, dispatched }) => [requestId, attempt, budgets, dispatched]),
      [
        ["first", 1, ["all", "blue"], false],
        ["second", 2, ["all", "red"], true],
      ],
    );
    equal(
      told.map(({ provider, model, scope, reservedNanoUsd, reservedTokens }) => [provider, model, scope, reservedNanoUsd, reservedTokens]),
      [
        ["acme", "acme-1", { team: "blue" }, USD / 2n, 40],
        ["acme", "acme-1", owner, USD / 4n, 0],
      ],
    );
    equal([told[0]?.reservedMs, told[0]?.expiresMs], [blue.reservedMs, blue.expiresMs]);
    await blue.dispatched();
    await blue.extend({ estimate: { costUsd: "0.6" } });
    await red.release();
    await ledger.budgets.remove("blue");
    const [left, ...others] = await ledger.reservations();
    equal([left?.dispatched, left?.reservedNanoUsd, left?.budgets, others], [true, (USD * 6n) / 10n, ["all"], []]);
    await blue.settle({ costUsd: "0.1" });
    equal(await ledger.reservations(), []);
  },

  async "of a call without a price it is not said that it holds nothing"({ ledger }) {
    await ledger.budgets.put(budget("tokens", { maxTokens: 1000 }));
    await ledger.reserve(call("r", 0, { model: "nobody-sells-this", estimate: { inputTokens: 30, outputTokens: 10 } }));
    await ledger.reserve(call("s", 0, { estimate: { inputTokens: 1, costUsd: "0.25" } }));
    const told = await ledger.reservations();
    equal(
      told.map(({ reservedNanoUsd, reservedTokens }) => [reservedNanoUsd, reservedTokens]),
      [
        [undefined, 40],
        [USD / 4n, 1],
      ],
    );
  },

  async "settled without figures, a call counts as estimated"({ ledger }) {
    await ledger.budgets.put([budget("money"), budget("tokens", { maxTokens: 100 })]);
    const reservation = await ledger.reserve(call("r", "0.5", { estimate: { costUsd: "0.5", inputTokens: 30, outputTokens: 10 } }));
    await ledger.settle(reservation);
    equal(await money(ledger, "money"), [USD / 2n, 0n]);
    equal((await status(ledger, "tokens")).spentTokens, 40n);
    equal((await records(ledger))[0]?.usageSource, "estimated");
  },

  async "a second settle is refused and changes nothing"({ ledger }) {
    await ledger.budgets.put(budget("all"));
    const reservation = await ledger.reserve(call("r", "0.5"));
    await reservation.settle({ costUsd: "0.1" });
    const before = await dump(ledger);
    await refused(reservation.settle({ costUsd: "0.2" }), "ALREADY_SETTLED");
    await refused(ledger.settle("r", { costUsd: "0.1" }), "ALREADY_SETTLED");
    await reservation.release();
    await ledger.release("r");
    equal(await dump(ledger), before);
  },

  async "released, a call leaves nothing behind and may be reserved anew"({ ledger }) {
    await ledger.budgets.put(budget("all"));
    const reservation = await ledger.reserve(call("r", "0.5"));
    await reservation.release();
    await reservation.release();
    equal([await money(ledger, "all"), await records(ledger)], [[0n, 0n], []]);
    await refused(reservation.settle({ costUsd: "0.1" }), "ALREADY_SETTLED");
    await ledger.reserve(call("r", "0.25"));
    equal(await money(ledger, "all"), [0n, USD / 4n]);
  },

  async "disposed, a reservation is released, and a settled one stays settled"({ ledger }) {
    await ledger.budgets.put(budget("all"));
    await (await ledger.reserve(call("left", "0.5")))[Symbol.asyncDispose]();
    const settled = await ledger.reserve(call("settled", "0.5"));
    await settled.settle({ costUsd: "0.5" });
    await settled[Symbol.asyncDispose]();
    equal(await money(ledger, "all"), [USD / 2n, 0n]);
  },

  async "another process settles or releases by the request's id"({ ledger }) {
    await ledger.budgets.put(budget("all"));
    await ledger.reserve(call("a", "0.3"));
    await ledger.reserve(call("b", "0.3"));
    await ledger.settle("a", { costUsd: "0.2" });
    await ledger.release("b");
    equal(await money(ledger, "all"), [USD / 5n, 0n]);
    const before = await dump(ledger);
    await refused(ledger.settle("never reserved", { costUsd: "0.2" }), "INVALID_INPUT");
    equal(await dump(ledger), before);
  },

  async "what a call cost beyond its estimate counts in full and is told as overage"({ ledger }) {
    await ledger.budgets.put(budget("all"));
    await (await ledger.reserve(call("r", "0.9"))).settle({ costUsd: "1.1" });
    const { spentNanoUsd, overageNanoUsd, isExhausted } = await status(ledger, "all");
    equal([spentNanoUsd, overageNanoUsd, isExhausted], [(USD * 11n) / 10n, USD / 5n, true]);
    await refused(ledger.reserve(call("next", "0.000000001")));
  },

  async "the same request reserved again is the same reservation, with other content a mistake"({ ledger }) {
    await ledger.budgets.put(budget("all"));
    const first = await ledger.reserve(call("r", "0.4"));
    const again = await ledger.reserve(call("r", "0.4"));
    equal([again.requestId, again.attempt, again.reservedMs], [first.requestId, first.attempt, first.reservedMs]);
    equal(await money(ledger, "all"), [0n, (USD * 4n) / 10n]);
    const before = await dump(ledger);
    await refused(ledger.reserve(call("r", "0.5")), "INVALID_INPUT");
    await refused(ledger.reserve(call("r", "0.4", { model: "acme-2" })), "INVALID_INPUT");
    await refused(ledger.reserve(call("r", "0.4", { scope: { team: "red" } })), "INVALID_INPUT");
    equal(await dump(ledger), before);
  },

  async "a request that has its record is not reserved again, its next attempt is"({ ledger }) {
    await ledger.budgets.put(budget("all"));
    await (await ledger.reserve(call("r", "0.4"))).settle({ costUsd: "0.3" });
    const before = await dump(ledger);
    await refused(ledger.reserve(call("r", "0.4")), "ALREADY_SETTLED");
    equal(await dump(ledger), before);
    await (await ledger.reserve(call("r", "0.4", { attempt: 2 }))).settle({ costUsd: "0.2" });
    equal(await money(ledger, "all"), [USD / 2n, 0n]);
    equal((await records(ledger)).map(({ attempt }) => attempt ?? 1).sort(), [1, 2]);
  },

  async "a reservation that was never dispatched ends unspent, and its late settle counts once"(bench) {
    const { ledger } = bench;
    await ledger.budgets.put(budget("all"));
    const reservation = await ledger.reserve(call("r", "0.5", { ttlMs: SHORT_MS }));
    equal(await sweepAfter(bench, reservation), { charged: 0, released: 1 });
    equal([await money(ledger, "all"), await records(ledger)], [[0n, 0n], []]);
    await reservation.settle({ costUsd: "0.3" });
    equal(await money(ledger, "all"), [(USD * 3n) / 10n, 0n]);
    equal((await records(ledger))[0]?.timestampMs, reservation.reservedMs);
    await refused(reservation.settle({ costUsd: "0.3" }), "ALREADY_SETTLED");
    equal(await money(ledger, "all"), [(USD * 3n) / 10n, 0n]);
  },

  async "a dispatched reservation ends charged at its estimate, and a late settle corrects it once"(bench) {
    const { ledger } = bench;
    await ledger.budgets.put(budget("all"));
    const estimate = { costUsd: "0.5", inputTokens: 40, outputTokens: 2 };
    const reservation = await ledger.reserve(call("r", 0, { estimate, ttlMs: SHORT_MS, dispatched: true }));
    equal(await sweepAfter(bench, reservation), { charged: 1, released: 0 });
    equal(await money(ledger, "all"), [USD / 2n, 0n]);
    const [charged] = await records(ledger);
    equal([charged?.status, charged?.usageSource, charged?.tokens.input], ["expired", "estimated", 40]);
    await reservation.settle({ costUsd: "0.2", inputTokens: 10, outputTokens: 1 });
    const { spentNanoUsd, reservedNanoUsd, spentTokens, requests } = await status(ledger, "all");
    equal([spentNanoUsd, reservedNanoUsd, spentTokens, requests], [USD / 5n, 0n, 11n, 1]);
    const before = await dump(ledger);
    await refused(reservation.settle({ costUsd: "0.1" }), "ALREADY_SETTLED");
    equal(await dump(ledger), before);
  },

  async "a call that is marked as dispatched is charged like one that left at once"(bench) {
    const { ledger } = bench;
    await ledger.budgets.put(budget("all"));
    const reservation = await ledger.reserve(call("r", "0.5", { ttlMs: SHORT_MS }));
    await reservation.dispatched();
    equal(await sweepAfter(bench, reservation), { charged: 1, released: 0 });
    equal(await money(ledger, "all"), [USD / 2n, 0n]);
  },

  async "acceptance A15: what a dead holder held is free for the next call, at its first try"(bench) {
    const { ledger, clock } = bench;
    await ledger.budgets.put(budget("all"));
    const held = await ledger.reserve(call("held", 1, { ttlMs: A_SECOND_MS }));
    await refused(ledger.reserve(call("early", 1)));
    clock.advance(A_SECOND_MS);
    // A store with a clock of its own is asked until the time is over; no sweep but the refused reserve's own.
    for (;;) {
      const reservation = await ledger.reserve(call("next", 1)).catch(() => undefined);
      if (reservation === undefined) continue;
      equal(reservation.reservedMs >= held.expiresMs, true);
      break;
    }
    equal(await money(ledger, "all"), [0n, USD]);
  },

  async "figures that are none are refused, and nothing changes"({ ledger }) {
    await ledger.budgets.put([budget("money"), budget("tokens", { maxTokens: 100 })]);
    const reservation = await ledger.reserve(call("r", "0.5"));
    const before = await dump(ledger);
    const bad = [{}, { costUsd: -1 }, { costUsd: Number.NaN }, { costUsd: "0.0000000001" }, { costUsd: Number.POSITIVE_INFINITY }];
    const badTokens = [{ inputTokens: -1 }, { inputTokens: 1.5 }, { outputTokens: 2 ** 53 }, { inputTokens: Number.NaN }];
    for (const estimate of [...bad, ...badTokens.map((tokens) => ({ costUsd: 0, ...tokens }))]) {
      await refused(ledger.reserve(call("bad", 0, { estimate })), "INVALID_INPUT");
    }
    for (const ttlMs of [-1, 0, Number.NaN]) await refused(ledger.reserve(call("bad", 0, { ttlMs })), "INVALID_INPUT");
    for (const actual of [{ costUsd: -1 }, { costUsd: 0, inputTokens: -1 }, { costUsd: 0, inputTokens: 10, cacheReadTokens: 11 }]) {
      await refused(reservation.settle(actual), "INVALID_INPUT");
    }
    equal(await dump(ledger), before);
    await reservation.settle({ costUsd: "0.1" });
  },

  async "a call without a known price is refused where a hard budget counts money, and passes where tokens count"({ ledger }) {
    await ledger.budgets.put(budget("tokens", { maxTokens: 100, scope: { team: "blue" } }));
    await ledger.reserve(call("tokens", 0, { estimate: { inputTokens: 60 } }));
    equal((await status(ledger, "tokens")).reservedTokens, 60n);
    await ledger.budgets.put(budget("money"));
    const before = await dump(ledger);
    await refused(ledger.reserve(call("r", 0, { estimate: { inputTokens: 10 } })), "UNPRICED_MODEL");
    equal(await dump(ledger), before);
  },

  async "records that come by another way count too, once, with their corrections"({ ledger }) {
    await ledger.budgets.put([budget("all"), budget("tokens", { maxTokens: 1000 })]);
    const { reservedMs } = await ledger.reserve(tokensCall("now", 1));
    const one = record("one", reservedMs, USD / 10n);
    await ledger.record([one, one]);
    await ledger.record(one);
    equal(await money(ledger, "all"), [USD / 10n, 0n]);
    for (const output of [5, 50, 20]) {
      const line = record("line", reservedMs, USD / 10n, { source: "agent", tokens: { input: 100, output }, replay: { rank: 0 } });
      await ledger.append({ records: [line] });
    }
    equal((await status(ledger, "tokens")).spentTokens, 110n + 150n);
    equal((await status(ledger, "tokens")).requests, 2);
  },

  async "prices that become known are counted when the book is repriced"({ ledger }) {
    await ledger.budgets.put(budget("all"));
    const { reservedMs } = await ledger.reserve(tokensCall("now", 1));
    const { reportedCostNanoUsd: _cost, ...unpriced } = record("one", reservedMs, 0n);
    await ledger.record(unpriced);
    equal((await money(ledger, "all"))[0], 0n);
    const rates = { input: 1_000_000_000, output: 2_000_000_000 };
    await ledger.prices.put([{ provider: "acme", model: "acme-1", rates, sources: [] }], "test");
    await ledger.reprice();
    equal((await money(ledger, "all"))[0], 120_000n);
  },
};
