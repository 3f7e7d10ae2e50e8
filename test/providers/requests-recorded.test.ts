import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TokenLedgerError } from "../../src/errors.ts";
import { modelLimits, type Operation, type RequestReading, readRequest } from "../../src/providers/index.ts";
import { readData, withData } from "../shared-data.ts";

interface RecordedCase {
  id: string;
  kind: string;
  path: string | null;
  streaming: boolean;
  request_file?: string | null;
  request_model: string | null;
  expected: { input_total?: number | null; output_total?: number | null } | null;
}

/** Kinds whose requests the gateway takes, and as what. Others speak formats of their own. */
const OPERATIONS: readonly [RegExp, Operation][] = [
  [/^anthropic-count-tokens$/, "count_tokens"],
  [/^(?:gemini|vertex)-count-tokens$/, "gemini_count_tokens"],
  [/^anthropic-batches$/, "message_batches"],
  [/-messages$/, "messages"],
  [/^(?:gemini-generate|vertex-gemini)$/, "generate"],
  [/^gemini-embed$/, "embed"],
  [/^(?!cohere).*-embeddings$/, "embeddings"],
  [/^(?!portkey).*-completions$/, "completions"],
  [/-responses$/, "responses"],
  [/-images$/, "images"],
  [/-audio$/, "speech"],
  [/^(?!cohere|ollama).*-(?:chat|compat)$/, "chat"],
];

function operationOf({ kind, path }: RecordedCase): Operation | undefined {
  if (kind === "bedrock-openai") return path?.includes("responses") ? "responses" : "chat";
  return OPERATIONS.find(([pattern]) => pattern.test(kind))?.[1];
}

withData("responses", (folder) => {
  const cases = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as RecordedCase[];
  const readings = cases.flatMap((recorded) => {
    const operation = operationOf(recorded);
    return operation && recorded.request_file ? [{ recorded, operation, file: join(folder, recorded.request_file) }] : [];
  });
  const read = ({ recorded, operation, file }: (typeof readings)[number]): RequestReading | TokenLedgerError => {
    const model = ["generate", "embed", "gemini_count_tokens"].includes(operation)
      ? { modelInPath: recorded.request_model ?? "gemini" }
      : {};
    try {
      return readRequest(operation, readFileSync(file), { ...model, isStreamPath: recorded.streaming });
    } catch (error) {
      if (TokenLedgerError.is(error)) return error;
      throw error;
    }
  };

  describe("requests of real programs", () => {
    test("all are read, but those whose limit of tokens the provider refused too", () => {
      const refused = readings.flatMap((one) => {
        const reading = read(one);
        return reading instanceof TokenLedgerError ? [`${one.recorded.id}: ${reading.message}`] : [];
      });
      expect(readings.length).toBeGreaterThan(300);
      expect(refused).toEqual([
        "openai-chat/207: max_tokens: 0 is not accepted; give a whole number from 1 to 9007199254740991.",
        "openai-completions/019: max_tokens: -1 is not accepted; give a whole number from 1 to 9007199254740991.",
      ]);
    });

    test("guarantee G1c: no call used more input or output than its request's bounds", () => {
      const passed: string[] = [];
      let compared = 0;
      let unbounded = 0;
      for (const one of readings) {
        const reading = read(one);
        const { expected, id } = one.recorded;
        if (reading instanceof TokenLedgerError || one.operation.endsWith("count_tokens") || expected?.input_total == null) continue;
        compared += 1;
        if (reading.unbounded.length > 0) unbounded += 1;
        if (expected.input_total > reading.input.bound) passed.push(`${id}: input ${expected.input_total} > ${reading.input.bound}`);
        const output = expected.output_total ?? 0;
        if (output > reading.output.bound) passed.push(`${id}: output ${output} > ${reading.output.bound}`);
      }
      expect(passed).toEqual([]);
      expect(compared - unbounded).toBeGreaterThan(250);
      expect(unbounded).toBeGreaterThan(20);
    });
  });
});

withData("prices/litellm_2026-08-01.json.gz", () => {
  test("limits of models are not below those of LiteLLM's table, for the vendors that it copies from", () => {
    type Entry = { litellm_provider?: string; mode?: string; max_input_tokens?: unknown; max_output_tokens?: unknown };
    const table = JSON.parse(readData("prices/litellm_2026-08-01.json.gz")) as Record<string, Entry>;
    const vendors = new Set(["openai", "anthropic", "gemini", "xai", "deepseek", "mistral", "cohere_chat", "moonshot", "groq", "cerebras"]);
    const below: string[] = [];
    let compared = 0;
    for (const [name, entry] of Object.entries(table)) {
      if (!vendors.has(entry.litellm_provider ?? "") || !["chat", "responses", "completion"].includes(entry.mode ?? "")) continue;
      const limits = modelLimits(name);
      compared += 1;
      if (Number(entry.max_output_tokens ?? 0) > limits.outputTokens)
        below.push(`${name}: output ${entry.max_output_tokens} > ${limits.outputTokens}`);
      if (Number(entry.max_input_tokens ?? 0) > limits.windowTokens)
        below.push(`${name}: window ${entry.max_input_tokens} > ${limits.windowTokens}`);
    }
    expect(compared).toBeGreaterThan(250);
    expect(below).toEqual([]);
  });
});
