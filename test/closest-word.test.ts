import fc from "fast-check";
import { expect, test } from "vitest";
import { closestWord } from "../src/errors.ts";

test("the nearest accepted word is found, and none where nothing is near", () => {
  const words = ["database", "providers", "budgets", "server", "timezone"];
  expect(["budget", "bugdets", "Servre", "provider", "time_zone", "databse"].map((word) => closestWord(word, words))).toEqual([
    "budgets",
    "budgets",
    "server",
    "providers",
    "timezone",
    "database",
  ]);
  expect(["x", "", "completely", "zzz"].map((word) => closestWord(word, words))).toEqual([undefined, undefined, undefined, undefined]);
});

test("the beginning of a word is enough, from three letters on", () => {
  const words = ["import", "claude-code", "codex"];
  expect(["claud", "cla", "CODE", "cl"].map((word) => closestWord(word, words))).toEqual([
    "claude-code",
    "claude-code",
    "codex",
    undefined,
  ]);
});

test("what is too long to be a typing error is not compared", () => {
  expect(closestWord("r".repeat(10_000), ["report", "r".repeat(9_999)])).toBeUndefined();
});

test("a word with one letter lost, doubled or exchanged is still found", () => {
  const words = ["notify_only", "rate_limit", "block_requests", "switch_provider"];
  fc.assert(
    fc.property(fc.constantFrom(...words), fc.nat(), fc.constantFrom("lose", "double", "exchange"), (word, random, change) => {
      const at = random % (word.length - 1);
      const typed =
        change === "lose"
          ? word.slice(0, at) + word.slice(at + 1)
          : change === "double"
            ? word.slice(0, at + 1) + word.slice(at)
            : word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2);
      expect(closestWord(typed, words)).toBe(word);
    }),
  );
});
