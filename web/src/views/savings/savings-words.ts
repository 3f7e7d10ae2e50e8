/** What recommendations say, in words. */
import type { RecommendationDocument } from "tokenledger/insights";
import { dollars } from "../../format/amounts.ts";
import type { Changes } from "../../question/use-question.ts";

type Action = RecommendationDocument["action"];
type Scopes = Readonly<RecommendationDocument["scopes"]>;

export const KINDS: Readonly<Record<RecommendationDocument["kind"], string>> = {
  "model-downgrade": "a smaller model",
  "enable-caching": "the provider's cache",
  "provider-switch": "another provider",
  "batch-requests": "batches",
  "cache-lifetime": "how long caches live",
  "remove-waste": "waste",
  "shorten-context": "a shorter context",
  "reduce-reasoning": "less reasoning",
  "trim-prompt": "a shorter prompt",
  "limit-output": "shorter answers",
  "shift-off-peak": "cheaper hours",
};

export const GRADES: Readonly<Record<RecommendationDocument["evidence"]["grade"], string>> = {
  A: "measured tokens",
  B: "structure that was inferred",
  C: "a proxy",
};

/** `team research, project storefront; team engineering` */
export function scopesText(scopes: Scopes): string {
  if (scopes.length === 0 || scopes.some((scope) => Object.keys(scope).length === 0)) return "all calls";
  return scopes
    .map((scope) =>
      Object.entries(scope)
        .map(([what, name]) => (name === "" ? `no ${what}` : `${what} ${name}`))
        .join(", "),
    )
    .join("; ");
}

/** What is lost where the recommendation turns out to be wrong. */
export function priceOfBeingWrong({ break_even_failure_rate: rate, evidence, from }: RecommendationDocument): string | undefined {
  if (rate === null) return undefined;
  return `A call whose answer won't do is made again with ${from}, and paid twice: had all of them been, they would have cost ${dollars(evidence.new_cost_usd)} more than they did.`;
}

const CACHE_POLICIES: Readonly<Record<string, string>> = {
  "always-5m": "for five minutes, each prompt",
  "always-1h": "for an hour, each prompt",
  "second-sight-5m": "for five minutes, each prompt that comes a second time",
  "second-sight-1h": "for an hour, each prompt that comes a second time",
  "static-5m": "for five minutes, the part of prompts that never changes",
  "static-1h": "for an hour, the part of prompts that never changes",
};

/** What happens once it is applied, and who does it. */
export function deedOf(action: Action): string[] {
  if (action.type === "route")
    return [
      `From the next call on the gateway sends calls of ${action.from.model} at ${action.from.provider} to ${action.to.model} at ${action.to.provider}.`,
      "One call in twenty stays where it was, so that both can be compared.",
    ];
  if (action.type === "cache")
    return [
      `From the next call on the gateway asks ${action.provider} to keep what it reads for ${action.model} in its cache: ${CACHE_POLICIES[action.policy] ?? action.policy}.`,
    ];
  return ["Only the programs that make the calls can do it. It is written down, so that what comes of it can be looked at.", action.advice];
}

/** As filters of the list of requests; a rule of several scopes or names without a value has no such list. */
export function requestsOf({ action, scopes }: Pick<RecommendationDocument, "action" | "scopes">): Changes | undefined {
  const changes: Record<string, string> = {};
  if (action.type === "route") Object.assign(changes, { provider: action.from.provider, model: action.from.model });
  else if (action.type === "cache") Object.assign(changes, { provider: action.provider, model: action.model });
  const [scope, ...others] = scopes;
  if (scope !== undefined && others.length === 0) {
    for (const name of ["team", "project", "key"] as const) if (scope[name] !== undefined) changes[name] = scope[name];
  }
  return Object.keys(changes).length === 0 ? undefined : changes;
}

export interface Sorted {
  /** What is best done together. */
  together: RecommendationDocument[];
  inForce: RecommendationDocument[];
  /** In the place of others, which they exclude. */
  others: RecommendationDocument[];
}

export function sortedOut(recommendations: readonly RecommendationDocument[], chosenIds: readonly string[]): Sorted {
  const chosen = new Set(chosenIds);
  const sorted: Sorted = { together: [], inForce: [], others: [] };
  for (const one of recommendations) {
    if (one.state === "applied") sorted.inForce.push(one);
    else if (chosen.has(one.id)) sorted.together.push(one);
    else sorted.others.push(one);
  }
  return sorted;
}

/** `demanding_share` → `demanding share`. */
export function figureName(name: string): string {
  return name.replaceAll("_", " ");
}

/** Why there is nothing to recommend, and what would change that. */
export function whyNothing({ requests, unpriced }: { requests: number; unpriced: number }): string {
  if (requests === 0) return "There were no calls in these days.";
  const priced = requests - unpriced;
  if (priced === 0) return "None of these calls has a known price: see Prices.";
  if (priced < FEWEST_REQUESTS)
    return `Nothing is told that rests on fewer than ${FEWEST_REQUESTS} calls. Choose more days, or come back later.`;
  return "Every call was replayed on cheaper models, at other providers, with caches and in batches: nothing surely saves a dollar a month or half a percent of what was spent.";
}

const FEWEST_REQUESTS = 50;
