/** Which budgets count a call. */
import { type BudgetDefinition, type BudgetScope, EACH_VALUE, SCOPE_KEYS } from "./budget-definition.ts";

/** A scope as a call has it: its name, its id, or both. */
export interface ScopeName {
  name?: string | undefined;
  id?: string | undefined;
}

/** What budgets look at in a call. */
export interface CallScope {
  org?: ScopeName | undefined;
  team?: ScopeName | undefined;
  user?: ScopeName | undefined;
  project?: ScopeName | undefined;
  key?: ScopeName | undefined;
  tags: readonly string[];
  provider: string;
  /** As the provider writes it. */
  model: string;
  canonicalModel: string;
}

const NOT_COUNTED: readonly string[] = [];
/** The one counter of a budget that counts all as one. */
const COUNTED_AS_ONE: readonly string[] = [""];

/**
 * The counters of a budget that count a call: none; `""` where the budget counts all as one; else the values that it counts each by
 * itself, as a JSON array in the order of {@link SCOPE_KEYS}. A call with several tags has a counter for each.
 *
 * @example
 * ```ts
 * import { valuesCounted } from "tokenledger";
 * const call = { team: { name: "research" }, tags: [], provider: "openai", model: "gpt-5", canonicalModel: "gpt-5" };
 * valuesCounted({ team: "*" }, call); // => ['["research"]']
 * ```
 */
export function valuesCounted(scope: BudgetScope, call: CallScope): readonly string[] {
  let each: string[][] | undefined;
  for (const key of SCOPE_KEYS) {
    const wanted = scope[key];
    if (wanted === undefined) continue;
    if (wanted !== EACH_VALUE) {
      if (!matches(key, wanted, call)) return NOT_COUNTED;
      continue;
    }
    const values = valuesOf(key, call);
    if (values.length === 0) return NOT_COUNTED;
    each = (each ?? [[]]).flatMap((before) => values.map((value) => [...before, value]));
  }
  return each?.map((values) => JSON.stringify(values)) ?? COUNTED_AS_ONE;
}

/** Whether two definitions count the same calls in the same counters, so that one may take the other's place with nothing counted anew. */
export function countsAlike(definition: BudgetDefinition, other: BudgetDefinition): boolean {
  return countingText(definition) === countingText(other);
}

function countingText({ scope, period, windowMs, timeZone, weekStart, yearStart }: BudgetDefinition): string {
  return JSON.stringify([Object.entries(scope).sort(), period, windowMs, timeZone ?? "UTC", weekStart, yearStart]);
}

/** A counter's value as people read it. */
export function describeValue(value: string): string {
  return value === "" ? "" : (JSON.parse(value) as string[]).join(", ");
}

/** A counter's value by the keys that the scope counts each by itself; undefined where the budget counts all as one. */
export function namesInValue(scope: BudgetScope, value: string): Record<string, string> | undefined {
  if (value === "") return undefined;
  const names = JSON.parse(value) as string[];
  const keys = SCOPE_KEYS.filter((key) => scope[key] === EACH_VALUE);
  return Object.fromEntries(keys.map((key, index) => [key, names[index] ?? ""]));
}

const BEYOND_ASCII = /[^ -~]/;

/** Whether two names are one: `é` may be written as one character or as two, and must not lead past a budget. */
export function isSameName(name: string, other: string): boolean {
  if (name === other) return true;
  return (BEYOND_ASCII.test(name) || BEYOND_ASCII.test(other)) && name.normalize("NFC") === other.normalize("NFC");
}

/** Prices are found for `OpenAI` as for `openai`, so budgets hold for both. */
export function isSameProvider(provider: string, other: string): boolean {
  return provider === other || provider.toLowerCase() === other.toLowerCase();
}

function isNamed(wanted: string, { name, id }: ScopeName): boolean {
  return (name !== undefined && isSameName(wanted, name)) || (id !== undefined && isSameName(wanted, id));
}

function matches(key: keyof BudgetScope, wanted: string, call: CallScope): boolean {
  switch (key) {
    case "tag":
      return call.tags.some((tag) => isSameName(wanted, tag));
    case "provider":
      return isSameProvider(wanted, call.provider);
    case "model":
      return call.model === wanted || call.canonicalModel === wanted;
    default:
      return isNamed(wanted, call[key] ?? {});
  }
}

function valuesOf(key: keyof BudgetScope, call: CallScope): string[] {
  switch (key) {
    case "tag":
      return [...new Set(call.tags.map(composed))];
    case "provider":
      return [call.provider.toLowerCase()];
    case "model":
      return [call.canonicalModel];
    default: {
      const value = call[key]?.name ?? call[key]?.id;
      return value === undefined ? [] : [composed(value)];
    }
  }
}

function composed(name: string): string {
  return BEYOND_ASCII.test(name) ? name.normalize("NFC") : name;
}
