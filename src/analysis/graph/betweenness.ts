/** On how many shortest ways between others a node lies. */
import { adjacencyOf, type Graph } from "./graph.ts";

/**
 * By node, the share of all pairs of other nodes whose shortest ways pass it; of several equally short ways each counts its
 * part (Freeman 1977, by the algorithm of Brandes 2001). A way is as long as it has edges: weights, which tell how strong a
 * link is, not how far, are left aside. 0 for fewer than three nodes.
 *
 * @throws AnalysisInputError for what is no graph
 * @example
 * ```ts
 * import { betweenness } from "tokenledger/analysis";
 * const shares = betweenness({ n: 5, edges: [[0, 1], [1, 2], [2, 3], [3, 4]] });
 * Array.from(shares, (share) => share.toFixed(2)); // => ["0.00", "0.50", "0.67", "0.50", "0.00"]
 * ```
 */
export function betweenness(graph: Graph): Float64Array {
  const { n, offsets, targets } = adjacencyOf(graph);
  const passed = new Float64Array(n);
  if (n < 3) return passed;
  const distance = new Int32Array(n);
  const ways = new Float64Array(n);
  const depending = new Float64Array(n);
  const reached = new Int32Array(n);
  for (let source = 0; source < n; source++) {
    distance.fill(-1);
    distance[source] = 0;
    ways[source] = 1;
    reached[0] = source;
    let count = 1;
    for (let i = 0; i < count; i++) {
      const v = reached[i] as number;
      const next = (distance[v] as number) + 1;
      const waysHere = ways[v] as number;
      for (let e = offsets[v] as number; e < (offsets[v + 1] as number); e++) {
        const target = targets[e] as number;
        if (distance[target] === -1) {
          distance[target] = next;
          ways[target] = waysHere;
          reached[count++] = target;
        } else if (distance[target] === next) ways[target] = (ways[target] as number) + waysHere;
      }
    }
    for (let i = 0; i < count; i++) depending[reached[i] as number] = 0;
    for (let i = count - 1; i > 0; i--) {
      const v = reached[i] as number;
      const before = (distance[v] as number) - 1;
      const perWay = (1 + (depending[v] as number)) / (ways[v] as number);
      for (let e = offsets[v] as number; e < (offsets[v + 1] as number); e++) {
        const target = targets[e] as number;
        if (distance[target] === before) depending[target] = (depending[target] as number) + (ways[target] as number) * perWay;
      }
      passed[v] = (passed[v] as number) + (depending[v] as number);
    }
  }
  // Each pair was seen from both its ends.
  const pairs = (n - 1) * (n - 2);
  return passed.map((value) => value / pairs);
}
