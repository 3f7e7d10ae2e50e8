/** What is wrong, or doubtful, in a set of price entries. */
import { formatUsdPerMillion } from "./femto-usd.ts";
import { type PriceEntry, type Rates, TOKEN_KINDS } from "./price-entry.ts";
import { canonicalProvider } from "./spelling.ts";

export interface PriceProblem {
  severity: "error" | "warning";
  provider: string;
  model: string;
  /** One sentence: what is wrong and what is accepted. */
  message: string;
}

const DEAR_FEMTO_USD = 1_000_000_000_000;

/**
 * Every problem of the entries, in their order. An empty list is a sound set of prices.
 *
 * @example
 * ```ts
 * import { lintPrices } from "tokenledger";
 * const free = { provider: "acme", model: "acme-1", rates: { output: 0 }, sources: [{ name: "acme.example", date: "2026-05-01" }] };
 * lintPrices([free])[0]?.message; // => "the input price is missing."
 * ```
 */
export function lintPrices(entries: readonly PriceEntry[]): PriceProblem[] {
  const problems: PriceProblem[] = [];
  for (const entry of entries) {
    for (const [severity, message] of entryProblems(entry)) {
      problems.push({ severity, provider: entry.provider, model: entry.model, message });
    }
  }
  for (const group of groups(entries).values()) problems.push(...groupProblems(group));
  return problems;
}

type Finding = [severity: PriceProblem["severity"], message: string];

function entryProblems(entry: PriceEntry): Finding[] {
  const findings = rateProblems(entry.rates, "");
  if (entry.rates.input === undefined) findings.push(["error", "the input price is missing."]);
  if (entry.rates.output === undefined && !isEmbedding(entry.model)) {
    findings.push(["error", "the output price is missing; only embedding and rerank models have none."]);
  }
  const { effectiveFromMs: from, effectiveToMs: to } = entry;
  if (from !== undefined && to !== undefined && from >= to) findings.push(["error", "effective_to is not after effective_from."]);
  let last = 0;
  for (const { thresholdTokens, rates } of entry.longContext ?? []) {
    if (!Number.isSafeInteger(thresholdTokens) || thresholdTokens <= last) {
      findings.push([
        "error",
        `the long-context tier at ${thresholdTokens} tokens is not above the one before it; sort tiers by threshold, each once.`,
      ]);
    }
    last = thresholdTokens;
    findings.push(...rateProblems(rates, `tier ${thresholdTokens}: `));
    for (const kind of ["input", "output"] as const) {
      const [base, long] = [entry.rates[kind], rates[kind]];
      if (base !== undefined && long === undefined) findings.push(["error", `the tier at ${thresholdTokens} tokens has no ${kind} price.`]);
      if (base !== undefined && long !== undefined && long < base) {
        findings.push(["warning", `the tier at ${thresholdTokens} tokens has a lower ${kind} price than the base.`]);
      }
    }
  }
  for (const [name, service] of Object.entries(entry.services ?? {})) {
    if (!Number.isSafeInteger(service.permille) || service.permille < 0)
      findings.push(["error", `${name}: ${service.permille} is not a multiplier in thousandths.`]);
    findings.push(...rateProblems(service.rates ?? {}, `${name}: `));
  }
  if (entry.sources.length === 0) findings.push(["warning", "no source is named."]);
  return findings;
}

function rateProblems(rates: Rates, where: string): Finding[] {
  const findings: Finding[] = [];
  for (const kind of TOKEN_KINDS) {
    const rate = rates[kind];
    if (rate === undefined) continue;
    if (!Number.isSafeInteger(rate) || rate < 0)
      findings.push(["error", `${where}the ${kind} price ${rate} is not a non-negative whole number of femto-USD.`]);
    else if (rate > DEAR_FEMTO_USD)
      findings.push(["warning", `${where}the ${kind} price is ${formatUsdPerMillion(rate)} USD for a million tokens: is the unit right?`]);
  }
  const { input, cacheRead } = rates;
  if (input !== undefined && cacheRead !== undefined && cacheRead > input) {
    findings.push(["warning", `${where}reading the cache costs more than input.`]);
  }
  return findings;
}

function groups(entries: readonly PriceEntry[]): Map<string, PriceEntry[]> {
  const byModel = new Map<string, PriceEntry[]>();
  for (const entry of entries) {
    const key = `${canonicalProvider(entry.provider)}/${entry.model.toLowerCase()}`;
    byModel.set(key, [...(byModel.get(key) ?? []), entry]);
  }
  return byModel;
}

/** Entries of one model: they must differ in time, and leave no time out. */
function groupProblems(group: readonly PriceEntry[]): PriceProblem[] {
  const problems: PriceProblem[] = [];
  const report = (entry: PriceEntry, severity: PriceProblem["severity"], message: string): void => {
    problems.push({ severity, provider: entry.provider, model: entry.model, message });
  };
  const [first] = group as [PriceEntry];
  for (const entry of group) {
    if (entry.model !== first.model) report(entry, "error", `the same model stands here as ${first.model}; write it one way.`);
  }
  const dated = group.filter(({ minutesUtc }) => minutesUtc === undefined);
  dated.sort((a, b) => (a.effectiveFromMs ?? 0) - (b.effectiveFromMs ?? 0));
  for (let i = 1; i < dated.length; i++) {
    const [before, after] = [dated[i - 1] as PriceEntry, dated[i] as PriceEntry];
    const start = after.effectiveFromMs ?? 0;
    // An open end is the next one's start.
    const end = before.effectiveToMs ?? start;
    if (end > start || (before.effectiveFromMs ?? 0) === start)
      report(after, "error", `two prices hold at once from ${isoDay(start)}; end the earlier one with effective_to.`);
    else if (end < start) report(after, "warning", `no price holds from ${isoDay(end)} to ${isoDay(start)}.`);
  }
  return problems;
}

function isEmbedding(model: string): boolean {
  return /embed|rerank|titan-embed|moderation|^gte-|^bge-/.test(model);
}

function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
