import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applicationFolder, listedFolders, pathOfUri, userDataFolder } from "../../src/importers/agent-folders.ts";
import type { ImportSink } from "../../src/importers/importer.ts";
import { readJsonDocument } from "../../src/importers/reading/json-document.ts";
import { disjointTokens, emitCall, inclusiveTokens, withLoggedTotal } from "../../src/importers/records/agent-record.ts";
import { makerOf, providerOf } from "../../src/importers/records/model-provider.ts";
import { promptTokens } from "../../src/importers/records/prompt-token-counts.ts";
import { canonicalProvider, makerOf as makerByPriceBook, priceBook } from "../../src/pricing/index.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { emptyMachine } from "./conformance.ts";

class Heard implements ImportSink {
  readonly records: UsageRecord[] = [];
  readonly problems: string[] = [];
  skipped = 0;
  record(record: UsageRecord): void {
    this.records.push(record);
  }
  problem(_line: number, reason: string): void {
    this.problems.push(reason);
  }
  skip(): void {
    this.skipped++;
  }
  warning(): void {}
  repeated(): void {}
}

describe("token counts of agents", () => {
  const counts = fc.record({
    input: fc.nat(1e9),
    cacheRead: fc.nat(1e9),
    cacheWrite: fc.nat(1e9),
    output: fc.nat(1e9),
    reasoning: fc.nat(1e9),
  });

  test("in either form, cached tokens are a part of the input and reasoning a part of the output", () => {
    fc.assert(
      fc.property(counts, (logged) => {
        for (const tokens of [disjointTokens(logged), inclusiveTokens(logged)]) {
          expect((tokens.cacheRead ?? 0) + (tokens.cacheWrite5m ?? 0)).toBeLessThanOrEqual(tokens.input ?? 0);
          expect(tokens.reasoning ?? 0).toBeLessThanOrEqual(tokens.output ?? 0);
        }
        expect(disjointTokens(logged).input).toBe(logged.input + logged.cacheRead + logged.cacheWrite);
        expect(inclusiveTokens(logged).input).toBe(Math.max(logged.input, logged.cacheRead + logged.cacheWrite));
      }),
    );
  });

  test("a larger total is reached through the output, a smaller one changes nothing", () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.nat(1e9), fc.nat(4e9), (input, output, total) => {
        const tokens = withLoggedTotal({ input, output }, total);
        expect((tokens.input ?? 0) + (tokens.output ?? 0)).toBe(Math.max(total, input + output));
        expect(tokens.input).toBe(input);
      }),
    );
  });

  test("with a true total, Google's form adds up to it", () => {
    fc.assert(
      fc.property(
        fc.nat(1e9),
        fc.nat(1e9),
        fc.nat(1e9),
        fc.nat(1e9),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (prompt, candidates, thoughts, tool, share) => {
          const total = prompt + candidates + thoughts + tool;
          const tokens = promptTokens({ prompt, candidates, thoughts, tool, cached: Math.floor(prompt * share), total });
          expect((tokens.input ?? 0) + (tokens.output ?? 0)).toBe(total);
          expect(tokens.input).toBe(prompt + tool);
        },
      ),
    );
  });

  test("counts that add up to no number, or usage without a time, are refused; no usage at all is skipped", () => {
    const heard = new Heard();
    const call = { source: "pi", times: [1_772_359_200], provider: "openai", model: "gpt-5" };
    expect(() => emitCall(heard, { ...call, tokens: { input: Number.MAX_SAFE_INTEGER, output: 1 } })).toThrow("add up to no number");
    expect(() => emitCall(heard, { ...call, times: [undefined, null], tokens: { input: 1 } })).toThrow("usage without a time");
    expect(() => emitCall(heard, { ...call, times: [undefined, "soon"], tokens: { input: 1 } })).toThrow('"soon" is not a time');
    emitCall(heard, { ...call, times: [], tokens: { input: 0, output: 0 } });
    expect([heard.records.length, heard.skipped]).toEqual([0, 1]);
  });
});

