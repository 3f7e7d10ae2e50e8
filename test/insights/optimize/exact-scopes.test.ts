import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { Workload } from "../../../src/insights/optimize/replay/call.ts";
import { exactScopes } from "../../../src/insights/optimize/rules/exact-scopes.ts";

const name = fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined });
const workloads = fc
  .uniqueArray(fc.tuple(name, name, name, name), { maxLength: 20, selector: (names) => JSON.stringify(names) })
  .map((all) =>
    all.map(([org, team, project, key], index): Workload => {
      const named = { ...(org && { org }), ...(team && { team }), ...(project && { project }), ...(key && { key }) };
      return { index, ...named, isRest: false };
    }),
  );

it("scopes match chosen workloads alone, and tell exactly which they match", () => {
  fc.assert(
    fc.property(workloads, fc.infiniteStream(fc.boolean()), (all, picks) => {
      const chosen = new Set(all.filter(() => picks.next().value));
      const { scopes, covered } = exactScopes(all, chosen);
      const isMatched = (workload: Workload): boolean =>
        scopes.some(({ org, team, project, key }) =>
          Object.entries({ org, team, project, key }).every(
            ([field, value]) => value === undefined || (workload[field as keyof Workload] ?? "") === value,
          ),
        );
      expect(new Set(all.filter(isMatched))).toEqual(covered);
      // Each has names of its own, if only that it has none.
      expect(covered).toEqual(chosen);
    }),
    { numRuns: 500 },
  );
});

it("all of them need no names, one of a team needs its project, and nothing is said of calls that may hide among the rest", () => {
  const of = (index: number, team: string, project: string): Workload => ({ index, team, project, isRest: false });
  const [shop, mail, other] = [of(1, "blue", "shop"), of(2, "blue", "mail"), of(3, "red", "shop")];
  const all = [shop, mail, other];
  expect(exactScopes(all, new Set(all)).scopes).toEqual([{}]);
  expect(exactScopes(all, new Set([shop, mail])).scopes).toEqual([{ team: "blue" }]);
  expect(exactScopes(all, new Set([shop])).scopes).toEqual([{ team: "blue", project: "shop" }]);
  expect(exactScopes(all, new Set()).scopes).toEqual([]);
  const rest: Workload = { index: 0, isRest: true };
  expect(exactScopes([rest, ...all], new Set([shop])).scopes).toEqual([]);
  expect(exactScopes([{ index: 5, isRest: false }, shop], new Set([shop])).scopes).toEqual([{ team: "blue" }]);
  const nameless: Workload = { index: 4, isRest: false };
  expect(exactScopes([nameless, shop], new Set([nameless])).scopes).toEqual([{ org: "", team: "", project: "", key: "" }]);
});
