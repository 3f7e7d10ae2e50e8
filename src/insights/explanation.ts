/** Why spending changed between two periods: effects that add up to the change, to the last nano-USD. */
import { InvalidInput, quoteValue } from "../errors.ts";
import type { Dimension, UsageFilter } from "../ledger/index.ts";
import { formatUsd } from "../money.ts";
import type { AnalysedBook } from "./analysed-book.ts";
import { type PeriodCells, readCells } from "./explanation-cells.ts";
import type { ExplanationDocument } from "./explanation-document.ts";
import { type EffectSums, largestEffects, type NameChange, nameChanges, summedEffects } from "./explanation-effects.ts";
import { explanationFindings } from "./explanation-findings.ts";
import { shareOf } from "./figures.ts";
import { pricesOf } from "./list-prices.ts";
import type { Period } from "./period.ts";
import { EXPLANATION_DIMENSIONS } from "./questions/analysis-question.ts";
import { countText, listText, nameText } from "./words.ts";

const MOST_NAMES = 100;
const MOST_UNPRICED_NAMED = 5;

export interface ExplanationRequest {
  from: Period;
  to: Period;
  by: Dimension;
  filter?: UsageFilter;
  generatedAtMs: number;
}

/** See `analyses.ts`. */
export async function buildExplanation(
  book: Pick<AnalysedBook, "aggregate" | "prices">,
  request: ExplanationRequest,
): Promise<ExplanationDocument> {
  const { from, to, by, filter, generatedAtMs } = request;
  if (!EXPLANATION_DIMENSIONS.includes(by))
    throw new InvalidInput(
      `by: ${quoteValue(by)} is not what a change can be divided among; give one of ${EXPLANATION_DIMENSIONS.join(", ")}.`,
    );
  const prices = await pricesOf(book);
  const before = await readCells(book, { ...from, filter }, by, prices);
  const after = await readCells(book, { ...to, filter }, by, prices);
  const models = nameChanges(before.models, after.models);
  const names = (by === "model" ? models : nameChanges(before.names, after.names)).sort(largestChange);
  const effects = summedEffects(models);
  const change = after.costNanoUsd - before.costNanoUsd;
  const share = shareOf(change, before.costNanoUsd);
  const changePercent = share === null ? null : Math.round(share * 1e6) / 1e4;
  const [fromNanoUsd, toNanoUsd] = [before.costNanoUsd, after.costNanoUsd];
  return {
    schema: "tokenledger.explanation/1",
    generated_at: new Date(generatedAtMs).toISOString(),
    tz: to.timeZone,
    from: { start: from.start, end: from.end, requests: before.requests, cost_usd: formatUsd(fromNanoUsd) },
    to: { start: to.start, end: to.end, requests: after.requests, cost_usd: formatUsd(toNanoUsd) },
    change_usd: formatUsd(change),
    change_percent: changePercent,
    by,
    findings: explanationFindings({ fromNanoUsd, toNanoUsd, changePercent, effects, models, names, by }),
    effects: effectDocuments(effects),
    names: nameDocuments(names),
    warnings: warningsOf(before, after, by),
  };
}

function effectDocuments(effects: EffectSums): ExplanationDocument["effects"] {
  return largestEffects(effects).map(([effect, amount]) => ({ effect, amount_usd: formatUsd(amount) }));
}

function nameDocuments(names: readonly NameChange[]): ExplanationDocument["names"] {
  const document = (change: NameChange, count: number): ExplanationDocument["names"][number] => ({
    name: change.name,
    names: count,
    from_usd: formatUsd(change.fromNanoUsd),
    to_usd: formatUsd(change.toNanoUsd),
    change_usd: formatUsd(change.toNanoUsd - change.fromNanoUsd),
    effects: effectDocuments(change.effects),
  });
  const documents = names.slice(0, MOST_NAMES).map((change) => document(change, 1));
  const others = names.slice(MOST_NAMES);
  if (others.length === 0) return documents;
  const sum = (amounts: bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
  const folded: NameChange = {
    name: null,
    fromNanoUsd: sum(others.map(({ fromNanoUsd }) => fromNanoUsd)),
    toNanoUsd: sum(others.map(({ toNanoUsd }) => toNanoUsd)),
    effects: summedEffects(others),
  };
  return [...documents, document(folded, others.length)];
}

/** By the size of the change, then by name; what has none comes last. */
function largestChange(a: NameChange, b: NameChange): number {
  const size = ({ fromNanoUsd, toNanoUsd }: NameChange): bigint =>
    toNanoUsd > fromNanoUsd ? toNanoUsd - fromNanoUsd : fromNanoUsd - toNanoUsd;
  if (size(a) !== size(b)) return size(a) > size(b) ? -1 : 1;
  if (a.name === null || b.name === null) return a.name === null ? 1 : -1;
  return a.name < b.name ? -1 : 1;
}

function warningsOf(before: PeriodCells, after: PeriodCells, by: Dimension): string[] {
  const warnings: string[] = [];
  const left = unpricedModels([before, after], true);
  if (left.requests > 0)
    warnings.push(
      `${countText(left.requests, "request")} without a known price ${left.requests === 1 ? "is" : "are"} left out: ${left.named}.`,
    );
  const mixed = unpricedModels([before, after], false);
  if (mixed.requests > 0)
    warnings.push(
      `${countText(mixed.requests, "request")} without a known price ${mixed.requests === 1 ? "adds its" : "add their"} tokens, not their cost, to models that have one: ${mixed.named}.`,
    );
  const unlisted = [...new Set([...before.models, ...after.models].filter(isUnlisted).map(({ name }) => nameText(name, "model")))].sort();
  if (unlisted.length > 0)
    warnings.push(`No list price is known for ${capped(unlisted)}: all their tokens are taken to have the same price.`);
  if (before.isCoarse || after.isCoarse)
    warnings.push(`The price effect of a ${by} holds its choice of models, too: in a book this large ${by}s and models are summed apart.`);
  return warnings;
}

const isUnlisted = ({ list, costNanoUsd }: { list: unknown; costNanoUsd: bigint }): boolean => list === undefined && costNanoUsd !== 0n;

function unpricedModels(periods: readonly PeriodCells[], whole: boolean): { requests: number; named: string } {
  const all = periods.flatMap(({ unpriced }) => unpriced).filter(({ requests, ofRequests }) => (requests === ofRequests) === whole);
  const models = [...new Set(all.map(({ model }) => nameText(model, "model")))].sort();
  return { requests: all.reduce((sum, { requests }) => sum + requests, 0), named: capped(models) };
}

function capped(names: readonly string[]): string {
  const shown = names.slice(0, MOST_UNPRICED_NAMED);
  return names.length > shown.length ? `${shown.join(", ")} and ${names.length - shown.length} more` : listText(shown);
}
