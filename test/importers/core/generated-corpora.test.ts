/** Corpora of a seeded generator that knows their exact sums: tokens and money by day and by model. Needs the generator beside the shared data. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { importUsage } from "../../../src/importers/index.ts";
import { type AggregateRow, type Ledger, openLedger } from "../../../src/ledger/index.ts";
import { dataFolder } from "../../shared-data.ts";
import { emptyMachine } from "../conformance.ts";

const generator = join(dataFolder, "..", "tools", "gen-agent-logs.mjs");
const WEB_SEARCH_NANO_USD = 10_000_000n;

interface Truth {
  claude: {
    requests: number;
    in: number;
    out: number;
    w5: number;
    w1: number;
    r: number;
    cost: number;
    webSearches: number;
    byModel: Record<string, ModelTruth>;
    byDay: Record<string, { tokens: number; cost: number }>;
  };
  codex: {
    requests: number;
    in: number;
    cached: number;
    out: number;
    reasoning: number;
    cost: number;
    byModel: Record<string, { requests: number; in: number; cached: number; out: number; reasoning: number; cost: number }>;
  };
}

interface ModelTruth {
  requests: number;
  in: number;
  out: number;
  w5: number;
  w1: number;
  r: number;
  cost: number;
}

/** The truth is a sum of floats over exact prices, all of which are whole nano-USD for each token count. */
const nanoUsd = (usd: number): bigint => BigInt(Math.round(usd * 1e9));

describe.skipIf(!existsSync(generator))(`generated logs (skipped where ${generator} is missing)`, () => {
  describe.each([1, 2, 3])("seed %i", (seed) => {
    let folder: string;
    let truth: Truth;
    let ledger: Ledger;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "tokenledger-corpus-"));
      const out = join(folder, "corpus");
      execFileSync(process.execPath, [generator, "--out", out, "--claude-mb", "6", "--codex-mb", "3", "--seed", String(seed)], {
        stdio: "ignore",
      });
      truth = JSON.parse(readFileSync(join(out, "truth.json"), "utf8")) as Truth;
      ledger = await openLedger("sqlite::memory:");
      const environment = emptyMachine({ homeDirectory: join(out, "home") });
      await importUsage({ book: ledger, environment, sources: ["claude-code", "codex"] });
    });
    afterAll(async () => {
      await ledger.close();
      rmSync(folder, { recursive: true });
    });

    const rowsBy = async (dimension: "day" | "model", source: string): Promise<AggregateRow[]> =>
      (await ledger.aggregate({ timeZone: "UTC", groupBy: [dimension], filter: { source } })).rows;
    /** Without the fees for web searches, which the truth leaves out. */
    const tokenCost = ({ costNanoUsd, webSearches }: AggregateRow): bigint => costNanoUsd - BigInt(webSearches) * WEB_SEARCH_NANO_USD;

    test("Claude Code, by model", async () => {
      const rows = await rowsBy("model", "claude-code");
      // The book joins dated ids to one model, as the price book knows it.
      const summed = rows.map((row) => ({
        requests: row.requests,
        input: row.inputTokens,
        output: row.outputTokens,
        read: row.cacheReadTokens,
        written: row.cacheWriteTokens,
        cost: tokenCost(row),
      }));
      const wanted = Object.values(truth.claude.byModel).map((model) => ({
        requests: model.requests,
        input: model.in + model.r + model.w5 + model.w1,
        output: model.out,
        read: model.r,
        written: model.w5 + model.w1,
        cost: nanoUsd(model.cost),
      }));
      expect(new Set(summed)).toEqual(new Set(wanted));
    });

    test("Claude Code, by day, and the web searches", async () => {
      const rows = await rowsBy("day", "claude-code");
      expect(
        Object.fromEntries(rows.map((row) => [row.keys[0], { tokens: row.inputTokens + row.outputTokens, cost: tokenCost(row) }])),
      ).toEqual(
        Object.fromEntries(Object.entries(truth.claude.byDay).map(([day, { tokens, cost }]) => [day, { tokens, cost: nanoUsd(cost) }])),
      );
      expect(rows.reduce((sum, { webSearches }) => sum + webSearches, 0)).toBe(truth.claude.webSearches);
    });

    test("Codex, by model", async () => {
      const rows = await rowsBy("model", "codex");
      const summed = rows.map((row) => ({
        requests: row.requests,
        input: row.inputTokens,
        cached: row.cacheReadTokens,
        output: row.outputTokens,
        reasoning: row.reasoningTokens,
        cost: row.costNanoUsd,
      }));
      const wanted = Object.values(truth.codex.byModel).map((model) => ({
        requests: model.requests,
        input: model.in,
        cached: model.cached,
        output: model.out,
        reasoning: model.reasoning,
        cost: nanoUsd(model.cost),
      }));
      expect(new Set(summed)).toEqual(new Set(wanted));
    });
  });
});
