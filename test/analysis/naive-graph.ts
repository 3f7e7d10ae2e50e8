/** Graphs measured once more, straight from the definitions, on a full matrix. */
import fc from "fast-check";
import type { Graph } from "../../src/analysis/index.ts";

export interface GraphCase extends Graph {
  name: string;
  components: number;
  laplacianEig: number[];
  normLaplacianEig: number[];
  fiedlerValue?: number;
  fiedlerVector?: number[];
  fiedlerMultiplicityComb?: number;
  fiedlerValueNorm?: number;
  fiedlerVectorNorm?: number[];
  fiedlerMultiplicity?: number;
  eigengapK?: number;
  constraint?: Record<string, number>;
  constraintUnweighted?: Record<string, number>;
  effectiveSize?: Record<string, number>;
  betweenness?: Record<string, number>;
  leidenBestQ?: number;
  optimalQ?: number;
  modularityOfPartition?: { partition: number[]; Q: number }[];
}

export function arbitraryGraph(most: number): fc.Arbitrary<Graph> {
  return fc.integer({ min: 2, max: most }).chain((n) =>
    fc.record({
      n: fc.constant(n),
      edges: fc.array(
        fc.tuple(fc.nat(n - 1), fc.nat(n - 1), fc.constantFrom(1, 1, 2, 0.5, 0.25)).filter(([from, to]) => from !== to),
        { maxLength: 3 * n },
      ),
    }),
  );
}

function matrixOf({ n, edges }: Graph): number[][] {
  const matrix = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  const add = (row: number, column: number, weight: number) => {
    const cells = matrix[row] as number[];
    cells[column] = (cells[column] as number) + weight;
  };
  for (const [from, to, weight = 1] of edges) {
    add(from, to, weight);
    if (from !== to) add(to, from, weight);
  }
  return matrix;
}

function at(matrix: number[][], row: number, column: number): number {
  return matrix[row]?.[column] as number;
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

export function naiveModularity(graph: Graph, labels: readonly number[]): number {
  const matrix = matrixOf(graph);
  const degrees = matrix.map((row, v) => sum(row) + at(matrix, v, v));
  const total = sum(degrees);
  let modularity = 0;
  for (let i = 0; i < graph.n; i++)
    for (let j = 0; j < graph.n; j++)
      if (labels[i] === labels[j])
        modularity += at(matrix, i, j) * (i === j ? 2 : 1) - ((degrees[i] as number) * (degrees[j] as number)) / total;
  return modularity / total;
}

/** Over all partitions: 4140 for eight nodes. */
export function largestModularity(graph: Graph): number {
  let best = Number.NEGATIVE_INFINITY;
  const labels: number[] = [];
  const extend = (groups: number) => {
    if (labels.length === graph.n) {
      best = Math.max(best, naiveModularity(graph, labels));
      return;
    }
    for (let label = 0; label <= groups; label++) {
      labels.push(label);
      extend(Math.max(groups, label + 1));
      labels.pop();
    }
  };
  extend(0);
  return best;
}

export function naiveConstraint(graph: Graph): number[] {
  const matrix = matrixOf(graph);
  const share = (i: number, j: number) => (sum(matrix[i] as number[]) === 0 ? 0 : at(matrix, i, j) / sum(matrix[i] as number[]));
  const nodes = matrix.map((_, i) => i);
  return nodes.map((i) => {
    const neighbours = nodes.filter((j) => graph.edges.some(([from, to]) => (from === i && to === j) || (from === j && to === i)));
    if (neighbours.length === 0) return Number.NaN;
    return sum(neighbours.map((j) => (share(i, j) + sum(neighbours.map((q) => share(i, q) * share(q, j)))) ** 2));
  });
}

export function naiveEffectiveSize(graph: Graph): number[] {
  const matrix = matrixOf(graph);
  return matrix.map((row, i) => {
    const near = row.flatMap((weight, j) => (weight > 0 && j !== i ? [j] : []));
    const ties = near.flatMap((j) => near.filter((k) => j < k && at(matrix, j, k) > 0)).length;
    return near.length === 0 ? Number.NaN : near.length - (2 * ties) / near.length;
  });
}

/** By listing every shortest way between every two nodes. */
export function naiveBetweenness(graph: Graph): number[] {
  const matrix = matrixOf(graph);
  const { n } = graph;
  const passed = new Array<number>(n).fill(0);
  for (let source = 0; source < n; source++)
    for (let target = source + 1; target < n; target++) {
      let ways = [[source]];
      while (ways.length > 0 && !ways.some((way) => way.at(-1) === target) && (ways[0] as number[]).length <= n)
        ways = ways.flatMap((way) => {
          const end = way.at(-1) as number;
          return (matrix[end] as number[]).flatMap((weight, next) => (weight > 0 && !way.includes(next) ? [[...way, next]] : []));
        });
      const shortest = ways.filter((way) => way.at(-1) === target);
      for (const way of shortest) for (const v of way.slice(1, -1)) passed[v] = (passed[v] as number) + 1 / shortest.length;
    }
  return passed.map((value) => (n > 2 ? (2 * value) / ((n - 1) * (n - 2)) : 0));
}

/** D − A, or D^(−½) (D − A) D^(−½). */
export function naiveLaplacian(graph: Graph, normalized: boolean): number[][] {
  const matrix = matrixOf(graph);
  const degrees = matrix.map(sum);
  return matrix.map((row, i) =>
    row.map((weight, j) => {
      const entry = (i === j ? (degrees[i] as number) : 0) - weight;
      const scale = Math.sqrt((degrees[i] as number) * (degrees[j] as number));
      return normalized ? (scale === 0 ? 0 : entry / scale) : entry;
    }),
  );
}
