/** What a budget would have done to the calls that are in the book, and the amount that would have done little harm. */
import type { Ledger, StoredRecord, UsageFilter } from "../ledger/index.ts";
import { formatUsd } from "../money.ts";
import { smallestCap, smallestLimit } from "./limit-search.ts";
import { spansOf } from "./normal-spans.ts";
import { FEWEST_OTHERS, type JudgedWindow, judgeWindows, type WindowVerdict } from "./normal-windows.ts";
import { type CounterHistory, type ReplayedWindow, type ReplayRules, SpendingReplay } from "./spending-replay.ts";

/** The budget to try, with the rules by which the book would enforce it. */
export interface TriedBudget extends Omit<ReplayRules, "limitNanoUsd" | "limitTokens"> {
  /** Absent: the amount that the back-test proposes, or none where tokens are capped. */
  amountNanoUsd?: bigint;
  maxTokens?: bigint;
  /** Up to where spending goes under a cap: further than the cap where a soft budget tolerates it. Rises with the cap. */
  limitOf(cap: bigint): bigint;
  /** The counters in which a record counts. */
  valuesCounted(record: StoredRecord): readonly string[];
  isExempt?(record: StoredRecord): boolean;
  /** A counter's value as documents show it. */
  describeValue(value: string): Record<string, string> | null;
}

export interface BacktestRequest {
  budget: TriedBudget;
  /** What the document says about the budget. */
  definition: Readonly<Record<string, unknown>>;
  startMs: number;
  endMs: number;
  nowMs: number;
  /** Which records can count at all. */
  filter?: UsageFilter;
  /** Propose the smallest amount with at most so many false blocks a month. */
  maxFalseBlocks?: number;
}

/** A window in which something was blocked. */
export interface BlockedWindow {
  value: Record<string, string> | null;
  window: { start: string; end: string };
  calls: number;
  spent_usd: string;
  spent_tokens: number;
  blocked_calls: number;
  saved_usd: string;
  verdict: WindowVerdict;
  usual: string | null;
  unusual_above: string | null;
}

export interface BacktestProposal {
  max_false_blocks_per_month: number;
  /** null where there is too little history to tell normal business from a runaway. */
  amount_usd: string | null;
  false_blocks: number | null;
  months: number;
  reason: string | null;
}

export interface BacktestDocument {
  schema: "tokenledger.backtest/1";
  generated_at: string;
  budget: Readonly<Record<string, unknown>>;
  range: { start: string; end: string };
  calls: number;
  cost_usd: string;
  unpriced_calls: number;
  /** Windows in which calls were made, over all counters. */
  windows: number;
  blocked_windows: number;
  blocked_calls: number;
  /** In windows that held normal business; in runaways; and in windows of which that can't be told. */
  falsely_blocked: number;
  rightly_blocked: number;
  unknown_blocked: number;
  saved_usd: string;
  /** The part of it that runaways would have cost. */
  saved_from_runaways_usd: string;
  first_block: {
    at: string;
    value: Record<string, string> | null;
    window: { start: string; end: string };
    spent_usd: string;
    attempted_usd: string;
    spent_tokens: number;
    attempted_tokens: number;
    request_id: string | null;
  } | null;
  /** Those in which something was blocked, by time; the first thousand. */
  windows_with_blocks: BlockedWindow[];
  proposal: BacktestProposal | null;
}

const MAX_LISTED = 1000;
const MONTH_MS = (365.2425 / 12) * 86_400_000;

export async function replayBook(book: Pick<Ledger, "query">, request: BacktestRequest): Promise<BacktestDocument> {
  const { budget, maxFalseBlocks } = request;
  const isProposing = maxFalseBlocks !== undefined;
  let { replay, unpriced } = await replayed(book, request, budget.amountNanoUsd, isProposing);
  const proposal = isProposing ? proposalOf(replay.counters, request, maxFalseBlocks) : undefined;
  if (budget.amountNanoUsd === undefined && proposal?.amountNanoUsd !== undefined)
    ({ replay, unpriced } = await replayed(book, request, proposal.amountNanoUsd, false));
  return documentOf(replay, unpriced, proposal?.document ?? null, request);
}

