/**
 * What every store must do with virtual keys, as named cases that run under any test runner, or under none.
 */
import { deepStrictEqual as equal, match, notEqual, ok } from "node:assert";
import { TokenLedgerError } from "../errors.ts";
import type { Ledger } from "../ledger/index.ts";
import { type ConformanceCase, ledgerCases } from "./conformance-case.ts";

const SECRET = "a-text-of-some-length-that-nobody-guesses";
const HOUR_MS = 3_600_000;

/**
 * The cases for ledgers that `open` makes; each case opens an empty one and closes it.
 *
 * @example
 * ```ts
 * import { openLedger } from "tokenledger/ledger";
 * import { keyConformance } from "tokenledger/testing";
 * for (const { run } of keyConformance(() => openLedger("sqlite::memory:"))) await run();
 * ```
 */
export function keyConformance(open: () => Promise<Ledger>): ConformanceCase[] {
  return ledgerCases(open, CASES);
}

async function refused(work: Promise<unknown>, why: RegExp): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!TokenLedgerError.is(error) || error.code !== "INVALID_INPUT") throw error ?? new Error(`was taken, where ${why} was due`);
  match(error.message, why);
}

const CASES: Record<string, (ledger: Ledger) => Promise<void>> = {
  async "a key that is shown is known by its name and rules, and is told once"({ keys }) {
    const rules = { role: "viewer", team: "blue", models: ["gpt-5*"], requestsPerMinute: 60, maxChoices: 4 } as const;
    const { key, created } = await keys.create("ci", rules);
    match(key, /^tl_live_[a-z2-7]{8}_[A-Za-z0-9_-]{43}_[0-9a-f]{8}$/);
    ok(key.includes(created.id) && key.endsWith(created.last4));
    const { createdMs, ...rest } = created;
    ok(Number.isSafeInteger(createdMs));
    equal(rest, { ...rules, models: ["gpt-5*"], id: created.id, name: "ci", last4: key.slice(-4), origin: "library" });
    equal(await keys.authenticate(key), created);
    equal(await keys.list(), [created]);
    ok(!JSON.stringify(await keys.list()).includes(key.slice(17, 40)));
  },

  async "without rules it is a member's, and all else is left open"({ keys }) {
    const { created } = await keys.create("plain");
    const { id, createdMs, last4, ...rest } = created;
    ok(id && createdMs && last4);
    equal(rest, { name: "plain", role: "member", origin: "library" });
  },

  async "any other text is nobody's key"({ keys }) {
    const { key } = await keys.create("ci");
    const other = (await keys.create("other")).key;
    const crossed = `${key.slice(0, 17)}${other.slice(17)}`;
    for (const text of [
      "",
      "x",
      key.slice(0, -1),
      `${key} `,
      key.toUpperCase(),
      key.slice(0, 40),
      crossed,
      SECRET,
      `${key.slice(0, -8)}00000000`,
    ])
      equal(await keys.authenticate(text), undefined, text);
    equal(await keys.authenticate(undefined as unknown as string), undefined);
  },

  async "a name is one key's until that is revoked"({ keys }) {
    const { key, created } = await keys.create("ci");
    await refused(keys.create("ci"), /"ci" is in use by key .{8}; revoke that one first/);
    equal(await keys.revoke("ci"), true);
    equal(await keys.authenticate(key), undefined);
    equal(await keys.revoke("ci"), false);
    const again = await keys.create("ci");
    notEqual(again.created.id, created.id);
    equal(
      (await keys.list()).map(({ id, revokedMs }) => [id, revokedMs !== undefined]).sort(),
      [
        [again.created.id, false],
        [created.id, true],
      ].sort(),
    );
    equal((await keys.authenticate(again.key))?.id, again.created.id);
    equal(await keys.revoke("nobody"), false);
  },

  async "a key can also be revoked by its id"({ keys }) {
    const { key, created } = await keys.create("ci");
    equal(await keys.revoke(created.id), true);
    equal(await keys.authenticate(key), undefined);
  },

  async "a new secret takes the old one's place at once, or after a grace"({ keys }) {
    const first = await keys.create("ci", { team: "blue" });
    const second = await keys.rotate("ci");
    equal(await keys.authenticate(first.key), undefined);
    equal((await keys.authenticate(second.key))?.team, "blue");
    equal(second.rotated.name, "ci");
    equal(second.rotated.graceUntilMs, undefined);
    notEqual(second.rotated.id, first.created.id);
    const third = await keys.rotate(second.rotated.id, { graceMs: HOUR_MS });
    const old = await keys.authenticate(second.key);
    equal(old?.name, "ci");
    equal(old?.expiresMs, third.rotated.graceUntilMs);
    equal(third.rotated.graceUntilMs, third.rotated.createdMs + HOUR_MS);
    equal((await keys.authenticate(third.key))?.id, third.rotated.id);
    equal(
      (await keys.list()).find(({ id }) => id === third.rotated.id),
      third.rotated,
    );
    await refused(keys.rotate(second.rotated.id), /was replaced by a newer one already/);
    equal(await keys.revoke(second.rotated.id), true);
    equal(await keys.authenticate(second.key), undefined);
    equal((await keys.list()).find(({ id }) => id === third.rotated.id)?.graceUntilMs, undefined);
  },

  async "who revokes a name ends also the key that it took the place of"({ keys }) {
    const first = await keys.create("ci");
    const second = await keys.rotate("ci", { graceMs: HOUR_MS });
    equal(await keys.revoke("ci"), true);
    for (const { key } of [first, second]) equal(await keys.authenticate(key), undefined);
    await refused(keys.rotate("ci"), /was revoked already/);
    await refused(keys.rotate("nobody"), /No key has the id or the name "nobody"/);
  },

  async "rules that make no sense are refused, and make no key"({ keys }) {
    const senseless: [unknown, RegExp][] = [
      [{ modles: ["gpt-5"] }, /"modles" is not known; did you mean models\?/],
      [{ role: "amdin" }, /role "amdin" is not known; did you mean admin\?/],
      [{ models: [] }, /models is \[\]; name at least one model/],
      [{ models: "gpt-5" }, /models is "gpt-5"/],
      [{ models: [""] }, /a model is ""/],
      [{ team: "" }, /team is ""/],
      [{ team: "\ud800" }, /team holds half of a character/],
      [{ requestsPerMinute: 0 }, /requestsPerMinute is 0; give a whole number from 1/],
      [{ maxConcurrentCalls: 1.5 }, /maxConcurrentCalls is 1.5/],
      [{ tokensPerMinute: "9" }, /tokensPerMinute is "9"/],
      [{ maxOutputTokens: -1 }, /maxOutputTokens is -1/],
      [{ expiresMs: 1 }, /expiresMs 1 lies in the past/],
      [{ expiresMs: Number.NaN }, /expiresMs is NaN/],
      ["viewer", /is not an object/],
    ];
    for (const [rules, why] of senseless) await refused(keys.create("ci", rules as object), why);
    await refused(keys.create(""), /name is ""/);
    await refused(
      keys.create("ci").then(() => keys.rotate("ci", { graceMs: -1 })),
      /graceMs is -1/,
    );
    equal((await keys.list()).length, 1);
  },

  async "the configuration's keys are known by what they are, and gone with it"({ keys }) {
    const { key: made } = await keys.create("made");
    await keys.replaceConfigured([
      { name: "one", key: SECRET, team: "blue" },
      { name: "two", key: `${SECRET}-2` },
    ]);
    const one = await keys.authenticate(SECRET);
    equal([one?.name, one?.team, one?.origin, one?.last4], ["one", "blue", "config", SECRET.slice(-4)]);
    await keys.replaceConfigured([
      { name: "two", key: SECRET },
      { name: "one", key: `${SECRET}-2` },
    ]);
    equal((await keys.authenticate(SECRET))?.name, "two");
    equal((await keys.authenticate(SECRET))?.team, undefined);
    await keys.replaceConfigured([{ name: "one", key: `${SECRET}-3` }]);
    for (const gone of [SECRET, `${SECRET}-2`]) equal(await keys.authenticate(gone), undefined);
    equal((await keys.list()).map(({ name }) => name).sort(), ["made", "one"]);
    equal((await keys.authenticate(made))?.name, "made");
    await refused(keys.rotate("one"), /stands in the configuration; change it there/);
    await refused(keys.create("one"), /in use by key .{8} of the configuration/);
    await refused(keys.replaceConfigured([{ name: "made", key: SECRET }]), /"made" is in use/);
    await refused(keys.replaceConfigured([{ name: "same", key: made }]), /its key is in the book already, as "made"/);
    equal((await keys.list()).length, 2);
  },

  async "a configured key that was revoked stays so while it is configured"({ keys }) {
    const configured = [{ name: "one", key: SECRET }];
    await keys.replaceConfigured(configured);
    equal(await keys.revoke("one"), true);
    await keys.replaceConfigured(configured);
    equal(await keys.authenticate(SECRET), undefined);
    await keys.replaceConfigured([{ name: "one", key: `${SECRET}-2` }]);
    equal((await keys.authenticate(`${SECRET}-2`))?.name, "one");
  },

  async "a configured key that can't be one is refused, and never repeated"({ keys }) {
    const { key } = await keys.create("made");
    const mistyped = `${key.slice(0, -1)}${key.endsWith("0") ? "1" : "0"}`;
    const senseless: [unknown, RegExp][] = [
      [[{ name: "one", key: "too-short" }], /give 20 to 512 random letters/],
      [[{ name: "one", key: `${SECRET} with a space` }], /without spaces/],
      [[{ name: "one", key: mistyped }], /has a typing error/],
      [[{ name: "one", key: SECRET, teem: "blue" }], /"teem" is not known; did you mean team\?/],
      [[{ key: SECRET }], /name is missing/],
      [
        [
          { name: "one", key: SECRET },
          { name: "one", key: `${SECRET}-2` },
        ],
        /stands there twice/,
      ],
      [
        [
          { name: "one", key: SECRET },
          { name: "two", key: SECRET },
        ],
        /"one" and "two" are the same/,
      ],
    ];
    for (const [configured, why] of senseless) {
      const given = configured as Parameters<typeof keys.replaceConfigured>[0];
      await refused(keys.replaceConfigured(given), why);
      const message = await keys.replaceConfigured(given).catch((error: Error) => error.message);
      ok(![SECRET, mistyped, "too-short"].some((secret) => message?.includes(secret)), message ?? "");
    }
    equal((await keys.list()).length, 1);
  },

  async "every change of a key shows in the revision, and only that"({ keys }) {
    let last = await keys.revision();
    const isChanged = async (): Promise<boolean> => {
      const before = last;
      last = await keys.revision();
      return last !== before;
    };
    const { key, created } = await keys.create("ci");
    equal(await isChanged(), true);
    await keys.authenticate(key);
    await keys.touch(new Map([[created.id, 5]]));
    await keys.revoke("nobody");
    equal(await isChanged(), false);
    await keys.rotate("ci");
    equal(await isChanged(), true);
    await keys.revoke("ci");
    equal(await isChanged(), true);
    await keys.replaceConfigured([{ name: "one", key: SECRET }]);
    equal(await isChanged(), true);
    await keys.replaceConfigured([{ name: "one", key: SECRET }]);
    equal(await isChanged(), false);
  },

  async "when a key was last used is remembered, and never goes back"({ keys }) {
    const { key, created } = await keys.create("ci");
    await keys.touch(
      new Map([
        [created.id, 7000],
        ["nobodys", 1],
      ]),
    );
    await keys.touch(new Map([[created.id, 6000]]));
    equal((await keys.list())[0]?.lastUsedMs, 7000);
    equal((await keys.authenticate(key))?.lastUsedMs, 7000);
    await refused(keys.touch(new Map([[created.id, -1]])), /was last used at -1/);
  },

  async "names of any writing come back as they went in, also such as no record has yet"(ledger) {
    const name = 'Zoë 😀 "quoted" \u0000 \u0001';
    const { key } = await ledger.keys.create(name, { team: "no record has it", models: ["\u0001*"] });
    const found = await ledger.keys.authenticate(key);
    equal([found?.name, found?.team, found?.models], [name, "no record has it", ["\u0001*"]]);
    equal((await ledger.keys.list())[0]?.name, name);
    equal(await ledger.keys.revoke(name), true);
  },

  async "of many who take a name at once, one gets it"({ keys }) {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => keys.create("ci")));
    equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
    equal((await keys.list()).length, 1);
  },
};
