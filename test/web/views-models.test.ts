import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { graphFigures } from "../../web/src/views/models/graph-figures.ts";
import { communityOf, matrixOf, type Pair } from "../../web/src/views/models/matrix.ts";
import { edgeText, pairText } from "../../web/src/views/models/pair-words.ts";
import { analysisDocument, seriesDocument } from "./made-documents.ts";

const pair = (a: string | null, b: string | null, part: Partial<Pair> = {}): Pair => ({
  a,
  b,
  r: 0.5,
  overlap: 100,
  reason: null,
  edge: null,
  ...part,
});

const rs = fc.option(fc.double({ min: -1, max: 1, noNaN: true }), { nil: null });

/** Every pair of some names once, in any order, what has no name among them. */
const someNames = fc.uniqueArray(fc.option(fc.string({ maxLength: 6 }), { nil: null }), { minLength: 2, maxLength: 8 }).chain((names) => {
  const both = names.flatMap((a, index) => names.slice(index + 1).map((b) => [a, b] as const));
  return fc.tuple(
    fc.constant(names),
    fc.tuple(
      ...both.map(([a, b]) => fc.tuple(rs, fc.boolean()).map(([r, isTurned]) => (isTurned ? pair(b, a, { r }) : pair(a, b, { r })))),
    ),
    fc.shuffledSubarray(names, { minLength: 0 }),
  );
});

describe("the matrix of correlations", () => {
  test("is symmetric, has every name once, and what is unknown stays unknown", () => {
    fc.assert(
      fc.property(someNames, ([names, pairs, together]) => {
        const communities = together.length === 0 ? [] : [{ names: together, cost_usd: "1", total_tokens: 1, requests: 1 }];
        const matrix = matrixOf({ correlation: { pairs }, communities });
        expect(new Set(matrix.names)).toEqual(new Set(names));
        expect(matrix.names).toHaveLength(names.length);
        for (const [row, a] of matrix.names.entries()) {
          for (const [column, b] of matrix.names.entries()) {
            expect(matrix.values[row]?.[column]).toBe(matrix.values[column]?.[row]);
            const told = pairs.find((one) => (one.a === a && one.b === b) || (one.a === b && one.b === a));
            expect(matrix.values[row]?.[column]).toBe(row === column ? 1 : (told as Pair).r);
          }
        }
      }),
    );
  });

  test("communities stand together, before those that are in none", () => {
    const pairs = [pair("a", "b"), pair("a", "c"), pair("a", "d"), pair("b", "c"), pair("b", "d"), pair("c", "d")];
    const communities = [{ names: ["b", "d"], cost_usd: "1", total_tokens: 1, requests: 1 }];
    expect(matrixOf({ correlation: { pairs }, communities }).names).toEqual(["b", "d", "a", "c"]);
    expect(communityOf("d", communities)).toBe(0);
    expect(communityOf("a", communities)).toBe(-1);
  });

  test("a pair that nobody knows says why", () => {
    const unknown = pair("a", null, { r: null, overlap: 0, reason: "Never used in the same hour." });
    expect(pairText(unknown, { by: "team", bucket: "hour" })).toBe("a and without a team: unknown. Never used in the same hour.");
    expect(edgeText(unknown)).toBe("Without trend and calendar nothing can be told of them.");
  });
});

describe("the network", () => {
  const edge = (r: number, significant: boolean) => ({ r, p: 0.001, q: 0.01, significant });
  const document = analysisDocument({
    series: [
      seriesDocument({ name: "a", cost_usd: "12.5", total_tokens: 10 }),
      seriesDocument({ name: "b", cost_usd: null, total_tokens: 20 }),
      seriesDocument({ name: null, cost_usd: "3", total_tokens: 30 }),
      seriesDocument({ name: null, names: 7, cost_usd: "99", total_tokens: 99 }),
    ],
    correlation: {
      pairs: [
        pair("a", "b", { edge: edge(0.6, true) }),
        pair("a", null, { edge: edge(-0.4, true) }),
        pair("b", null, { edge: edge(0.9, false) }),
      ],
    },
    communities: [{ names: ["a", "b"], cost_usd: "12.5", total_tokens: 30, requests: 2 }],
    substitutes: [{ a: null, b: "a", score: 0.4 }],
  });

  test("links what its test supports and nothing else, a substitute once and dashed", () => {
    const { links } = graphFigures(document, "cost");
    expect(links.map(({ source, target, isSubstitute = false, weight }) => [source, target, isSubstitute, weight])).toEqual([
      ["=a", "=b", false, 0.6],
      ["none", "=a", true, 0.4],
    ]);
  });

  test("a cost that nobody knows is told as unpriced, not as nothing", () => {
    const { nodes } = graphFigures(document, "cost");
    expect(nodes.map(({ name, sizeText }) => [name, sizeText])).toEqual([
      ["a", "$12.50"],
      ["b", "unpriced"],
      ["without a model", "$3.00"],
    ]);
    expect(graphFigures(document, "tokens").nodes.map(({ size }) => size)).toEqual([10, 20, 30]);
  });
});
