import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openLedger, openSourceDatabase } from "../../src/ledger/index.ts";
import { connect } from "../../src/ledger/stores/sqlite/driver.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { compiledRooms } from "./compiled-rooms.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

function call(index: number): UsageRecord {
  return { id: `call-${index}`, timestampMs: index, provider: "acme", model: "acme-1", tokens: { input: 1 }, source: "library" };
}

describe("bad-input F211 and F214: the book's file", () => {
  it("makes missing folders, and a file that only its owner can read", async () => {
    const path = join(folder, "new/folders/book.db");
    const ledger = await openLedger(`sqlite://${path}`);
    await ledger.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each([
    ["a text file", () => "this is not a database, but it is long enough to look like one".repeat(20), /is not a SQLite database/],
    ["a folder", undefined, /is a folder/],
  ])("refuses %s in one sentence and leaves it alone", async (_, content, message) => {
    const path = join(folder, `refused-${content ? "file" : "folder"}`);
    if (content) writeFileSync(path, content());
    else mkdirSync(path);
    await expect(openLedger(path)).rejects.toMatchObject({ code: "DATABASE_ERROR", message: expect.stringMatching(message) });
    if (content) expect(readFileSync(path, "utf8")).toBe(content());
  });

  it("refuses another program's database and changes nothing in it", async () => {
    const path = join(folder, "other.db");
    const other = connect(path);
    other.exec("CREATE TABLE notes (text TEXT)");
    other.close();
    const before = readFileSync(path);
    await expect(openLedger(path)).rejects.toThrow(/another program's database/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it.each([
    [99, /written by a newer TokenLedger \(tables version 99/],
    [0, /has tables but no version/],
  ])("guarantee G27: refuses a book marked as version %i with a sentence", async (version, sentence) => {
    const path = join(folder, `version-${version}.db`);
    await (await openLedger(path)).close();
    const connection = connect(path);
    connection.exec(`PRAGMA user_version = ${version}`);
    connection.close();
    await expect(openLedger(path)).rejects.toThrow(sentence);
  });

  it("refuses a cut-off file, and reports a damaged page when asked to verify", async () => {
    const path = join(folder, "damaged.db");
    const ledger = await openLedger(path);
    await ledger.record(Array.from({ length: 3000 }, (_, index) => call(index)));
    await ledger.close();
    const bytes = readFileSync(path);
    writeFileSync(join(folder, "cut.db"), bytes.subarray(0, 50));
    await expect(openLedger(join(folder, "cut.db"))).rejects.toMatchObject({ code: "DATABASE_ERROR" });
    bytes.fill(0xaa, bytes.length / 2, bytes.length / 2 + 4096);
    writeFileSync(path, bytes);
    const damaged = await openLedger(path);
    expect((await damaged.verify()).differences.length).toBeGreaterThan(0);
    await damaged.close();
  });

  it("never writes into a file that was deleted or replaced under it", async () => {
    for (const spoil of [
      (path: string) => rmSync(path),
      (path: string) => {
        renameSync(path, `${path}.old`);
        copyFileSync(`${path}.old`, path);
      },
    ]) {
      const path = join(folder, "moved.db");
      const ledger = await openLedger(path);
      await ledger.record(call(1));
      spoil(path);
      await expect(ledger.record(call(2))).rejects.toThrow(/was deleted or replaced while it was open/);
      await ledger.close();
      for (const name of readdirSync(folder).filter((each) => each.startsWith("moved.db"))) rmSync(join(folder, name));
    }
  });

  it("opens a missing book for reading with a sentence, and makes none", async () => {
    const path = join(folder, "missing.db");
    await expect(openLedger(path, { readOnly: true })).rejects.toThrow(/can't be opened: no such file/);
    expect(existsSync(path)).toBe(false);
  });

  it("previews into a book that is open for reading only, and changes no byte of it", async () => {
    const path = join(folder, "preview.db");
    const ledger = await openLedger(path);
    await ledger.record(call(1));
    await ledger.close();
    const before = readFileSync(path);
    const reader = await openLedger(path, { readOnly: true });
    expect(await reader.preview([call(1), call(2), call(2)])).toEqual({ new: 1, duplicate: 2, corrected: 0, rejected: [] });
    await reader.close();
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it("guarantee G24: on a full disk refuses with a sentence, keeps what it has, and goes on when there is room", {
    timeout: 120_000,
  }, () => {
    // A limit on the file's size stands in for the disk: the write fails in the same place.
    const script = `
      import { openLedger } from ${JSON.stringify(compiledRooms().ledger)};
      process.on("SIGXFSZ", () => {});
      const ledger = await openLedger(process.argv[1]);
      const call = (index) => ({ id: "call-" + index, timestampMs: index, provider: "acme", model: "acme-1", tokens: { input: 1 }, source: "library" });
      let stored = 0;
      try {
        for (let batch = 0; batch < 1000; batch++) stored += (await ledger.record(Array.from({ length: 500 }, (_, i) => call(batch * 500 + i)))).new;
      } catch (error) {
        const { totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: [] });
        console.log(JSON.stringify({ code: error.code, message: error.message, stored, readable: totals.requests }));
      }`;
    const path = join(folder, "full.db");
    const command = `ulimit -f 2000; exec "$0" --input-type=module -e "$1" "$2"`;
    const told = JSON.parse(execFileSync("bash", ["-c", command, process.execPath, script, path], { encoding: "utf8" }));
    expect(told.code).toBe("DATABASE_ERROR");
    expect(told.message).toMatch(/^The (disk|book)/);
    expect(told.readable).toBe(told.stored);
    return openLedger(path).then(async (ledger) => {
      expect(await ledger.verify()).toEqual({ records: told.stored, differences: [] });
      expect((await ledger.record(call(1_000_000))).new).toBe(1);
      await ledger.close();
    });
  });
});

describe("bad-input F213: where a book is", () => {
  it.each([
    ["postgresql://user:secret@[/db", /no well-formed PostgreSQL URL/],
    ["postgresql://user:secret@host/db?shema=x", /has the parameter "shema"; did you mean schema\?$/],
    ["mysql://user:secret@host/db", /can't be kept in "mysql:"/],
    ["", /address is empty/],
    [undefined as unknown as string, /address "undefined" is not a text; give a path/],
    ["sqlite://", /names no file/],
    ["sqlite:///bad%", /not a well-formed URL/],
    ["sqlite://user:secret@host/book.db", /^(?!.*secret).*no user and no host/],
  ])("refuses %s without repeating a password", async (url, message) => {
    const error = await openLedger(url).catch((reason: Error) => reason);
    expect(error).toMatchObject({ code: "INVALID_INPUT", message: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain("secret");
  });

  it.each(["sqlite::memory:", ":memory:", "sqlite://:memory:"])("keeps %s in memory", async (url) => {
    const before = readdirSync(".");
    await (await openLedger(url)).close();
    expect(readdirSync(".")).toEqual(before);
  });
});

describe("other programs' databases", () => {
  it("are read with what is still in the write-ahead log, and their folder stays as it was", () => {
    const place = join(folder, "foreign");
    mkdirSync(place);
    const path = join(place, "opencode.db");
    const writer = connect(path);
    writer.exec("PRAGMA journal_mode = WAL; CREATE TABLE message (id TEXT); INSERT INTO message VALUES ('a'), ('b')");
    chmodSync(place, 0o500);
    const before = readdirSync(place).map((name) => [name, readFileSync(join(place, name)).toString("hex")]);
    const source = openSourceDatabase(path);
    expect(source.all("SELECT id FROM message ORDER BY id").map(({ id }) => id)).toEqual(["a", "b"]);
    source.close();
    expect(readdirSync(place).map((name) => [name, readFileSync(join(place, name)).toString("hex")])).toEqual(before);
    writer.close();
    chmodSync(place, 0o700);
  });

  it("that are none are refused with a sentence", () => {
    expect(() => openSourceDatabase(join(folder, "nowhere.db"))).toThrow(/can't be used|can't be opened/);
  });
});
