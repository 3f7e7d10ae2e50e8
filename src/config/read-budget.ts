/** One budget: what it counts, its caps, its window, and what happens when they are used up. */

import {
  type BudgetDefinition,
  type BudgetScope,
  ENFORCEMENTS,
  type Enforcement,
  SCOPE_KEYS,
  STREAM_OVERRUNS,
  type StreamOverrun,
} from "../budget/index.ts";
import {
  amountOf,
  booleanOf,
  choiceOf,
  decimalOf,
  entryText,
  type Field,
  itemsOf,
  knownFields,
  namedFields,
  refuse,
  secretOf,
  shown,
  textOf,
  wholeNumberOf,
} from "./fields.ts";
import { warningAt } from "./place.ts";
import { readSpan, type SpanFields } from "./read-span.ts";
import { instantOf, timeZoneOf, urlOf } from "./read-values.ts";

const KEYS = [
  "name",
  "scope",
  "amount",
  "max_tokens",
  "period",
  "window",
  "timezone",
  "week_start",
  "year_start",
  "alerts",
  "enforcement",
  "switch_to",
  "tolerance",
  "hard",
  "clamp",
  "stream_overrun",
  "shadow",
  "override",
  "webhook",
  "webhook_secret",
  ...SCOPE_KEYS,
] as const;

type BudgetFields = Partial<Record<(typeof KEYS)[number], Field>> & SpanFields;

/** A secret that is shorter can be guessed, and with it a post forged. */
const SHORTEST_SECRET = 16;

/** What a budget takes from outside its own fields. */
export interface Surroundings {
  /** Where the budget names no zone: the file's. */
  timeZone?: string | undefined;
  /** Takes what is accepted but surprising. */
  warn: (message: string) => void;
}

export interface ReadBudget {
  budget: BudgetDefinition;
  field: Field;
  switchField: Field | undefined;
}

export function readBudget(field: Field, { timeZone: usualTimeZone, warn }: Surroundings): ReadBudget {
  const fields: BudgetFields = knownFields(field, KEYS);
  const { name } = fields;
  if (!name) refuse(field, "has no name; each budget needs one of its own.");
  const { enforcement, switchTo, switchField } = readEnforcement(field, fields);
  const timeZone = fields.timezone ? timeZoneOf(fields.timezone) : usualTimeZone;
  const budget: BudgetDefinition = {
    name: textOf(name, "a name"),
    scope: readScope(fields),
    ...readCaps(field, fields),
    ...readSpan(field, fields),
    alerts: fields.alerts ? readAlerts(fields.alerts) : [],
    enforcement,
    hard: readHard(fields, enforcement),
  };
  if (timeZone !== undefined) budget.timeZone = timeZone;
  if (switchTo !== undefined) budget.switchTo = switchTo;
  if (switchField && budget.scope.provider === switchTo)
    refuse(switchField, `is ${shown(switchField)}, the provider that this budget limits; choose another.`);
  if (fields.tolerance) budget.tolerance = decimalOf(fields.tolerance, 0, 1, "a share (0.1 is a tenth)");
  if (fields.clamp && readClamp(field, fields.clamp, budget)) budget.clamp = true;
  if (fields.stream_overrun) budget.streamOverrun = readStreamOverrun(field, fields.stream_overrun, budget);
  if (fields.shadow && booleanOf(fields.shadow)) budget.shadow = true;
  if (fields.override) budget.override = readOverride(fields.override, budget);
  if (fields.webhook) budget.webhook = urlOf(fields.webhook);
  if (fields.webhook_secret) budget.webhookSecret = readWebhookSecret(fields.webhook_secret, fields.webhook);
  if (fields.amount && budget.amountNanoUsd === 0n) warn(warningAt(fields.amount.node.place, sentenceOnZero(name, budget)));
  return { budget, field, switchField };
}

/** `team: x` beside the name, as SPEC-TOKEN-001 has it, or under `scope`; not both. */
function readScope(fields: BudgetFields): BudgetScope {
  const scope: BudgetScope = {};
  const nested = fields.scope ? knownFields(fields.scope, SCOPE_KEYS) : {};
  for (const key of SCOPE_KEYS) {
    const beside = fields[key];
    const inside = nested[key];
    if (beside && inside) refuse(inside, `is told twice, also on line ${beside.node.place.line}; keep one of them.`);
    const given = beside ?? inside;
    if (given) scope[key] = textOf(given, `the name of a ${key}`);
  }
  return scope;
}

function readCaps(field: Field, { amount, max_tokens }: BudgetFields): Pick<BudgetDefinition, "amountNanoUsd" | "maxTokens"> {
  if (!amount && !max_tokens) {
    const [usd, tokens] = [entryText(field, "amount", "500"), entryText(field, "max_tokens", "1000000")];
    refuse(field, `has no amount; give USD as a plain decimal, such as ${usd}, or a number of tokens, such as ${tokens}.`);
  }
  return {
    ...(amount && { amountNanoUsd: amountOf(amount) }),
    ...(max_tokens && { maxTokens: wholeNumberOf(max_tokens, 1, Number.MAX_SAFE_INTEGER, "a number of tokens") }),
  };
}

