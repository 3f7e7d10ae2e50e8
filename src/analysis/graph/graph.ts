/** Who is linked with whom, and how strongly: looked at once, then kept as rows of neighbours. */
import { AnalysisInputError, quoteValue } from "../../errors.ts";

/** Undirected. Nodes are numbered from 0; a weight is 1 where none is given. The same pair again adds to its weight. */
export interface Graph {
  n: number;
  edges: readonly (readonly [from: number, to: number, weight?: number])[];
}

/** Each node's neighbours, ascending: those of node v lie from offsets[v] up to offsets[v + 1]. An edge stands in both rows. */
export interface Rows {
  offsets: Int32Array;
  targets: Int32Array;
  weights: Float64Array;
}

export interface Adjacency extends Rows {
  n: number;
  /** By node, the weight of its edge to itself, which stands in no row; -1 where there is none. */
  loops: Float64Array;
}

/** More would not fit into memory. */
const MOST_NODES = 10_000_000;
/** Sums of squares of more would be infinite. */
const LARGEST_WEIGHT = 1e100;

/** @throws AnalysisInputError for nodes that are out of range, weights that are negative or no numbers */
export function adjacencyOf(graph: Graph): Adjacency {
  const { n, edges } = checkedGraph(graph);
  const counts = new Int32Array(n);
  const loops = new Float64Array(n).fill(-1);
  edges.forEach((edge, index) => {
    checkEdge(edge, index, n);
    const [from, to, weight = 1] = edge;
    if (from === to) loops[from] = Math.max(loops[from] as number, 0) + weight;
    else {
      counts[from] = (counts[from] as number) + 1;
      counts[to] = (counts[to] as number) + 1;
    }
  });
  const rows = emptyRows(counts);
  const next = rows.offsets.slice(0, n);
  for (const [from, to, weight = 1] of edges) {
    if (from === to) continue;
    append(rows, next, from, to, weight);
    append(rows, next, to, from, weight);
  }
  return { n, ...withoutDoubles(transposed(rows, counts)), loops };
}

/** By node, the weights of its edges, one to itself counted `loopTimes`. */
export function degreesOf({ n, offsets, weights, loops }: Adjacency, loopTimes: number): Float64Array {
  const degrees = new Float64Array(n);
  for (let v = 0; v < n; v++) {
    let sum = loopTimes * Math.max(loops[v] as number, 0);
    for (let e = offsets[v] as number; e < (offsets[v + 1] as number); e++) sum += weights[e] as number;
    degrees[v] = sum;
  }
  return degrees;
}

function emptyRows(counts: Int32Array): Rows {
  const offsets = new Int32Array(counts.length + 1);
  for (let v = 0; v < counts.length; v++) offsets[v + 1] = (offsets[v] as number) + (counts[v] as number);
  const size = offsets[counts.length] as number;
  return { offsets, targets: new Int32Array(size), weights: new Float64Array(size) };
}

function append({ targets, weights }: Rows, next: Int32Array, from: number, to: number, weight: number): void {
  const place = next[from] as number;
  targets[place] = to;
  weights[place] = weight;
  next[from] = place + 1;
}

/** As each edge stands in both rows, the transposed rows hold the same, but sorted. */
function transposed({ offsets, targets, weights }: Rows, counts: Int32Array): Rows {
  const rows = emptyRows(counts);
  const next = rows.offsets.slice(0, counts.length);
  for (let v = 0; v < counts.length; v++)
    for (let e = offsets[v] as number; e < (offsets[v + 1] as number); e++)
      append(rows, next, targets[e] as number, v, weights[e] as number);
  return rows;
}

function withoutDoubles({ offsets, targets, weights }: Rows): Rows {
  const merged = new Int32Array(offsets.length);
  let end = 0;
  for (let v = 0; v + 1 < offsets.length; v++) {
    const start = end;
    for (let e = offsets[v] as number; e < (offsets[v + 1] as number); e++) {
      if (end > start && targets[end - 1] === targets[e]) weights[end - 1] = (weights[end - 1] as number) + (weights[e] as number);
      else {
        targets[end] = targets[e] as number;
        weights[end] = weights[e] as number;
        end++;
      }
    }
    merged[v + 1] = end;
  }
  return { offsets: merged, targets: targets.subarray(0, end), weights: weights.subarray(0, end) };
}

function checkedGraph(graph: Graph): Graph {
  if (typeof graph !== "object" || graph === null)
    throw new AnalysisInputError(`graph: ${quoteValue(graph)} is not a graph; give { n, edges: [[from, to, weight], …] }.`);
  if (!Number.isSafeInteger(graph.n) || graph.n < 0 || graph.n > MOST_NODES)
    throw new AnalysisInputError(`graph.n: ${quoteValue(graph.n)} is not a number of nodes; give a whole number from 0 to ${MOST_NODES}.`);
  if (!Array.isArray(graph.edges))
    throw new AnalysisInputError(`graph.edges: ${quoteValue(graph.edges)} is not a list of edges; give [[from, to, weight], …].`);
  return graph;
}

function checkEdge(edge: unknown, index: number, n: number): void {
  const what = `graph.edges[${index}]`;
  if (!Array.isArray(edge) || edge.length < 2 || edge.length > 3)
    throw new AnalysisInputError(`${what}: ${quoteValue(edge)} is not an edge; give [from, to] or [from, to, weight].`);
  for (const node of [edge[0], edge[1]])
    if (!Number.isInteger(node) || node < 0 || node >= n)
      throw new AnalysisInputError(
        `${what}: ${quoteValue(node)} is not a node; ${n === 0 ? "the graph has none" : `nodes are numbered from 0 to ${n - 1}`}.`,
      );
  const weight = edge[2];
  if (weight !== undefined && (typeof weight !== "number" || !(weight >= 0 && weight <= LARGEST_WEIGHT)))
    throw new AnalysisInputError(
      `${what}: ${quoteValue(weight)} is not a weight; give a number from 0 to ${LARGEST_WEIGHT}, and leave what repels to another graph.`,
    );
}
