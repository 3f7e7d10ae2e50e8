/** Who makes a call, once that is known. */
import type { VirtualKey } from "../../../ledger/index.ts";

export interface Caller {
  role: VirtualKey["role"];
  /** Absent for somebody at this machine, who needs none. */
  key?: VirtualKey;
}

/** Somebody at this machine, where the configuration trusts the machine. */
export const LOCAL_ADMIN: Caller = Object.freeze({ role: "admin" });