describe("documents", () => {
  const read = (content: string, maxBytes?: number): [unknown[], string[]] => {
    const folder = mkdtempSync(join(tmpdir(), "tokenledger-document-"));
    try {
      const heard = new Heard();
      writeFileSync(join(folder, "a.json"), content);
      return [readJsonDocument(join(folder, "a.json"), heard, maxBytes), heard.problems];
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  test("a mark, NUL bytes and blanks around a document are nothing, two glued documents are two", () => {
    expect(read('\ufeff\r\n{"a":1}\0\0\n')).toEqual([[{ a: 1 }], []]);
    expect(read('{"a":1}{"a":2}')).toEqual([[{ a: 1 }, { a: 2 }], []]);
    expect(read(" \n\0")).toEqual([[], []]);
  });

  test("a document that is too large or cut off is a problem, one that is not there is not read", () => {
    expect(read(`"${"x".repeat(2 << 20)}"`, 1 << 20)).toEqual([[], ["is larger than the 1 MiB that are read of a JSON document"]]);
    expect(read('{"a":[1,')).toEqual([[], ["is not a whole JSON document (it may still be being written)"]]);
    expect(() => readJsonDocument("/nowhere/a.json", new Heard())).toThrow("ENOENT");
  });
});

describe("providers", () => {
  test("what a log says is spelled like the price book", () => {
    expect(providerOf("Amazon-Bedrock", "anything")).toBe("bedrock");
    expect(providerOf("gemini", "gemini-2.5-pro")).toBe("google");
    expect(providerOf("openrouter", "anthropic/claude-sonnet-4")).toBe("openrouter");
    expect(providerOf("my-own", "gpt-5")).toBe("my-own");
  });

  test("a go-between, or nothing, gives way to the model's maker; what can't be told is left as it was said", () => {
    expect(providerOf("github-copilot", "claude-sonnet-4")).toBe("anthropic");
    expect(providerOf(undefined, "moonshotai/kimi-k2")).toBe("moonshot");
    expect(providerOf("cline", "mystery")).toBe("cline");
    expect(providerOf(undefined, "mystery", "amp")).toBe("amp");
    expect(providerOf("", "mystery")).toBe("unknown");
  });

  test("makers are known by the model's name alone, and not by a mere likeness", () => {
    for (const [model, maker] of [
      ["o3", "openai"],
      ["O4-mini", "openai"],
      ["gpt-5.4-mini", "openai"],
      ["devstral-medium", "mistral"],
      ["glm-4.6", "zai"],
      ["qwen3-coder", "qwen"],
      ["x-ai/grok-4", "xai"],
      ["x-ai/next", "xai"],
      ["opus", undefined],
      ["octopus-1", undefined],
      ["commander", undefined],
      ["text-embedding-3-small", "openai"],
      // Google's.
      ["text-embedding-004", undefined],
    ] as const) {
      expect(makerOf(model), model).toBe(maker);
    }
  });

  test("importers and the price book never name two makers for one model", () => {
    const models = new Set(
      priceBook()
        .entries()
        .map(({ model }) => model),
    );
    const pairs = [...models].map((model) => [model, makerOf(model), makerByPriceBook(model)] as const);
    const known = pairs.filter(([, ours, theirs]) => ours !== undefined && theirs !== undefined);
    expect(known.length).toBeGreaterThan(200);
    expect(known.filter(([, ours, theirs]) => ours !== theirs)).toEqual([]);
  });

  test.each(["openai-native", "chatgpt_codex", "gemini-cli", "google-gemini-cli", "gcp-vertex-ai", "aws_bedrock", "z-ai", "kimi"])(
    "%s is the same provider to importers and the price book",
    (name) => {
      expect(providerOf(name, undefined)).toBe(canonicalProvider(name));
      expect(canonicalProvider(name)).not.toBe(name);
    },
  );
});

describe("folders", () => {
  test("variables list folders, with the home folder as ~", () => {
    const machine = emptyMachine({ homeDirectory: "/h", variables: { A: "/one, ~/two,~", EMPTY: " , " } });
    expect(listedFolders(machine, "A")).toEqual(["/one", "/h/two", "/h"]);
    expect(listedFolders(machine, "EMPTY")).toBeUndefined();
    expect(listedFolders(machine, "UNSET")).toBeUndefined();
  });

  test("where programs keep data and settings", () => {
    expect(userDataFolder(emptyMachine({ homeDirectory: "/h", variables: { XDG_DATA_HOME: "/data" } }))).toBe("/data");
    expect(applicationFolder(emptyMachine({ homeDirectory: "/h", variables: { XDG_CONFIG_HOME: "/config" } }))).toBe("/config");
    expect(applicationFolder(emptyMachine({ homeDirectory: "/h", platform: "win32", variables: { APPDATA: "/roaming" } }))).toBe(
      "/roaming",
    );
  });

  test("file addresses are paths, other texts stay", () => {
    expect(pathOfUri("file:///home/me/my%20shop")).toBe("/home/me/my shop");
    expect(pathOfUri("file:///100%")).toBe("/100%");
    expect(pathOfUri("shop")).toBe("shop");
    expect(pathOfUri(undefined)).toBeUndefined();
  });
});