async function replayed(
  book: Pick<Ledger, "query">,
  { budget, startMs, endMs, filter }: BacktestRequest,
  amountNanoUsd: bigint | undefined,
  keepsCosts: boolean,
): Promise<{ replay: SpendingReplay; unpriced: number }> {
  const { isHard, sliding, maxTokens } = budget;
  const replay = new SpendingReplay(
    {
      isHard,
      windowOf: (atMs) => budget.windowOf(atMs),
      ...(sliding && { sliding }),
      ...(amountNanoUsd !== undefined && { limitNanoUsd: budget.limitOf(amountNanoUsd) }),
      ...(maxTokens !== undefined && { limitTokens: budget.limitOf(maxTokens) }),
    },
    { keepsCosts },
  );
  let unpriced = 0;
  for await (const record of book.query({ ...filter, startMs, endMs })) {
    const values = budget.valuesCounted(record);
    if (values.length === 0) continue;
    if (record.costNanoUsd === null) unpriced++;
    replay.take({
      atMs: record.timestampMs,
      nanoUsd: record.costNanoUsd ?? 0,
      tokens: (record.tokens.input ?? 0) + (record.tokens.output ?? 0),
      values,
      isExempt: budget.isExempt?.(record) === true,
      requestId: record.requestId,
    });
  }
  return { replay, unpriced };
}

/** Whether a window is normal is told by money, unless the budget caps tokens alone. */
function isByTokens({ budget, maxFalseBlocks }: BacktestRequest): boolean {
  return budget.amountNanoUsd === undefined && maxFalseBlocks === undefined;
}

function judged({ windows }: CounterHistory, request: BacktestRequest): JudgedWindow[] {
  const endMs = Math.min(request.endMs, request.nowMs);
  const byTokens = isByTokens(request);
  return judgeWindows(
    windows.map((window) => ({
      spent: Number(byTokens ? window.tokens : window.nanoUsd),
      isComplete: window.startMs >= request.startMs && window.endMs <= endMs,
    })),
  );
}

interface Proposal {
  amountNanoUsd?: bigint;
  document: BacktestProposal;
}

/** Whatever is not known to be a runaway counts as normal here: a proposal may err only by letting calls pass. */
function proposalOf(counters: readonly CounterHistory[], request: BacktestRequest, maxFalseBlocks: number): Proposal {
  const { budget, startMs, endMs, nowMs } = request;
  const months = Math.max(0, Math.min(endMs, nowMs) - startMs) / MONTH_MS;
  const verdicts = counters.map((counter) => judged(counter, request));
  const facts = { max_false_blocks_per_month: maxFalseBlocks, months: Math.round(months * 100) / 100 };
  if (!verdicts.some((windows) => windows.some(({ verdict }) => verdict === "normal"))) {
    const reason = `too little history: no counter has ${FEWEST_OTHERS + 1} complete windows with spending`;
    return { document: { ...facts, amount_usd: null, false_blocks: null, reason } };
  }
  const spans = counters.flatMap((counter, index) => spansOf(counter, verdicts[index] ?? [], budget.sliding?.partsBefore));
  const { limit, blocked } = smallestLimit(spans, budget.isHard, Math.floor(maxFalseBlocks * months));
  const amountNanoUsd = smallestCap(limit, budget.limitOf);
  return { amountNanoUsd, document: { ...facts, amount_usd: formatUsd(amountNanoUsd), false_blocks: blocked, reason: null } };
}

