/** Where the nodes of a network stand, in a box from 0 to 1: the same figures always give the same picture. */

export interface Place {
  x: number;
  y: number;
}

interface LayoutNode {
  id: string;
  community: number;
}

interface LayoutLink {
  source: string;
  target: string;
}

const ROUNDS = 300;

/**
 * Linked nodes draw each other near and all push each other away; what has no link stands in rows of `columns` below them,
 * or on a ring where nothing is linked at all.
 */
export function networkPlaces(nodes: readonly LayoutNode[], links: readonly LayoutLink[], columns = 6): Map<string, Place> {
  const known = new Set(nodes.map(({ id }) => id));
  const real = links.filter(({ source, target }) => source !== target && known.has(source) && known.has(target));
  const linked = new Set(real.flatMap(({ source, target }) => [source, target]));
  // Community beside community, in the order they are told.
  const communities = [...new Set(nodes.map(({ community }) => community))];
  const inOrder = [...nodes].sort((one, other) => communities.indexOf(one.community) - communities.indexOf(other.community));
  const drawn = inOrder.filter(({ id }) => linked.has(id));
  const alone = inOrder.filter(({ id }) => !linked.has(id));
  if (drawn.length === 0) return onRing(alone);
  const rows = Math.ceil(alone.length / columns);
  const rowHeight = Math.min(0.16, 0.5 / Math.max(1, rows));
  const floor = 1 - rows * rowHeight;
  const places = new Map<string, Place>();
  for (const [id, { x, y }] of settled(drawn, real)) places.set(id, { x, y: y * floor });
  for (const [index, { id }] of alone.entries()) {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, alone.length - row * columns);
    places.set(id, { x: ((index % columns) + 0.5) / inRow, y: floor + (row + 1) * rowHeight });
  }
  return places;
}

function onRing(nodes: readonly LayoutNode[]): Map<string, Place> {
  if (nodes.length === 1) return new Map(nodes.map(({ id }) => [id, { x: 0.5, y: 0.5 }]));
  return new Map(
    nodes.map(({ id }, index) => {
      const turn = (index / nodes.length) * 2 * Math.PI;
      return [id, { x: 0.5 + Math.sin(turn) / 2, y: 0.5 - Math.cos(turn) / 2 }];
    }),
  );
}

function settled(nodes: readonly LayoutNode[], links: readonly LayoutLink[]): Map<string, Place> {
  const places = onRing(nodes);
  const all = nodes.map((node) => ({ ...node, place: places.get(node.id) as Place, pushX: 0, pushY: 0 }));
  const byId = new Map(all.map((each) => [each.id, each]));
  const rest = 0.6 / Math.sqrt(nodes.length);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const each of all) [each.pushX, each.pushY] = [(0.5 - each.place.x) * 0.1, (0.5 - each.place.y) * 0.1];
    for (const [index, one] of all.entries()) {
      for (const other of all.slice(index + 1)) {
        // Names of another community keep a wider berth.
        push(one, other, (distance) => (rest * rest * (one.community === other.community ? 0.7 : 1.3)) / distance);
      }
    }
    for (const { source, target } of links) {
      const [one, other] = [byId.get(source), byId.get(target)];
      if (one && other) push(one, other, (distance) => -(distance * distance) / rest);
    }
    const longest = 0.1 * (1 - round / ROUNDS);
    for (const { place, pushX, pushY } of all) {
      const length = Math.hypot(pushX, pushY) || 1;
      place.x += (pushX / length) * Math.min(length, longest);
      place.y += (pushY / length) * Math.min(length, longest);
    }
  }
  return fitted(places);
}

interface Pushed {
  place: Place;
  pushX: number;
  pushY: number;
}

function push(one: Pushed, other: Pushed, force: (distance: number) => number): void {
  const [x, y] = [one.place.x - other.place.x, one.place.y - other.place.y];
  const distance = Math.max(0.01, Math.hypot(x, y));
  const strength = force(distance) / distance;
  one.pushX += x * strength;
  one.pushY += y * strength;
  other.pushX -= x * strength;
  other.pushY -= y * strength;
}

/** Stretched to the whole box; what has no width stays in the middle. */
function fitted(places: Map<string, Place>): Map<string, Place> {
  const all = [...places.values()];
  const stretch = (read: (place: Place) => number) => {
    const low = Math.min(...all.map(read));
    const span = Math.max(...all.map(read)) - low;
    return (place: Place) => (span < 1e-6 ? 0.5 : (read(place) - low) / span);
  };
  const [x, y] = [stretch((place) => place.x), stretch((place) => place.y)];
  return new Map([...places].map(([id, place]) => [id, { x: x(place), y: y(place) }]));
}
