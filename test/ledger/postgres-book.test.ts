import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { type Ledger, NoBookYet, openLedger } from "../../src/ledger/index.ts";
import { openBookSchema } from "../../src/ledger/stores/postgres/book-schema.ts";
import { RowNumbers } from "../../src/ledger/stores/postgres/row-numbers.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { emptyBookUrl, hasPostgres, PASSWORD } from "./postgres-server.ts";

const postgres = describe.skipIf(!hasPostgres);

function call(index: number, fields: Partial<UsageRecord> = {}): UsageRecord {
  return {
    id: `call-${index}`,
    requestId: `request-${index}`,
    timestampMs: Date.UTC(2026, 4, 1) + index * 1_800_000,
    provider: "acme",
    model: "acme-1",
    tokens: { input: 1000 + index, output: 50, cacheRead: 100 },
    latencyMs: 300,
    reportedCostNanoUsd: 5000,
    team: `team-${index % 2}`,
    user: `user-${index % 3}`,
    sessionId: "session",
    tags: ["a"],
    source: "library",
    ...fields,
  };
}

/** A connection of our own, in the book's schema. */
async function connected(url: string): Promise<pg.Client> {
  const address = new URL(url);
  const schema = address.searchParams.get("schema");
  address.searchParams.delete("schema");
  const client = new pg.Client({ connectionString: address.href });
  await client.connect();
  await client.query(`SET search_path = "${schema}"`);
  return client;
}

/** Statements as an administrator might make them, in the book's schema. */
async function sql(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = await connected(url);
  let rows: Record<string, unknown>[] = [];
  for (const statement of statements) ({ rows } = await client.query(statement));
  await client.end();
  return rows;
}

interface HeldUp {
  /** Waits until so many are held up, and answers their processes in the server. */
  untilWaiting(count: number): Promise<number[]>;
  /** The sequence gives out again what it has given since. */
  takeBack(): Promise<void>;
  /** Breaks one of the connections, and lets the others go on. */
  breakOff(process: number | undefined): Promise<void>;
}

/** Holds up by a lock who has drawn numbers and not committed yet; then all can happen to it that a crash of the server does. */
async function heldUp(url: string, lock: string, sequence: string): Promise<HeldUp> {
  const client = await connected(url);
  const [before] = (await client.query(`SELECT last_value, is_called FROM ${sequence}`)).rows;
  await client.query(`BEGIN; ${lock}`);
  return {
    async untilWaiting(count) {
      const waiting = `SELECT pid FROM pg_locks JOIN pg_class ON pg_class.oid = relation
        WHERE NOT granted AND relnamespace = current_schema()::regnamespace`;
      for (;;) {
        const { rows } = await client.query<{ pid: number }>(waiting);
        if (rows.length === count) return rows.map(({ pid }) => pid);
      }
    },
    async takeBack() {
      await client.query("SELECT setval($1, $2, $3)", [sequence, before.last_value, before.is_called]);
    },
    async breakOff(process) {
      await client.query("SELECT pg_terminate_backend($1)", [process]);
      await client.query("COMMIT");
      await client.end();
    },
  };
}

async function refusalOf(url: string, options = {}): Promise<{ code: string; message: string }> {
  const opened = await openLedger(url, options).catch((error: { code: string; message: string }) => error);
  if (!("message" in opened)) throw new Error(`${url} was opened`);
  return opened;
}

/** A book of ten records, one of which is corrected, with a file's state and a price. */
async function newBook(): Promise<string> {
  const url = await emptyBookUrl();
  const ledger = await openLedger(url);
  await ledger.record(Array.from({ length: 9 }, (_, index) => call(index)));
  const line = (output: number): UsageRecord => call(9, { source: "agent", replay: { rank: 0 }, tokens: { input: 10, output } });
  await ledger.append({ records: [line(1)] });
  const state = { size: 9, modifiedMs: 1, offset: 9, tailHash: "t" };
  await ledger.append({ records: [line(7)], file: { source: "agent", path: "/log", state } });
  await ledger.prices.put([{ provider: "acme", model: "acme-1", rates: { input: 1 }, sources: [] }], "test");
  await ledger.close();
  return url;
}

const THIRD = "id = 'call-2'";

