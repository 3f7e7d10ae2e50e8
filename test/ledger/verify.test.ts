import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { connect } from "../../src/ledger/stores/sqlite/driver.ts";
import type { UsageRecord } from "../../src/usage/index.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

let books = 0;

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
    project: "site",
    sessionId: "session",
    tags: ["a"],
    source: "library",
    ...fields,
  };
}

/** A book of ten records, one of which is corrected, with a file's state and a price. */
async function newBook(): Promise<string> {
  const path = join(folder, `book-${books++}.db`);
  const ledger = await openLedger(path);
  await ledger.record(Array.from({ length: 9 }, (_, index) => call(index)));
  const line = (output: number): UsageRecord => call(9, { source: "agent", replay: { rank: 0 }, tokens: { input: 10, output } });
  await ledger.append({ records: [line(1)] });
  await ledger.append({
    records: [line(7)],
    file: { source: "agent", path: "/log", state: { size: 9, modifiedMs: 1, offset: 9, tailHash: "t" } },
  });
  await ledger.prices.put([{ provider: "acme", model: "acme-1", rates: { input: 1 }, sources: [] }], "test");
  await ledger.close();
  return path;
}

/** Ways to spoil a book by hand, and where the finding must point. */
const CORRUPTIONS: readonly (readonly [sql: string, kind: string, place: RegExp])[] = [
  ["UPDATE usage_records SET input_tokens = input_tokens + 1 WHERE row = 3", "checksum", /row 3 \(id call-2\)/],
  ["UPDATE usage_records SET output_tokens = 0 WHERE row = 4", "rollup", /rollups source library 2026-05-01T01:00:00.000Z output_tokens/],
  ["UPDATE usage_records SET cache_read_tokens = NULL WHERE row = 2", "checksum", /row 2 /],
  ["UPDATE usage_records SET reasoning_tokens = 5 WHERE row = 2", "rollup", /reasoning_tokens/],
  ["UPDATE usage_records SET web_searches = 1 WHERE row = 2", "checksum", /row 2 /],
  ["UPDATE usage_records SET audio_input_tokens = 1 WHERE row = 2", "checksum", /row 2 /],
  ["UPDATE usage_records SET reported_cost_nano_usd = 1 WHERE row = 5", "rollup", /cost_nano_usd/],
  ["UPDATE usage_records SET reported_cost_nano_usd = -5 WHERE row = 5", "value", /row 5 .* reported_cost_nano_usd/],
  ["UPDATE usage_records SET reported_cost_nano_usd = 9223372036854775807 WHERE row = 5", "value", /row 5/],
  ["UPDATE usage_records SET computed_cost_nano_usd = 77 WHERE row = 5", "checksum", /row 5 /],
  ["UPDATE usage_records SET unpriced = 1 WHERE row = 1", "value", /row 1 .* unpriced/],
  ["UPDATE usage_records SET requests = 0 WHERE row = 1", "value", /row 1 .* requests/],
  ["UPDATE usage_records SET time_ms = time_ms + 86400000 WHERE row = 6", "rollup", /2026-05-02T02:00/],
  ["UPDATE usage_records SET time_ms = -1 WHERE row = 6", "value", /row 6 .* time_ms/],
  ["UPDATE usage_records SET latency_ms = 1 WHERE row = 6", "rollup", /latency_ms/],
  ["UPDATE usage_records SET model = 9999 WHERE row = 7", "reference", /row 7 .* model/],
  ["UPDATE usage_records SET team = model WHERE row = 7", "reference", /row 7 .* team/],
  ["UPDATE usage_records SET user = 0 WHERE row = 7", "checksum", /row 7 /],
  ["UPDATE usage_records SET session = 0 WHERE row = 7", "checksum", /row 7 /],
  ["UPDATE usage_records SET tags = 0 WHERE row = 7", "checksum", /row 7 /],
  ["UPDATE usage_records SET price_version = 4242 WHERE row = 7", "reference", /row 7 .* price_version/],
  ["UPDATE usage_records SET metadata = '{}' WHERE row = 8", "checksum", /row 8 /],
  ["UPDATE usage_records SET id = 'other' WHERE row = 8", "identity", /row 8 \(id other\) id/],
  ["UPDATE usage_records SET id = NULL WHERE row = 8", "value", /row 8 id/],
  ["UPDATE usage_records SET request_id = 'other' WHERE row = 8", "identity", /row 8 .* request/],
  ["UPDATE usage_records SET corrects = 500 WHERE corrects IS NOT NULL", "correction", /row 12 corrects/],
  ["UPDATE usage_records SET corrects = 1 WHERE row = 8", "correction", /row 1 .* requests/],
  ["UPDATE usage_records SET checksum = 0 WHERE row = 8", "checksum", /row 8 /],
  ["DELETE FROM usage_records WHERE row = 2", "identity", /identities hash \d+/],
  ["DELETE FROM usage_records WHERE row = 10", "correction", /row 12 corrects/],
  [
    "INSERT INTO usage_records SELECT 99, time_ms, model, source, org, team, user, project, key, session, tags, circumstances, price_version, requests, unpriced, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, reasoning_tokens, audio_input_tokens, audio_output_tokens, web_searches, latency_ms, reported_cost_nano_usd, computed_cost_nano_usd, corrects, 'forged', NULL, metadata, checksum FROM usage_records WHERE row = 1",
    "identity",
    /row 99 \(id forged\)/,
  ],
  [
    "UPDATE rollups SET requests = requests + 1 WHERE dimension = 1 AND hour = (SELECT min(hour) FROM rollups)",
    "rollup",
    /rollups model \S+ 2026-05-01T00:00:00.000Z requests/,
  ],
  ["UPDATE rollups SET cost_nano_usd = 0 WHERE dimension = 2", "rollup", /rollups team team-[01] .* cost_nano_usd/],
  ["DELETE FROM rollups WHERE dimension = 3", "rollup", /rollups project site/],
  ["INSERT INTO rollups VALUES (4, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)", "rollup", /rollups source/],
  ["UPDATE rollups SET dimension = 9 WHERE dimension = 4", "rollup", /rollups dimension 9/],
  ["DELETE FROM identities WHERE row = 3", "identity", /row 3 /],
  ["UPDATE identities SET row = 4 WHERE row = 3", "identity", /row 3 /],
  ["INSERT INTO identities VALUES (12345, 777)", "identity", /identities hash 12345/],
  ["UPDATE dimensions SET name = 'someone else' WHERE kind = 2", "checksum", /dimensions id \d+/],
  ["UPDATE dimensions SET kind = 77 WHERE kind = 6", "dimension", /dimensions id \d+/],
  ["UPDATE dimensions SET key = 'not json' WHERE kind = 9", "dimension", /dimensions id \d+/],
  ["DELETE FROM dimensions WHERE kind = 2", "reference", /team/],
  ["UPDATE import_files SET read_bytes = 4", "checksum", /import_files \/log/],
  ["UPDATE import_files SET source = 999", "reference", /import_files \/log source/],
  ['UPDATE prices SET entry = \'{"provider":"x"}\'', "checksum", /prices id 1/],
  ["UPDATE prices SET entry = 'not json'", "price", /prices id 1/],
  ["DROP INDEX usage_records_by_time", "schema", /usage_records_by_time/],
  ["DROP TABLE prices", "schema", /table prices/],
  ["CREATE TRIGGER sly AFTER INSERT ON usage_records BEGIN DELETE FROM rollups; END", "schema", /trigger sly/],
  ["UPDATE settings SET value = value + 1", "identity", /row 1 /],
  ["DELETE FROM settings", "settings", /hash_seed/],
];

