/** What `--json` prints is what `schema` promises. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { JANUARY, Machine, recordForm } from "./run-command.ts";

const machine = new Machine();
machine.importRecords([...JANUARY, recordForm({ model: "never-heard-of", tags: ["a", "b"], metadata: { branch: "main" } })]);
const prices = machine.file(
  "prices.json",
  JSON.stringify({ unit: "per_1m_tokens", providers: { openai: { "never-heard-of": { input: 1, output: 2 } } } }),
);
machine.run(["budget", "set", "all", "--amount", "10", "--period", "yearly", "--alerts", "50,75", "--enforcement", "rate_limit"]);
machine.run(["budget", "set", "week", "--max-tokens", "5000", "--window", "7d", "--team", "*", "--override", "", "--tolerance", "0.1"]);
const records = machine.file("more.jsonl", `${JSON.stringify(recordForm({ id: "more" }))}\nnonsense\n`);

function schema(name: string): object {
  const { exitCode, stdout } = machine.run(["schema", name]);
  expect(exitCode).toBe(0);
  return JSON.parse(stdout);
}

function errorsOf(name: string, document: unknown): unknown {
  const validate = new Ajv2020({ allErrors: true, strict: true }).compile(schema(name));
  validate(document);
  return validate.errors ?? [];
}

describe("documents follow their schemas", () => {
  it.each([
    ["report", ["report", "--group-by", "day,team"]],
    ["report", ["report", "--group-by", "tag"]],
    ["report", ["report", "--team", "nobody"]],
    ["report", ["costs", "--compare", "previous"]],
    ["summary", []],
    ["analysis", ["analyze", "--last", "8w"]],
    ["analysis", ["analyze", "--start", "2026-01-01", "--end", "2026-02-09", "--bucket", "day", "--by", "team"]],
    ["analysis", ["analyze", "--team", "nobody"]],
    ["forecast", ["forecast", "--limit", "5"]],
    ["forecast", ["forecast", "--budget", "all"]],
    ["explanation", ["explain"]],
    ["explanation", ["explain", "--to", "2026-01", "--by", "team"]],
    ["explanation", ["explain", "--to", "2020"]],
    ["recommendations", ["optimize"]],
    ["recommendations", ["optimize", "--only", "model-downgrade"]],
    ["recommendations", ["optimize", "--team", "nobody"]],
    ["simulation", ["optimize", "--simulate"]],
    ["simulation", ["optimize", "--simulate", "--team", "nobody"]],
    ["savings", ["optimize", "--apply", "model-downgrade", "--yes"]],
    ["receipts", ["optimize", "--verify"]],
    ["savings", ["optimize", "--revert", "all"]],
    ["budgets", ["budget", "status"]],
    ["budgets", ["budget", "check"]],
    ["budget-definitions", ["budget", "list"]],
    ["budget-definitions", ["budget", "set", "all", "--override", "20", "--until", "2026-03-01"]],
    ["backtest", ["budget", "backtest", "all"]],
    ["alerts", ["alerts", "list"]],
    ["alerts", ["alerts", "ack", "--all"]],
    ["alert-delivery", ["alerts", "deliver"]],
    ["key", ["keys", "create", "--name", "ci", "--team", "core", "--models", "gpt-5*", "--expires", "90d", "--max-choices", "2"]],
    ["key", ["keys", "rotate", "ci", "--grace", "1h"]],
    ["keys", ["keys", "list"]],
    ["keys", ["keys", "revoke", "ci"]],
    ["import", ["import", "jsonl", records]],
    ["import", ["import", "jsonl", records, "--dry-run"]],
    ["verify", ["verify"]],
    ["reprice", ["reprice", "--dry-run"]],
    ["pricing", ["pricing", "show", "claude-sonnet-4-5", "--explain"]],
    ["pricing", ["pricing", "list", "--provider", "google"]],
    ["pricing", ["pricing", "update", prices]],
    ["price-problems", ["pricing", "lint"]],
    ["doctor", ["doctor"]],
    ["records", ["export", "records", "--format", "json"]],
  ])("%s: tokenledger %j", (name, words) => {
    const { stdout, stderr } = machine.run(words.includes("--format") ? words : [...words, "--json"]);
    expect(errorsOf(name, JSON.parse(stdout || `"${stderr}"`))).toEqual([]);
  });

  it("every exported line is a record", () => {
    for (const line of machine.run(["export", "records"]).stdout.trim().split("\n"))
      expect(errorsOf("record", JSON.parse(line))).toEqual([]);
  });

  it("a schema refuses what is no such document", () => {
    expect(errorsOf("report", { schema: "tokenledger.report/1" })).not.toEqual([]);
    expect(errorsOf("record", { ...recordForm(), input_tokens: -1 })).not.toEqual([]);
  });
});