/** Ways to spoil a book by hand, and where the finding must point. */
const CORRUPTIONS: readonly (readonly [statement: string, kind: string, place: RegExp])[] = [
  [`UPDATE usage_records SET input_tokens = input_tokens + 1 WHERE ${THIRD}`, "checksum", /\(id call-2\)/],
  [`UPDATE usage_records SET output_tokens = 0 WHERE ${THIRD}`, "rollup", /rollups source library 2026-05-01T01:00:00.000Z output_tokens/],
  [`UPDATE usage_records SET cache_read_tokens = NULL WHERE ${THIRD}`, "checksum", /call-2/],
  [`UPDATE usage_records SET reasoning_tokens = 5 WHERE ${THIRD}`, "rollup", /reasoning_tokens/],
  [`UPDATE usage_records SET reported_cost_nano_usd = 1 WHERE ${THIRD}`, "rollup", /cost_nano_usd/],
  [`UPDATE usage_records SET reported_cost_nano_usd = -5 WHERE ${THIRD}`, "value", /call-2.* reported_cost_nano_usd/],
  [`UPDATE usage_records SET reported_cost_nano_usd = 9223372036854775807 WHERE ${THIRD}`, "value", /usage_records row/],
  [`UPDATE usage_records SET time_ms = time_ms + 1 WHERE ${THIRD}`, "identity", /call-2.* id/],
  [`UPDATE usage_records SET time_ms = time_ms + 3600000 WHERE ${THIRD}`, "rollup", /2026-05-01T02:00:00.000Z/],
  [`UPDATE usage_records SET id = 'other' WHERE ${THIRD}`, "identity", /\(id other\) id/],
  [`UPDATE usage_records SET request_id = NULL WHERE ${THIRD}`, "identity", /identities digest/],
  [`UPDATE usage_records SET metadata = '{}' WHERE ${THIRD}`, "checksum", /call-2/],
  [`UPDATE usage_records SET "row" = (SELECT "row" FROM usage_records WHERE id = 'call-1') WHERE ${THIRD}`, "value", /\(id call-2\)/],
  [`UPDATE usage_records SET team = 0 WHERE ${THIRD}`, "rollup", /rollups team \(none\)/],
  [`UPDATE usage_records SET team = 99 WHERE ${THIRD}`, "reference", /call-2.* team/],
  [`UPDATE usage_records SET session = model WHERE ${THIRD}`, "reference", /call-2.* session/],
  [`UPDATE usage_records SET unpriced = 1 WHERE ${THIRD}`, "value", /unpriced/],
  [`DELETE FROM usage_records WHERE ${THIRD}`, "identity", /identities digest/],
  ["DELETE FROM usage_records WHERE corrects IS NOT NULL", "rollup", /output_tokens/],
  [
    "DELETE FROM usage_records WHERE corrects IS NULL AND source = (SELECT id FROM dimensions WHERE key = 'agent')",
    "correction",
    /corrects/,
  ],
  ["UPDATE usage_records SET output_tokens = -60 WHERE corrects IS NOT NULL", "value", /with its corrections output_tokens/],
  ['DELETE FROM identities WHERE attempt = 0 AND "row" = (SELECT min("row") FROM identities)', "identity", /\(id call-0\) id/],
  ["INSERT INTO identities VALUES (gen_random_uuid(), 0, 1, 5)", "identity", /identities digest/],
  ['UPDATE identities SET "row" = "row" + 1 WHERE digest = (SELECT min(digest::text)::uuid FROM identities)', "identity", /./],
  [
    "UPDATE rollups SET cost_nano_usd = cost_nano_usd + 1 WHERE dimension = 4 AND hour = (SELECT min(hour) FROM rollups)",
    "rollup",
    /cost_nano_usd/,
  ],
  ["DELETE FROM rollups WHERE dimension = 1 AND hour = (SELECT min(hour) FROM rollups)", "rollup", /rollups model acme-1/],
  ["INSERT INTO rollups SELECT 9, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0", "rollup", /dimension 9/],
  ["UPDATE dimensions SET name = 'renamed' WHERE kind = 2", "checksum", /dimensions id/],
  ["UPDATE dimensions SET key = 'no JSON' WHERE kind = 8", "dimension", /dimensions id/],
  ["UPDATE dimensions SET key = 'x' WHERE key = 'session'", "digest", /dimensions id/],
  ["UPDATE dimensions SET kind = 77 WHERE kind = 6", "dimension", /dimensions id/],
  ["UPDATE import_files SET read_bytes = 0", "checksum", /import_files \/log/],
  ["UPDATE import_files SET source = 0", "reference", /import_files \/log source/],
  ["UPDATE prices SET entry = '{'", "price", /prices id 1/],
  ["UPDATE prices SET source = 'somebody'", "checksum", /prices id 1/],
  ["DROP INDEX usage_records_by_time", "schema", /index usage_records_by_time/],
  ["ALTER TABLE identities DROP CONSTRAINT identities_pkey", "schema", /index identities_pkey/],
  ["DELETE FROM settings WHERE name = 'names_revision'", "settings", /names_revision/],
];

