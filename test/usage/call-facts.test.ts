import fc from "fast-check";
import { expect, test } from "vitest";
import { type CallFacts, factsAsMetadata, factsInMetadata, type PromptBlock } from "../../src/usage/index.ts";

const blocksOf = (names: readonly number[]): PromptBlock[] =>
  names.map((_, place) => ({
    hash: `h${names.slice(0, place + 1).reduce((sum, name) => (sum * 31 + name) % 99_991, 7)}-${place}`,
    tokens: 10 + place,
  }));
const recorded = (blocks: readonly PromptBlock[]): readonly PromptBlock[] =>
  factsInMetadata(factsAsMetadata({ promptBlocks: blocks }))?.promptBlocks ?? [];
const tokensTo = (blocks: readonly PromptBlock[], hash: string): number => {
  const at = blocks.findIndex((block) => block.hash === hash);
  return blocks.slice(0, at + 1).reduce((sum, { tokens }) => sum + tokens, 0);
};

test("what a record's metadata tells of a call is what was put there", () => {
  const facts: CallFacts = {
    promptBlocks: [{ hash: "aB3-_xyz", tokens: 512 }],
    isStream: false,
    tools: 0,
    turns: 7,
    temperature: 0,
    isTruncated: true,
  };
  expect(factsInMetadata(factsAsMetadata(facts))).toEqual(facts);
  expect(factsInMetadata({ prompt_blocks: "no block", note: "x" })).toBeUndefined();
});

test("of a long prompt no more than sixty blocks are kept, with all tokens, its beginning and its end", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3000 }), (length) => {
      const blocks = blocksOf(Array.from({ length }, (_, place) => place % 7));
      const kept = recorded(blocks);
      expect(kept.length).toBeLessThanOrEqual(60);
      expect(kept.length).toBeGreaterThanOrEqual(Math.min(length, 45));
      for (const { hash } of kept) expect(tokensTo(kept, hash)).toBe(tokensTo(blocks, hash));
      expect(kept.at(-1)?.hash).toBe(blocks.at(-1)?.hash);
      expect(kept.slice(0, 24)).toEqual(blocks.slice(0, 24));
    }),
  );
});

test("sixty blocks of the longest hashes fit into a text of metadata", () => {
  const blocks = Array.from({ length: 500 }, (_, place) => ({ hash: `abcde${100 + place}`, tokens: 99_999 }));
  expect(factsAsMetadata({ promptBlocks: blocks }).prompt_blocks?.length).toBeLessThanOrEqual(1000);
});

test("however long a conversation grows, the end of one prompt is found in the next", () => {
  const names = Array.from({ length: 1000 }, (_, place) => place % 5);
  for (let length = 1; length < 990; length++) {
    const end = recorded(blocksOf(names.slice(0, length))).at(-1)?.hash;
    // The answer, and what was said to it.
    expect(recorded(blocksOf(names.slice(0, length + 2))).map(({ hash }) => hash)).toContain(end);
  }
}, 120_000);

test("what two prompts share is shared by what is kept of them, but for a part that grows with its distance from both ends", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }), (common, a, b) => {
      const shared = Array.from({ length: common }, (_, place) => place % 5);
      const [one, other] = [a, b].map((more, which) => recorded(blocksOf([...shared, ...Array.from({ length: more }, () => 11 + which)])));
      const known = new Set(other?.map(({ hash }) => hash));
      const places = (one ?? []).filter(({ hash }) => known.has(hash)).map(({ hash }) => Number(hash.split("-")[1]) + 1);
      expect(Math.max(0, ...places)).toBeGreaterThanOrEqual(Math.min(common, 24));
      expect(Math.max(0, ...places)).toBeGreaterThanOrEqual(common * 0.8 - 24);
    }),
  );
});
