import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { Machine } from "./run-command.ts";

const UNPRICED = {
  id: "a",
  timestamp: "2026-01-02T03:04:05Z",
  provider: "acme",
  model: "acme-1",
  input_tokens: 1000,
  output_tokens: 10,
};
const PRICES = "unit: per_1m_tokens\nproviders:\n  acme:\n    acme-1: { input: 1, output: 2 }\n";

describe("what commands change in a book", () => {
  it("is in its audit log as the command's doing, and what changes nothing is not", { timeout: 60_000 }, async () => {
    const machine = new Machine();
    machine.importRecords([UNPRICED]);
    const prices = join(machine.folder, "prices.yaml");
    writeFileSync(prices, PRICES);
    const done = (...words: string[]): void => expect(machine.run(words), words.join(" ")).toMatchObject({ exitCode: 0 });
    done("pricing", "update", prices);
    done("reprice");
    done("reprice");
    done("budget", "set", "all", "--amount", "1", "--period", "lifetime");
    done("budget", "set", "all", "--amount", "1", "--period", "lifetime");
    done("budget", "remove", "all");
    done("keys", "create", "--name", "ci");
    done("keys", "rotate", "ci");
    done("keys", "revoke", "ci");
    done("verify", "--repair");
    const ledger = await openLedger(machine.book, { readOnly: true });
    const told = (await ledger.audit.list()).map(({ actor, action, subject }) => `${actor} ${action} ${subject}`);
    expect(told.toReversed()).toEqual([
      "command prices.put prices.yaml",
      "command records.repriced records",
      "command budget.created all",
      "command budget.removed all",
      "command key.created ci",
      "command key.rotated ci",
      "command key.revoked ci",
    ]);
    await ledger.close();
  });
});
