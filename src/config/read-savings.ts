/** The savings file: a YAML tree → the rules that are in force. */
import { ConfigError } from "../errors.ts";
import { amountOf, choiceOf, decimalOf, type Field, itemsOf, knownFields, refuse, shown, textOf } from "./fields.ts";
import { instantOf } from "./read-values.ts";
import {
  type AppliedAction,
  type AppliedRule,
  CACHE_POLICIES,
  type RuledModel,
  type RuleScope,
  SAVING_KINDS,
  USUAL_KEPT_SHARE,
} from "./savings-rules.ts";
import { type ConfigNode, parseYaml } from "./yaml-nodes.ts";

const RULE_FIELDS = ["id", "kind", "from", "to", "applied_at", "scopes", "route", "cache", "by_hand", "expected_saving_usd"] as const;
const SCOPE_NAMES = ["org", "team", "project", "key"] as const satisfies readonly (keyof RuleScope)[];
/** With more, nothing would be saved. */
const MOST_KEPT = 0.9;

export interface ReadSavings {
  rules: AppliedRule[];
  /** The list's entries, in the same order: where each stands. */
  entries: ConfigNode[];
}

/**
 * @param name how messages name the file
 * @throws ConfigError with file, line and column for anything that can't be used
 */
export async function readSavings(text: string, name: string): Promise<ReadSavings> {
  // Nothing is filled in: the file is written by a program, from names that are meant as they stand.
  const tree = await parseYaml(text, name, {});
  if (tree === undefined) return { rules: [], entries: [] };
  const { savings } = knownFields({ node: tree, name: "" }, ["savings"]);
  const fields = savings ? itemsOf(savings) : [];
  const rules = fields.map(readRule);
  refuseSameIds(fields, rules);
  return { rules, entries: fields.map(({ node }) => node) };
}

function readRule(field: Field): AppliedRule {
  const { id, kind, from, to, applied_at, scopes, expected_saving_usd, ...actions } = knownFields(field, RULE_FIELDS);
  if (!id || !kind || !from || !to || !applied_at)
    refuse(field, "needs id, kind, from, to and applied_at, as `tokenledger optimize --apply` writes them.");
  const rule: AppliedRule = {
    id: textOf(id, "the id of a recommendation"),
    kind: choiceOf(kind, SAVING_KINDS),
    from: textOf(from, "what it was before"),
    to: textOf(to, "what it is to be"),
    appliedAtMs: instantOf(applied_at, "UTC"),
    scopes: scopes ? readScopes(scopes) : [{}],
    action: readAction(field, actions),
  };
  if (expected_saving_usd) rule.expectedSavingNanoUsd = Number(amountOf(expected_saving_usd));
  return rule;
}

function readAction(rule: Field, actions: { route?: Field; cache?: Field; by_hand?: Field }): AppliedAction {
  const told = Object.values(actions).filter((field) => field !== undefined);
  if (told.length !== 1) refuse(told[1] ?? rule, "must say one thing to do: route, cache or by_hand.");
  const { route, cache, by_hand: byHand } = actions;
  if (route) return readRoute(route);
  if (cache) return readCache(cache);
  return { type: "by_hand", advice: textOf(byHand as Field, "what is to be done") };
}

function readRoute(field: Field): AppliedAction {
  const { from, to, kept_share: kept } = knownFields(field, ["from", "to", "kept_share"]);
  if (!from || !to) refuse(field, "needs from and to, each with a provider and a model.");
  const action: AppliedAction = {
    type: "route",
    from: readModel(from),
    to: readModel(to),
    keptShare: kept ? decimalOf(kept, 0, MOST_KEPT, "a share of the calls (0.05 is one in twenty)") : USUAL_KEPT_SHARE,
  };
  if (action.from.provider === action.to.provider && action.from.model === action.to.model)
    refuse(to, "is the model that the calls come from; name another.");
  return action;
}

function readCache(field: Field): AppliedAction {
  const { policy, ...named } = knownFields(field, ["provider", "model", "policy"]);
  if (!policy) refuse(field, `needs policy, one of ${CACHE_POLICIES.join(", ")}.`);
  return { type: "cache", ...modelIn(field, named), policy: choiceOf(policy, CACHE_POLICIES) };
}

function readModel(field: Field): RuledModel {
  return modelIn(field, knownFields(field, ["provider", "model"]));
}

function modelIn(field: Field, { provider, model }: { provider?: Field; model?: Field }): RuledModel {
  if (!provider || !model) refuse(field, "needs a provider and a model.");
  return { provider: textOf(provider, "the name of a provider"), model: textOf(model, "a model id") };
}

function readScopes(field: Field): RuleScope[] {
  const scopes = itemsOf(field).map((item) => {
    const scope: RuleScope = {};
    for (const [name, value] of Object.entries(knownFields(item, SCOPE_NAMES))) scope[name as keyof RuleScope] = nameIn(value, name);
    return scope;
  });
  if (scopes.length === 0) refuse(field, "is an empty list; name whose calls are meant, or leave it out for all.");
  return scopes;
}

/** As it stands in the book, where a name may be anything; an empty one means calls without one. */
function nameIn(field: Field, what: string): string {
  const { node } = field;
  if (node.kind !== "scalar" || node.value === null || typeof node.value === "boolean")
    refuse(field, `is ${shown(field)}; the name of a ${what} is needed, in quotes.`);
  return node.text.normalize("NFC");
}

function refuseSameIds(fields: readonly Field[], rules: readonly AppliedRule[]): void {
  const lines = new Map<string, number>();
  for (const [index, { id }] of rules.entries()) {
    const field = fields[index] as Field;
    const earlier = lines.get(id);
    if (earlier !== undefined) refuse(field, `has the same id as the rule on line ${earlier}; keep one of them.`);
    lines.set(id, field.node.place.line);
  }
}

/** The rules of a file that was read, the oldest first: of two that ask for different things, that one counts. */
export function inOrderOfTime(rules: readonly AppliedRule[]): AppliedRule[] {
  return [...rules].sort((a, b) => a.appliedAtMs - b.appliedAtMs);
}

/** A file that can't be changed by a program: its sentence. */
export function notOurForm(name: string): ConfigError {
  return new ConfigError(
    `${name} is written in a form to which nothing can be added by itself; write \`savings:\` as a list with one rule after the other, each beginning with \`- id:\`.`,
  );
}