const REPAIRABLE: ReadonlySet<string> = new Set(["rollup", "identity"]);

postgres("guarantee G34: verify finds what was changed by hand in PostgreSQL (skipped where there is no PostgreSQL)", () => {
  it.each(CORRUPTIONS)("%s", async (statement, kind, place) => {
    const url = await newBook();
    const clean = await openLedger(url);
    expect(await clean.verify()).toEqual({ records: 10, differences: [] });
    await clean.close();
    await sql(url, statement);
    const ledger = await openLedger(url);
    const { differences } = await ledger.verify();
    expect(differences.map(({ kind, where }) => `${kind} ${where}`)).toContainEqual(
      expect.stringMatching(new RegExp(`^${kind} .*${place.source}`)),
    );
    if (differences.every((difference) => REPAIRABLE.has(difference.kind))) {
      expect((await ledger.verify({ repair: true })).differences).toEqual(differences);
      expect((await ledger.verify()).differences).toEqual([]);
    }
    await ledger.close();
  });
});

postgres("opening a book in PostgreSQL (skipped where there is no PostgreSQL)", () => {
  it("says in one sentence what is wrong with an address, and never repeats its password", async () => {
    const given = await emptyBookUrl();
    const changed = (change: (url: URL) => void): string => {
      const url = new URL(given);
      change(url);
      return url.href;
    };
    const wrong: [string, RegExp][] = [
      [
        changed((url) => {
          url.password = "secret-and-wrong";
        }),
        /^PostgreSQL refuses the user of "postgresql:\/\/ledger@/,
      ],
      [
        changed((url) => {
          url.password = "";
        }),
        /asks for a password .* and none was given|refuses the user/,
      ],
      [
        changed((url) => {
          url.username = "nobody";
        }),
        /^PostgreSQL refuses the user/,
      ],
      [
        changed((url) => {
          url.pathname = "/no-such-database";
        }),
        /^There is no such database as in "postgresql:/,
      ],
      [
        changed((url) => {
          url.port = "1";
        }),
        /^Nothing listens at the address "postgresql:\/\/ledger@127\.0\.0\.1:1\//,
      ],
      [
        changed((url) => {
          url.hostname = "no-such-host.invalid";
        }),
        /is not known by this name/,
      ],
      [
        changed((url) => {
          url.searchParams.set("schema", "pg_mine");
        }),
        /schema can't be named "pg_mine"/,
      ],
      [
        changed((url) => {
          url.searchParams.append("schema", "another");
        }),
        /names its schema twice/,
      ],
      [`postgresql://user:${PASSWORD}@[`, /no well-formed PostgreSQL URL/],
      [`postgresql://user:${PASSWORD}%zz@host/db`, /no well-formed PostgreSQL URL/],
    ];
    for (const [url, message] of wrong) {
      const error = await refusalOf(url);
      expect(error.message).toMatch(message);
      expect(error.message).toMatch(/\.$/);
      expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(new RegExp(`${PASSWORD}|secret`));
    }
  });

  it("to read only makes nothing, and tells that there is no book yet", async () => {
    const url = await emptyBookUrl();
    expect(await refusalOf(url, { readOnly: true })).toBeInstanceOf(NoBookYet);
    expect(await sql(url, `SELECT 1 AS one FROM pg_namespace WHERE nspname = '${new URL(url).searchParams.get("schema")}'`)).toEqual([]);
    await (await openLedger(url)).close();
    const ledger = await openLedger(url, { readOnly: true });
    expect(await ledger.span()).toBeUndefined();
    await ledger.close();
  });

  it("guarantee G27: refuses the tables of a newer version, and changes nothing", async () => {
    const url = await newBook();
    await sql(url, "UPDATE settings SET value = 99 WHERE name = 'tokenledger_version'");
    expect((await refusalOf(url)).message).toMatch(/written by a newer TokenLedger \(tables version 99/);
    expect((await sql(url, "SELECT count(*)::int AS count FROM usage_records"))[0]).toEqual({ count: 11 });
  });

  it("leaves another program's tables alone, also where one is named settings", async () => {
    for (const table of ["message (id text)", "settings (name text, value text)", "settings (id int)"]) {
      const url = await emptyBookUrl();
      const schema = new URL(url).searchParams.get("schema");
      await sql(url, `CREATE SCHEMA "${schema}"`, `CREATE TABLE ${table}`);
      expect((await refusalOf(url)).message).toMatch(/holds another program's tables/);
      const tables = await sql(url, `SELECT tablename FROM pg_tables WHERE schemaname = '${schema}'`);
      expect(tables).toHaveLength(1);
    }
  });

  it("keeps books of several schemas apart", async () => {
    const [one, other] = [await openLedger(await emptyBookUrl()), await openLedger(await emptyBookUrl())];
    await one.record(call(1));
    expect([(await one.verify()).records, (await other.verify()).records]).toEqual([1, 0]);
    await one.close();
    await other.close();
  });
});

postgres("records in PostgreSQL (skipped where there is no PostgreSQL)", () => {
  it("guarantee G8: the largest figures are kept exactly, and a sum beyond 64 bits is refused as a whole", async () => {
    const url = await emptyBookUrl();
    const ledger = await openLedger(url);
    const largest = Number.MAX_SAFE_INTEGER;
    const large = (index: number): UsageRecord => call(index, { timestampMs: 0, reportedCostNanoUsd: largest, tokens: { input: 1 } });
    await ledger.record(Array.from({ length: 1023 }, (_, index) => large(index)));
    expect((await ledger.aggregate({ timeZone: "UTC", groupBy: [] })).totals.costNanoUsd).toBe(1023n * BigInt(largest));
    await expect(ledger.record([large(2000), large(2001)])).rejects.toThrow(/passes what 64 bits can count; nothing was changed/);
    expect(await ledger.verify()).toEqual({ records: 1023, differences: [] });
    await ledger.close();
  });

  it("stand in a partition of their month, made when it is needed, with one identity for all of them", async () => {
    const url = await emptyBookUrl();
    const ledger = await openLedger(url);
    const times = [
      0,
      Date.UTC(2026, 0, 31, 23, 59, 59, 999),
      Date.UTC(2026, 1, 1),
      Date.UTC(2099, 11, 31),
      Date.UTC(2100, 0),
      253_402_300_799_999,
    ];
    await ledger.record(times.map((timestampMs, index) => call(index, { timestampMs })));
    expect((await ledger.record(times.map((timestampMs, index) => call(index, { timestampMs })))).duplicate).toBe(times.length);
    expect(
      (await ledger.record(times.map((timestampMs, index) => call(index, { timestampMs: timestampMs === 0 ? 1 : timestampMs - 1 }))))
        .rejected,
    ).toHaveLength(times.length);
    const parts = await sql(
      url,
      "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'usage_records'::regclass ORDER BY 1",
    );
    expect(parts.map(({ name }) => name)).toEqual([
      "usage_records_1970_01",
      "usage_records_2026_01",
      "usage_records_2026_02",
      "usage_records_2099_12",
      "usage_records_later",
    ]);
    const plan = await sql(
      url,
      `EXPLAIN SELECT * FROM usage_records WHERE time_ms >= ${Date.UTC(2026, 1, 1)} AND time_ms < ${Date.UTC(2026, 1, 2)}`,
    );
    expect(plan.map((line) => line["QUERY PLAN"]).join()).toMatch(/^(?!.*2026_01).*2026_02/);
    await ledger.close();
  });

  it("can be written while a long export of the same book is under way, which does not see them", async () => {
    const ledger = await openLedger(await emptyBookUrl());
    await ledger.record(Array.from({ length: 1500 }, (_, index) => call(index)));
    let seen = 0;
    for await (const _record of ledger.query({})) {
      seen++;
      // A new month: its partition is made while the export holds the table.
      if (seen === 1000) await ledger.record(call(9999, { timestampMs: Date.UTC(2030, 0) }));
    }
    expect(seen).toBe(1500);
    expect((await ledger.aggregate({ timeZone: "UTC", groupBy: [] })).totals.requests).toBe(1501);
    await ledger.close();
  });

  it("are written by many calls of one process at the same time", async () => {
    const ledger = await openLedger(await emptyBookUrl());
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, index) => ledger.record([call(index), call(index + 1), call(index % 7)])),
    );
    expect(outcomes.reduce((sum, outcome) => sum + outcome.new, 0)).toBe(41);
    expect(await ledger.verify()).toEqual({ records: 41, differences: [] });
    await ledger.close();
  });
});

