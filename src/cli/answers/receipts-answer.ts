/** What applied savings have saved, in every form. */
import type { ReceiptDocument, ReceiptsDocument } from "../../insights/index.ts";
import type { Answer } from "../printing/answer.ts";
import type { Cell } from "../printing/csv.ts";
import { count, dollars } from "../printing/numbers.ts";
import type { Column } from "../printing/table.ts";
import { localDay } from "./local-text.ts";
import { changeOf, dollarsOr, percentText } from "./savings-texts.ts";
import { columnOf, type Told, toldMarkdown, toldScreen } from "./told-answer.ts";

const ROW_FIELDS = [
  "id",
  "kind",
  "from",
  "to",
  "applied_at",
  "measured_by",
  "calls",
  "kept_calls",
  "cost_usd",
  "old_cost_usd",
  "saved_usd",
  "saved_percent",
  "expected_usd",
  "realised_usd",
  "calibration",
  "worse",
] as const;

export function receiptsAnswer(document: ReceiptsDocument, timeZone: string): Answer {
  return {
    document,
    rows: { fields: ROW_FIELDS, records: document.receipts.map(rowOf) },
    screen: (style) => toldScreen(toldReceipts(document, timeZone), style),
    markdown: () => toldMarkdown(toldReceipts(document, timeZone)),
  };
}

function rowOf(receipt: ReceiptDocument): Record<(typeof ROW_FIELDS)[number], Cell> {
  const { scopes: _scopes, guards, sentence: _sentence, ...figures } = receipt;
  return { ...figures, worse: worseOf(receipt).join(" ") || (guards.length === 0 ? null : "") };
}

const worseOf = ({ guards }: ReceiptDocument): string[] => guards.filter(({ verdict }) => verdict === "worse").map(({ name }) => name);

function toldReceipts({ receipts, totals, generated_at: generatedAt }: ReceiptsDocument, timeZone: string): Told {
  return {
    title: "Receipts",
    about: `as of ${localDay(generatedAt, timeZone)}, ${timeZone}`,
    sentences:
      receipts.length === 0
        ? ["Nothing to report."]
        : [
            `Saved since it was applied: ${dollars(totals.saved_usd)}, by the calls that were really made.`,
            ...receipts.flatMap((receipt) => [`${changeOf(receipt)}: ${receipt.sentence}`, ...worseSentences(receipt)]),
          ],
    charts: [],
    tables: [tableOf(receipts, timeZone), guardTable(receipts)],
    warnings: [],
  };
}

function worseSentences({ guards }: ReceiptDocument): string[] {
  return guards.filter(({ verdict }) => verdict === "worse").map(({ sentence }) => sentence);
}

function tableOf(receipts: readonly ReceiptDocument[], timeZone: string): Column[] {
  return [
    columnOf(receipts, "in force", "left", changeOf),
    columnOf(receipts, "since", "left", ({ applied_at: at }) => localDay(at, timeZone), 3),
    columnOf(receipts, "calls", "right", ({ calls }) => count(calls), 2),
    columnOf(receipts, "kept", "right", ({ kept_calls: kept }) => count(kept), 6),
    columnOf(receipts, "without it", "right", ({ old_cost_usd: usd }) => dollarsOr(usd, "?"), 4),
    columnOf(receipts, "cost", "right", ({ cost_usd: usd }) => dollars(usd), 4),
    columnOf(receipts, "saved", "right", ({ saved_usd: usd }) => dollarsOr(usd, "?")),
    columnOf(receipts, "less", "right", ({ saved_percent: share }) => (share === null ? "" : percentText(share)), 5),
    columnOf(receipts, "a month", "right", ({ realised_usd: usd }) => dollarsOr(usd, ""), 1),
    columnOf(receipts, "expected", "right", ({ expected_usd: usd }) => dollarsOr(usd, ""), 1),
    columnOf(receipts, "id", "left", ({ id }) => id, 7),
  ];
}

function guardTable(receipts: readonly ReceiptDocument[]): Column[] {
  const rows = receipts.flatMap((receipt) => receipt.guards.map((guard) => ({ receipt, ...guard })));
  return [
    columnOf(rows, "do answers suffer?", "left", ({ receipt }) => receipt.to),
    columnOf(rows, "share of", "left", ({ name }) => name.replace("_", " ")),
    columnOf(rows, "since", "right", ({ share }) => percentText(100 * share)),
    columnOf(rows, "beside", "right", ({ compared_share: share, compared_with: other }) => `${percentText(100 * share)} ${other}`, 2),
    columnOf(rows, "difference", "right", ({ difference: { low, high } }) => `${pointsText(low)} to ${pointsText(high)}`, 1),
    columnOf(rows, "verdict", "left", ({ verdict }) => verdict),
  ];
}

const pointsText = (share: number): string => `${share > 0 ? "+" : ""}${(100 * share).toFixed(1)}`;
