/** Costs as Claude Code's command line printed them: tokens in, dollars out, from 25 real runs. */
import { describe, expect, it } from "vitest";
import { priceBook } from "../../src/pricing/index.ts";
import { hasData, readData } from "../shared-data.ts";

const PATH = "agent-logs/claude_cli_cost_oracle.jsonl";

interface Row {
  model: string;
  input_tokens: number;
  output_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
  cache_ttl_reported: "1h" | "5m" | "none" | null;
  cost_usd_reported_by_claude_code: number;
  priced_as: string;
}

describe.skipIf(!hasData(PATH))("what the command line printed", () => {
  const rows = hasData(PATH)
    ? readData(PATH)
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Row)
    : [];
  const named = rows.map((row, index) => [index + 1, row.model, row] as const);

  it.each(named.filter(([, , row]) => row.priced_as !== "mixed/other"))("row %d, %s, to 1e-9 USD", (_, model, row) => {
    // Where the printed cost used another write rate than the log reports, the data's note calls the print the odd one:
    // it is compared at the rate that it used.
    const written = row.cache_creation_input_tokens;
    const cost = priceBook().cost({
      provider: "anthropic",
      model,
      at: "2026-08-01",
      tokens: {
        input: row.input_tokens + row.cache_read_input_tokens + written,
        output: row.output_tokens,
        cacheRead: row.cache_read_input_tokens,
        ...(row.priced_as === "1h" ? { cacheWrite1h: written } : { cacheWrite5m: written }),
      },
    });
    if ("unpriced" in cost) throw new Error(cost.reason);
    expect(Math.abs(cost.costUsd - row.cost_usd_reported_by_claude_code)).toBeLessThanOrEqual(1e-9);
  });

  it("the excepted row stands between the two write rates", () => {
    const odd = rows.filter(({ priced_as }) => priced_as === "mixed/other");
    expect(odd).toHaveLength(1);
    for (const row of odd) {
      const written = row.cache_creation_input_tokens;
      const at = (kind: "cacheWrite5m" | "cacheWrite1h"): number => {
        const tokens = {
          input: row.input_tokens + row.cache_read_input_tokens + written,
          output: row.output_tokens,
          cacheRead: row.cache_read_input_tokens,
          [kind]: written,
        };
        const cost = priceBook().cost({ provider: "anthropic", model: row.model, at: "2026-08-01", tokens });
        return "costUsd" in cost ? cost.costUsd : Number.NaN;
      };
      expect(row.cost_usd_reported_by_claude_code).toBeGreaterThan(at("cacheWrite5m"));
      expect(row.cost_usd_reported_by_claude_code).toBeLessThan(at("cacheWrite1h"));
    }
  });
});
