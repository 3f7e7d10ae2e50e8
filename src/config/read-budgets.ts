/** The `budgets` section: a list of definitions, checked one by one and against each other. */

import { type BudgetDefinition, type BudgetScope, ENFORCEMENTS, type Enforcement, PERIODS, SCOPE_KEYS } from "../budget/index.ts";
import { quoteValue } from "../errors.ts";
import {
  amountOf,
  booleanOf,
  choiceOf,
  decimalOf,
  durationOf,
  type Field,
  itemsOf,
  knownFields,
  namedFields,
  refuse,
  shown,
  textOf,
} from "./fields.ts";
import { timeZoneOf, urlOf } from "./read-values.ts";

const KEYS = [
  "name",
  "scope",
  "amount",
  "period",
  "window",
  "timezone",
  "alerts",
  "enforcement",
  "switch_to",
  "tolerance",
  "hard",
  "webhook",
  ...SCOPE_KEYS,
] as const;

type BudgetFields = Partial<Record<(typeof KEYS)[number], Field>>;

interface ReadBudget {
  budget: BudgetDefinition;
  field: Field;
  switchField: Field | undefined;
}

/** Reads all budgets. `providers` are the names a budget may switch to; `warn` takes what is accepted but surprising. */
export function readBudgets(section: Field, providers: ReadonlySet<string>, warn: (message: string) => void): BudgetDefinition[] {
  const read = itemsOf(section).map((field) => readBudget(field, warn));
  refuseSameNames(read);
  refuseBadSwitches(read, providers);
  return read.map(({ budget }) => budget);
}

function readBudget(field: Field, warn: (message: string) => void): ReadBudget {
  const fields: BudgetFields = knownFields(field, KEYS);
  const { name, amount } = fields;
  if (!name) refuse(field, "has no name; each budget needs one of its own.");
  if (!amount) refuse(field, "has no amount; give USD as a plain decimal, such as amount: 500.");
  const { enforcement, switchTo, switchField } = readEnforcement(fields);
  const budget: BudgetDefinition = {
    name: textOf(name, "a name"),
    scope: readScope(fields),
    amountNanoUsd: amountOf(amount),
    ...readSpan(field, fields),
    alerts: fields.alerts ? readAlerts(fields.alerts) : [],
    enforcement,
    hard: readHard(fields, enforcement),
  };
  if (switchTo !== undefined) budget.switchTo = switchTo;
  if (fields.timezone) budget.timeZone = timeZoneOf(fields.timezone);
  if (fields.tolerance) budget.tolerance = decimalOf(fields.tolerance, 0, 1, "a share (0.1 is a tenth)");
  if (fields.webhook) budget.webhook = urlOf(fields.webhook);
  if (budget.amountNanoUsd === 0n) {
    const { file, line } = amount.node.place;
    warn(
      `${file}:${line}: budget ${shown(name)} has an amount of 0: ${budget.hard ? "it blocks every call that costs anything" : "the first call that costs anything exceeds it"}.`,
    );
  }
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

function readSpan(field: Field, { period, window }: BudgetFields): Pick<BudgetDefinition, "period" | "windowMs"> {
  if (period && window) refuse(window, "can't stand beside period; keep the calendar period or the sliding window.");
  if (window) return { windowMs: durationOf(window) };
  if (!period) refuse(field, `has neither period nor window; give period: ${PERIODS.join(" | ")}, or a sliding window such as window: 7d.`);
  return { period: choiceOf(period, PERIODS) };
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
function readEnforcement(fields: BudgetFields): { enforcement: Enforcement; switchTo?: string; switchField?: Field } {
  const { enforcement: field, switch_to: beside } = fields;
  const inside = field?.node.kind === "map" ? namedFields(field)[0] : undefined;
  if (field && inside) {
    const target = knownFields(field, ["switch_provider"]).switch_provider;
    if (beside) refuse(beside, "is told twice; keep it here or under enforcement.");
    if (target) return { enforcement: "switch_provider", switchTo: textOf(target, "the name of a provider"), switchField: target };
  }
  const enforcement = field ? choiceOf(field, ENFORCEMENTS) : "notify_only";
  if (enforcement !== "switch_provider") {
    if (beside) refuse(beside, `has no effect with enforcement ${enforcement}; write enforcement: switch_provider.`);
    return { enforcement };
  }
  if (!beside) refuse(field as Field, "needs switch_to: the name of the provider that calls move to.");
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

function refuseSameNames(read: readonly ReadBudget[]): void {
  const lines = new Map<string, number>();
  for (const { budget, field } of read) {
    const earlier = lines.get(budget.name);
    if (earlier !== undefined) {
      refuse(field, `has the same name as the budget on line ${earlier}; each budget needs one of its own.`);
    }
    lines.set(budget.name, field.node.place.line);
  }
}

/** A switch must lead to a provider that is configured, and the switches of all budgets must not lead in a circle. */
function refuseBadSwitches(read: readonly ReadBudget[], providers: ReadonlySet<string>): void {
  const targets = new Map<string, string[]>();
  for (const { budget, switchField } of read) {
    if (!switchField || budget.switchTo === undefined) continue;
    if (!providers.has(budget.switchTo)) {
      const known = [...providers].join(", ") || "none";
      refuse(switchField, `is ${shown(switchField)}, which is no provider of this file; configured: ${known}.`);
    }
    const from = budget.scope.provider;
    if (from === budget.switchTo) refuse(switchField, `is ${shown(switchField)}, the provider that this budget limits; choose another.`);
    if (from === undefined) continue;
    targets.set(from, [...(targets.get(from) ?? []), budget.switchTo]);
    if (leadsTo(from, budget.switchTo, targets)) {
      refuse(
        switchField,
        `is ${shown(switchField)}, from where another budget switches back to ${quoteValue(from)}; switches can't lead in a circle.`,
      );
    }
  }
}

function leadsTo(goal: string, from: string, targets: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === goal) return true;
    if (!seen.has(at)) open.push(...(targets.get(at) ?? []));
    seen.add(at);
  }
  return false;
}
