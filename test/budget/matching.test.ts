import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BudgetScope, type CallScope, describeValue, EACH_VALUE, SCOPE_KEYS, valuesCounted } from "../../src/budget/index.ts";

/** Few names, so that they meet often. */
const NAMES = ["a", "b", "c"];
const name = fc.constantFrom(...NAMES);
const scopeName = fc.option(fc.record({ name: fc.option(name, { nil: undefined }), id: fc.option(name, { nil: undefined }) }), {
  nil: undefined,
});
const anyCall: fc.Arbitrary<CallScope> = fc.record({
  org: scopeName,
  team: scopeName,
  user: scopeName,
  project: scopeName,
  key: scopeName,
  tags: fc.array(name, { maxLength: 4 }),
  provider: name,
  model: name,
  canonicalModel: name,
});
const wanted = fc.constantFrom(...NAMES, EACH_VALUE);
const anyScope: fc.Arbitrary<BudgetScope> = fc.record(
  { org: wanted, team: wanted, user: wanted, project: wanted, key: wanted, tag: wanted, provider: wanted, model: wanted },
  { requiredKeys: [] },
);

/** All that a call is called, along one key; what a star sees comes first. */
function namesOf(call: CallScope, key: keyof BudgetScope): { all: string[]; own: string[] } {
  if (key === "tag") return { all: [...call.tags], own: [...call.tags] };
  if (key === "provider") return { all: [call.provider], own: [call.provider] };
  if (key === "model") return { all: [call.model, call.canonicalModel], own: [call.canonicalModel] };
  const all = [call[key]?.name, call[key]?.id].filter((each) => each !== undefined);
  return { all, own: all.slice(0, 1) };
}

/** The naive one: tries every combination of names in the stars' places. */
function naiveValues(scope: BudgetScope, call: CallScope): string[] {
  const stars = SCOPE_KEYS.filter((key) => scope[key] === EACH_VALUE);
  let combinations: string[][] = [[]];
  for (const _star of stars) combinations = NAMES.flatMap((each) => combinations.map((before) => [...before, each]));
  const fitting = combinations.filter((combination) =>
    SCOPE_KEYS.every((key) => {
      const star = stars.indexOf(key);
      if (star >= 0) return namesOf(call, key).own.includes(combination[star] as string);
      return scope[key] === undefined || namesOf(call, key).all.includes(scope[key]);
    }),
  );
  return fitting.map((combination) => (stars.length === 0 ? "" : JSON.stringify(combination))).sort();
}

describe("which budgets count a call", () => {
  test("the naive implementation counts the same, for any scope and call", () => {
    fc.assert(
      fc.property(anyScope, anyCall, (scope, call) => {
        expect([...valuesCounted(scope, call)].sort()).toEqual(naiveValues(scope, call));
      }),
      { numRuns: 3000 },
    );
  });

  const call: CallScope = {
    org: { name: "acme" },
    team: { name: "research", id: "t-1" },
    user: { id: "u-7" },
    tags: ["batch", "night"],
    provider: "openai",
    model: "gpt-5-2026-04-01",
    canonicalModel: "gpt-5",
  };

  test("an empty scope counts every call, as one", () => {
    expect(valuesCounted({}, call)).toEqual([""]);
  });

  test("a scope is met by its name or its id; a model as the provider writes it or as the price book knows it", () => {
    for (const team of ["research", "t-1"]) expect(valuesCounted({ team }, call)).toEqual([""]);
    for (const model of ["gpt-5", "gpt-5-2026-04-01"]) expect(valuesCounted({ model }, call)).toEqual([""]);
    expect(valuesCounted({ user: "u-7", org: "acme", tag: "night", provider: "openai" }, call)).toEqual([""]);
  });

  test("all of a scope must be met, and what a call does not have meets nothing", () => {
    for (const scope of [{ team: "Research" }, { team: "research", user: "u-8" }, { project: "x" }, { key: "*" }, { tag: "day" }])
      expect(valuesCounted(scope, call)).toEqual([]);
  });

  test("each value its own: names before ids, the canonical model, every tag once, in the order of the keys", () => {
    expect(valuesCounted({ team: "*" }, call)).toEqual(['["research"]']);
    expect(valuesCounted({ user: "*" }, call)).toEqual(['["u-7"]']);
    expect(valuesCounted({ model: "*", team: "*" }, call)).toEqual(['["research","gpt-5"]']);
    expect(valuesCounted({ tag: "*", provider: "openai" }, { ...call, tags: ["batch", "night", "batch"] })).toEqual([
      '["batch"]',
      '["night"]',
    ]);
    expect(valuesCounted({ tag: "*" }, { ...call, tags: [] })).toEqual([]);
  });

  test("a name is the same however its accents are written: neither way leads past a budget, nor to an amount of its own", () => {
    const [composed, decomposed] = ["caf\u00e9", "cafe\u0301"];
    for (const [wanted, given] of [
      [composed, decomposed],
      [decomposed, composed],
    ] as const) {
      for (const team of [{ name: given }, { id: given }, { name: "x", id: given }])
        expect(valuesCounted({ team: wanted }, { ...call, team })).toEqual([""]);
      expect(valuesCounted({ tag: wanted }, { ...call, tags: ["x", given] })).toEqual([""]);
      expect(valuesCounted({ team: "*" }, { ...call, team: { name: given } })).toEqual([JSON.stringify([composed])]);
    }
    expect(valuesCounted({ tag: "*" }, { ...call, tags: [composed, decomposed] })).toEqual([JSON.stringify([composed])]);
    expect(valuesCounted({ team: "cafe" }, { ...call, team: { name: composed } })).toEqual([]);
    expect(valuesCounted({ team: composed }, { ...call, team: { name: "cafe" } })).toEqual([]);
  });

  test("values are unmistakable whatever the names hold, and are shown as names", () => {
    const odd = { ...call, team: { name: 'a","b' }, user: { name: "b" } };
    const other = { ...call, team: { name: "a" }, user: { name: 'b","b' } };
    const [first, second] = [odd, other].map((each) => valuesCounted({ team: "*", user: "*" }, each)[0] as string);
    expect(first).not.toBe(second);
    expect([describeValue(""), describeValue('["research","gpt-5"]')]).toEqual(["", "research, gpt-5"]);
  });

  test("a provider is the same in upper and lower case, as it is to prices", () => {
    const call = { tags: [], provider: "OpenAI", model: "gpt-5", canonicalModel: "gpt-5" };
    expect(valuesCounted({ provider: "openai" }, call)).toEqual([""]);
    expect(valuesCounted({ provider: "OPENAI" }, { ...call, provider: "openai" })).toEqual([""]);
    expect(valuesCounted({ provider: "azure" }, call)).toEqual([]);
    expect(valuesCounted({ provider: "*" }, call)).toEqual(['["openai"]']);
  });
});
