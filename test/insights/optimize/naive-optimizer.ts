/**
 * The savings of a book a second time, the slow and plain way: all records in memory, each question asked of each record by itself. What
 * the program says is compared with this, so nothing here may be taken from the program's own search for savings.
 */
import type { RecommendationDocument, RecommendationsDocument } from "../../../src/insights/index.ts";
import type { Ledger, StoredRecord, TimeSpan, UsageFilter } from "../../../src/ledger/index.ts";
import { parseUsd } from "../../../src/money.ts";
import { type PriceBook, priceBook } from "../../../src/pricing/index.ts";

const DAY_MS = 86_400_000;

/** What a change would have done to the calls that it is about. */
export interface Change {
  rows: number[];
  requests: number;
  days: number;
  costNanoUsd: bigint;
  newCostNanoUsd: bigint;
  /** By day, from the first of the book's to the last: what would have been saved. */
  savedByDay: number[];
}

interface Names {
  org?: string;
  team?: string;
  project?: string;
  key?: string;
}

export class NaiveOptimizer {
  /** With a price, in the order of time. */
  readonly records: readonly StoredRecord[];
  readonly unpriced: number;
  readonly prices: PriceBook;

  constructor(records: readonly StoredRecord[], prices: PriceBook) {
    this.records = records.filter(({ costNanoUsd }) => costNanoUsd !== null);
    this.unpriced = records.length - this.records.length;
    this.prices = prices;
  }

  static async read(ledger: Ledger, filter: UsageFilter & TimeSpan = {}): Promise<NaiveOptimizer> {
    const records: StoredRecord[] = [];
    for await (const record of ledger.query(filter)) records.push(record);
    return new NaiveOptimizer(records, priceBook().with(await ledger.prices.list()));
  }

  get spentNanoUsd(): bigint {
    return this.records.reduce((sum, record) => sum + BigInt(costOf(record)), 0n);
  }

  /** From the first day with calls to the last. */
  get days(): number {
    const days = this.records.map(dayOf);
    return days.length === 0 ? 0 : Math.max(...days) - Math.min(...days) + 1;
  }

  /** What so much in the time that was seen comes to in 730 hours, rounded half-up. */
  monthly(nanoUsd: bigint): bigint {
    const hours = BigInt(this.days * 24);
    const doubled = 2n * nanoUsd * 730n + hours;
    return (doubled - (((doubled % (2n * hours)) + 2n * hours) % (2n * hours))) / (2n * hours);
  }

  /** What these records would have cost, each by itself; undefined where that is not known of a record, which then stays as it is. */
  change(records: readonly StoredRecord[], newCost: (record: StoredRecord) => number | undefined): Change {
    const firstDay = Math.min(...this.records.map(dayOf));
    const savedByDay = new Array<number>(this.days).fill(0);
    let costNanoUsd = 0n;
    let newCostNanoUsd = 0n;
    for (const record of records) {
      const cost = costOf(record);
      const after = newCost(record) ?? cost;
      costNanoUsd += BigInt(cost);
      newCostNanoUsd += BigInt(after);
      const day = dayOf(record) - firstDay;
      savedByDay[day] = (savedByDay[day] ?? 0) + cost - after;
    }
    return {
      rows: records.map(({ rowId }) => rowId),
      requests: records.length,
      days: new Set(records.map(dayOf)).size,
      costNanoUsd,
      newCostNanoUsd,
      savedByDay,
    };
  }

  /** The calls of a model, under its canonical name, of any of these teams and projects. */
  callsOf(model: { provider: string; model: string }, scopes: readonly Names[]): StoredRecord[] {
    return this.records.filter(
      (record) =>
        record.provider === model.provider && record.canonicalModel === model.model && scopes.some((scope) => isIn(scope, record)),
    );
  }

  /** What a record would cost as another model or on other terms, at the prices of its day; what was paid above or below the list stays so. */
  elsewhere(record: StoredRecord, other: { provider?: string; model?: string; serviceTier?: string }): number | undefined {
    const list = this.prices.recordCostNanoUsd(record);
    const there = this.prices.recordCostNanoUsd({ ...record, ...other });
    if (list === undefined || there === undefined) return undefined;
    const paid = costOf(record);
    if (paid === list) return there;
    return list > 0 ? Number((2n * BigInt(there) * BigInt(paid) + BigInt(list)) / (2n * BigInt(list))) : undefined;
  }

