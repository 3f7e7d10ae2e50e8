import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { symmetricEigen } from "../../src/analysis/graph/eigen.ts";
import {
  betweenness,
  burtConstraint,
  effectiveSize,
  eigengap,
  fiedler,
  type Graph,
  laplacianEigenvalues,
} from "../../src/analysis/index.ts";
import { AnalysisInputError } from "../../src/errors.ts";
import { readData, withData } from "../shared-data.ts";
import { arbitraryGraph, type GraphCase, naiveBetweenness, naiveConstraint, naiveEffectiveSize, naiveLaplacian } from "./naive-graph.ts";

function expectNear(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-9): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (Number.isNaN(expected[i])) expect(found[i]).toBeNaN();
    else expect(Math.abs((found[i] as number) - (expected[i] as number)), `entry ${i}`).toBeLessThanOrEqual(tolerance);
  }
}

function byNode(values: Record<string, number>, n: number): number[] {
  return Array.from({ length: n }, (_, v) => values[v] as number);
}

function upToSign(vector: ArrayLike<number>, expected: number[]): number[] {
  const same = expected.reduce((total, entry, i) => total + entry * (vector[i] as number), 0) > 0;
  return expected.map((entry) => (same ? entry : -entry));
}

withData("vectors/graph.json", () => {
  const { graphs } = JSON.parse(readData("vectors/graph.json")) as { graphs: GraphCase[] };

  test("there are ten graphs", () => expect(graphs.length).toBe(10));

  describe.each(graphs)("$name", (graph) => {
    test("analysis D3: eigenvalues, Fiedler value and vector, eigengap", () => {
      expectNear(laplacianEigenvalues(graph), graph.laplacianEig);
      expectNear(laplacianEigenvalues(graph, { normalized: true }), graph.normLaplacianEig);
      const plain = fiedler(graph);
      const normalized = fiedler(graph, { normalized: true });
      if (graph.fiedlerValue !== undefined) {
        expect(plain.value).toBeCloseTo(graph.fiedlerValue, 9);
        expect(plain.multiplicity).toBe(graph.fiedlerMultiplicityComb);
        expect(normalized.value).toBeCloseTo(graph.fiedlerValueNorm as number, 9);
        expect(normalized.multiplicity).toBe(graph.fiedlerMultiplicity);
        expect(eigengap(graph)).toBe(graph.eigengapK);
      } else expect(plain.multiplicity).toBe(graph.n === 1 ? 0 : graph.components);
      for (const [found, expected] of [
        [plain, graph.fiedlerVector],
        [normalized, graph.fiedlerVectorNorm],
      ] as const) {
        if (found.multiplicity !== 1 || expected === undefined) expect(found.vector).toBeUndefined();
        else {
          const vector = found.vector as Float64Array;
          expectNear(vector, upToSign(vector, expected));
          expect(vector.find((entry) => Math.abs(entry) > 1e-9)).toBeGreaterThan(0);
        }
      }
    });

    test("analysis D5: constraint, effective size, betweenness", () => {
      if (graph.constraint === undefined) {
        expectNear(burtConstraint(graph), new Array(graph.n).fill(Number.NaN));
        expectNear(effectiveSize(graph), new Array(graph.n).fill(Number.NaN));
        expectNear(betweenness(graph), new Array(graph.n).fill(0));
        return;
      }
      const unweighted = { n: graph.n, edges: graph.edges.map(([from, to]) => [from, to] as const) };
      expectNear(burtConstraint(graph), byNode(graph.constraint, graph.n));
      expectNear(burtConstraint(unweighted), byNode(graph.constraintUnweighted as Record<string, number>, graph.n));
      expectNear(effectiveSize(graph), byNode(graph.effectiveSize as Record<string, number>, graph.n));
      expectNear(betweenness(graph), byNode(graph.betweenness as Record<string, number>, graph.n));
    });
  });
});

