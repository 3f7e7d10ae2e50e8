/** Who stands between others who do not know each other (Burt, Structural Holes, 1992; 2004). */
import { adjacencyOf, degreesOf, type Graph } from "./graph.ts";

/**
 * By node, how much it is tied to neighbours who are tied to each other: c_i = Σ_j (p_ij + Σ_q p_iq p_qj)², where p_ij is the
 * share of j in all weights of i's edges. Low is a broker, who joins groups that nothing else joins. NaN for a node without
 * edges. Edges to oneself count as NetworkX counts them: like one more neighbour.
 *
 * @throws AnalysisInputError for what is no graph
 * @example
 * ```ts
 * import { burtConstraint } from "tokenledger/analysis";
 * const star = { n: 4, edges: [[0, 1], [0, 2], [0, 3]] } as const;
 * Array.from(burtConstraint(star), (value) => value.toFixed(2)); // => ["0.33", "1.00", "1.00", "1.00"]
 * ```
 */
export function burtConstraint(graph: Graph): Float64Array {
  const adjacency = adjacencyOf(graph);
  const { n, offsets, targets, weights, loops } = adjacency;
  const totals = degreesOf(adjacency, 1);
  const share = (node: number, weight: number) => ((totals[node] as number) === 0 ? 0 : weight / (totals[node] as number));
  const constraint = new Float64Array(n).fill(Number.NaN);
  // What of i's ties ends at a node, directly or over one neighbour.
  const invested = new Float64Array(n);
  const addTies = (of: number, times: number) => {
    for (let e = offsets[of] as number; e < (offsets[of + 1] as number); e++) {
      const target = targets[e] as number;
      invested[target] = (invested[target] as number) + times * share(of, weights[e] as number);
    }
    const loop = loops[of] as number;
    if (loop >= 0) invested[of] = (invested[of] as number) + times * share(of, loop);
  };
  for (let i = 0; i < n; i++) {
    const start = offsets[i] as number;
    const end = offsets[i + 1] as number;
    const loop = loops[i] as number;
    if (start === end && loop < 0) continue;
    addTies(i, 1);
    for (let e = start; e < end; e++) addTies(targets[e] as number, share(i, weights[e] as number));
    if (loop >= 0) addTies(i, share(i, loop));
    let sum = loop >= 0 ? (invested[i] as number) ** 2 : 0;
    for (let e = start; e < end; e++) sum += (invested[targets[e] as number] as number) ** 2;
    constraint[i] = sum;
    invested[i] = 0;
    for (let e = start; e < end; e++) {
      const neighbour = targets[e] as number;
      invested[neighbour] = 0;
      for (let f = offsets[neighbour] as number; f < (offsets[neighbour + 1] as number); f++) invested[targets[f] as number] = 0;
    }
  }
  return constraint;
}

/**
 * By node, how many of its neighbours are not redundant: n − 2t / n for n neighbours with t edges among them, weights left aside
 * (Borgatti 1997). NaN for a node without neighbours.
 *
 * @throws AnalysisInputError for what is no graph
 * @example
 * ```ts
 * import { effectiveSize } from "tokenledger/analysis";
 * const sizes = effectiveSize({ n: 4, edges: [[0, 1], [0, 2], [0, 3], [1, 2]] });
 * Array.from(sizes, (size) => size.toFixed(2)); // => ["2.33", "1.00", "1.00", "1.00"]
 * ```
 */
export function effectiveSize(graph: Graph): Float64Array {
  const { n, offsets, targets, loops } = adjacencyOf(graph);
  const sizes = new Float64Array(n).fill(Number.NaN);
  const near = new Int32Array(n).fill(-1);
  for (let i = 0; i < n; i++) {
    const start = offsets[i] as number;
    const end = offsets[i + 1] as number;
    if (start === end) continue;
    for (let e = start; e < end; e++) near[targets[e] as number] = i;
    let ends = 0;
    for (let e = start; e < end; e++) {
      const neighbour = targets[e] as number;
      if ((loops[neighbour] as number) >= 0) ends += 2;
      for (let f = offsets[neighbour] as number; f < (offsets[neighbour + 1] as number); f++) if (near[targets[f] as number] === i) ends++;
    }
    sizes[i] = end - start - ends / (end - start);
  }
  return sizes;
}
