/** Who sees the calls pass by, in the order of time. */

import type { Finder, RuleScope } from "../candidate.ts";
import type { Call } from "./call.ts";
import type { Cell, Digest } from "./cell.ts";

export interface CallFlagger {
  /** Bits of {@link FLAGS}; called once for every call. */
  flagsOf(call: Call): number;
}

export interface CallObserver {
  /** Called once for every call, after its cell has counted it. May change the cell's retokenings. */
  take(call: Call, cell: Cell): void;
}

/** What is worth knowing, though nobody can say what doing something about it would save. */
export interface Observation {
  kind: "fixed-prompt" | "aborted-calls";
  provider?: string;
  model?: string;
  scope: RuleScope;
  requests: number;
  costNanoUsd: number;
  sentence: string;
  figures: Readonly<Record<string, number | string | null>>;
}

/** All of what looks for one kind of saving: made for one replay, then asked once. Its flagger sees a call right before its observer does. */
export interface Watch {
  flagger?: CallFlagger;
  observer?: CallObserver;
  find?: Finder;
  observations?(digest: Digest): Observation[];
}
