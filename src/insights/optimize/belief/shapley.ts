/** Who of several that work together is to be thanked for how much: Shapley's value (1953). */

/** With more, orders are too many to go through. */
export const MOST_PLAYERS = 8;

/**
 * The mean, over all orders in which they could come, of what each adds. What all of them together are worth is what the shares add up
 * to, but for the rounding of floats.
 *
 * @param worthOf what a set of players comes to, given as bits; 0 for the empty one
 */
export function shapleyShares(players: number, worthOf: (set: number) => number): number[] {
  const worths = Float64Array.from({ length: 1 << players }, (_, set) => worthOf(set));
  /** By the size of the set that is joined: size! (players - size - 1)! / players! */
  const weights = Array.from({ length: players }, (_, size) => 1 / (players * binomial(players - 1, size)));
  return Array.from({ length: players }, (_, player) => {
    const own = 1 << player;
    let share = 0;
    for (let set = 0; set < worths.length; set++) {
      if ((set & own) !== 0) continue;
      share += (weights[bitsIn(set)] as number) * ((worths[set | own] as number) - (worths[set] as number));
    }
    return share;
  });
}

/** What each adds to those before it: for more players than {@link shapleyShares} takes. */
export function orderedShares(players: number, worthOfFirst: (count: number) => number): number[] {
  return Array.from({ length: players }, (_, player) => worthOfFirst(player + 1) - worthOfFirst(player));
}

function binomial(all: number, some: number): number {
  let ways = 1;
  for (let i = 1; i <= some; i++) ways = (ways * (all - some + i)) / i;
  return ways;
}

function bitsIn(set: number): number {
  let bits = 0;
  for (let rest = set; rest > 0; rest &= rest - 1) bits++;
  return bits;
}
