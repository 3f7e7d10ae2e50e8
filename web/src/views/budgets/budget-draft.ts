/** A budget as it is being written: texts as they were typed, and what becomes of them. The server's rules alone say what is wrong. */
import type { DefinitionDocument } from "tokenledger/insights";
import { SCOPE_NAMES, type ScopeName, scopeText, spanText } from "./counters.ts";

export const PERIODS = ["daily", "weekly", "monthly", "quarterly", "yearly", "lifetime"] as const;
export const ENFORCEMENTS = {
  notify_only: "Only tell",
  rate_limit: "Put calls off",
  block_requests: "Refuse calls",
  switch_provider: "Move calls to another provider",
} as const;

export interface BudgetDraft {
  name: string;
  scope: Readonly<Record<ScopeName, string>>;
  amount: string;
  tokens: string;
  /** A calendar window by its name, or `sliding`. */
  span: string;
  windowSeconds: string;
  timeZone: string;
  thresholds: string;
  tolerancePercent: string;
  enforcement: string;
  isHard: boolean;
  switchTo: string;
  isShadow: boolean;
  webhook: string;
  webhookSecret: string;
}

const NO_SCOPE = Object.fromEntries(SCOPE_NAMES.map((name) => [name, ""])) as Record<ScopeName, string>;

export function newDraft(timeZone: string): BudgetDraft {
  return {
    name: "",
    scope: NO_SCOPE,
    amount: "",
    tokens: "",
    span: "monthly",
    windowSeconds: "",
    timeZone,
    thresholds: "50, 75, 90",
    tolerancePercent: "",
    enforcement: "notify_only",
    isHard: false,
    switchTo: "",
    isShadow: false,
    webhook: "",
    webhookSecret: "",
  };
}

export function draftOf(definition: DefinitionDocument): BudgetDraft {
  const { window_seconds: seconds, max_tokens: tokens, tolerance } = definition;
  return {
    name: definition.name,
    scope: { ...NO_SCOPE, ...definition.scope },
    amount: definition.amount_usd ?? "",
    tokens: tokens === null ? "" : String(tokens),
    span: definition.period ?? "sliding",
    windowSeconds: seconds === null ? "" : String(seconds),
    timeZone: definition.time_zone,
    thresholds: definition.alerts.join(", "),
    tolerancePercent: tolerance === 0 ? "" : String(Number((tolerance * 100).toFixed(10))),
    enforcement: definition.enforcement,
    isHard: definition.hard,
    switchTo: definition.switch_to ?? "",
    isShadow: definition.shadow,
    // Of a webhook only its origin is ever shown: it can't be sent back.
    webhook: "",
    webhookSecret: "",
  };
}

/** What is sent: the whole definition, for the server replaces it. What the form doesn't ask for stays as it was. */
export function bodyOf(draft: BudgetDraft, before?: DefinitionDocument): Readonly<Record<string, unknown>> {
  const isSliding = draft.span === "sliding";
  const scope = Object.fromEntries(
    SCOPE_NAMES.flatMap((name) => (draft.scope[name].trim() === "" ? [] : [[name, draft.scope[name].trim()]])),
  );
  const hard = draft.isHard || draft.enforcement === "block_requests";
  return {
    name: draft.name.trim(),
    scope,
    amount_usd: textOrNull(draft.amount),
    max_tokens: numberOrText(draft.tokens),
    period: isSliding ? null : draft.span,
    window_seconds: isSliding ? numberOrText(draft.windowSeconds) : null,
    time_zone: textOrNull(draft.timeZone),
    alerts: draft.thresholds
      .split(/[\s,;%]+/)
      .filter((part) => part !== "")
      .map(numberOrText),
    tolerance: toleranceOf(draft.tolerancePercent),
    enforcement: draft.enforcement,
    hard,
    switch_to: draft.enforcement === "switch_provider" ? textOrNull(draft.switchTo) : null,
    shadow: draft.isShadow,
    webhook: textOrNull(draft.webhook),
    webhook_secret: textOrNull(draft.webhookSecret),
    ...(before && {
      // What would have no effect is refused: a week's first day in a monthly budget, clamping in a soft one.
      ...(draft.span === "weekly" && { week_start: before.week_start }),
      ...((draft.span === "quarterly" || draft.span === "yearly") && { year_start: before.year_start }),
      ...(hard && before.clamp && { clamp: true }),
      ...(before.override && { override: before.override }),
      // What follows from hard by itself would be held to what hard was.
      ...(before.stream_overrun !== (before.hard ? "cut" : "finish") && { stream_overrun: before.stream_overrun }),
    }),
  };
}

function textOrNull(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}

/** What is no number goes as it was typed, so that the server says what is wrong with it. */
function numberOrText(text: string): number | string | null {
  const typed = text.trim().replaceAll(/(?<=\d)[ ,_](?=\d{3}(?!\d))/g, "");
  if (typed === "") return null;
  return /^\d+(\.\d+)?$/.test(typed) ? Number(typed) : typed;
}

function toleranceOf(percent: string): number | string | null {
  const typed = numberOrText(percent.replace(/%\s*$/, ""));
  return typeof typed === "number" ? Number((typed / 100).toPrecision(12)) : typed;
}

/** Where in the form the server's complaint belongs; undefined: at its top. */
export function placeOfField(field: string | undefined): string | undefined {
  if (field === undefined) return undefined;
  if (/^scope\./.test(field)) return field;
  const [root = ""] = field.split(/[.[]/, 1);
  if (root === "hard") return "enforcement";
  return PLACES.has(root) ? root : undefined;
}

const PLACES = new Set([
  "name",
  "scope",
  "amount_usd",
  "max_tokens",
  "period",
  "window_seconds",
  "time_zone",
  "alerts",
  "tolerance",
  "enforcement",
  "switch_to",
  "webhook",
  "webhook_secret",
]);

export interface Difference {
  what: string;
  was: string;
  now: string;
}

/** What is another thing now than it was when the form was opened. */
export function differencesOf(was: DefinitionDocument, now: DefinitionDocument): Difference[] {
  const before = told(was);
  const after = told(now);
  return Object.keys(before).flatMap((what) =>
    before[what] === after[what] ? [] : [{ what, was: before[what] ?? "", now: after[what] ?? "" }],
  );
}

function told(definition: DefinitionDocument): Record<string, string> {
  const { max_tokens: tokens, override } = definition;
  return {
    "what it counts": scopeText(definition.scope),
    amount: definition.amount_usd === null ? "none" : `$${definition.amount_usd}`,
    tokens: tokens === null ? "any" : String(tokens),
    window: spanText(definition),
    "time zone": definition.time_zone,
    "first day of a week": definition.week_start,
    "first day of a year": definition.year_start,
    thresholds: definition.alerts.join(", ") || "none",
    tolerance: String(definition.tolerance),
    "at the cap": definition.enforcement,
    "moves to": definition.switch_to ?? "",
    hard: definition.hard ? "yes" : "no",
    clamp: definition.clamp ? "yes" : "no",
    streams: definition.stream_overrun,
    shadow: definition.shadow ? "yes" : "no",
    override: override === null ? "none" : `$${override.amount_usd} until ${override.until}`,
    webhook: definition.webhook ?? "none",
    "webhook signed": definition.webhook_signed ? "yes" : "no",
  };
}
