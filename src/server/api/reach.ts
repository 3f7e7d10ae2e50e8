/** What a caller may see and change: everything, or what lies inside the names that its key is fixed to. */
import { type BudgetDefinition, EACH_VALUE, isSameName, KEY_OWNERS } from "../../budget/index.ts";
import type { CallOwner, FilterValue, UsageFilter, VirtualKey } from "../../ledger/index.ts";
import type { Caller } from "../gateway/access/caller.ts";

const OWNERS: readonly [...typeof KEY_OWNERS, "key"] = [...KEY_OWNERS, "key"];
type OwnerName = (typeof OWNERS)[number];

export interface Reach {
  readonly isWhole: boolean;
  /** The names that are fixed; a member's are its own key's, too. */
  readonly owner: Readonly<Pick<CallOwner, OwnerName>>;
  /** What is asked for, as far as it lies inside; `nothing` where it doesn't, which is answered as for names that nobody has. */
  filterWith(asked: UsageFilter | undefined): UsageFilter | undefined | "nothing";
  covers(owner: CallOwner): boolean;
  coversBudget(definition: Pick<BudgetDefinition, "scope">): boolean;
  coversKey(key: VirtualKey): boolean;
}

const WHOLE: Reach = {
  isWhole: true,
  owner: {},
  filterWith: (asked) => asked,
  covers: () => true,
  coversBudget: () => true,
  coversKey: () => true,
};

/** Of whoever needs to be nobody. */
export const NO_REACH: Reach = {
  isWhole: false,
  owner: {},
  filterWith: () => "nothing",
  covers: () => false,
  coversBudget: () => false,
  coversKey: () => false,
};

export function reachOf({ key }: Caller): Reach {
  if (key === undefined) return WHOLE;
  const owner: { [name in OwnerName]?: string } = {};
  for (const name of KEY_OWNERS) if (key[name] !== undefined) owner[name] = key[name];
  if (key.role === "member") owner.key = key.name;
  const fixed = OWNERS.flatMap((name): [OwnerName, string][] => (owner[name] === undefined ? [] : [[name, owner[name]]]));
  if (fixed.length === 0) return WHOLE;
  const covers = (other: Readonly<Partial<Record<OwnerName, string | undefined>>>): boolean =>
    fixed.every(([name, own]) => other[name] !== undefined && isSameName(own, other[name]));
  return {
    isWhole: false,
    owner,
    filterWith: (asked) => narrowed(asked, fixed),
    covers,
    // One that counts each team by itself tells of all teams.
    coversBudget: ({ scope }) => covers(scope) && fixed.every(([name]) => scope[name] !== EACH_VALUE),
    coversKey: (other) => covers({ org: other.org, team: other.team, user: other.user, project: other.project, key: other.name }),
  };
}

function narrowed(asked: UsageFilter | undefined, fixed: readonly [OwnerName, string][]): UsageFilter | "nothing" {
  const filter: UsageFilter = { ...asked };
  for (const [name, own] of fixed) {
    if (!allows(filter[name], own)) return "nothing";
    filter[name] = own;
  }
  return filter;
}

function allows(asked: FilterValue | undefined, own: string): boolean {
  if (asked === undefined) return true;
  if (asked === null) return false;
  return typeof asked === "string" ? isSameName(asked, own) : asked.some((name) => isSameName(name, own));
}
