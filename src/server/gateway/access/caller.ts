/** Who makes a call, once that is known. */
import type { CallOwner, VirtualKey } from "../../../ledger/index.ts";
import { presentFields } from "../../../usage/index.ts";

export interface Caller {
  role: VirtualKey["role"];
  /** Absent for somebody at this machine, who needs none. */
  key?: VirtualKey;
}

/** Somebody at this machine, where the configuration trusts the machine. */
export const LOCAL_ADMIN: Caller = Object.freeze({ role: "admin" });

/** As far as the key tells. */
export function ownerOf(caller: Caller | undefined): CallOwner | undefined {
  if (caller?.key === undefined) return undefined;
  const { org, team, user, project, name } = caller.key;
  return presentFields<CallOwner>({ org, team, user, project, key: name });
}
