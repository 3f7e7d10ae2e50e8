/**
 * What every store must do with sessions, as named cases that run under any test runner, or under none.
 */
import { deepStrictEqual as equal, match, notEqual, ok, rejects } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../clock.ts";
import type { Ledger } from "../ledger/index.ts";
import { type ConformanceCase, ledgerCases } from "./conformance-case.ts";

const HOUR_MS = 3_600_000;

/**
 * The cases for ledgers that `open` makes; each case opens an empty one and closes it.
 *
 * @example
 * ```ts
 * import { openLedger } from "tokenledger/ledger";
 * import { sessionConformance } from "tokenledger/testing";
 * for (const { run } of sessionConformance(() => openLedger("sqlite::memory:"))) await run();
 * ```
 */
export function sessionConformance(open: () => Promise<Ledger>): ConformanceCase[] {
  return ledgerCases(open, CASES);
}

const CASES: Record<string, (ledger: Ledger) => Promise<void>> = {
  async "a session's token stands for its key, and no other text does"({ keys, sessions }) {
    const { key, created } = await keys.create("ops", { role: "admin", team: "blue" });
    const { token, expiresMs } = await sessions.open(created.id, { ttlMs: HOUR_MS });
    match(token, /^tls_[A-Za-z0-9_-]{43}$/);
    ok(expiresMs > created.createdMs && expiresMs <= systemClock.now() + HOUR_MS + 60_000);
    equal(await sessions.find(token), { ...created, expiresMs });
    const last = token.endsWith("A") ? "B" : "A";
    for (const text of ["", "tls_", key, created.id, `${token.slice(0, -1)}${last}`, `${token} `, token.toUpperCase(), token.slice(4)])
      equal([text, await sessions.find(text)], [text, undefined]);
    equal([await keys.authenticate(token), await sessions.find(5 as unknown as string)], [undefined, undefined]);
    notEqual((await sessions.open(created.id, { ttlMs: HOUR_MS })).token, token);
  },

  async "a session that is closed is over, once, and no other is"({ keys, sessions }) {
    const { created } = await keys.create("ops");
    const [one, two] = [await sessions.open(created.id, { ttlMs: HOUR_MS }), await sessions.open(created.id, { ttlMs: HOUR_MS })];
    equal([await sessions.close(one.token), await sessions.close(one.token), await sessions.close("tls_no")], [true, false, false]);
    equal([await sessions.find(one.token), (await sessions.find(two.token))?.id], [undefined, created.id]);
  },

  async "a session is over when its time is, by the store's clock, whatever was done in it"({ keys, sessions }) {
    const { created } = await keys.create("ops");
    const { token } = await sessions.open(created.id, { ttlMs: 200 });
    ok(await sessions.find(token));
    await sleep(100);
    ok(await sessions.find(token));
    await sleep(150);
    equal([await sessions.find(token), await sessions.close(token)], [undefined, false]);
  },

  async "a session ends with its key: revoked, replaced even with a grace, or expired"({ keys, sessions }) {
    const revoked = await keys.create("revoked");
    const replaced = await keys.create("replaced");
    const expiring = await keys.create("expiring", { expiresMs: systemClock.now() + 500 });
    const tokens = [];
    for (const { created } of [revoked, replaced, expiring]) tokens.push(await sessions.open(created.id, { ttlMs: HOUR_MS }));
    for (const { token } of tokens) ok(await sessions.find(token));
    equal((await sessions.find(tokens[2]?.token ?? ""))?.expiresMs, expiring.created.expiresMs);
    await keys.revoke("revoked");
    await keys.rotate("replaced", { graceMs: HOUR_MS });
    ok(await keys.authenticate(replaced.key));
    await sleep(600);
    for (const { token } of tokens) equal(await sessions.find(token), undefined);
  },

  async "none is opened for a key that is over, or that nobody has"({ keys, sessions }) {
    const { created } = await keys.create("revoked");
    await keys.revoke("revoked");
    const replaced = (await keys.create("replaced")).created;
    await keys.rotate("replaced", { graceMs: HOUR_MS });
    for (const id of [created.id, replaced.id, "aaaaaaaa", ""])
      await rejects(sessions.open(id, { ttlMs: HOUR_MS }), { code: "INVALID_INPUT" });
    const { created: usable } = await keys.create("usable");
    for (const ttlMs of [0, -1, 0.5, Number.NaN, 12 * HOUR_MS + 1, "1" as unknown as number])
      await rejects(sessions.open(usable.id, { ttlMs }), { code: "INVALID_INPUT" });
  },

  async "a key has a hundred sessions at most: who opens another one ends the oldest"({ keys, sessions }) {
    const { created } = await keys.create("ops");
    const { created: neighbour } = await keys.create("neighbour");
    const untouched = await sessions.open(neighbour.id, { ttlMs: HOUR_MS });
    const first = await sessions.open(created.id, { ttlMs: HOUR_MS });
    await sleep(5);
    const tokens: string[] = [];
    for (let count = 0; count < 100; count++) tokens.push((await sessions.open(created.id, { ttlMs: HOUR_MS })).token);
    equal(await sessions.find(first.token), undefined);
    for (const token of [...tokens, untouched.token]) ok(await sessions.find(token));
  },

  async "opening and closing are in the audit log with who did it, and without the token"({ keys, sessions, audit }) {
    const { created } = await keys.create("ops");
    const { token } = await sessions.open(created.id, { ttlMs: HOUR_MS, actor: `key:${created.id}` });
    await sessions.close(token, "local");
    const entries = await audit.list();
    equal(
      entries.slice(0, 2).map(({ actor, action, subject }) => [actor, action, subject]),
      [
        ["local", "session.closed", created.id],
        [`key:${created.id}`, "session.opened", created.id],
      ],
    );
    ok(!JSON.stringify(entries).includes(token.slice(4)));
  },
};
