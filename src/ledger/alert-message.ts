/** What receivers of alerts are told: a document of our own, or Slack's form. */
import { createHash, createHmac } from "node:crypto";
import { amountAt, type BudgetDefinition, namesInValue, SCOPE_KEYS, statusOf } from "../budget/index.ts";
import { formatUsd } from "../money.ts";
import type { StoredAlert } from "./store.ts";

export interface AlertMessage {
  headers: Record<string, string>;
  body: string;
}

const SLACK_HOSTS = new Set(["hooks.slack.com", "hooks.slack-gov.com"]);
/** Slack's own path behind another host (a relay), and the ending with which Discord takes Slack's form. */
const SLACK_PATH = /^\/services\/T[^/]*\/B[^/]*\/[^/]+$|\/slack\/?$/;

/** Whether an address wants Slack's form. */
function isSlackAddress(url: URL): boolean {
  return SLACK_HOSTS.has(url.hostname) || SLACK_PATH.test(url.pathname);
}

/** The alert as it goes to its budget's webhook at `sentMs`. */
export function alertMessage(alert: StoredAlert, definition: BudgetDefinition, url: URL, sentMs: number): AlertMessage {
  const content = { "content-type": "application/json; charset=utf-8", "user-agent": "tokenledger" };
  if (isSlackAddress(url)) return { headers: content, body: JSON.stringify(slackForm(alert, definition)) };
  const body = JSON.stringify(alertDocument(alert, definition));
  const id = alertKey(alert);
  const timestamp = String(Math.floor(sentMs / 1000));
  const headers: Record<string, string> = { ...content, "webhook-id": id, "webhook-timestamp": timestamp };
  if (definition.webhookSecret) headers["webhook-signature"] = signature(definition.webhookSecret, id, timestamp, body);
  return { headers, body };
}

/** The same for every attempt, and for no other alert, of this book or another: receivers can tell a repetition by it. */
function alertKey(alert: StoredAlert): string {
  const facts = [alert.budgetId, alert.budgetName, alert.value, alert.window.startMs, alert.kind, alert.threshold, alert.triggeredMs];
  return `alert_${createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 32)}`;
}

function signature(secret: string, id: string, timestamp: string, body: string): string {
  return `v1,${createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

/** Standard Webhooks writes a key of bytes as `whsec_` and base64; any other secret is taken as it is. */
function keyOf(secret: string): Buffer {
  const coded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  return coded === undefined ? Buffer.from(secret, "utf8") : Buffer.from(coded, "base64");
}

/** The document of schema `tokenledger.alert/1`. */
export interface AlertDocument {
  schema: "tokenledger.alert/1";
  id: string;
  kind: StoredAlert["kind"];
  budget: string;
  /** Whose counter it is, where the budget counts each value by itself: `{ "user": "alice" }`. */
  value: Record<string, string> | null;
  scope: BudgetDefinition["scope"];
  period: string | null;
  window_seconds: number | null;
  time_zone: string;
  window: { start: string; end: string };
  /** Percent of the cap. */
  threshold: number;
  spent_usd: string;
  amount_usd: string | null;
  spent_tokens: number;
  max_tokens: number | null;
  utilization_pct: number | null;
  zone: string;
  enforcement: string;
  triggered_at: string;
}

function alertDocument(alert: StoredAlert, definition: BudgetDefinition): AlertDocument {
  const { window, triggeredMs } = alert;
  const { amountNanoUsd, utilizationPct, zone } = statusAtAlert(alert, definition);
  return {
    schema: "tokenledger.alert/1",
    id: alertKey(alert),
    kind: alert.kind,
    budget: alert.budgetName,
    value: namesInValue(definition.scope, alert.value) ?? null,
    scope: definition.scope,
    period: definition.period ?? null,
    window_seconds: definition.windowMs === undefined ? null : definition.windowMs / 1000,
    time_zone: definition.timeZone ?? "UTC",
    window: { start: instant(window.startMs), end: instant(window.endMs) },
    threshold: alert.threshold,
    spent_usd: formatUsd(alert.spentNanoUsd),
    amount_usd: amountNanoUsd === undefined ? null : formatUsd(amountNanoUsd),
    spent_tokens: Number(alert.spentTokens),
    max_tokens: definition.maxTokens ?? null,
    utilization_pct: utilizationPct ?? null,
    zone,
    enforcement: definition.enforcement,
    triggered_at: instant(triggeredMs),
  };
}

function statusAtAlert(alert: StoredAlert, definition: BudgetDefinition): ReturnType<typeof statusOf> {
  const counts = { usedNanoUsd: alert.spentNanoUsd, reservedNanoUsd: 0n, usedTokens: alert.spentTokens, reservedTokens: 0n };
  return statusOf(definition, counts, alert.triggeredMs);
}

const instant = (ms: number): string => new Date(ms).toISOString();

function slackForm(alert: StoredAlert, definition: BudgetDefinition): object {
  const title =
    alert.kind === "overage"
      ? `Budget ${alert.budgetName} has passed its amount`
      : `Budget ${alert.budgetName} has reached ${alert.threshold}% of its amount`;
  const facts = `${spending(alert, definition)}, ${whose(alert, definition)}, ${stretch(alert, definition)}`;
  const text = slackText(`${title}: ${facts}`);
  return {
    text,
    blocks: [
      { type: "section", text: { type: "mrkdwn", text: `*${slackText(title)}*\n${slackText(facts)}` } },
      { type: "context", elements: [{ type: "mrkdwn", text: slackText(`${definition.enforcement} · ${instant(alert.triggeredMs)}`) }] },
    ],
  };
}

function spending(alert: StoredAlert, definition: BudgetDefinition): string {
  const amount = amountAt(definition, alert.triggeredMs);
  const parts: string[] = [];
  if (amount !== undefined) parts.push(`$${formatUsd(alert.spentNanoUsd)} of $${formatUsd(amount)}`);
  if (definition.maxTokens !== undefined) parts.push(`${alert.spentTokens} of ${definition.maxTokens} tokens`);
  return parts.join(" and ");
}

function whose(alert: StoredAlert, definition: BudgetDefinition): string {
  const named = { ...definition.scope, ...namesInValue(definition.scope, alert.value) };
  const words = SCOPE_KEYS.filter((key) => named[key] !== undefined).map((key) => `${key} ${named[key]}`);
  return words.join(", ") || "all calls";
}

function stretch({ window }: StoredAlert, { period, timeZone = "UTC" }: BudgetDefinition): string {
  if (period === "lifetime") return "all time";
  return `${instant(window.startMs)} to ${instant(window.endMs)}${timeZone === "UTC" ? "" : ` (${timeZone})`}`;
}

/** Slack's three characters of control. */
function slackText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
