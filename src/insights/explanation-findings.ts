/** What an explanation says in words. The effects are arithmetic: no test stands behind them, and none is needed. */
import type { Dimension } from "../ledger/index.ts";
import type { EffectDocument, ExplanationDocument } from "./explanation-document.ts";
import { type EffectSums, largestEffects, type NameChange } from "./explanation-effects.ts";
import { dollars, listText, nameText, percentText } from "./words.ts";

type Sentences = ExplanationDocument["findings"];

const MOST_EFFECTS = 4;
const MOST_NAMES = 3;
const MOST_MODELS_NAMED = 3;

/** What it means that the effect is above zero, and below: in the words that the command has for the effects in its chart. */
const EFFECT_WORDS: Readonly<Record<EffectDocument["effect"], readonly [up: string, down: string]>> = {
  volume: ["More requests", "Fewer requests"],
  mix: ["A larger share of requests to dearer models", "A larger share of requests to cheaper models"],
  length_in: ["Longer prompts (more input tokens per request)", "Shorter prompts (fewer input tokens per request)"],
  length_out: ["Longer replies (more output tokens per request)", "Shorter replies (fewer output tokens per request)"],
  kind_in: [
    "Dearer use of the cache (less read from it, or more written to it)",
    "Cheaper use of the cache (more read from it, or less written to it)",
  ],
  kind_out: ["Dearer replies by their share of reasoning", "Cheaper replies by their share of reasoning"],
  price: ["Higher prices", "Lower prices"],
  new: ["Models that are new", "Models that are new"],
  retired: ["Models that are no longer used", "Models that are no longer used"],
  other: ["Costs that no tokens explain", "Costs that no tokens explain"],
};

export function explanationFindings(explained: {
  fromNanoUsd: bigint;
  toNanoUsd: bigint;
  changePercent: number | null;
  effects: EffectSums;
  models: readonly NameChange[];
  names: readonly NameChange[];
  by: Dimension;
}): Sentences {
  const { fromNanoUsd, toNanoUsd, changePercent, effects, models, names, by } = explained;
  const change = toNanoUsd - fromNanoUsd;
  const findings: Sentences = [{ kind: "change", sentence: changeSentence(fromNanoUsd, toNanoUsd, changePercent) }];
  const largest = largestEffects(effects);
  const threshold = largest.reduce((most, [, amount]) => (size(amount) > most ? size(amount) : most), 0n) / 50n;
  for (const [effect, amount] of largest.filter(([, amount]) => size(amount) >= threshold).slice(0, MOST_EFFECTS)) {
    const which = effect === "new" || effect === "retired" ? modelsBehind(models, effect) : "";
    findings.push({ kind: "effect", sentence: `${EFFECT_WORDS[effect][amount > 0n ? 0 : 1]}${which}: ${signed(amount)}.` });
  }
  if (names.length < 2) return findings;
  for (const { name, fromNanoUsd: before, toNanoUsd: after } of names.slice(0, MOST_NAMES)) {
    const own = after - before;
    if (own === 0n || size(own) * 20n < size(change)) continue;
    findings.push({ kind: "name", sentence: `${nameText(name, by)}: ${signed(own)}, from ${dollars(before)} to ${dollars(after)}.` });
  }
  return findings;
}

const size = (amount: bigint): bigint => (amount < 0n ? -amount : amount);

function changeSentence(before: bigint, after: bigint, percent: number | null): string {
  if (before === after) return `Spending did not change: ${dollars(after)}.`;
  const verb = after > before ? "rose" : "fell";
  const share = percent === null ? "" : ` (${percentText(Math.abs(percent))})`;
  return `Spending ${verb} by ${dollars(size(after - before))}${share}, from ${dollars(before)} to ${dollars(after)}.`;
}

function modelsBehind(models: readonly NameChange[], effect: "new" | "retired"): string {
  const amountOf = (change: NameChange): bigint => size(change.effects.get(effect) ?? 0n);
  const behind = models
    .filter((change) => amountOf(change) > 0n)
    .sort((a, b) => (amountOf(a) === amountOf(b) ? 0 : amountOf(a) > amountOf(b) ? -1 : 1));
  if (behind.length === 0) return "";
  const named = behind.slice(0, MOST_MODELS_NAMED).map(({ name }) => nameText(name, "model"));
  const more = behind.length - named.length;
  return ` (${more > 0 ? `${named.join(", ")} and ${more} more` : listText(named)})`;
}

const signed = (amount: bigint): string => (amount > 0n ? `+${dollars(amount)}` : dollars(amount));
