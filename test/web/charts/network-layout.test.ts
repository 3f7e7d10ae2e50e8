import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { networkPlaces } from "../../../web/src/charts/network-layout.ts";

const network = fc
  .tuple(
    fc.array(fc.integer({ min: -1, max: 4 }), { minLength: 1, maxLength: 24 }),
    fc.array(fc.tuple(fc.nat(25), fc.nat(25)), { maxLength: 40 }),
    fc.integer({ min: 1, max: 8 }),
  )
  .map(([communities, pairs, columns]) => ({
    nodes: communities.map((community, index) => ({ id: `n${index}`, community })),
    links: pairs.map(([source, target]) => ({ source: `n${source}`, target: `n${target}` })),
    columns,
  }));

describe("the places of a network's nodes", () => {
  it("are inside the box, each node has one of its own, whatever is linked to what", () => {
    fc.assert(
      fc.property(network, ({ nodes, links, columns }) => {
        const places = [...networkPlaces(nodes, links, columns).values()];
        expect(places).toHaveLength(nodes.length);
        for (const { x, y } of places) {
          expect(x >= 0 && x <= 1 && y >= 0 && y <= 1 + 1e-9, `${x} ${y}`).toBe(true);
        }
        for (const [index, one] of places.entries())
          for (const other of places.slice(index + 1)) expect(Math.hypot(one.x - other.x, one.y - other.y)).toBeGreaterThan(1e-3);
      }),
    );
  });

  it("are the same for the same figures", () => {
    fc.assert(
      fc.property(network, ({ nodes, links, columns }) => {
        expect(networkPlaces(nodes, links, columns)).toEqual(networkPlaces(structuredClone(nodes), structuredClone(links), columns));
      }),
      { numRuns: 20 },
    );
  });

  it("are nearer for what is linked than for what is not, on average", () => {
    const nodes = Array.from({ length: 12 }, (_, index) => ({ id: `n${index}`, community: index % 3 }));
    const links = nodes.flatMap((one, index) =>
      nodes.slice(index + 1).flatMap((other) => (one.community === other.community ? [{ source: one.id, target: other.id }] : [])),
    );
    links.push({ source: "n0", target: "n1" }, { source: "n1", target: "n2" });
    const places = networkPlaces(nodes, links);
    const isLinked = new Set(links.map(({ source, target }) => `${source} ${target}`));
    const sums = { linked: [0, 0], apart: [0, 0] };
    for (const [index, one] of nodes.entries()) {
      for (const other of nodes.slice(index + 1)) {
        const [a, b] = [places.get(one.id), places.get(other.id)];
        const sum = isLinked.has(`${one.id} ${other.id}`) ? sums.linked : sums.apart;
        sum[0] += Math.hypot((a?.x ?? 0) - (b?.x ?? 0), (a?.y ?? 0) - (b?.y ?? 0));
        sum[1] += 1;
      }
    }
    expect(sums.linked[0] / sums.linked[1]).toBeLessThan((sums.apart[0] / sums.apart[1]) * 0.7);
  });

  it("of nodes without a link are rows below the others", () => {
    const nodes = ["a", "b", "c", "d", "e"].map((id) => ({ id, community: -1 }));
    const places = networkPlaces(nodes, [{ source: "a", target: "b" }], 2);
    const [a, b, c, d, e] = nodes.map(({ id }) => places.get(id) ?? { x: 0, y: 0 });
    expect(c.y).toBe(d.y);
    expect(Math.max(a.y, b.y)).toBeLessThan(c.y);
    expect(c.y).toBeLessThan(e.y);
  });
});
