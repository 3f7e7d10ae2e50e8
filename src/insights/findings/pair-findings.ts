/** What is said of names together: that they rise and fall together, stand for each other, or are cheaper elsewhere. */
import { parseUsd } from "../../money.ts";
import type { AnalysisDocument } from "../analysis-document.ts";
import { dollars, listText, nameText, percentText, pText } from "../words.ts";

const MOST = 3;
/** Of what only might be. */
const MOST_HOLES = 1;
/** A link that is sure but weak is no substitute worth a sentence. */
const LEAST_SCORE = 0.3;

type Pairs = Pick<AnalysisDocument, "correlation" | "communities" | "substitutes" | "structural_holes">;

export function pairFindings(
  { correlation, communities, substitutes, structural_holes }: Pairs,
  by: string,
): { correlation: string[]; community: string[]; substitute: string[]; hole: string[] } {
  const named = (name: string | null): string => nameText(name, by);
  const linked = correlation.pairs.flatMap(({ a, b, edge }) => (edge?.significant && edge.r > 0 ? [{ a, b, edge }] : []));
  linked.sort((one, other) => other.edge.r - one.edge.r);
  return {
    correlation: linked
      .slice(0, MOST)
      .map(
        ({ a, b, edge }) =>
          `${named(a)} and ${named(b)} rise and fall together beyond the calendar (r = ${edge.r.toFixed(2)}, ${pText(edge.q)}).`,
      ),
    community: communities
      .filter(({ names }) => names.length > 2)
      .slice(0, MOST)
      .map(({ names }) => `${listText(names.map(named))} are used together.`),
    substitute: substitutes
      .filter(({ score }) => score >= LEAST_SCORE)
      .slice(0, MOST_HOLES)
      .map(
        ({ a, b, score }) => `When ${named(a)} rises, ${named(b)} falls (r = ${(-score).toFixed(2)}): the one may stand in for the other.`,
      ),
    hole: structural_holes
      .slice(0, MOST_HOLES)
      .map(({ a, b, evidence }) => `${named(a)} and ${named(b)} might be used together. ${evidence}`),
  };
}

export function alternativeFindings(alternatives: AnalysisDocument["alternatives"]): string[] {
  return alternatives
    .slice(0, MOST)
    .map(
      ({ model, alternative, saving_usd, saving_percent, cost_usd }) =>
        `The tokens of ${nameText(model, "model")} (${dollars(parseUsd(cost_usd))}) would have cost ${dollars(parseUsd(saving_usd))} less as ${nameText(alternative, "model")} (${percentText(saving_percent)}); whether that does the work, tokens can't show.`,
    );
}
