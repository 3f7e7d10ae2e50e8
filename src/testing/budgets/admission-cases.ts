/** Which calls pass. */
import { deepStrictEqual as equal } from "node:assert";
import { BudgetExceeded } from "../../errors.ts";
import {
  type BudgetCase,
  budget,
  call,
  dump,
  HOUR_MS,
  money,
  record,
  refused,
  refusing,
  soft,
  status,
  tokensCall,
  USD,
} from "./budget-case.ts";

export const ADMISSION_CASES: Record<string, BudgetCase> = {
  async "guarantee G1d: a call that fits exactly passes, one nano-USD or one token more does not"({ ledger }) {
    await ledger.budgets.put([budget("money"), budget("tokens", { maxTokens: 100 })]);
    await ledger.reserve(call("a", "0.999999999", { estimate: { costUsd: "0.999999999", inputTokens: 99 } }));
    const over = await refused(ledger.reserve(call("b", "0.000000002")));
    equal([refusing(over), over.cap], [["money"], "cost_usd"]);
    equal(refusing(await refused(ledger.reserve(tokensCall("c", 2)))), ["tokens"]);
    await ledger.reserve(call("d", "0.000000001", { estimate: { costUsd: "0.000000001", outputTokens: 1 } }));
    equal(await money(ledger, "money"), [0n, USD]);
    equal((await status(ledger, "tokens")).reservedTokens, 100n);
  },

  async "all budgets that count a call hold it, or none does; the refusal names each that refuses"({ ledger }) {
    const scopes = { org: { org: "acme" }, team: { team: "blue" }, user: { user: "ann" }, other: { team: "red" } };
    await ledger.budgets.put([
      budget("org", { scope: scopes.org, amountNanoUsd: 10n * USD }),
      budget("team", { scope: scopes.team }),
      budget("user", { scope: scopes.user, amountNanoUsd: USD / 2n }),
      budget("other", { scope: scopes.other, amountNanoUsd: 1n }),
    ]);
    const scope = { org: "acme", team: "blue", user: "ann" };
    await ledger.reserve(call("a", "0.4", { scope }));
    for (const name of ["org", "team", "user"]) equal(await money(ledger, name), [0n, (USD * 4n) / 10n]);
    equal(await money(ledger, "other"), [0n, 0n]);
    const before = await dump(ledger);
    const error = await refused(ledger.reserve(call("b", "0.7", { scope })));
    equal([error instanceof BudgetExceeded, refusing(error)], [true, ["team", "user"]]);
    equal(refusing(await refused(ledger.reserve(call("b", "0.2", { scope })))), ["user"]);
    equal(await dump(ledger), before);
    await ledger.reserve(call("c", "0.2", { scope: { ...scope, user: "bob" } }));
    equal(await money(ledger, "user"), [0n, (USD * 4n) / 10n]);
  },

  async "guarantee G1b: a refusal changes no counter, no record, no alert"({ ledger }) {
    await ledger.budgets.put([
      budget("sliding", { windowMs: HOUR_MS, scope: { team: "*" }, alerts: [1, 50] }),
      budget("daily", { period: "daily", alerts: [50] }),
      budget("tokens", { period: "lifetime", maxTokens: 50, alerts: [50] }),
      soft("soft", { period: "weekly", tolerance: 0.5 }),
    ]);
    await (await ledger.reserve(call("a", "0.3", { estimate: { costUsd: "0.3", inputTokens: 20 } }))).settle();
    await ledger.reserve(call("b", "0.3", { estimate: { costUsd: "0.3", inputTokens: 20 } }));
    const before = await dump(ledger);
    await refused(ledger.reserve(call("c", "0.5")));
    await refused(ledger.reserve(call("d", "0.1", { estimate: { costUsd: "0.1", inputTokens: 11 } })));
    equal(await dump(ledger), before);
  },

  async "a soft budget lets the call pass that crosses it, and enforces from the next one on"({ ledger }) {
    await ledger.budgets.put(soft("soft"));
    await (await ledger.reserve(call("a", "0.9"))).settle();
    await (await ledger.reserve(call("b", "5"))).settle();
    equal(refusing(await refused(ledger.reserve(call("c", "0.000000001")))), ["soft"]);
    equal(await money(ledger, "soft"), [(USD * 59n) / 10n, 0n]);
  },

  async "the tolerance of a soft budget moves the limit at which it enforces, that of a hard one nothing"({ ledger }) {
    await ledger.budgets.put([
      soft("soft", { tolerance: 0.1, scope: { team: "blue" } }),
      budget("hard", { tolerance: 0.1, scope: { team: "red" } }),
    ]);
    await (await ledger.reserve(call("a", "1.05"))).settle();
    await (await ledger.reserve(call("b", "0.05"))).settle();
    await refused(ledger.reserve(call("c", "0.01")));
    await refused(ledger.reserve(call("d", "1.000000001", { scope: { team: "red" } })));
    await ledger.reserve(call("d", "1", { scope: { team: "red" } }));
  },

  async "a budget in shadow, and one that only notifies, let everything pass and say so"({ ledger }) {
    await ledger.budgets.put([budget("shadow", { shadow: true }), soft("notify", { enforcement: "notify_only" })]);
    equal((await ledger.reserve(call("a", "0.9"))).notices, []);
    const { notices } = await ledger.reserve(call("b", "5"));
    equal(
      notices.map(({ budget: name, reason }) => [name, reason]),
      [["shadow", "shadow"]],
    );
    const all = (await ledger.reserve(call("c", "5"))).notices.map(({ budget: name }) => name).sort();
    equal(all, ["notify", "shadow"]);
    equal(await money(ledger, "shadow"), [0n, (USD * 109n) / 10n]);
  },

  async "a budget that switches provider refuses the others once it is spent, and says whereto"({ ledger }) {
    await ledger.budgets.put(soft("switch", { enforcement: "switch_provider", switchTo: "cheaper" }));
    await (await ledger.reserve(call("a", "1"))).settle();
    const error = await refused(ledger.reserve(call("b", "0.1")));
    equal(
      error.breaches.map(({ switchTo }) => switchTo),
      ["cheaper"],
    );
    await ledger.reserve(call("b", "0.1", { provider: "cheaper" }));
  },

  async "an override replaces the amount while it lasts"({ ledger }) {
    const { reservedMs } = await ledger.reserve(tokensCall("now", 1));
    const until = (untilMs: number) => budget("all", { override: { amountNanoUsd: 3n * USD, untilMs } });
    await ledger.budgets.put(until(reservedMs - 1));
    await refused(ledger.reserve(call("a", "2")));
    await ledger.budgets.put(until(reservedMs + 24 * HOUR_MS));
    equal((await status(ledger, "all")).amountNanoUsd, 3n * USD);
    await ledger.reserve(call("a", "2"));
    await refused(ledger.reserve(call("b", "1.1")));
  },

  async "a budget for each value gives every one the whole amount, and leaves out calls without one"({ ledger }) {
    await ledger.budgets.put([budget("user", { scope: { user: "*" } }), budget("tag", { scope: { tag: "*", team: "blue" } })]);
    await ledger.reserve(call("a", "0.8", { scope: { user: "ann" } }));
    await ledger.reserve(call("b", "0.8", { scope: { user: "bob" } }));
    equal(refusing(await refused(ledger.reserve(call("c", "0.3", { scope: { user: "ann" } })))), ["user"]);
    await ledger.reserve(call("d", "100", { scope: {} }));
    await ledger.reserve(call("e", "0.6", { scope: { team: "blue", tags: ["x", "y"] } }));
    await refused(ledger.reserve(call("f", "0.6", { scope: { team: "blue", tags: ["y", "z"] } })));
    await ledger.reserve(call("g", "0.6", { scope: { team: "blue", tags: ["z"] } }));
    const states = (await ledger.budgets.status()).filter(({ reservedNanoUsd }) => reservedNanoUsd > 0n);
    equal(states.map(({ name, reservedNanoUsd }) => `${name} ${reservedNanoUsd}`).sort(), [
      "tag 600000000",
      "tag 600000000",
      "tag 600000000",
      "user 800000000",
      "user 800000000",
    ]);
  },

  async "every kind of scope counts the calls that match all of it"({ ledger }) {
    const scopes = [
      { org: "o" },
      { team: "t" },
      { user: "u" },
      { project: "p" },
      { key: "k" },
      { tag: "g" },
      { provider: "acme" },
      { model: "acme-1" },
    ];
    await ledger.budgets.put([
      ...scopes.map((scope) => budget(JSON.stringify(scope), { scope })),
      budget("both", { scope: { team: "t", user: "v" } }),
    ]);
    const scope = { org: "o", team: "t", user: "u", project: "p", key: "k", tags: ["f", "g"] };
    await (await ledger.reserve(call("a", "0.1", { scope }))).settle();
    await ledger.reserve(call("b", "0.1", { provider: "other", model: "other-1", scope: { org: "x", team: "x", tags: ["x"] } }));
    for (const one of scopes) equal(await money(ledger, JSON.stringify(one)), [USD / 10n, 0n], JSON.stringify(one));
    equal(await money(ledger, "both"), [0n, 0n]);
  },

  async "an axis to which a call adds nothing never refuses it"({ ledger }) {
    await ledger.budgets.put([budget("money"), budget("tokens", { maxTokens: 10 })]);
    await (await ledger.reserve(call("a", "1"))).settle({ costUsd: "1.5", inputTokens: 5 });
    await ledger.reserve(tokensCall("b", 5));
    equal(refusing(await refused(ledger.reserve(tokensCall("c", 1)))), ["tokens"]);
  },

  async "a refusal says after how long the call fits, and nothing where it never can"({ ledger }) {
    await ledger.budgets.put([
      budget("sliding", { windowMs: HOUR_MS, scope: { team: "blue" } }),
      budget("lifetime", { period: "lifetime", scope: { team: "red" } }),
    ]);
    await (await ledger.reserve(call("a", "1"))).settle();
    await (await ledger.reserve(call("b", "1", { scope: { team: "red" } }))).settle();
    const { retryAfterMs } = await refused(ledger.reserve(call("c", "0.5")));
    equal(retryAfterMs !== undefined && retryAfterMs > HOUR_MS * 0.9 && retryAfterMs <= HOUR_MS * 1.05, true, String(retryAfterMs));
    equal((await refused(ledger.reserve(call("d", "1.1")))).retryAfterMs, undefined);
    equal((await refused(ledger.reserve(call("e", "0.1", { scope: { team: "red" } })))).retryAfterMs, undefined);
  },

  async "acceptance A9: of 200 calls at once exactly as many pass as fit"({ ledger }) {
    await ledger.budgets.put(budget("tokens", { maxTokens: 1000 }));
    const tried = await Promise.allSettled(Array.from({ length: 200 }, (_, index) => ledger.reserve(tokensCall(`r-${index}`, 10))));
    equal(tried.filter(({ status: outcome }) => outcome === "fulfilled").length, 100);
    equal((await status(ledger, "tokens")).reservedTokens, 1000n);
  },

  async "a new or changed budget counts what its window holds already, reservations too"({ ledger }) {
    const open = await ledger.reserve(call("open", "0.3"));
    await ledger.record(record("blue", open.reservedMs, USD / 5n));
    await ledger.record(record("red", open.reservedMs, USD / 5n, { team: "red" }));
    await ledger.budgets.put(budget("all"));
    equal((await money(ledger, "all"))[0], (USD * 4n) / 10n);
    await ledger.budgets.put(budget("all", { scope: { team: "blue" }, amountNanoUsd: 2n * USD }));
    equal((await money(ledger, "all"))[0], USD / 5n);
    const { definition } = await status(ledger, "all");
    equal([definition.amountNanoUsd, definition.scope], [2n * USD, { team: "blue" }]);
    await open.settle({ costUsd: "0.25" });
    equal(await money(ledger, "all"), [(USD * 45n) / 100n, 0n]);
  },

  async "a removed budget counts no more, and the reservations that it held end as they would have"({ ledger }) {
    await ledger.budgets.put([budget("all"), budget("team", { scope: { team: "blue" } })]);
    const open = await ledger.reserve(call("open", "0.9"));
    equal([await ledger.budgets.remove("all"), await ledger.budgets.remove("all")], [true, false]);
    await ledger.reserve(call("red", "0.9", { scope: { team: "red" } }));
    await open.settle({ costUsd: "0.4" });
    equal(await money(ledger, "team"), [(USD * 4n) / 10n, 0n]);
    equal(
      (await ledger.budgets.list()).map(({ definition }) => definition.name),
      ["team"],
    );
  },

  async "an origin's budgets become exactly those that it names, the others' stay"({ ledger }) {
    await ledger.budgets.put(budget("own"));
    await ledger.budgets.replace([budget("a"), budget("b")], "config:one");
    await ledger.budgets.replace([budget("b", { amountNanoUsd: 5n }), budget("c")], "config:one");
    const list = (await ledger.budgets.list()).map(({ definition, origin }) => `${definition.name} ${definition.amountNanoUsd} ${origin}`);
    equal(list.sort(), [`b 5 config:one`, `c ${USD} config:one`, `own ${USD} library`]);
  },
};
