import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { connect } from "../../src/ledger/stores/sqlite/driver.ts";
import { FakeClock, keyConformance } from "../../src/testing/index.ts";
import { emptyBookUrl, hasPostgres } from "./postgres-server.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

let books = 0;
const newPath = (): string => join(folder, `book-${books++}.db`);

describe("virtual keys in memory", () => {
  it.each(keyConformance(() => openLedger("sqlite::memory:")))("$name", ({ run }) => run());
});

describe("virtual keys in a file", () => {
  it.each(keyConformance(() => openLedger(newPath())))("$name", ({ run }) => run());
});

describe.skipIf(!hasPostgres)("virtual keys in PostgreSQL (skipped where there is no PostgreSQL)", () => {
  it.each(keyConformance(async () => openLedger(await emptyBookUrl())))("$name", ({ run }) => run());
});

const START_MS = Date.UTC(2026, 4, 1);
const HOUR_MS = 3_600_000;
const CONFIGURED = "Zx9-operators-own-Key-4711-qweRty";

/** What of a key may be found beside its digest: its id, its last four characters. */
function assertNoneOf(haystack: string, key: string): void {
  const id = key.slice(8, 16);
  for (let at = 0; at + 9 <= key.length; at++) {
    const part = key.slice(at, at + 9);
    // Nine characters are more than the id has.
    if (part !== `_${id}` && part !== `${id}_`) expect(haystack.includes(part), part).toBe(false);
  }
}

describe("security S1: a book never holds a key", () => {
  it("keeps neither a key nor a part of one that is longer than its id in the file", async () => {
    const path = newPath();
    const ledger = await openLedger(path);
    const made = [await ledger.keys.create("ci", { team: "blue" }), await ledger.keys.create("other")];
    const rotated = await ledger.keys.rotate("ci", { graceMs: HOUR_MS });
    await ledger.keys.replaceConfigured([{ name: "theirs", key: CONFIGURED }]);
    const name = path.split("/").at(-1) as string;
    const files = readdirSync(folder).filter((file) => file.startsWith(name));
    expect(files.length).toBeGreaterThan(1);
    const content = files.map((file) => readFileSync(join(folder, file), "latin1")).join();
    expect(content).toContain(made[0]?.created.id);
    for (const { key } of [...made, rotated]) assertNoneOf(content, key);
    assertNoneOf(content, CONFIGURED);
    await ledger.close();
  });

  it.skipIf(!hasPostgres)("nor in a database of PostgreSQL", async () => {
    const url = await emptyBookUrl();
    const ledger = await openLedger(url);
    const { key } = await ledger.keys.create("ci");
    await ledger.keys.replaceConfigured([{ name: "theirs", key: CONFIGURED }]);
    await ledger.close();
    const client = new pg.Client(url.split("?")[0]);
    await client.connect();
    const { rows } = await client.query(`SELECT t::text AS row FROM ${new URL(url).searchParams.get("schema")}.virtual_keys t`);
    await client.end();
    expect(rows).toHaveLength(2);
    for (const { row } of rows as { row: string }[]) for (const text of [key, CONFIGURED]) assertNoneOf(row, text);
  });

  it("makes each key of 256 random bits, and tells a mistyped one without asking the book", async () => {
    const asked: number[] = [];
    const randomBytes = (size: number): Uint8Array => {
      asked.push(size);
      return new Uint8Array(size).fill(255 - asked.length);
    };
    const ledger = await openLedger(newPath(), { randomBytes });
    const { key } = await ledger.keys.create("ci");
    expect(asked).toContain(32);
    expect(Buffer.from(key.split("_").slice(3, -1).join("_"), "base64url")).toHaveLength(32);
    expect((await ledger.keys.authenticate(key))?.name).toBe("ci");
    await ledger.close();
    // A closed book can't be asked: only what needs no answer of it gets one.
    for (let at = 17; at < key.length; at++) {
      const other = key[at] === "a" ? "b" : "a";
      expect(await ledger.keys.authenticate(`${key.slice(0, at)}${other}${key.slice(at + 1)}`), `character ${at}`).toBeUndefined();
    }
    await expect(ledger.keys.authenticate(key)).rejects.toMatchObject({ code: "DATABASE_ERROR" });
  });
});