describe("any graph", () => {
  test("has the constraint, effective size and betweenness of their definitions", () => {
    fc.assert(
      fc.property(arbitraryGraph(9), (graph) => {
        expectNear(burtConstraint(graph), naiveConstraint(graph), 1e-12);
        expectNear(effectiveSize(graph), naiveEffectiveSize(graph), 1e-12);
        expectNear(betweenness(graph), naiveBetweenness(graph), 1e-12);
      }),
    );
  });

  test("has eigenvectors that its Laplacian stretches by the eigenvalues, at right angles to each other", () => {
    fc.assert(
      fc.property(arbitraryGraph(30), fc.boolean(), (graph, normalized) => {
        const { n } = graph;
        const laplacian = naiveLaplacian(graph, normalized);
        const { values, vectors = new Float64Array() } = symmetricEigen(Float64Array.from(laplacian.flat()), n, true);
        expectNear(
          laplacianEigenvalues(graph, { normalized }),
          Array.from(values, (value) => Math.max(0, value)),
          1e-9,
        );
        const scale = Math.max(1, values[n - 1] as number);
        for (let k = 0; k < n; k++) {
          const vector = vectors.subarray(k * n, (k + 1) * n);
          const stretched = laplacian.map((row) => row.reduce((sum, entry, i) => sum + entry * (vector[i] as number), 0));
          expectNear(
            stretched,
            vector.map((entry) => entry * (values[k] as number)),
            1e-12 * scale,
          );
          for (let other = 0; other <= k; other++) {
            const inner = vector.reduce((sum, entry, i) => sum + entry * (vectors[other * n + i] as number), 0);
            expect(Math.abs(inner - (other === k ? 1 : 0))).toBeLessThanOrEqual(1e-12);
          }
        }
      }),
    );
  });

  test("has as many eigenvalues 0 as it has parts", () => {
    fc.assert(
      fc.property(arbitraryGraph(12), ({ n, edges }) => {
        const doubled = { n: 2 * n, edges: [...edges, ...edges.map(([from, to, weight]) => [from + n, to + n, weight] as const)] } as Graph;
        const zeros = (graph: Graph) => laplacianEigenvalues(graph).filter((value) => value < 1e-9).length;
        expect(zeros(doubled)).toBe(2 * zeros({ n, edges }));
      }),
    );
  });

  test("is the same whatever the order of its edges and their ends, and however its weights are given in parts", () => {
    const graph: Graph = {
      n: 5,
      edges: [
        [0, 1, 3],
        [1, 2, 1],
        [3, 2, 2],
        [3, 0, 1],
        [1, 3, 0.5],
      ],
    };
    const other: Graph = {
      n: 5,
      edges: [
        [2, 3, 2],
        [0, 3],
        [1, 0, 1],
        [0, 1, 2],
        [2, 1],
        [3, 1, 0.25],
        [1, 3, 0.25],
      ],
    };
    for (const measure of [laplacianEigenvalues, burtConstraint, effectiveSize, betweenness])
      expect(measure(other)).toEqual(measure(graph));
    expect(fiedler(other)).toEqual(fiedler(graph));
  });
});

describe("edges to oneself and edges without weight", () => {
  const graph: Graph = {
    n: 4,
    edges: [
      [0, 1, 2],
      [1, 1, 3],
    ],
  };

  test("count as NetworkX counts them", () => {
    expectNear(burtConstraint(graph), [2.56, 2.2592, Number.NaN, Number.NaN], 1e-12);
    expectNear(effectiveSize(graph), [-1, 1, Number.NaN, Number.NaN], 1e-12);
    expectNear(betweenness(graph), [0, 0, 0, 0]);
    // The matrix is [[1, −0.632…], [−0.632…, 0.4]].
    expectNear(laplacianEigenvalues(graph, { normalized: true }), [0, 0, 0, 1.4], 1e-12);
    expectNear(laplacianEigenvalues(graph), [0, 0, 0, 4], 1e-12);
  });

  test("an edge of weight 0 is a neighbour, but of no strength", () => {
    const zero: Graph = {
      n: 3,
      edges: [
        [0, 1, 0],
        [1, 2, 1],
      ],
    };
    expectNear(effectiveSize(zero), [1, 2, 1]);
    expectNear(betweenness(zero), [0, 1, 0]);
    expectNear(burtConstraint(zero), [0, 1, 1]);
    expectNear(laplacianEigenvalues(zero, { normalized: true }), [0, 0, 2]);
  });
});

