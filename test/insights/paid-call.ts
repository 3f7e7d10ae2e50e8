import type { UsageRecord } from "../../src/usage/index.ts";

/** A call of so many USD, as its source reported them. */
export function paidCall(id: string, timestampMs: number, usd: number, fields: Partial<UsageRecord> = {}): UsageRecord {
  return {
    id,
    timestampMs,
    provider: "anthropic",
    model: "claude-sonnet-4-5",
    source: "library",
    tokens: { input: 1000, output: 100 },
    reportedCostNanoUsd: Math.round(usd * 1e9),
    ...fields,
  };
}
