/** Caches that should be asked for, or otherwise. */
import type { PriceBook } from "../../../pricing/index.ts";
import type { Action, CachePolicyName, Candidate, RuleScope } from "../candidate.ts";
import type { CalledModel, DisjointTokens, Workload } from "../replay/call.ts";
import { type Cell, type Digest, FLAGS } from "../replay/cell.ts";
import { noTokens } from "../replay/cell-book.ts";
import { paidFor, pricesOfCell } from "../replay/cell-prices.ts";
import { cellsByModel } from "../replay/cells-by-model.ts";
import type { Watch } from "../replay/watching.ts";
import { exactScopes } from "../rules/exact-scopes.ts";
import { CacheLifetimes, LONG_LIFE, SHORT_LIFE, WITHOUT_CACHE } from "./cache-lifetimes.ts";
import { breakEvenReads, CACHE_POLICIES, cacheTermsOf } from "./cache-policies.ts";
import { CacheReplay } from "./cache-replay.ts";
import { SessionGrowth } from "./session-growth.ts";

export function watchCaching(prices: PriceBook): Watch[] {
  const replay = new CacheReplay(prices);
  const growth = new SessionGrowth(prices);
  return [
    { flagger: replay, observer: replay, find: (digest) => findCaching(digest, prices) },
    { flagger: growth, observer: growth },
    { observer: new CacheLifetimes(prices), find: findLifetimes },
  ];
}

const UNCACHED = FLAGS.hashed | FLAGS.grows;

/** For each model the policy that saves most, if any saves anything, for the workloads that it saves something for. */
function findCaching(digest: Digest, prices: PriceBook): Candidate[] {
  const candidates: Candidate[] = [];
  for (const [model, cells] of cellsByModel(digest)) {
    const known = cells.filter(({ flags }) => (flags & UNCACHED) !== 0);
    if (known.length === 0) continue;
    const replayed = CACHE_POLICIES.map(({ name }) => ({ name, chosen: savingWorkloads(cells, known, name) }));
    let best: (typeof replayed)[number] | undefined;
    for (const each of replayed) if (each.chosen.savedNanoUsd > (best?.chosen.savedNanoUsd ?? 0)) best = each;
    if (best !== undefined) candidates.push(cachingOf(model, best.name, best.chosen, known, prices));
  }
  return candidates;
}

function cachingOf(model: CalledModel, policy: CachePolicyName, chosen: Chosen, known: readonly Cell[], prices: PriceBook): Candidate {
  const { hasBreakpoints, minimumTokens } = cacheTermsOf(model);
  const name = `${model.provider}/${model.canonicalModel}`;
  const isMeasured = chosen.cells.every(({ flags }) => (flags & FLAGS.hashed) !== 0);
  const cost = costOf(known);
  const percents = CACHE_POLICIES.map(({ name }): [string, number | null] => [
    `${name.replaceAll("-", "_")}_percent`,
    known.some(({ retokenings }) => retokenings.has(name)) && cost > 0 ? rounded((100 * savedBy(known, name)) / cost, 2) : null,
  ]);
  return {
    kind: "enable-caching",
    from: name,
    to: hasBreakpoints ? POLICY_WORDS[policy] : "read from its own cache",
    covers: coverageOf(model, policy, chosen.workloads),
    models: [model],
    effect: { type: "retoken", of: (cell) => cell.retokenings.get(policy) },
    grade: isMeasured && hasBreakpoints ? "A" : "B",
    assumptions: assumptionsOf(isMeasured, hasBreakpoints, minimumTokens),
    risk: "Prompts that come to be written otherwise, or at other times, may be read less often than these were.",
    action: actionOf(model, policy, chosen.scopes, hasBreakpoints),
    figures: {
      policy,
      input_percent: inputPercentOf(chosen, prices),
      break_even_reads_per_write: breakEvenOf(chosen.cells, policy, prices),
      read_tokens: differenceOf(chosen.cells, policy).cacheRead,
      written_tokens: differenceOf(chosen.cells, policy).cacheWrite5m + differenceOf(chosen.cells, policy).cacheWrite1h,
      minimum_prefix_tokens: minimumTokens,
      ...Object.fromEntries(percents),
    },
  };
}

const POLICY_WORDS: Readonly<Record<CachePolicyName, string>> = {
  "always-5m": "cached for 5 minutes",
  "always-1h": "cached for an hour",
  "second-sight-5m": "cached for 5 minutes from second sight",
  "second-sight-1h": "cached for an hour from second sight",
  "static-5m": "common beginning cached for 5 minutes",
  "static-1h": "common beginning cached for an hour",
};

