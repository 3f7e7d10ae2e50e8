/** Books with budgets, for tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { BudgetDefinition } from "../../src/budget/index.ts";
import type { Ledger, ReserveCall } from "../../src/ledger/index.ts";
import type { UsageRecord } from "../../src/usage/index.ts";

export const USD = 1_000_000_000n;
export const NOON_MS: number = Date.parse("2026-05-20T12:00:00Z");

/** A path for a new book in a folder that goes when the test file ends. */
export function newBookPaths(): () => string {
  const folder = mkdtempSync(join(tmpdir(), "tokenledger-test-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  let books = 0;
  return () => join(folder, `book-${books++}.db`);
}

/** A hard monthly budget of 1 USD unless told otherwise. */
export function budget(name: string, fields: Partial<BudgetDefinition> = {}): BudgetDefinition {
  const period = fields.windowMs === undefined ? { period: "monthly" as const } : {};
  const amount = fields.maxTokens === undefined ? { amountNanoUsd: USD } : {};
  return { name, scope: {}, ...amount, ...period, alerts: [], enforcement: "block_requests", hard: true, ...fields };
}

export function call(requestId: string, costUsd: number | string, fields: Partial<ReserveCall> = {}): ReserveCall {
  return { requestId, provider: "acme", model: "acme-1", estimate: { costUsd }, ...fields };
}

export function record(id: string, timestampMs: number, costNanoUsd: bigint, fields: Partial<UsageRecord> = {}): UsageRecord {
  const tokens = { input: 10, output: 1 };
  return {
    id,
    timestampMs,
    provider: "acme",
    model: "acme-1",
    tokens,
    reportedCostNanoUsd: Number(costNanoUsd),
    source: "library",
    ...fields,
  };
}

/** Spent and reserved of a budget that has one counter. */
export async function standing(ledger: Ledger, name: string): Promise<{ spent: bigint; reserved: bigint }> {
  const found = (await ledger.budgets.status()).find((status) => status.name === name);
  return { spent: found?.spentNanoUsd ?? -1n, reserved: found?.reservedNanoUsd ?? -1n };
}