describe("security S2: a key is compared as a whole", () => {
  it("never takes one of two keys that begin with the same forty characters for the other", async () => {
    // The same id can't be drawn twice: the configuration's texts are chosen freely.
    const start = "0123456789012345678901234567890123456789";
    const ledger = await openLedger(newPath());
    await ledger.keys.replaceConfigured([
      { name: "one", key: `${start}-one` },
      { name: "two", key: `${start}-two` },
    ]);
    expect((await ledger.keys.authenticate(`${start}-one`))?.name).toBe("one");
    expect((await ledger.keys.authenticate(`${start}-two`))?.name).toBe("two");
    for (const text of [start, `${start}-`, `${start}-three`]) expect(await ledger.keys.authenticate(text), text).toBeUndefined();
    await ledger.close();
  });

  it("refuses what stands in the book of a key, shown as one (CVE GHSA-69x8-hrgq-fjj8)", async () => {
    const path = newPath();
    const ledger = await openLedger(path);
    const { key, created } = await ledger.keys.create("ci");
    await ledger.keys.replaceConfigured([{ name: "theirs", key: CONFIGURED }]);
    for (const text of [key, CONFIGURED]) {
      for (const encoding of ["hex", "base64", "base64url"] as const)
        expect(await ledger.keys.authenticate(createHash("sha256").update(text).digest(encoding)), encoding).toBeUndefined();
    }
    const stranger = (await ledger.keys.create("other")).key;
    expect(await ledger.keys.authenticate(stranger.replace(stranger.slice(8, 16), created.id))).toBeUndefined();
    await ledger.close();
  });

  it("refuses another secret under a known id, however well formed", async () => {
    const [path, otherPath] = [newPath(), newPath()];
    const ids = (size: number): Uint8Array => (size === 8 ? new Uint8Array(8).fill(7) : crypto.getRandomValues(new Uint8Array(size)));
    const ledger = await openLedger(path, { randomBytes: ids });
    const other = await openLedger(otherPath, { randomBytes: ids });
    const mine = await ledger.keys.create("ci");
    const theirs = await other.keys.create("ci");
    expect(theirs.created.id).toBe(mine.created.id);
    expect(await ledger.keys.authenticate(theirs.key)).toBeUndefined();
    expect((await ledger.keys.authenticate(mine.key))?.id).toBe(mine.created.id);
    await ledger.close();
    await other.close();
  });
});