const POLICY_ADVICE: Readonly<Record<CachePolicyName, string>> = {
  "always-5m": "Mark the end of tools, of the system prompt and of the last two messages for caching",
  "always-1h": "Mark the end of tools, of the system prompt and of the last two messages for caching, with a lifetime of an hour",
  "second-sight-5m": "Mark for caching the last block that an earlier prompt of the hour had as well",
  "second-sight-1h": "Mark for caching, with a lifetime of an hour, the last block that an earlier prompt of the hour had as well",
  "static-5m": "Mark for caching the last block that all prompts have in common",
  "static-1h": "Mark for caching, with a lifetime of an hour, the last block that all prompts have in common",
};

function assumptionsOf(isMeasured: boolean, hasBreakpoints: boolean, minimumTokens: number): string[] {
  const assumptions = [
    isMeasured
      ? "Prompts that begin with the same blocks are known by keyed hashes of them; how long each block is, is estimated within the prompt's counted tokens."
      : "A prompt that is as long as the prompt and the answer before it in its session, or a little longer, begins with that prompt.",
    `Beginnings of fewer than ${minimumTokens.toLocaleString("en-US")} tokens are not cached.`,
  ];
  if (hasBreakpoints) assumptions.push("The records tell of no cached tokens; a source that leaves them out would have them already.");
  else assumptions.push("The provider caches by itself for five minutes; the records tell of no reads, or their source leaves them out.");
  return assumptions;
}

function actionOf({ provider, model }: CalledModel, policy: CachePolicyName, scopes: RuleScope[], hasBreakpoints: boolean): Action {
  if (hasBreakpoints && provider === "anthropic") return { type: "cache", provider, model, policy, scopes };
  const advice = hasBreakpoints
    ? `${POLICY_ADVICE[policy]}.`
    : "Send what all prompts have in common first, byte for byte the same, and name the conversation where the provider takes a cache key.";
  return { type: "by_hand", advice, scopes };
}

const CHANGES: readonly { name: string; is: string; advice: string; risk: string; uses(tokens: DisjointTokens): boolean }[] = [
  {
    name: WITHOUT_CACHE,
    is: "nothing cached",
    advice: "Leave the marks for caching out of these calls: they write more than is ever read.",
    risk: "Were the calls to come closer together, a cache would pay.",
    uses: (tokens) => tokens.cacheWrite5m + tokens.cacheWrite1h > 0,
  },
  {
    name: SHORT_LIFE,
    is: "cached for 5 minutes",
    advice:
      "Ask for caching without the longer lifetime: these calls come within five minutes of each other, and each use begins them anew.",
    risk: "After pauses of more than five minutes everything is written again.",
    uses: (tokens) => tokens.cacheWrite1h > 0,
  },
  {
    name: LONG_LIFE,
    is: "cached for an hour",
    advice:
      'Ask for a lifetime of an hour ("ttl": "1h"): these conversations go on after pauses of more than five minutes, and write everything again.',
    risk: "Where conversations end sooner than these did, the dearer writes are never read.",
    uses: (tokens) => tokens.cacheWrite5m > 0,
  },
];

/** For calls that use a cache: each workload with what saves most for it. */
function findLifetimes(digest: Digest): Candidate[] {
  const candidates: Candidate[] = [];
  for (const [model, ofModel] of cellsByModel(digest)) {
    const used = ofModel.filter(({ retokenings }) => retokenings.has(WITHOUT_CACHE));
    if (used.length === 0) continue;
    const written = sumOf(used.map(({ tokens }) => tokens));
    const changes = CHANGES.filter(({ uses }) => uses(written));
    const best = new Map<Workload, { name: string; savedNanoUsd: number }>();
    for (const { name } of changes) {
      for (const [workload, savedNanoUsd] of savedByWorkload(used, name)) {
        if (savedNanoUsd > (best.get(workload)?.savedNanoUsd ?? 0)) best.set(workload, { name, savedNanoUsd });
      }
    }
    for (const change of changes) {
      const saving = new Set([...best].filter(([, { name }]) => name === change.name).map(([workload]) => workload));
      const chosen = chosenOf(ofModel, used, change.name, saving);
      if (chosen.savedNanoUsd > 0) candidates.push(lifetimeOf(model, change, chosen));
    }
  }
  return candidates;
}

