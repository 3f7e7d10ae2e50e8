/** Which recommendations are meant: all of a kind, or the one with an id. */
import { closestWord, InvalidInput, quoteValue } from "../errors.ts";
import { isRecommendation, RECOMMENDATION_KINDS, type RecommendationKind, type RecommendationsDocument } from "../insights/index.ts";

export type Meant = { kind: RecommendationKind } | { id: string };

const ID = /^(?:([a-z-]+)-)?[0-9a-f]{8}$/;

/** @param option how messages name what was typed */
export function meantBy(option: string, text: string): Meant {
  const kind = RECOMMENDATION_KINDS.find((known) => known === text);
  if (kind !== undefined) return { kind };
  const matched = ID.exec(text);
  if (matched && (matched[1] === undefined || RECOMMENDATION_KINDS.some((known) => known === matched[1]))) return { id: text };
  const near = closestWord(text, RECOMMENDATION_KINDS);
  throw new InvalidInput(
    `${option} ${quoteValue(text)} is neither a kind of saving nor the id of one; ${near === undefined ? "kinds" : `did you mean ${near}? Kinds`}: ${RECOMMENDATION_KINDS.join(", ")}.`,
  );
}

/** @throws InvalidInput for an id that nothing has */
export function idsMeant({ recommendations, period }: RecommendationsDocument, meant: Meant): string[] {
  if ("kind" in meant) return recommendations.filter(({ kind }) => kind === meant.kind).map(({ id }) => id);
  const one = recommendations.find(({ id }) => isRecommendation(meant.id, id));
  if (one) return [one.id];
  throw new InvalidInput(
    `There is no recommendation ${quoteValue(meant.id)} for the calls from ${period.start} to ${period.end}; tokenledger optimize lists those that there are.`,
  );
}
