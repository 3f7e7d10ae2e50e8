import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { ledgerConformance } from "../../src/testing/index.ts";
import { compiledRooms } from "./compiled-rooms.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("acceptance G15: the store in memory", () => {
  it.each(ledgerConformance(() => openLedger("sqlite::memory:")))("$name", ({ run }) => run());
});

describe("acceptance G15: the store in a file", () => {
  let books = 0;
  it.each(ledgerConformance(() => openLedger(join(folder, `book-${books++}.db`))))("$name", ({ run }) => run());
});

const node24 = process.env.TOKENLEDGER_NODE24;

describe.skipIf(!node24)("acceptance G15: the same with Node's own SQLite (skipped unless TOKENLEDGER_NODE24 names a Node 24)", () => {
  it("passes every case", { timeout: 60_000 }, () => {
    const rooms = compiledRooms();
    const script = `
      import { openLedger } from ${JSON.stringify(rooms.ledger)};
      import { ledgerConformance } from ${JSON.stringify(rooms.testing)};
      let books = 0;
      for (const { run } of ledgerConformance(() => openLedger(${JSON.stringify(folder)} + "/node24-" + books++ + ".db"))) await run();`;
    execFileSync(node24 as string, ["--input-type=module", "-e", script], { stdio: ["ignore", "ignore", "pipe"] });
  });
});