function documentOf(
  replay: SpendingReplay,
  unpriced: number,
  proposal: BacktestProposal | null,
  request: BacktestRequest,
): BacktestDocument {
  const { budget } = request;
  const byTokens = isByTokens(request);
  const blockedBy = { normal: 0, runaway: 0, unknown: 0 };
  let windows = 0;
  let saved = 0n;
  let savedFromRunaways = 0n;
  const withBlocks: (BlockedWindow & { startMs: number })[] = [];
  for (const counter of replay.counters) {
    windows += counter.windows.length;
    if (!counter.windows.some(({ blockedCalls }) => blockedCalls > 0)) continue;
    const verdicts = judged(counter, request);
    counter.windows.forEach((window, index) => {
      if (window.blockedCalls === 0) return;
      const { verdict, usual, unusualAbove } = verdicts[index] as JudgedWindow;
      blockedBy[verdict] += window.blockedCalls;
      saved += window.savedNanoUsd;
      if (verdict === "runaway") savedFromRunaways += window.savedNanoUsd;
      withBlocks.push({
        startMs: window.startMs,
        value: budget.describeValue(counter.value),
        ...figuresOf(window),
        verdict,
        usual: figure(usual, byTokens),
        unusual_above: figure(unusualAbove, byTokens),
      });
    });
  }
  withBlocks.sort((a, b) => a.startMs - b.startMs);
  const { firstBlock } = replay;
  return {
    schema: "tokenledger.backtest/1",
    generated_at: instant(request.nowMs),
    budget: {
      ...request.definition,
      ...(proposal?.amount_usd && budget.amountNanoUsd === undefined && { amount_usd: proposal.amount_usd }),
    },
    range: { start: instant(request.startMs), end: instant(request.endMs) },
    calls: replay.calls,
    cost_usd: formatUsd(replay.nanoUsd),
    unpriced_calls: unpriced,
    windows,
    blocked_windows: withBlocks.length,
    blocked_calls: blockedBy.normal + blockedBy.runaway + blockedBy.unknown,
    falsely_blocked: blockedBy.normal,
    rightly_blocked: blockedBy.runaway,
    unknown_blocked: blockedBy.unknown,
    saved_usd: formatUsd(saved),
    saved_from_runaways_usd: formatUsd(savedFromRunaways),
    first_block: firstBlock
      ? {
          at: instant(firstBlock.atMs),
          value: budget.describeValue(firstBlock.value),
          window: { start: instant(firstBlock.window.startMs), end: instant(firstBlock.window.endMs) },
          spent_usd: formatUsd(firstBlock.spentNanoUsd),
          attempted_usd: formatUsd(firstBlock.attemptedNanoUsd),
          spent_tokens: Number(firstBlock.spentTokens),
          attempted_tokens: Number(firstBlock.attemptedTokens),
          request_id: firstBlock.requestId ?? null,
        }
      : null,
    windows_with_blocks: withBlocks.slice(0, MAX_LISTED).map(({ startMs: _startMs, ...window }) => window),
    proposal,
  };
}

function figuresOf(
  window: ReplayedWindow,
): Pick<BlockedWindow, "window" | "calls" | "spent_usd" | "spent_tokens" | "blocked_calls" | "saved_usd"> {
  return {
    window: { start: instant(window.startMs), end: instant(window.endMs) },
    calls: window.calls,
    spent_usd: formatUsd(window.nanoUsd),
    spent_tokens: Number(window.tokens),
    blocked_calls: window.blockedCalls,
    saved_usd: formatUsd(window.savedNanoUsd),
  };
}

/** USD, or tokens where those are what is capped. */
function figure(value: number | undefined, byTokens: boolean): string | null {
  if (value === undefined) return null;
  return byTokens ? String(Math.round(value)) : formatUsd(BigInt(Math.round(value)));
}

/** All time ends in a year of five digits, which RFC 3339 has not. */
const LAST_INSTANT_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

function instant(ms: number): string {
  return new Date(Math.min(ms, LAST_INSTANT_MS)).toISOString();
}
