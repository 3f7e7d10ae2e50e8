import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { communities, type Graph, modularity } from "../../src/analysis/index.ts";
import { seededRandom } from "../../src/analysis/statistics/random.ts";
import { AnalysisInputError } from "../../src/errors.ts";
import { readData, withData } from "../shared-data.ts";
import { arbitraryGraph, type GraphCase, largestModularity, naiveModularity } from "./naive-graph.ts";

withData("vectors/graph.json", () => {
  const { graphs } = JSON.parse(readData("vectors/graph.json")) as { graphs: GraphCase[] };

  test.each(graphs)("analysis D4: $name gets at least the best modularity that is known", (graph) => {
    const found = communities(graph);
    const known = Math.max(graph.optimalQ ?? 0, graph.leidenBestQ ?? 0);
    expect(found.modularity).toBeGreaterThanOrEqual(known - 1e-9);
    if (graph.edges.length > 0) expect(found.modularity).toBeCloseTo(naiveModularity(graph, found.labels), 12);
    expect(communities(graph)).toEqual(found);
  });

  test.each(graphs)("modularity of given partitions: $name", (graph) => {
    for (const { partition, Q } of graph.modularityOfPartition ?? []) expect(modularity(graph, partition)).toBeCloseTo(Q, 12);
  });
});

describe("communities", () => {
  test("of up to eight nodes are the best of all partitions", () => {
    fc.assert(
      fc.property(arbitraryGraph(8), (graph) => {
        fc.pre(graph.edges.length > 0);
        const { labels, modularity: found } = communities(graph);
        expect(found).toBeCloseTo(largestModularity(graph), 12);
        expect(found).toBeCloseTo(naiveModularity(graph, labels), 12);
      }),
      { numRuns: 40 },
    );
  });

  // Optima found exactly, by igraph 0.10.2 with GLPK.
  test.each([
    ["a ring of ten", ring(10), 0.36],
    ["a ring of twenty", ring(20), 0.55],
    ["a ladder of twenty", ladder(10), 0.5306122448979592],
    ["four caves of five", caves(4, 5), 0.65],
    ["a wheel of twelve", wheel(12), 0.15805785123966937],
    ["all with all", { n: 8, edges: pairs(8) }, 0],
  ] as const)("%s: the optimum", (_name, graph, optimum) => {
    expect(communities(graph).modularity).toBeCloseTo(optimum, 12);
  });

  test("are numbered by first appearance, and each hangs together", () => {
    fc.assert(
      fc.property(arbitraryGraph(24), (graph) => {
        const { labels } = communities(graph);
        const order = [...new Set(labels)];
        expect(order).toEqual(order.map((_, i) => i));
        for (const label of order) {
          const members = labels.flatMap((other, v) => (other === label ? [v] : []));
          const reached = new Set(members.slice(0, 1));
          for (const v of reached)
            for (const [from, to] of graph.edges) {
              const next = from === v ? to : to === v ? from : v;
              if (labels[next] === label) reached.add(next);
            }
          expect(reached.size).toBe(members.length);
        }
      }),
    );
  });

  test("do not depend on how the edges are written down", () => {
    fc.assert(
      fc.property(arbitraryGraph(20), ({ n, edges }) => {
        const turned = edges.map(([from, to, weight]) => [to, from, weight] as const).reverse();
        expect(communities({ n, edges: turned } as Graph)).toEqual(communities({ n, edges }));
      }),
      { numRuns: 30 },
    );
  });

  test("that were planted are found, in a hundred nodes and in two thousand", () => {
    for (const [groups, size] of [
      [5, 20],
      [40, 50],
    ] as const) {
      const random = seededRandom(groups);
      const edges: [number, number][] = [];
      for (let from = 0; from < groups * size; from++)
        for (let i = 0; i < 8; i++) {
          const near = random() < 0.8;
          const to = near ? Math.floor(from / size) * size + Math.floor(random() * size) : Math.floor(random() * groups * size);
          if (to !== from) edges.push([from, to]);
        }
      const { labels } = communities({ n: groups * size, edges });
      expect(new Set(labels).size).toBe(groups);
      labels.forEach((label, v) => {
        expect(label).toBe(Math.floor(v / size));
      });
    }
  });

  test("nodes without edges, or with edges of weight 0, are alone; without any edge the modularity is 0", () => {
    expect(communities({ n: 3, edges: [] })).toEqual({ labels: [0, 1, 2], modularity: 0 });
    expect(communities({ n: 0, edges: [] })).toEqual({ labels: [], modularity: 0 });
    expect(
      communities({
        n: 4,
        edges: [
          [1, 3],
          [0, 2, 0],
          [0, 1, 0],
        ],
      }),
    ).toEqual({ labels: [0, 1, 2, 1], modularity: 0 });
  });

  test("an edge to oneself keeps a node apart", () => {
    const graph: Graph = {
      n: 3,
      edges: [
        [0, 0, 5],
        [0, 1, 1],
        [1, 2, 1],
      ],
    };
    const found = communities(graph);
    expect(found.labels).toEqual([0, 1, 1]);
    expect(found.modularity).toBeCloseTo(naiveModularity(graph, found.labels), 12);
  });
});

describe("what can't be cut up is refused with a sentence", () => {
  test("no graph, repelling edges, labels that are too few or none", () => {
    expect(() => communities({ n: 2, edges: [[0, 5]] })).toThrow(AnalysisInputError);
    expect(() => communities({ n: 2, edges: [[0, 1, -1]] })).toThrow("graph.edges[0]: -1 is not a weight");
    expect(() => modularity({ n: 2, edges: [[0, 1]] }, [0])).toThrow("labels: [0] is not a label for each of the 2 nodes.");
    expect(() => modularity({ n: 2, edges: [[0, 1]] }, [0, 0.5])).toThrow("labels[1]: 0.5 is not a label; give a whole number.");
    expect(() => modularity({ n: 2, edges: [[0, 1]] }, undefined as never)).toThrow(AnalysisInputError);
  });
});

function ring(n: number): Graph {
  return { n, edges: Array.from({ length: n }, (_, v) => [v, (v + 1) % n] as const) };
}

function ladder(steps: number): Graph {
  const side = (from: number) => Array.from({ length: steps - 1 }, (_, i) => [from + i, from + i + 1] as const);
  return { n: 2 * steps, edges: [...side(0), ...side(steps), ...Array.from({ length: steps }, (_, i) => [i, steps + i] as const)] };
}

function pairs(n: number, start = 0): [number, number][] {
  return Array.from({ length: n }, (_, i) => i).flatMap((i) =>
    Array.from({ length: i }, (_, j) => [start + j, start + i] as [number, number]),
  );
}

/** One edge of each cave leads to the next one instead. */
function caves(count: number, size: number): Graph {
  const edges = Array.from({ length: count }, (_, cave) =>
    pairs(size, cave * size).map(([from, to]): [number, number] =>
      from === cave * size && to === from + 1 ? [from, (from - 1 + count * size) % (count * size)] : [from, to],
    ),
  );
  return { n: count * size, edges: edges.flat() };
}

function wheel(n: number): Graph {
  const rim = n - 1;
  return { n, edges: Array.from({ length: rim }, (_, i) => [[0, i + 1] as const, [i + 1, ((i + 1) % rim) + 1] as const]).flat() };
}