describe("security S3: the store's clock ends keys", () => {
  it("accepts a key up to the millisecond before it expires", async () => {
    const clock = new FakeClock(START_MS);
    const ledger = await openLedger(newPath(), { clock });
    const { key, created } = await ledger.keys.create("ci", { expiresMs: START_MS + HOUR_MS });
    expect(created.expiresMs).toBe(START_MS + HOUR_MS);
    clock.set(START_MS + HOUR_MS - 1);
    expect((await ledger.keys.authenticate(key))?.name).toBe("ci");
    clock.set(START_MS + HOUR_MS);
    expect(await ledger.keys.authenticate(key)).toBeUndefined();
    await expect(ledger.keys.rotate("ci")).rejects.toThrow(/"ci" has expired; revoke it and create a new one/);
    await expect(ledger.keys.create("ci")).rejects.toThrow(/in use/);
    expect(await ledger.keys.revoke("ci")).toBe(true);
    await ledger.keys.create("ci");
    await ledger.close();
  });

  it("accepts a replaced key up to the end of its grace, whatever the clock does meanwhile", async () => {
    const clock = new FakeClock(START_MS);
    const ledger = await openLedger(newPath(), { clock });
    const old = await ledger.keys.create("ci");
    const { key, rotated } = await ledger.keys.rotate("ci", { graceMs: HOUR_MS });
    expect(rotated.graceUntilMs).toBe(START_MS + HOUR_MS);
    clock.set(START_MS + HOUR_MS - 1);
    expect((await ledger.keys.authenticate(old.key))?.expiresMs).toBe(START_MS + HOUR_MS);
    clock.set(START_MS + 24 * HOUR_MS);
    expect(await ledger.keys.authenticate(old.key)).toBeUndefined();
    expect((await ledger.keys.authenticate(key))?.graceUntilMs).toBeUndefined();
    const ends = new Map((await ledger.keys.list()).map(({ id, revokedMs }) => [id, revokedMs]));
    expect([ends.get(old.created.id), ends.get(rotated.id)]).toEqual([START_MS + HOUR_MS, undefined]);
    expect((await ledger.keys.list()).map(({ graceUntilMs }) => graceUntilMs)).toEqual([undefined, undefined]);
    await ledger.close();
  });

  it("never lengthens a key's life by rotating it", async () => {
    const clock = new FakeClock(START_MS);
    const ledger = await openLedger(newPath(), { clock });
    const old = await ledger.keys.create("ci", { expiresMs: START_MS + HOUR_MS });
    const { key } = await ledger.keys.rotate("ci", { graceMs: 24 * HOUR_MS });
    clock.advance(HOUR_MS);
    for (const text of [old.key, key]) expect(await ledger.keys.authenticate(text)).toBeUndefined();
    await ledger.close();
  });

  it.skipIf(!hasPostgres)("goes by the server's clock in PostgreSQL, not by a program's", async () => {
    const url = await emptyBookUrl();
    const ledger = await openLedger(url);
    const { key } = await ledger.keys.create("ci", { expiresMs: Date.now() + HOUR_MS });
    const old = await ledger.keys.create("old");
    await ledger.keys.rotate("old", { graceMs: HOUR_MS });
    const ahead = await openLedger(url, { clock: new FakeClock(Date.now() + 240 * HOUR_MS) });
    expect((await ahead.keys.authenticate(key))?.name).toBe("ci");
    expect((await ahead.keys.authenticate(old.key))?.name).toBe("old");
    const behind = await openLedger(url, { clock: new FakeClock(0) });
    await expect(behind.keys.create("past", { expiresMs: HOUR_MS })).rejects.toThrow(/lies in the past/);
    for (const one of [ledger, ahead, behind]) await one.close();
  });
});

describe("guarantee G34: verify finds a key that was tampered with", () => {
  const CORRUPTIONS: readonly (readonly [statement: string, kind: string])[] = [
    ["UPDATE virtual_keys SET name = 'else'", "checksum"],
    ['UPDATE virtual_keys SET rules = \'{"role":"admin"}\'', "checksum"],
    ['UPDATE virtual_keys SET rules = \'{"rolle":"admin"}\'', "key"],
    ["UPDATE virtual_keys SET rules = '{'", "key"],
    ["UPDATE virtual_keys SET digest = zeroblob(32)", "checksum"],
    ["UPDATE virtual_keys SET revoked_ms = 1", "checksum"],
    ["UPDATE virtual_keys SET created_ms = 1", "checksum"],
    ["DELETE FROM settings WHERE name = 'keys_revision'", "settings"],
    ["DROP INDEX virtual_keys_by_digest", "schema"],
  ];
  it.each(CORRUPTIONS)("%s", async (statement, kind) => {
    const path = newPath();
    const ledger = await openLedger(path);
    await ledger.keys.create("ci", { team: "blue" });
    await ledger.close();
    const connection = connect(path);
    connection.exec(statement);
    connection.close();
    const spoilt = await openLedger(path);
    expect((await spoilt.verify()).differences.map((difference) => difference.kind)).toContain(kind);
    await spoilt.close();
  });
});
