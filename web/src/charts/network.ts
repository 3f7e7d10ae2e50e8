/** What a network is made of, for its picture and its lists. */
import type { SeriesColour } from "./series.ts";

export interface NetworkNode {
  id: string;
  name: string;
  /** Its number, from 0; below 0 for what is in none. */
  community: number;
  /** What its surface stands for, as its cost. */
  size: number;
  sizeText: string;
  /** Bridges what is otherwise not linked. */
  isHole?: boolean | undefined;
  note?: string | undefined;
}

export interface NetworkLink {
  source: string;
  target: string;
  weight: number;
  weightText: string;
  isSubstitute?: boolean | undefined;
  note?: string | undefined;
}

export function nameOf(id: string, nodes: readonly NetworkNode[]): string {
  return nodes.find((node) => node.id === id)?.name ?? id;
}

/** What a link says besides its weight. */
export function kindOf({ isSubstitute }: NetworkLink): string {
  return isSubstitute ? "substitutes" : "used together";
}

/** The colour of a community; beyond the eighth they share one, and their nodes' names tell them apart. */
export function communityColour(community: number): SeriesColour {
  return community >= 0 && community < 8 ? ((community + 1) as SeriesColour) : "other";
}