test("a graph where all are linked with all is one group", () => {
  expect(
    eigengap({
      n: 4,
      edges: [
        [0, 1],
        [0, 2],
        [0, 3],
        [1, 2],
        [1, 3],
        [2, 3],
      ],
    }),
  ).toBe(1);
  expect(eigengap({ n: 2, edges: [[0, 1]] })).toBe(1);
});

describe("too little to tell", () => {
  test("one node has no second eigenvalue and no gap, no node nothing at all", () => {
    expect(fiedler({ n: 1, edges: [] })).toEqual({ multiplicity: 0 });
    expect(eigengap({ n: 1, edges: [] })).toBeUndefined();
    expect(laplacianEigenvalues({ n: 0, edges: [] })).toEqual(new Float64Array());
    expect(fiedler({ n: 0, edges: [] })).toEqual({ multiplicity: 0 });
    expect(betweenness({ n: 2, edges: [[0, 1]] })).toEqual(new Float64Array(2));
  });

  test("a graph in two parts has a Fiedler value of 0 and no vector", () => {
    expect(
      fiedler({
        n: 4,
        edges: [
          [0, 1],
          [2, 3],
        ],
      }),
    ).toEqual({ value: expect.closeTo(0, 12), multiplicity: 2 });
  });
});

describe("what is no graph is refused with a sentence", () => {
  test.each([
    [null, "graph: null is not a graph; give { n, edges: [[from, to, weight], …] }."],
    [{ n: -1, edges: [] }, "graph.n: -1 is not a number of nodes"],
    [{ n: 1.5, edges: [] }, "graph.n: 1.5 is not a number of nodes"],
    [{ n: 1e9, edges: [] }, "give a whole number from 0 to 10000000"],
    [{ n: 1 }, "graph.edges:"],
    [{ n: 2, edges: [[0]] }, "graph.edges[0]: [0] is not an edge; give [from, to] or [from, to, weight]."],
    [{ n: 2, edges: [[0, 1], 7] }, "graph.edges[1]: 7 is not an edge"],
    [{ n: 2, edges: [[0, 2]] }, "graph.edges[0]: 2 is not a node; nodes are numbered from 0 to 1."],
    [{ n: 2, edges: [[-1, 0]] }, "graph.edges[0]: -1 is not a node"],
    [{ n: 2, edges: [[0.5, 0]] }, "graph.edges[0]: 0.5 is not a node"],
    [{ n: 0, edges: [[0, 0]] }, "graph.edges[0]: 0 is not a node; the graph has none."],
    [{ n: 2, edges: [[0, 1, -0.5]] }, "graph.edges[0]: -0.5 is not a weight; give a number from 0 to 1e+100"],
    [{ n: 2, edges: [[0, 1, Number.NaN]] }, "graph.edges[0]: NaN is not a weight"],
    [{ n: 2, edges: [[0, 1, Number.POSITIVE_INFINITY]] }, "graph.edges[0]: Infinity is not a weight"],
    [{ n: 2, edges: [[0, 1, "1"]] }, 'graph.edges[0]: "1" is not a weight'],
  ])("%j", (graph, sentence) => {
    for (const measure of [laplacianEigenvalues, fiedler, eigengap, burtConstraint, effectiveSize, betweenness]) {
      const act = () => measure(graph as unknown as Graph);
      expect(act).toThrow(AnalysisInputError);
      expect(act).toThrow(sentence);
    }
  });

  test("options and sizes of spectra", () => {
    expect(() => fiedler({ n: 2, edges: [] }, { normalized: "yes" as never })).toThrow('normalized: "yes" is neither true nor false.');
    expect(() => laplacianEigenvalues({ n: 3001, edges: [] })).toThrow("graph.n: 3001 nodes are too many for eigenvalues");
  });
});
