/** Names as a network: what rises and falls together beyond the calendar is linked, what stands in for another is dashed. */
import type { AnalysisDocument } from "tokenledger/insights";
import { count, dollars, inPicture } from "../../format/amounts.ts";
import { nameText } from "../../format/names.ts";
import { communityOf, orderedNames } from "./matrix.ts";
import { pText, signedNumber } from "./pair-words.ts";

export type SizeBy = "cost" | "tokens";

export interface GraphNode {
  id: string;
  name: string;
  community: number;
  size: number;
  sizeText: string;
  isHole?: boolean;
  note?: string;
}

export interface GraphLink {
  source: string;
  target: string;
  weight: number;
  weightText: string;
  isSubstitute?: boolean;
  note?: string;
}

type Name = string | null;

/** Names come with a mark before them, so that what has none can't be taken for a name. */
const idOf = (name: Name): string => (name === null ? "none" : `=${name}`);
const pairKey = (a: Name, b: Name): string => [idOf(a), idOf(b)].sort().join("\n");

export function graphFigures(document: AnalysisDocument, sizeBy: SizeBy): { nodes: GraphNode[]; links: GraphLink[] } {
  const { correlation, communities, substitutes, structural_holes: holes, series, by } = document;
  const seriesOf = new Map(series.filter(({ names }) => names === 1).map((one) => [one.name, one]));
  const besideHole = new Set(holes.flatMap(({ a, b }) => [idOf(a), idOf(b)]));
  const substituted = new Set(substitutes.map(({ a, b }) => pairKey(a, b)));
  const nodes = orderedNames(document).map((name): GraphNode => {
    const one = seriesOf.get(name);
    const cost = one?.cost_usd ?? null;
    const isHole = besideHole.has(idOf(name));
    return {
      id: idOf(name),
      name: nameText(name, by),
      community: communityOf(name, communities),
      size: sizeBy === "cost" ? (inPicture(cost) ?? 0) : (one?.total_tokens ?? 0),
      sizeText: sizeBy === "cost" ? (cost === null ? "unpriced" : dollars(cost)) : `${count(one?.total_tokens ?? 0)} tokens`,
      ...(isHole && { isHole, note: "at the side of a structural hole" }),
    };
  });
  const links = [
    ...correlation.pairs
      .filter(({ a, b, edge }) => edge?.significant === true && edge.r > 0 && !substituted.has(pairKey(a, b)))
      .map(({ a, b, edge }): GraphLink => {
        const { r, q } = edge as NonNullable<typeof edge>;
        return {
          source: idOf(a),
          target: idOf(b),
          weight: r,
          weightText: `r = ${signedNumber(r)}`,
          note: pText(q, "q"),
        };
      }),
    ...substitutes.map(
      ({ a, b, score }): GraphLink => ({
        source: idOf(a),
        target: idOf(b),
        weight: score,
        weightText: `r = ${signedNumber(-score)}`,
        isSubstitute: true,
        note: "one may stand in for the other",
      }),
    ),
  ];
  return { nodes, links };
}