function lifetimeOf(model: CalledModel, { name, is, advice, risk }: (typeof CHANGES)[number], chosen: Chosen): Candidate {
  const label = `${model.provider}/${model.canonicalModel}`;
  const tokens = sumOf(chosen.cells.map((cell) => cell.tokens));
  const written = tokens.cacheWrite5m + tokens.cacheWrite1h;
  const now = tokens.cacheWrite1h > tokens.cacheWrite5m ? "cached for an hour" : "cached for 5 minutes";
  return {
    kind: "cache-lifetime",
    from: `${label}, ${now}`,
    to: is,
    covers: coverageOf(model, name, chosen.workloads),
    models: [model],
    effect: { type: "retoken", of: (cell) => cell.retokenings.get(name) },
    grade: name === WITHOUT_CACHE ? "A" : "B",
    assumptions:
      name === WITHOUT_CACHE
        ? ["Every token that was written or read would have been plain input."]
        : ["What a call reads was left in the cache by the call of its session that it goes on from, or else by its workload's last one."],
    risk,
    action: { type: "by_hand", advice, scopes: chosen.scopes },
    figures: {
      written_tokens: written,
      read_tokens: tokens.cacheRead,
      written_for_an_hour_percent: written > 0 ? rounded((100 * tokens.cacheWrite1h) / written, 1) : null,
    },
  };
}

interface Chosen {
  workloads: ReadonlySet<Workload>;
  cells: readonly Cell[];
  scopes: RuleScope[];
  savedNanoUsd: number;
}

/** Of all that use the model, those that it saves something for and that a rule can name. */
function savingWorkloads(ofModel: readonly Cell[], known: readonly Cell[], name: string): Chosen {
  const saving = new Set([...savedByWorkload(known, name)].filter(([, nanoUsd]) => nanoUsd > 0).map(([workload]) => workload));
  return chosenOf(ofModel, known, name, saving);
}

function chosenOf(ofModel: readonly Cell[], known: readonly Cell[], name: string, saving: ReadonlySet<Workload>): Chosen {
  if (saving.size === 0) return { workloads: saving, cells: [], scopes: [], savedNanoUsd: 0 };
  const all = [...new Set(ofModel.map(({ workload }) => workload))];
  const { scopes, covered } = exactScopes(all, saving);
  const cells = known.filter(({ workload, retokenings }) => covered.has(workload) && retokenings.has(name));
  return { workloads: covered, cells, scopes, savedNanoUsd: savedBy(cells, name) };
}

function savedByWorkload(cells: readonly Cell[], name: string): Map<Workload, number> {
  const saved = new Map<Workload, number>();
  for (const { workload, retokenings } of cells) {
    const retokening = retokenings.get(name);
    if (retokening !== undefined) saved.set(workload, (saved.get(workload) ?? 0) + retokening.savedNanoUsd);
  }
  return saved;
}

function coverageOf(model: CalledModel, name: string, workloads: ReadonlySet<Workload>): (cell: Cell) => boolean {
  return (cell) => cell.model === model && workloads.has(cell.workload) && cell.retokenings.has(name);
}

function savedBy(cells: readonly Cell[], name: string): number {
  return cells.reduce((sum, { retokenings }) => sum + (retokenings.get(name)?.savedNanoUsd ?? 0), 0);
}

function costOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
}

function differenceOf(cells: readonly Cell[], name: string): DisjointTokens {
  return sumOf(cells.flatMap(({ retokenings }) => retokenings.get(name)?.difference ?? []));
}

function sumOf(all: readonly DisjointTokens[]): DisjointTokens {
  const sum = noTokens();
  for (const tokens of all) {
    sum.input += tokens.input;
    sum.cacheRead += tokens.cacheRead;
    sum.cacheWrite5m += tokens.cacheWrite5m;
    sum.cacheWrite1h += tokens.cacheWrite1h;
  }
  return sum;
}

/** How much of what the input alone was paid with is saved: answers cost the same with a cache and without. */
function inputPercentOf({ cells, savedNanoUsd }: Chosen, prices: PriceBook): number | null {
  let input = 0;
  for (const cell of cells) input += paidFor(prices, cell, { ...noTokens(), input: cell.tokens.input }) ?? Number.NaN;
  return input > 0 ? rounded((100 * savedNanoUsd) / input, 2) : null;
}

/** At the prices of the last cell, which are the newest. */
function breakEvenOf(cells: readonly Cell[], policy: CachePolicyName, prices: PriceBook): number | null {
  const cell = cells.at(-1);
  const unit = cell && pricesOfCell(prices, cell);
  const writeKind = CACHE_POLICIES.find(({ name }) => name === policy)?.writeKind;
  if (unit === undefined || writeKind === undefined) return null;
  const reads = breakEvenReads(unit[writeKind] / unit.input, unit.cacheRead / unit.input);
  return Number.isFinite(reads) ? rounded(reads, 3) : null;
}

const rounded = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;