  /** The calls of a recommendation whose rule can be followed to the letter; undefined: those of its rows have to be taken. */
  callsUnder({ action, scopes }: RecommendationDocument): StoredRecord[] | undefined {
    return action.type === "route" ? this.callsOf(action.from, scopes) : undefined;
  }

  /** What a recommendation comes to on these calls of it; undefined for kinds that are not retold here. */
  retold(recommendation: RecommendationDocument, calls: readonly StoredRecord[]): Change | undefined {
    const { action, figures, kind } = recommendation;
    const paid = (newCost: (record: StoredRecord) => number | undefined): Change =>
      this.change(calls, (record) => (costOf(record) === 0 ? undefined : newCost(record)));
    if (action.type === "route") return paid((record) => this.elsewhere(record, action.to));
    if (kind === "batch-requests") return paid((record) => this.elsewhere(record, { serviceTier: "batch" }));
    if (kind === "shorten-context") return paid((record) => this.shortened(record, Number(figures.threshold_tokens)));
    if (kind === "remove-waste" && !/attempt|cut at/.test(recommendation.from)) return paid(() => 0);
    return undefined;
  }

  /** With a shorter prompt: what was read from caches is left out first, then other input, then what was written to them. */
  shortened(record: StoredRecord, threshold: number): number | undefined {
    const { input = 0, cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0, ...others } = record.tokens;
    const parts = { cacheRead, plain: input - cacheRead - cacheWrite5m - cacheWrite1h, cacheWrite5m, cacheWrite1h };
    let left = input - threshold;
    for (const part of ["cacheRead", "plain", "cacheWrite5m", "cacheWrite1h"] as const) {
      const less = Math.min(left, parts[part]);
      parts[part] -= less;
      left -= less;
    }
    const { plain, ...cached } = parts;
    const list = this.prices.recordCostNanoUsd(record);
    const there = this.prices.recordCostNanoUsd({ ...record, tokens: { ...others, ...cached, input: threshold } });
    if (list === undefined || there === undefined || there >= list) return undefined;
    return costOf(record) - Math.round((list - there) * (costOf(record) / list));
  }

  /** What the days say about the bounds of a saving, drawn anew very often: the tenths at both ends are left off. */
  bounds({ savedByDay }: Pick<Change, "savedByDay">, random: () => number, draws = 4000): { low: number; high: number } {
    const sums = Array.from({ length: draws }, () =>
      savedByDay.reduce((sum) => sum + (savedByDay[Math.floor(random() * savedByDay.length)] as number), 0),
    ).sort((a, b) => a - b);
    const scale = 730 / (this.days * 24);
    return { low: (sums[Math.floor(draws / 10)] as number) * scale, high: (sums[Math.ceil((9 * draws) / 10)] as number) * scale };
  }
}

const costOf = (record: StoredRecord): number => record.costNanoUsd ?? Number.NaN;
const dayOf = ({ timestampMs }: StoredRecord): number => Math.floor(timestampMs / DAY_MS);

/** An empty name is that of calls without one. */
function isIn({ org, team, project, key }: Names, record: StoredRecord): boolean {
  return (
    (org === undefined || org === (record.org ?? record.orgId ?? "")) &&
    (team === undefined || team === (record.team ?? record.teamId ?? "")) &&
    (project === undefined || project === (record.project ?? record.projectId ?? "")) &&
    (key === undefined || key === (record.key ?? ""))
  );
}

