/** Alerts, in every form. */
import { type AlertDocument, alertDocument } from "../../insights/index.ts";
import type { StoredAlert } from "../../ledger/index.ts";
import type { Answer, ScreenStyle } from "../printing/answer.ts";
import type { Cell } from "../printing/csv.ts";
import { count, dollars } from "../printing/numbers.ts";
import { type Column, renderTable } from "../printing/table.ts";
import { fitted } from "../printing/text.ts";

const ROW_FIELDS = [
  "id",
  "budget",
  "value",
  "kind",
  "threshold",
  "window_start",
  "window_end",
  "spent_usd",
  "spent_tokens",
  "triggered_at",
  "acknowledged_at",
] as const;

export function alertsAnswer(alerts: readonly StoredAlert[], extra: object = {}): Answer {
  const documents = alerts.map(alertDocument);
  return {
    document: { schema: "tokenledger.alerts/1", ...extra, alerts: documents },
    rows: { fields: ROW_FIELDS, records: documents.map(alertRow) },
    screen: (style) => alertsScreen(documents, style),
    markdown: async () => (await import("../printing/markdown.ts")).markdownTable(alertColumns(documents)),
  };
}

function alertRow({ window, delivery: _delivery, ...same }: AlertDocument): Record<(typeof ROW_FIELDS)[number], Cell> {
  return { ...same, window_start: window.start, window_end: window.end };
}

function alertColumns(alerts: readonly AlertDocument[]): Column[] {
  return [
    { title: "alert", align: "right", cells: alerts.map(({ id }) => String(id)) },
    { title: "budget", align: "left", cells: alerts.map(({ budget, value }) => (value === null ? budget : `${budget} (${value})`)) },
    { title: "reached", align: "left", cells: alerts.map(({ kind, threshold }) => (kind === "overage" ? "over" : `${threshold}%`)) },
    { title: "spent", align: "right", dropOrder: 1, cells: alerts.map(({ spent_usd }) => dollars(spent_usd)) },
    { title: "tokens", align: "right", dropOrder: 5, cells: alerts.map(({ spent_tokens }) => count(spent_tokens)) },
    { title: "window from", align: "left", dropOrder: 4, cells: alerts.map(({ window }) => minuteText(window.start)) },
    { title: "when", align: "left", dropOrder: 2, cells: alerts.map(({ triggered_at }) => minuteText(triggered_at)) },
    { title: "state", align: "left", dropOrder: 3, cells: alerts.map(stateCell) },
  ];
}

/** In UTC, to the minute. */
function minuteText(instant: string): string {
  return `${instant.slice(0, 16).replace("T", " ")}Z`;
}

function stateCell({ acknowledged_at: acknowledged, delivery }: AlertDocument): string {
  const state = acknowledged === null ? "open" : "acknowledged";
  if (delivery === null) return state;
  return `${state}, ${delivery.delivered_at === null ? "not delivered" : "delivered"}`;
}

async function alertsScreen(alerts: readonly AlertDocument[], style: ScreenStyle): Promise<string> {
  if (alerts.length === 0) return "";
  const table = await renderTable(alertColumns(alerts), style);
  const failures = await Promise.all(failureTexts(alerts).map((text) => fitted(text, style.width)));
  return failures.length === 0 ? table : `${table}\n${failures.join("\n")}\n`;
}

/** Why alerts are not delivered: a sentence for each reason. */
function failureTexts(alerts: readonly AlertDocument[]): string[] {
  const ids = new Map<string, number[]>();
  for (const { id, delivery } of alerts) {
    if (delivery === null || delivery.last_error === null || delivery.delivered_at !== null) continue;
    const isGivenUp = delivery.next_attempt_at === null;
    const reason = `not delivered: ${delivery.last_error}${isGivenUp ? "; no more is tried" : ""}`;
    ids.set(reason, [...(ids.get(reason) ?? []), id]);
  }
  return [...ids].map(([reason, which]) => `${which.length === 1 ? `Alert ${which[0]} is` : `Alerts ${which.join(", ")} are`} ${reason}.`);
}
