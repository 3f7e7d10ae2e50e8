/** Who sees the calls pass by, in the order of time. */
import type { Call } from "./call.ts";
import type { Cell } from "./cell.ts";

export interface CallFlagger {
  /** Bits of {@link FLAGS}; called once for every call. */
  flagsOf(call: Call): number;
}

export interface CallObserver {
  /** Called once for every call, after its cell has counted it. May change the cell's retokenings. */
  take(call: Call, cell: Cell): void;
}