describe(`guarantee G34: verify finds and locates ${CORRUPTIONS.length} kinds of corruption`, () => {
  it.each(CORRUPTIONS)("%s", async (sql, kind, place) => {
    const path = await newBook();
    const connection = connect(path);
    connection.exec(sql);
    const before = connection.prepare("PRAGMA data_version").get();
    const ledger = await openLedger(path);
    const { differences } = await ledger.verify();
    await ledger.close();
    expect(differences).toContainEqual(expect.objectContaining({ kind, where: expect.stringMatching(place) }));
    expect(connection.prepare("PRAGMA data_version").get()).toEqual(before);
    connection.close();
  });

  it("finds nothing in a sound book, and says how many records it has", async () => {
    const ledger = await openLedger(await newBook());
    expect(await ledger.verify()).toEqual({ records: 10, differences: [] });
    await ledger.close();
  });

  it.each([
    "DELETE FROM rollups",
    "UPDATE rollups SET requests = 0, cost_nano_usd = 1",
    "DELETE FROM identities WHERE row IN (2, 3, 4)",
    "UPDATE identities SET row = 1",
    "DROP INDEX usage_records_by_time",
  ])("repairs what follows from the records: %s", async (sql) => {
    const path = await newBook();
    const connection = connect(path);
    connection.exec(sql);
    connection.close();
    const ledger = await openLedger(path);
    expect((await ledger.verify({ repair: true })).differences).not.toEqual([]);
    expect((await ledger.verify()).differences).toEqual([]);
    expect((await ledger.record(call(3))).duplicate).toBe(1);
    await ledger.close();
  });
});
