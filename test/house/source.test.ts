import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectFiles, root } from "./repository.ts";

const files = projectFiles();

/** Source without its comments: a rule about code must not trip over words about it. */
function codeOf(path: string): string {
  return readFileSync(join(root, path), "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/^\s*\/\/.*$/gm, "");
}

function filesWith(pattern: RegExp, paths: readonly string[]): string[] {
  return paths.filter((path) => pattern.test(codeOf(path)));
}

const library = files.filter((path) => path.startsWith("src/") && path.endsWith(".ts") && !path.startsWith("src/cli/"));

describe("the source keeps its own rules", () => {
  test("time comes from a Clock: no room reads the machine's clock by itself", () => {
    const outside = library.filter((path) => path !== "src/clock.ts");
    expect(filesWith(/\bDate\.now\s*\(|\bnew Date\s*\(\s*\)|\bperformance\.now\s*\(|\bhrtime\b/, outside)).toEqual([]);
  });

  test("chance comes in as an argument", () => {
    const allowed = [
      // A new book draws the seed of its hashes, so that nobody can prepare records that all collide.
      "src/ledger/stores/sqlite/migrations.ts",
      // Call the bytes that are handed to them.
      ...["key-text.ts", "sessions.ts"].map((name) => `src/ledger/${name}`),
      ...["key-file.ts", "sealed-text.ts", "secret-keys.ts"].map((name) => `src/ledger/sealing/${name}`),
      // Each process veils the numbers of its own events.
      "src/server/observing/event-ids.ts",
      // A request that brings no id of its own gets one that nobody else has.
      ...["server.ts", "api/api.ts", "gateway/gateway.ts", "gateway/free-calls.ts"].map((name) => `src/server/${name}`),
    ];
    const outside = library.filter((path) => !allowed.includes(path));
    expect(filesWith(/\bMath\.random\s*\(|\brandomUUID\s*\(|\brandomBytes\s*\(/, outside)).toEqual([]);
  });

  test("no stubs and no notes to self", () => {
    const notes = new RegExp(["TO", "DO|FIX", "ME|X", "XX|not (?:yet )?implemented"].join(""));
    const sources = files.filter((path) => /^(?:src|test|scripts|examples|benchmarks)\/.*\.(?:ts|mjs)$/.test(path));
    expect(sources.filter((path) => notes.test(readFileSync(join(root, path), "utf8")))).toEqual([]);
  });

  test("no test is left out or alone", () => {
    const tests = files.filter((path) => path.endsWith(".test.ts"));
    expect(filesWith(/\b(?:test|it|describe)\.(?:only|skip|todo)\b(?!If)/, tests)).toEqual([]);
  });

  test("no file tells where it was written: no paths of one machine, no registry's address", () => {
    const places = new RegExp(
      [
        ["/wo", "rk/(?:main|shared)"],
        ["registry\\.np", "mjs"],
        ["deb\\.deb", "ian"],
        ["/ro", "ot/"],
      ]
        .map((parts) => parts.join(""))
        .join("|"),
    );
    const texts = files.filter((path) => !/\.(?:zst|gz|db|png|parquet)$/.test(path));
    expect(texts.filter((path) => places.test(readFileSync(join(root, path), "utf8")))).toEqual([]);
  });
});
