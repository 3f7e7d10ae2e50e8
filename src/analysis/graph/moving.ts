/** Moving nodes between communities, one at a time, as long as the modularity grows. */
import { type Adjacency, degreesOf, type Rows } from "./graph.ts";

/** A graph with what modularity needs of it. Its nodes may be groups of another one's. */
export interface Network extends Rows {
  n: number;
  loops: Float64Array;
  /** An edge to itself counts twice: both its ends are here. */
  degrees: Float64Array;
  /** Of all edges, twice. */
  total: number;
}

export function networkOf(adjacency: Adjacency): Network {
  const loops = adjacency.loops.map((weight) => Math.max(weight, 0));
  const degrees = degreesOf(adjacency, 2);
  return { n: adjacency.n, ...withoutZeros(adjacency), loops, degrees, total: degrees.reduce((sum, degree) => sum + degree, 0) };
}

/** An edge of weight 0 joins nothing. */
function withoutZeros({ n, offsets, targets, weights }: Adjacency): Rows {
  if (!weights.includes(0)) return { offsets, targets, weights };
  const kept = new Int32Array(n + 1);
  for (let v = 0; v < n; v++) {
    kept[v + 1] = kept[v] as number;
    for (let e = offsets[v] as number; e < (offsets[v + 1] as number); e++)
      if ((weights[e] as number) > 0) kept[v + 1] = (kept[v + 1] as number) + 1;
  }
  return { offsets: kept, targets: targets.filter((_, e) => (weights[e] as number) > 0), weights: weights.filter((weight) => weight > 0) };
}

/** By node, the number of its community: any from 0 to n − 1. */
export type Labels = Int32Array;

/**
 * Q = Σ_c [w_c / m − (d_c / 2m)²], w_c the weight of the edges inside a community, d_c the sum of its nodes' degrees (Newman &
 * Girvan 2004). A graph without edges has no inside: 0.
 */
export function modularityOf(network: Network, labels: ArrayLike<number>): number {
  const { n, offsets, targets, weights, loops, degrees, total } = network;
  if (total === 0) return 0;
  const degreeSums = new Float64Array(n);
  let inside = 0;
  for (let v = 0; v < n; v++) {
    const own = labels[v] as number;
    degreeSums[own] = (degreeSums[own] as number) + (degrees[v] as number);
    inside += 2 * (loops[v] as number);
    for (let e = offsets[v] as number; e < (offsets[v + 1] as number); e++)
      if (labels[targets[e] as number] === own) inside += weights[e] as number;
  }
  let expected = 0;
  for (let c = 0; c < n; c++) expected += ((degreeSums[c] as number) / total) ** 2;
  return inside / total - expected;
}

/** A gain below this share of all edges is none: floats of equal partitions differ by as much. */
const SMALLEST_GAIN = 1e-13;

/**
 * Takes the nodes of the queue in turn, moves each to the neighbouring community, or to one of its own, where the modularity
 * grows most, and asks the neighbours of what moved again, until none would move (fast local moving: Traag, Waltman & van Eck
 * 2019).
 *
 * @param labels are changed
 * @returns how many edges were looked at
 */