function sentenceOnZero(name: Field, { enforcement, shadow }: BudgetDefinition): string {
  const does = enforcement === "notify_only" || shadow ? "tells of" : "refuses";
  return `budget ${shown(name)} has an amount of 0: it ${does} every call that costs anything.`;
}

function readAlerts(field: Field): number[] {
  let last = 0;
  return itemsOf(field).map((item) => {
    const percent = decimalOf(item, 1, 100, "a percentage without its sign");
    if (percent === last) refuse(item, `is ${shown(item)} a second time; each threshold notifies once.`);
    if (percent < last) refuse(item, `is ${shown(item)} after ${last}; list thresholds in rising order.`);
    last = percent;
    return percent;
  });
}

/** `enforcement: switch_provider` with `switch_to: NAME`, or `enforcement: { switch_provider: NAME }`. */
function readEnforcement(budget: Field, fields: BudgetFields): { enforcement: Enforcement; switchTo?: string; switchField?: Field } {
  const { enforcement: field, switch_to: beside } = fields;
  const inside = field?.node.kind === "map" ? namedFields(field)[0] : undefined;
  if (field && inside) {
    const target = knownFields(field, ["switch_provider"]).switch_provider;
    if (beside) refuse(beside, "is told twice; keep it here or under enforcement.");
    if (target) return { enforcement: "switch_provider", switchTo: textOf(target, "the name of a provider"), switchField: target };
  }
  const enforcement = field ? choiceOf(field, ENFORCEMENTS) : "notify_only";
  if (enforcement !== "switch_provider") {
    if (beside)
      refuse(beside, `has no effect with enforcement ${enforcement}; write ${entryText(budget, "enforcement", "switch_provider")}.`);
    return { enforcement };
  }
  if (!beside) refuse(field as Field, `needs ${entryText(budget, "switch_to", "NAME")}, the provider that calls move to.`);
  return { enforcement, switchTo: textOf(beside, "the name of a provider"), switchField: beside };
}

/** Blocking means hard; notifying can't be. */
function readHard({ hard }: BudgetFields, enforcement: Enforcement): boolean {
  if (!hard) return enforcement === "block_requests";
  const wanted = booleanOf(hard);
  if (wanted && enforcement === "notify_only")
    refuse(hard, "is true, but enforcement notify_only lets every call pass; choose another enforcement.");
  if (!wanted && enforcement === "block_requests") refuse(hard, "is false, but enforcement block_requests is always hard; leave hard out.");
  return wanted;
}

function readClamp(budget: Field, field: Field, { hard }: BudgetDefinition): boolean {
  const wanted = booleanOf(field);
  if (wanted && !hard)
    refuse(
      field,
      `has no effect on a soft budget: it lets the call that passes it through whole; write ${entryText(budget, "hard", "true")}.`,
    );
  return wanted;
}

function readStreamOverrun(budget: Field, field: Field, { hard, enforcement }: BudgetDefinition): StreamOverrun {
  const wanted = choiceOf(field, STREAM_OVERRUNS);
  if (enforcement === "notify_only")
    refuse(field, "has no effect with enforcement notify_only, which lets every stream run on; choose another enforcement.");
  if (hard && wanted !== "cut") refuse(field, `is ${shown(field)}, but a hard budget is never passed: its streams are cut; leave it out.`);
  if (wanted === "switch" && enforcement !== "switch_provider")
    refuse(field, `is ${shown(field)}, but there is nothing to switch to; write ${entryText(budget, "enforcement", "switch_provider")}.`);
  return wanted;
}

function readOverride(field: Field, { amountNanoUsd, timeZone }: BudgetDefinition): NonNullable<BudgetDefinition["override"]> {
  const { amount, until } = knownFields(field, ["amount", "until"]);
  if (amountNanoUsd === undefined) refuse(field, "needs an amount that it takes the place of; this budget has none.");
  if (!amount) refuse(field, `has no amount; give USD as a plain decimal, such as ${entryText(field, "amount", "800")}.`);
  if (!until) {
    const day = entryText(field, "until", "2026-07-01");
    refuse(field, `has no end; give the day or time from which the usual amount holds again, such as ${day}.`);
  }
  return { amountNanoUsd: amountOf(amount), untilMs: instantOf(until, timeZone ?? "UTC") };
}

function readWebhookSecret(field: Field, webhook: Field | undefined): string {
  if (!webhook) refuse(field, "has no effect without webhook, the address whose posts it signs.");
  const secret = secretOf(field, "a secret");
  if (secret.length < SHORTEST_SECRET) refuse(field, `has fewer than ${SHORTEST_SECRET} characters; a secret that short can be guessed.`);
  return secret;
}