postgres("numbers that a crash of the server takes back (skipped where there is no PostgreSQL)", () => {
  it("no row's number outlives a transaction that was rolled back", async () => {
    const connection = await openBookSchema(await emptyBookUrl(), {});
    const numbers = new RowNumbers();
    const undone = connection.write(async (transaction) => {
      await numbers.take(transaction, 3);
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    expect(numbers.takeOne()).toBeUndefined();
    const [, , last = 0] = await connection.write((transaction) => numbers.take(transaction, 3));
    expect(numbers.takeOne()).toBe(last + 1);
    await connection.close();
  });

  it("guarantee G19: of a block of numbers that was drawn and lost, no row is given one that another process has got since", async () => {
    const { url, first, second } = await twoLedgers();
    const crash = await heldUp(url, "LOCK TABLE identities IN ACCESS EXCLUSIVE MODE", "usage_records_row");
    const lost = first.record(calls(0));
    const [process] = await crash.untilWaiting(1);
    await crash.takeBack();
    await crash.breakOff(process);
    await lost;
    for (const index of [1, 2]) await second.record(calls(index));
    await first.record(calls(3));
    expect((await idsIn(first)).sort()).toEqual([0, 1, 2, 3].flatMap((index) => calls(index).map(({ id }) => id)).sort());
    expect(await first.verify()).toEqual({ records: 40, differences: [] });
    await Promise.all([first.close(), second.close()]);
  });

  it("guarantee G19: a name whose id was drawn and lost gets one that no other name has got since", async () => {
    const { url, first, second } = await twoLedgers();
    for (const ledger of [first, second]) await ledger.record(call(0));
    const crash = await heldUp(url, "LOCK TABLE dimensions IN SHARE MODE", "dimensions_id_seq");
    const lost = first.record(call(1, { team: "lost" }));
    const [process] = await crash.untilWaiting(1);
    await crash.takeBack();
    const later = second.record(call(2, { team: "later" }));
    await crash.untilWaiting(2);
    await crash.breakOff(process);
    await Promise.all([lost, later]);
    const teams = new Map<string | undefined, string | undefined>();
    for await (const { id, team } of first.query({})) teams.set(id, team);
    expect(Object.fromEntries(teams)).toEqual({ "call-0": "team-0", "call-1": "lost", "call-2": "later" });
    expect(await first.verify()).toEqual({ records: 3, differences: [] });
    await Promise.all([first.close(), second.close()]);
  });
});

/** Ten calls, other ones for each index. */
function calls(index: number): UsageRecord[] {
  return Array.from({ length: 10 }, (_, place) => call(index * 10 + place));
}

async function idsIn(ledger: Ledger): Promise<(string | undefined)[]> {
  const ids: (string | undefined)[] = [];
  for await (const { id } of ledger.query({})) ids.push(id);
  return ids;
}

/** One book, open twice, as in two processes. */
async function twoLedgers(): Promise<{ url: string; first: Ledger; second: Ledger }> {
  const url = await emptyBookUrl();
  return { url, first: await openLedger(url), second: await openLedger(url) };
}

it("the sentence about the missing driver names the version that is tested, from which on the package takes any", () => {
  const { devDependencies, peerDependencies } = createRequire(import.meta.url)("../../package.json") as Record<string, { pg: string }>;
  const tested = devDependencies?.pg;
  expect(readFileSync("src/ledger/stores/postgres/driver.ts", "utf8")).toContain(`npm install pg@${tested}\``);
  expect(peerDependencies?.pg).toBe(`^${tested}`);
});