export function moveNodes(network: Network, labels: Labels, queue: Int32Array): number {
  const { n, offsets, targets, weights, degrees, total } = network;
  const degreeSums = new Float64Array(n);
  const sizes = new Int32Array(n);
  for (let v = 0; v < n; v++) {
    const own = labels[v] as number;
    degreeSums[own] = (degreeSums[own] as number) + (degrees[v] as number);
    sizes[own] = (sizes[own] as number) + 1;
  }
  let unused = 0;
  const linked = new Float64Array(n);
  const seen = new Int32Array(n);
  const waiting = new Uint8Array(n);
  const ring = new Int32Array(n);
  ring.set(queue);
  for (const v of queue) waiting[v] = 1;
  let head = 0;
  let length = queue.length;
  let looked = n;
  const smallest = SMALLEST_GAIN * total;
  while (length > 0) {
    const v = ring[head] as number;
    head = head + 1 === n ? 0 : head + 1;
    length--;
    waiting[v] = 0;
    const start = offsets[v] as number;
    const end = offsets[v + 1] as number;
    looked += end - start + 1;
    let communities = 0;
    for (let e = start; e < end; e++) {
      const community = labels[targets[e] as number] as number;
      if (linked[community] === 0) seen[communities++] = community;
      linked[community] = (linked[community] as number) + (weights[e] as number);
    }
    const own = labels[v] as number;
    const degree = degrees[v] as number;
    const pull = degree / total;
    const staying = (linked[own] as number) - pull * ((degreeSums[own] as number) - degree);
    let best = own;
    let gain = staying + smallest;
    if (gain < 0 && (sizes[own] as number) > 1) {
      gain = 0;
      best = -1;
    }
    for (let i = 0; i < communities; i++) {
      const community = seen[i] as number;
      const here = (linked[community] as number) - pull * (degreeSums[community] as number);
      linked[community] = 0;
      if (community !== own && here > gain) {
        gain = here;
        best = community;
      }
    }
    if (best === own) continue;
    if (best < 0) {
      while ((sizes[unused] as number) > 0) unused = unused + 1 === n ? 0 : unused + 1;
      best = unused;
    }
    labels[v] = best;
    degreeSums[own] = (degreeSums[own] as number) - degree;
    degreeSums[best] = (degreeSums[best] as number) + degree;
    sizes[own] = (sizes[own] as number) - 1;
    sizes[best] = (sizes[best] as number) + 1;
    for (let e = start; e < end; e++) {
      const neighbour = targets[e] as number;
      if (waiting[neighbour] === 1 || labels[neighbour] === best) continue;
      waiting[neighbour] = 1;
      let tail = head + length;
      if (tail >= n) tail -= n;
      ring[tail] = neighbour;
      length++;
    }
  }
  return looked;
}

/** The communities as nodes of a smaller network; `labels` become their numbers, which count from 0. */
export function gathered(network: Network, labels: Labels): Network {
  const groups = numbered(labels);
  const { n, offsets, targets, weights, loops, degrees, total } = network;
  const sizes = new Int32Array(groups + 1);
  for (let v = 0; v < n; v++) sizes[(labels[v] as number) + 1] = (sizes[(labels[v] as number) + 1] as number) + 1;
  for (let c = 0; c < groups; c++) sizes[c + 1] = (sizes[c + 1] as number) + (sizes[c] as number);
  const members = new Int32Array(n);
  const next = sizes.slice(0, groups);
  for (let v = 0; v < n; v++) {
    const place = next[labels[v] as number] as number;
    members[place] = v;
    next[labels[v] as number] = place + 1;
  }
  const mostEdges = Math.min(targets.length, groups * (groups - 1));
  const small: Network = {
    n: groups,
    offsets: new Int32Array(groups + 1),
    targets: new Int32Array(mostEdges),
    weights: new Float64Array(mostEdges),
    loops: new Float64Array(groups),
    degrees: new Float64Array(groups),
    total,
  };
  const linked = new Float64Array(groups);
  let end = 0;
  for (let c = 0; c < groups; c++) {
    const start = end;
    let inside = 0;
    for (let i = sizes[c] as number; i < (sizes[c + 1] as number); i++) {
      const v = members[i] as number;
      inside += 2 * (loops[v] as number);
      small.degrees[c] = (small.degrees[c] as number) + (degrees[v] as number);
      for (let e = offsets[v] as number; e < (offsets[v + 1] as number); e++) {
        const other = labels[targets[e] as number] as number;
        if (other === c) inside += weights[e] as number;
        else {
          if (linked[other] === 0) small.targets[end++] = other;
          linked[other] = (linked[other] as number) + (weights[e] as number);
        }
      }
    }
    small.loops[c] = inside / 2;
    for (let i = start; i < end; i++) {
      const other = small.targets[i] as number;
      small.weights[i] = linked[other] as number;
      linked[other] = 0;
    }
    small.offsets[c + 1] = end;
  }
  return small;
}

/** Gives the labels the numbers 0, 1, … in the order of their first appearance, and says how many there are. */
export function numbered(labels: Labels): number {
  const numbers = new Int32Array(labels.length).fill(-1);
  let count = 0;
  for (let v = 0; v < labels.length; v++) {
    const label = labels[v] as number;
    if (numbers[label] === -1) numbers[label] = count++;
    labels[v] = numbers[label] as number;
  }
  return count;
}

export function inOrder(n: number): Int32Array {
  const nodes = new Int32Array(n);
  for (let v = 1; v < n; v++) nodes[v] = v;
  return nodes;
}
