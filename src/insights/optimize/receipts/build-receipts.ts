/** One replay of the book from before the first rule on, and what each rule has saved. */
import { formatUsd } from "../../../money.ts";
import { instantText } from "../../instant-text.ts";
import { pricesOf } from "../../list-prices.ts";
import { roundedOrNull } from "../../rounding.ts";
import { type ReplayedBook, replayCalls } from "../replay/replay-calls.ts";
import type { AppliedRule } from "../rules/applied-rule.ts";
import { guardsOf } from "./quality-guards.ts";
import type { GuardDocument, ReceiptDocument, ReceiptsDocument } from "./receipt-document.ts";
import { BEFORE_MS, calibrationOf, type RuleReceipt, receiptFor, type Saved, savedShare } from "./receipts.ts";

export interface ReceiptsRequest {
  rules: readonly AppliedRule[];
  generatedAtMs: number;
  /** Called now and then with the number of records read so far. */
  onProgress?: (records: number) => void;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONTH_MS = 730 * HOUR_MS;

export async function buildReceipts(book: ReplayedBook, request: ReceiptsRequest): Promise<ReceiptsDocument> {
  const { rules, generatedAtMs, onProgress } = request;
  const prices = (await pricesOf(book)).book;
  const receipts = rules.map((rule) => receiptFor(rule, prices));
  if (receipts.length > 0) {
    await replayCalls(book, {
      startMs: Math.min(...rules.map(({ appliedAtMs }) => appliedAtMs)) - BEFORE_MS,
      endMs: generatedAtMs,
      prices,
      observers: receipts,
      ...(onProgress && { onProgress }),
    });
  }
  const saved = receipts.map((receipt) => receipt.saved());
  const total = saved.reduce((sum, one) => sum + (one === undefined ? 0n : one.oldNanoUsd - one.paidNanoUsd), 0n);
  return {
    schema: "tokenledger.receipts/1",
    generated_at: instantText(generatedAtMs),
    receipts: receipts.map((receipt, index) => receiptDocument(receipt, saved[index], generatedAtMs)),
    totals: { saved_usd: formatUsd(total) },
  };
}

function receiptDocument(receipt: RuleReceipt, saved: Saved | undefined, nowMs: number): ReceiptDocument {
  const { rule, since, kept, before } = receipt;
  const savedNanoUsd = saved && saved.oldNanoUsd - saved.paidNanoUsd;
  const share = saved && savedShare(saved);
  const guards = guardsOf(since, rule.action.type === "route" ? kept : undefined, before);
  return {
    id: rule.id,
    kind: rule.kind,
    from: rule.from,
    to: rule.to,
    applied_at: instantText(rule.appliedAtMs),
    scopes: [...rule.scopes],
    measured_by: saved?.measuredBy ?? null,
    calls: since.calls,
    kept_calls: kept.calls,
    cost_usd: formatUsd(receipt.paid.total),
    old_cost_usd: saved ? formatUsd(saved.oldNanoUsd) : null,
    saved_usd: savedNanoUsd === undefined ? null : formatUsd(savedNanoUsd),
    saved_percent: roundedOrNull(share === undefined ? undefined : 100 * share),
    expected_usd: rule.expectedSavingNanoUsd === undefined ? null : formatUsd(BigInt(rule.expectedSavingNanoUsd)),
    realised_usd: savedNanoUsd === undefined ? null : inMonth(savedNanoUsd, nowMs - rule.appliedAtMs),
    calibration: roundedOrNull(saved && calibrationOf(saved)),
    guards,
    sentence: sentenceOf(rule, since.calls, savedNanoUsd, guards),
  };
}

/** Of less than a day nothing is told of a month. */
function inMonth(nanoUsd: bigint, elapsedMs: number): string | null {
  return elapsedMs < DAY_MS ? null : formatUsd((nanoUsd * BigInt(MONTH_MS)) / BigInt(elapsedMs));
}

function sentenceOf(
  { to, action }: AppliedRule,
  calls: number,
  savedNanoUsd: bigint | undefined,
  guards: readonly GuardDocument[],
): string {
  if (savedNanoUsd === undefined)
    return "What programs do otherwise by themselves can't be priced again call by call: `tokenledger explain` tells how spending has changed.";
  if (calls === 0) return action.type === "route" ? `No call has gone to ${to} since.` : "There has been no such call since.";
  const worse = guards.filter(({ verdict }) => verdict === "worse").map(({ name }) => name.replace("_", " "));
  const amount = `${savedNanoUsd < 0n ? "Cost" : "Saved"} ${dollars(savedNanoUsd < 0n ? -savedNanoUsd : savedNanoUsd)} ${savedNanoUsd < 0n ? "more " : ""}on ${calls} calls`;
  return worse.length === 0
    ? `${amount}.`
    : `${amount}, and there are more ${worse.join(" and ")} than before: look at answers before it stays.`;
}

/** To the cent; smaller amounts to the nano-USD. */
function dollars(nanoUsd: bigint): string {
  return nanoUsd < 10_000_000n ? `$${formatUsd(nanoUsd)}` : `$${(Number(nanoUsd) / 1e9).toFixed(2)}`;
}
