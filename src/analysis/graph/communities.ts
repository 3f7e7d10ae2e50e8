/** Which nodes belong together: the partition of a graph that has the largest modularity that can be found in a moment. */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { seededRandom } from "../statistics/random.ts";
import { adjacencyOf, type Graph } from "./graph.ts";
import { gathered, inOrder, type Labels, modularityOf, moveNodes, type Network, networkOf, numbered } from "./moving.ts";

export interface Communities {
  /** By node, the number of its community; they count from 0 in the order of their first nodes. */
  labels: number[];
  modularity: number;
}

/** Ends the search after so many edges looked at: some hundredths of a second. */
const MOST_LOOKED = 2_000_000;
/** A graph of a few nodes is searched through long before that. */
const FEWEST_TRIES = 100;
const TRIES_PER_NODE = 5;
/** So many tries in vain, and the search starts anew elsewhere. */
const PATIENCE = 100;
/** How often a neighbour's community is broken up as well. */
const NEIGHBOURS_TOO = 0.7;
/** In every other try, up to this share of all other nodes is loosened with them. */
const HALF_OF_TRIES = 0.5;
const MOST_FROM_ANYWHERE = 0.3;
/** Less is what floats differ by. */
const SAME = 1e-12;

/**
 * Nodes that are linked more among each other than the number of their links would let expect. Moves nodes between communities,
 * then whole communities, while the modularity grows (Blondel et al. 2008; refined on the way back: Rotta & Noack 2011); then
 * breaks some communities up and does so again, as long as that pays and a fixed amount of work is not done. The same graph
 * gives the same answer, everywhere. A graph of some hundred nodes nearly always gets the best partition that it has; one of
 * thousands a good one. A node without edges is a community of its own.
 *
 * @throws AnalysisInputError for nodes that are out of range, for weights below 0
 * @example
 * ```ts
 * import { communities } from "tokenledger/analysis";
 * communities({ n: 6, edges: [[0, 1], [1, 2], [2, 0], [2, 3], [3, 4], [4, 5], [5, 3]] }).labels; // => [0, 0, 0, 1, 1, 1]
 * ```
 */
export function communities(graph: Graph): Communities {
  const network = networkOf(adjacencyOf(graph));
  const labels = bestPartition(network);
  numbered(labels);
  return { labels: Array.from(labels), modularity: modularityOf(network, labels) };
}

/**
 * How much more of the edges' weight is inside communities than is to be expected of nodes with these degrees. 0 for a graph
 * without edges.
 *
 * @param labels by node, a whole number that names its community
 * @throws AnalysisInputError where there is not one label for each node
 * @example
 * ```ts
 * import { modularity } from "tokenledger/analysis";
 * modularity({ n: 4, edges: [[0, 1], [2, 3]] }, [0, 0, 1, 1]); // => 0.5
 * ```
 */
export function modularity(graph: Graph, labels: ArrayLike<number>): number {
  const network = networkOf(adjacencyOf(graph));
  if ((labels as ArrayLike<number> | undefined)?.length !== network.n)
    throw new AnalysisInputError(`labels: ${quoteValue(labels)} is not a label for each of the ${network.n} nodes.`);
  const numbers = new Map<number, number>();
  const checked = Array.from(labels, (label, v) => {
    if (!Number.isSafeInteger(label))
      throw new AnalysisInputError(`labels[${v}]: ${quoteValue(label)} is not a label; give a whole number.`);
    if (!numbers.has(label)) numbers.set(label, numbers.size);
    return numbers.get(label) as number;
  });
  return modularityOf(network, checked);
}

function bestPartition(network: Network): Labels {
  const { n } = network;
  let best = inOrder(n);
  if (network.total === 0) return best;
  let looked = settle(network, best, inOrder(n));
  let current = best;
  let bestModularity = modularityOf(network, best);
  let currentModularity = bestModularity;
  const random = seededRandom(n);
  const tries = FEWEST_TRIES + TRIES_PER_NODE * n;
  let inVain = 0;
  for (let i = 0; i < tries && looked < MOST_LOOKED; i++) {
    const anew = ++inVain > PATIENCE;
    const labels = current.slice();
    const loose = anew ? inOrder(n) : someNodes(network, labels, random);
    loosen(labels, loose);
    shuffle(loose, random);
    looked += settle(network, labels, loose) + network.targets.length;
    const found = modularityOf(network, labels);
    if (anew || found > currentModularity + SAME) inVain = 0;
    if (anew || found > currentModularity - SAME) {
      current = labels;
      currentModularity = found;
    }
    if (found > bestModularity + SAME) {
      best = labels;
      bestModularity = found;
    }
  }
  return best;
}

/**
 * Moves the nodes of the queue, and who is then no longer content; then communities as a whole; then nodes again.
 *
 * @returns how many edges were looked at
 */
function settle(network: Network, labels: Labels, queue: Int32Array): number {
  let looked = moveNodes(network, labels, queue) + network.targets.length;
  const small = gathered(network, labels);
  if (small.n === network.n) return looked;
  const groups = inOrder(small.n);
  looked += settle(small, groups, inOrder(small.n));
  if (numbered(groups) === small.n) return looked;
  for (let v = 0; v < labels.length; v++) labels[v] = groups[labels[v] as number] as number;
  return looked + moveNodes(network, labels, inOrder(network.n));
}

/** Of one community or of two that touch, all nodes; in every other try some more from anywhere. */
function someNodes({ n, offsets, targets }: Network, labels: Labels, random: () => number): Int32Array {
  const node = Math.floor(random() * n);
  const start = offsets[node] as number;
  const degree = (offsets[node + 1] as number) - start;
  const own = labels[node] as number;
  const other =
    random() < NEIGHBOURS_TOO && degree > 0 ? (labels[targets[start + Math.floor(random() * degree)] as number] as number) : own;
  const share = random() < HALF_OF_TRIES ? 0 : random() * MOST_FROM_ANYWHERE;
  const nodes = new Int32Array(n);
  let count = 0;
  for (let v = 0; v < n; v++) if (labels[v] === own || labels[v] === other || (share > 0 && random() < share)) nodes[count++] = v;
  return nodes.subarray(0, count);
}

/** Makes each of the nodes a community of its own. */
function loosen(labels: Labels, nodes: Int32Array): void {
  for (const v of nodes) labels[v] = -1;
  const used = new Uint8Array(labels.length);
  for (let v = 0; v < labels.length; v++) if ((labels[v] as number) >= 0) used[labels[v] as number] = 1;
  let free = 0;
  for (const v of nodes) {
    while (used[free] === 1) free++;
    labels[v] = free++;
  }
}

function shuffle(nodes: Int32Array, random: () => number): void {
  for (let i = nodes.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const swapped = nodes[i] as number;
    nodes[i] = nodes[j] as number;
    nodes[j] = swapped;
  }
}
