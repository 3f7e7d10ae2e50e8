import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { budgetConformance } from "../../src/testing/index.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("acceptance G15: budgets of a book in memory", () => {
  it.each(budgetConformance((clock) => openLedger("sqlite::memory:", { clock })))("$name", ({ run }) => run());
});

describe("acceptance G15: budgets of a book in a file", () => {
  let books = 0;
  it.each(budgetConformance((clock) => openLedger(join(folder, `book-${books++}.db`), { clock })))("$name", ({ run }) => run());
});
