import fc from "fast-check";
import { expect, it } from "vitest";
import { orderedShares, shapleyShares } from "../../../src/insights/optimize/belief/shapley.ts";
import { readData, withData } from "../../shared-data.ts";

/** As it is defined: what each adds, over all orders. */
function overAllOrders(players: number, worthOf: (set: number) => number): number[] {
  const shares = new Array<number>(players).fill(0);
  let orders = 0;
  const visit = (left: readonly number[], before: number, added: readonly [number, number][]): void => {
    if (left.length === 0) {
      orders++;
      for (const [player, worth] of added) shares[player] = (shares[player] as number) + worth;
      return;
    }
    for (const player of left) {
      const after = before | (1 << player);
      const worth = worthOf(after) - worthOf(before);
      visit(
        left.filter((other) => other !== player),
        after,
        [...added, [player, worth]],
      );
    }
  };
  visit(
    Array.from({ length: players }, (_, player) => player),
    0,
    [],
  );
  return shares.map((share) => share / orders);
}

it("shares are the mean over all orders, and add up to the whole", () => {
  const game = fc.integer({ min: 1, max: 5 }).chain((players) =>
    fc.record({
      players: fc.constant(players),
      worths: fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2 ** players, maxLength: 2 ** players }),
    }),
  );
  fc.assert(
    fc.property(game, ({ players, worths }) => {
      const worthOf = (set: number): number => (set === 0 ? 0 : (worths[set] as number));
      const shares = shapleyShares(players, worthOf);
      overAllOrders(players, worthOf).forEach((share, player) => {
        expect(shares[player]).toBeCloseTo(share, 8);
      });
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(worthOf(2 ** players - 1), 8);
    }),
  );
});

it("of very many, each is given what it adds to those before it", () => {
  expect(orderedShares(3, (count) => [0, 5, 7, 7][count] as number)).toEqual([5, 2, 0]);
});

withData("vectors/rules.json", () => {
  it("savings that meet are shared out as in the reference vectors", () => {
    const { savingsShapley } = JSON.parse(readData("vectors/rules.json")) as {
      savingsShapley: { spend: number; remainingShare: Record<string, number>; combined: number; shapley: Record<string, number> }[];
    };
    expect(savingsShapley.length).toBeGreaterThan(0);
    for (const { spend, remainingShare, combined, shapley } of savingsShapley) {
      const remaining = Object.values(remainingShare);
      const saved = (set: number): number => spend * (1 - remaining.reduce((left, share, i) => ((set >> i) & 1 ? left * share : left), 1));
      const shares = shapleyShares(remaining.length, saved);
      expect(saved(2 ** remaining.length - 1)).toBeCloseTo(combined, 8);
      Object.values(shapley).forEach((share, index) => {
        expect(shares[index]).toBeCloseTo(share, 8);
      });
    }
  });
});
