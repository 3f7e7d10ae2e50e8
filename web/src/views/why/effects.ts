/** Effects in words, and whose they are: all sums by whole nano-USD. */
import type { ExplanationDocument } from "tokenledger/insights";
import { formatUsd, parseUsd } from "../../../../src/money.ts";

export type Effect = ExplanationDocument["effects"][number];
export type EffectName = Effect["effect"];
export type NameChange = ExplanationDocument["names"][number];

export const EFFECTS: Readonly<Record<EffectName, { name: string; meaning: string }>> = {
  volume: { name: "number of requests", meaning: "More or fewer requests, at the cost of those before." },
  mix: { name: "mix of models", meaning: "A larger share of requests to dearer or cheaper models." },
  length_in: { name: "prompt length", meaning: "More or fewer input tokens in a request." },
  length_out: { name: "reply length", meaning: "More or fewer output tokens in a request." },
  kind_in: { name: "use of the cache", meaning: "Less of the prompt read from the cache, or more written to it; or the other way round." },
  kind_out: { name: "reasoning", meaning: "Another share of reasoning in the reply." },
  price: { name: "prices", meaning: "The same tokens at other prices, discounts included." },
  new: { name: "new models", meaning: "Models that only the later period has." },
  retired: { name: "models left behind", meaning: "Models that only the earlier period has." },
  other: { name: "other", meaning: "What no tokens can tell, such as a cost without tokens." },
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
