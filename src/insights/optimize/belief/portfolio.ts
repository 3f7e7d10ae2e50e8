/**
 * Several recommendations followed together save less than the sum of what each would save alone: what is sent to a cheaper model has
 * less to save by caching. So all are applied to the same calls, and what that saves is shared out.
 */
import { roundToTotal } from "../../../analysis/index.ts";
import type { Cell, Digest } from "../replay/cell.ts";
import { NanoUsdSum } from "../replay/nano-usd-sum.ts";
import { type Appraisal, inMonth } from "./appraisal.ts";
import { composedCost, inOrderOfEffect } from "./composed-effects.ts";
import type { PricesElsewhere } from "./prices-elsewhere.ts";
import { MOST_PLAYERS, orderedShares, shapleyShares } from "./shapley.ts";

export interface Portfolio {
  /** In the order in which they are done. */
  chosen: readonly Appraisal[];
  /** Of the time that was seen. */
  savingNanoUsd: bigint;
  /** In 730 hours, and of it what each of the chosen adds: the shares add up to it. */
  monthNanoUsd: bigint;
  sharesNanoUsd: readonly bigint[];
}

/** Of those that exclude each other the one that saves most for certain; then without those that add nothing to the others. */
export function choosePortfolio(appraisals: readonly Appraisal[], digest: Digest, elsewhere: PricesElsewhere, days: number): Portfolio {
  let chosen = inOrderOfEffect(bestOfGroups(appraisals));
  for (;;) {
    const games = gamesOf(chosen, digest, elsewhere);
    const idle = chosen
      .map((appraisal, index) => ({ appraisal, adds: addedBy(index, games) }))
      .filter(({ adds }) => adds <= 0n)
      .sort((a, b) => byCertainty(b.appraisal, a.appraisal))[0];
    if (idle === undefined) return shared(chosen, games, days);
    chosen = chosen.filter((appraisal) => appraisal !== idle.appraisal);
  }
}

function bestOfGroups(appraisals: readonly Appraisal[]): Appraisal[] {
  const best = new Map<string, Appraisal>();
  for (const appraisal of [...appraisals].sort(byCertainty)) {
    const group = appraisal.candidate.exclusiveGroup ?? appraisal.id;
    if (!best.has(group)) best.set(group, appraisal);
  }
  return [...best.values()];
}

/** What saves most even at worst comes first, as far as it can be relied on. */
function byCertainty(a: Appraisal, b: Appraisal): number {
  return Number(b.lowNanoUsd) * b.confidence - Number(a.lowNanoUsd) * a.confidence || (a.id < b.id ? -1 : 1);
}

/** The cells that the same ones of the chosen are about, and what these would save there: by the set of those that are followed. */
interface Game {
  players: readonly number[];
  worths: readonly bigint[];
}

/** What a game with too many players is worth: only the sets that are asked for below. */
function setsOf(players: number): readonly number[] {
  if (players <= MOST_PLAYERS) return Array.from({ length: 2 ** players }, (_, set) => set);
  return Array.from({ length: players + 1 }, (_, count) => 2 ** count - 1);
}

function gamesOf(chosen: readonly Appraisal[], digest: Digest, elsewhere: PricesElsewhere): Game[] {
  const playersOf = new Map<Cell, number[]>();
  chosen.forEach(({ cells }, player) => {
    for (const cell of cells) {
      const players = playersOf.get(cell);
      if (players) players.push(player);
      else playersOf.set(cell, [player]);
    }
  });
  const cellsOf = new Map<string, { players: number[]; cells: Cell[] }>();
  for (const [cell, players] of playersOf) {
    const name = players.join(" ");
    const together = cellsOf.get(name);
    if (together) together.cells.push(cell);
    else cellsOf.set(name, { players, cells: [cell] });
  }
  return [...cellsOf.values()].map(({ players, cells }) => {
    const effects = players.map((player) => (chosen[player] as Appraisal).candidate.effect);
    const savedBy = (set: number): bigint => {
      const followed = effects.filter((_, index) => Math.floor(set / 2 ** index) % 2 === 1);
      const saved = new NanoUsdSum();
      for (const cell of cells) saved.add(cell.costNanoUsd - composedCost(cell, followed, digest, elsewhere));
      return saved.total;
    };
    return { players, worths: setsOf(players.length).map(savedBy) };
  });
}

const allSaved = ({ worths }: Game): bigint => worths[worths.length - 1] as bigint;

/** By how much less would be saved without it. Of very many on the same calls, only what the last one adds is known. */
function addedBy(player: number, games: readonly Game[]): bigint {
  return games.reduce((sum, game) => {
    const place = game.players.indexOf(player);
    if (place === -1) return sum;
    const { length } = game.players;
    const before = length <= MOST_PLAYERS ? 2 ** length - 1 - 2 ** place : place;
    const after = length <= MOST_PLAYERS ? 2 ** length - 1 : place + 1;
    return sum + (game.worths[after] as bigint) - (game.worths[before] as bigint);
  }, 0n);
}

function shared(chosen: readonly Appraisal[], games: readonly Game[], days: number): Portfolio {
  const savingNanoUsd = games.reduce((sum, game) => sum + allSaved(game), 0n);
  const shares = new Array<number>(chosen.length).fill(0);
  for (const { players, worths } of games) {
    const worthOf = (index: number): number => Number(worths[index] as bigint);
    const count = players.length;
    const own = count <= MOST_PLAYERS ? shapleyShares(count, worthOf) : orderedShares(count, worthOf);
    own.forEach((share, index) => {
      const player = players[index] as number;
      shares[player] = (shares[player] as number) + share;
    });
  }
  if (chosen.length === 0) return { chosen, savingNanoUsd, monthNanoUsd: 0n, sharesNanoUsd: [] };
  const monthNanoUsd = monthOf(chosen, savingNanoUsd, days);
  const scale = Number(monthNanoUsd) / shares.reduce((sum, share) => sum + share, 0);
  return {
    chosen,
    savingNanoUsd,
    monthNanoUsd,
    sharesNanoUsd: roundToTotal(
      shares.map((share) => share * scale),
      monthNanoUsd,
    ),
  };
}

/** Each of those that meet nowhere is rounded by itself: their sum must not come to less than the whole by that. */
function monthOf(chosen: readonly Appraisal[], savingNanoUsd: bigint, days: number): bigint {
  const sum = (of: (appraisal: Appraisal) => bigint): bigint => chosen.reduce((whole, appraisal) => whole + of(appraisal), 0n);
  const month = inMonth(savingNanoUsd, days);
  const apart = sum(({ expectedNanoUsd }) => expectedNanoUsd);
  const isLess = savingNanoUsd <= sum(({ costNanoUsd, newCostNanoUsd }) => costNanoUsd - newCostNanoUsd);
  return isLess && month > apart ? apart : month;
}
