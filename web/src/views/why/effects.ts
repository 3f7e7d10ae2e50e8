/** Effects in words, and whose they are: all sums by whole nano-USD. */
import type { ExplanationDocument } from "tokenledger/insights";
import { formatUsd, parseUsd } from "../../../../src/money.ts";

export type Effect = ExplanationDocument["effects"][number];
export type EffectName = Effect["effect"];
export type NameChange = ExplanationDocument["names"][number];

export const EFFECTS: Readonly<Record<EffectName, readonly [name: string, meaning: string]>> = {
  volume: ["number of requests", "More or fewer requests, at the cost of those before."],
  mix: ["mix of models", "A larger share of requests to dearer or cheaper models."],
  length_in: ["prompt length", "More or fewer input tokens in a request."],
  length_out: ["reply length", "More or fewer output tokens in a request."],
  kind_in: ["use of the cache", "Less of the prompt read from the cache, or more written to it; or the other way round."],
  kind_out: ["reasoning", "Another share of reasoning in the reply."],
  price: ["prices", "The same tokens at other prices, discounts included."],
  new: ["new models", "Models that only the later period has."],
  retired: ["models left behind", "Models that only the earlier period has."],
  other: ["other", "What no tokens can tell, such as a cost without tokens."],
};

export function isEffect(word: string | undefined): word is EffectName {
  return word !== undefined && Object.hasOwn(EFFECTS, word);
}

/** A name's part of one effect. */
export interface EffectRow {
  name: string | null;
  names: number;
  amount_usd: string;
}

const size = (nanoUsd: bigint): bigint => (nanoUsd < 0n ? -nanoUsd : nanoUsd);

function amountIn({ effects }: Pick<NameChange, "effects">, effect: EffectName): bigint {
  return effects.reduce((sum, one) => (one.effect === effect ? sum + parseUsd(one.amount_usd) : sum), 0n);
}

/** Whose changes make the effect, the largest first, and their exact sum. */
export function rowsBehind(names: readonly NameChange[], effect: EffectName): { rows: EffectRow[]; sum_usd: string } {
  const found = names.map((name) => ({ name, amount: amountIn(name, effect) })).filter(({ amount }) => amount !== 0n);
  found.sort((a, b) => (size(a.amount) === size(b.amount) ? 0 : size(a.amount) > size(b.amount) ? -1 : 1));
  return {
    rows: found.map(({ name: { name, names: many }, amount }) => ({ name, names: many, amount_usd: formatUsd(amount) })),
    sum_usd: formatUsd(found.reduce((sum, { amount }) => sum + amount, 0n)),
  };
}

/** The largest effect in the direction of the change. */
export function mainCause({ change_usd: change, effects }: Pick<NameChange, "change_usd" | "effects">): Effect | undefined {
  const sign = parseUsd(change) < 0n ? -1n : 1n;
  let cause: Effect | undefined;
  for (const effect of effects) {
    const amount = sign * parseUsd(effect.amount_usd);
    if (amount > 0n && (cause === undefined || amount > sign * parseUsd(cause.amount_usd))) cause = effect;
  }
  return cause;
}

export function sumUsd(amounts: readonly string[]): string {
  return formatUsd(amounts.reduce((sum, amount) => sum + parseUsd(amount), 0n));
}
