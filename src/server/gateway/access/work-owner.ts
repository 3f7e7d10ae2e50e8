/** Whose stored work a caller may ask for: its own, its team's, or, for an administrator, all within its reach. */
import { isSameName, KEY_OWNERS } from "../../../budget/index.ts";
import type { CallOwner } from "../../../ledger/index.ts";
import type { Caller } from "./caller.ts";

/** @param owner undefined: nobody knows whose it is */
export function mayAskFor({ key, role }: Caller, owner: CallOwner | undefined): boolean {
  // Somebody at this machine.
  if (key === undefined) return true;
  if (role === "admin") {
    const fixed = KEY_OWNERS.filter((name) => key[name] !== undefined);
    return fixed.length === 0 || (owner !== undefined && fixed.every((name) => isSame(key[name], owner[name])));
  }
  if (owner === undefined || !isSame(key.org, owner.org)) return false;
  return key.team === undefined ? owner.key === key.name : isSame(key.team, owner.team);
}

function isSame(one: string | undefined, other: string | undefined): boolean {
  return one === undefined || other === undefined ? one === other : isSameName(one, other);
}