/** What must hold of every document, whatever the book: the reasons why it does not, none where all is well. */
export function faultsOf(document: RecommendationsDocument, naive: NaiveOptimizer): string[] {
  const faults: string[] = [];
  const expect = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  const spent = naive.spentNanoUsd;
  expect(parseUsd(document.totals.cost_usd) === spent, `totals.cost_usd ${document.totals.cost_usd}, the records come to ${spent}`);
  expect(
    document.totals.requests === naive.records.length + naive.unpriced || document.totals.requests === naive.records.length,
    "totals.requests",
  );
  expect(document.totals.unpriced_requests === naive.unpriced, "totals.unpriced_requests");
  const ids = document.recommendations.map(({ id }) => id);
  expect(new Set(ids).size === ids.length, `an id twice: ${ids.join(" ")}`);
  for (const recommendation of document.recommendations) {
    const { id, saving, evidence, requests } = recommendation;
    const [low, expected, high] = [saving.low_usd, saving.expected_usd, saving.high_usd].map((usd) => parseUsd(usd)) as [
      bigint,
      bigint,
      bigint,
    ];
    const [cost, newCost, saved] = [evidence.cost_usd, evidence.new_cost_usd, evidence.saving_usd].map((usd) => parseUsd(usd)) as [
      bigint,
      bigint,
      bigint,
    ];
    expect(0n < low && low <= expected && expected <= high, `${id}: ${low} ${expected} ${high} are not in order above zero`);
    expect(saved === cost - newCost, `${id}: the saving is not the difference`);
    expect(newCost >= 0n && cost <= spent, `${id}: costs more than all, or less than nothing`);
    expect(expected === naive.monthly(saved), `${id}: expected ${expected}, by the days ${naive.monthly(saved)}`);
    expect(requests >= 50 && evidence.requests === requests, `${id}: ${requests} requests, ${evidence.requests} in the evidence`);
    expect(expected >= 1_000_000_000n || saved * 200n >= spent, `${id}: too little to tell`);
    expect(recommendation.assumptions.length > 0, `${id}: nothing assumed`);
    expect(recommendation.confidence > 0 && recommendation.confidence <= 1, `${id}: confidence ${recommendation.confidence}`);
    expect(Math.abs(saving.percent - (100 * Number(saved)) / Number(cost)) < 0.006, `${id}: percent ${saving.percent}`);
    expect(evidence.query.includes(id), `${id}: its query does not name it`);
    const calls = naive.callsUnder(recommendation);
    if (calls !== undefined) faults.push(...faultsOnCalls(recommendation, naive, calls));
  }
  return [...faults, ...portfolioFaults(document, naive)];
}

/** The reasons why a recommendation is not what it would come to on these calls. */
export function faultsOnCalls(recommendation: RecommendationDocument, naive: NaiveOptimizer, calls: readonly StoredRecord[]): string[] {
  const { evidence, id, requests } = recommendation;
  const [cost, newCost] = [parseUsd(evidence.cost_usd), parseUsd(evidence.new_cost_usd)];
  const faults: string[] = [];
  const expect = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  const paid = calls.reduce((sum, record) => sum + BigInt(costOf(record)), 0n);
  expect(calls.length === requests && paid === cost, `${id}: ${requests} calls of ${cost}, naively ${calls.length} of ${paid}`);
  const retold = naive.retold(recommendation, calls);
  if (retold !== undefined) {
    expect(retold.days === evidence.days, `${id}: ${evidence.days} days, naively ${retold.days}`);
    expect(retold.newCostNanoUsd === newCost, `${id}: new cost ${newCost}, naively ${retold.newCostNanoUsd}`);
  }
  return faults;
}

function portfolioFaults({ portfolio, recommendations }: RecommendationsDocument, naive: NaiveOptimizer): string[] {
  const faults: string[] = [];
  const whole = parseUsd(portfolio.saving_usd);
  const shares = portfolio.chosen.map(({ share_usd: share }) => parseUsd(share));
  const sum = shares.reduce((all, share) => all + share, 0n);
  if (sum !== whole) faults.push(`the portfolio's shares come to ${sum}, not ${whole}`);
  const found = portfolio.chosen.map(({ id }) => recommendations.find((recommendation) => recommendation.id === id));
  if (found.includes(undefined)) faults.push("the portfolio names what is not recommended");
  const chosen = found.filter((recommendation) => recommendation !== undefined);
  const apart = chosen.reduce((all, { saving }) => all + parseUsd(saving.expected_usd), 0n);
  if (whole > apart) faults.push(`the portfolio saves ${whole}, its parts by themselves ${apart}`);
  if (naive.days > 0 && whole > naive.monthly(naive.spentNanoUsd)) faults.push("the portfolio saves more than is spent");
  const largest = chosen.reduce((most, { saving }) => (parseUsd(saving.expected_usd) > most ? parseUsd(saving.expected_usd) : most), 0n);
  if (whole < largest) faults.push(`the portfolio saves ${whole}, one of its parts alone ${largest}`);
  const groups = chosen.flatMap(({ exclusive_group: group }) => group ?? []);
  if (new Set(groups).size !== groups.length) faults.push("the portfolio has two of one group");
  if (recommendations.some(({ state }) => state === "active") && chosen.length === 0)
    faults.push("nothing is chosen of what is recommended");
  return faults;
}
