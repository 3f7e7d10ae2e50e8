/** The spectrum of a graph: how it vibrates tells how it hangs together (Chung 1997; von Luxburg 2007). */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { checkOptions } from "../input.ts";
import { type SymmetricEigen, symmetricEigen } from "./eigen.ts";
import { type Adjacency, adjacencyOf, degreesOf, type Graph } from "./graph.ts";

export interface LaplacianOptions {
  /** I − D^(−½) A D^(−½) instead of D − A: nodes with many links then count like others. */
  normalized?: boolean;
}

/** A matrix of more is not kept in memory, and would take minutes. */
const MOST_NODES = 3_000;
/** Eigenvalues nearer than that, as a share of the largest, are equal. */
const SAME = 1e-9;
/** More groups than that are no summary. */
const MOST_GROUPS = 10;

/**
 * The eigenvalues of a graph's Laplacian, ascending. As many are 0 as the graph has parts that nothing connects. An edge from
 * a node to itself changes nothing, but counts once in the node's degree where these are normalized; a node without edges has
 * a row of zeros.
 *
 * @throws AnalysisInputError for what is no graph, and for more than 3000 nodes
 * @example
 * ```ts
 * import { laplacianEigenvalues } from "tokenledger/analysis";
 * const triangleAndOther = { n: 4, edges: [[0, 1], [1, 2], [2, 0]] } as const;
 * [...laplacianEigenvalues(triangleAndOther)].map((value) => Math.round(value)); // => [0, 0, 3, 3]
 * ```
 */
export function laplacianEigenvalues(graph: Graph, options: LaplacianOptions = {}): Float64Array {
  return spectrum(adjacencyOf(graph), isNormalized(options), false).values;
}

export interface Fiedler {
  /** The second smallest eigenvalue: 0 for a graph that falls apart, small where few edges hold it together. */
  value?: number;
  /** Its eigenvector, of length 1, its first entry that is not 0 positive: nodes of one sign are on one side. */
  vector?: Float64Array;
  /** How many eigenvalues equal it. Where there are several, no vector is better than others, and none is given. */
  multiplicity: number;
}

/**
 * Where a graph would fall in two (Fiedler 1973). A graph of one node has nothing to tell.
 *
 * @throws AnalysisInputError as `laplacianEigenvalues` does
 * @example
 * ```ts
 * import { fiedler } from "tokenledger/analysis";
 * const { value, vector } = fiedler({ n: 4, edges: [[0, 1], [1, 2, 0.1], [2, 3]] });
 * value?.toFixed(4); // => "0.0950"
 * Array.from(vector ?? [], (entry) => entry.toFixed(2)); // => ["0.52", "0.47", "-0.47", "-0.52"]
 * ```
 */
export function fiedler(graph: Graph, options: LaplacianOptions = {}): Fiedler {
  const adjacency = adjacencyOf(graph);
  const { n } = adjacency;
  const { values, vectors } = spectrum(adjacency, isNormalized(options), true);
  const value = values[1];
  if (value === undefined) return { multiplicity: 0 };
  const slack = SAME * (values[n - 1] as number);
  const multiplicity = values.reduce((count, other) => count + (Math.abs(other - value) <= slack ? 1 : 0), 0);
  if (multiplicity > 1) return { value, multiplicity };
  const vector = (vectors as Float64Array).slice(n, 2 * n);
  const sign = Math.sign(vector.find((entry) => Math.abs(entry) > SAME) ?? 1);
  return { value, vector: vector.map((entry) => sign * entry), multiplicity };
}

/**
 * Into how many groups a graph falls, by its spectrum: after so many of the smallest normalized eigenvalues the largest gap
 * follows (at most 10). Of equal gaps the first that cuts the graph at all. `undefined` for fewer than two nodes.
 *
 * @throws AnalysisInputError as `laplacianEigenvalues` does
 * @example
 * ```ts
 * import { eigengap } from "tokenledger/analysis";
 * eigengap({ n: 6, edges: [[0, 1], [1, 2], [2, 0], [2, 3, 0.1], [3, 4], [4, 5], [5, 3]] }); // => 2
 * ```
 */
export function eigengap(graph: Graph): number | undefined {
  const { values } = spectrum(adjacencyOf(graph), true, false);
  const most = Math.min(MOST_GROUPS, values.length - 1);
  if (most < 1) return undefined;
  const gapAfter = (groups: number) => (values[groups] as number) - (values[groups - 1] as number);
  let best = Math.min(2, most);
  for (let groups = 3; groups <= most; groups++) if (gapAfter(groups) > gapAfter(best) + SAME) best = groups;
  return gapAfter(1) > gapAfter(best) + SAME ? 1 : best;
}

function isNormalized(options: LaplacianOptions): boolean {
  checkOptions(options, ["normalized"]);
  const { normalized = false } = options;
  if (typeof normalized === "boolean") return normalized;
  throw new AnalysisInputError(`normalized: ${quoteValue(normalized)} is neither true nor false.`);
}

function spectrum(adjacency: Adjacency, normalized: boolean, withVectors: boolean): SymmetricEigen {
  const { n, offsets, targets, weights, loops } = adjacency;
  if (n > MOST_NODES)
    throw new AnalysisInputError(`graph.n: ${n} nodes are too many for eigenvalues; give at most ${MOST_NODES}, or take communities.`);
  const matrix = new Float64Array(n * n);
  const degrees = degreesOf(adjacency, 1);
  for (let v = 0; v < n; v++) {
    const degree = degrees[v] as number;
    if (degree === 0) continue;
    const withoutLoop = degree - Math.max(loops[v] as number, 0);
    matrix[v * n + v] = normalized ? withoutLoop / degree : withoutLoop;
    for (let e = offsets[v] as number; e < (offsets[v + 1] as number); e++) {
      const target = targets[e] as number;
      const weight = weights[e] as number;
      if (weight > 0) matrix[v * n + target] = normalized ? -weight / Math.sqrt(degree * (degrees[target] as number)) : -weight;
    }
  }
  const { values, vectors } = symmetricEigen(matrix, n, withVectors);
  // No eigenvalue of a Laplacian is negative; floats make some of the zeros so.
  const positive = values.map((value) => Math.max(value, 0));
  return vectors === undefined ? { values: positive } : { values: positive, vectors };
}
