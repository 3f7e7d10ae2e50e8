/**
 * What happens in a server, as it is told to whoever counts, writes, traces or listens. Names, figures and ids only: never what was said
 * to a model, a header, an address or a key, so that nobody further on can pass one on.
 */
import type { BudgetDefinition } from "../../budget/index.ts";
import type { CallOwner, VirtualKey } from "../../ledger/index.ts";

/** One attempt at a call has ended, and is in the book. */
export interface CallEvent {
  requestId: string;
  attempt: number;
  provider: string;
  /** As its record has it. */
  model: string;
  /** As the client named it. */
  requestedModel: string;
  operation: string;
  owner: CallOwner;
  /** Absent for somebody at this machine. */
  keyId: string | undefined;
  /** The record's; `unsent` where nothing left, and so nothing was recorded. */
  status: string;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  reasoningTokens: number;
  /** Undefined where no price is known. */
  costNanoUsd: number | undefined;
  /** Absent where nothing was recorded. */
  usageSource: "reported" | "estimated" | undefined;
  /** Until the reply's end; undefined where the work went on after it. */
  latencyMs: number | undefined;
  /** Until the first byte of the reply's body; undefined where none came. */
  firstByteMs: number | undefined;
  isStream: boolean;
}

/** A request was answered with no. */
export interface RefusalEvent {
  requestId: string;
  status: number;
  /** The refusal's code: `budget_exceeded`, `invalid_api_key`. */
  reason: string;
  /** As far as it was known when it was refused. */
  owner?: CallOwner | undefined;
  keyId?: string | undefined;
}

export type NoteLevel = "info" | "warn" | "error";

/** Something about the server itself that its operator should know. */
export interface NoteEvent {
  level: NoteLevel;
  /** What it is about. */
  kind: "start" | "end" | "provider" | "book" | "settling" | "housekeeping" | "savings" | "request";
  /** One sentence for people. */
  message: string;
  requestId?: string | undefined;
  provider?: string | undefined;
}

/** Somebody changed a budget or a key through this server. */
export type ChangeEvent = { action: "created" | "changed" | "removed" | "rotated" | "revoked"; name: string; actor: string } & (
  | { what: "budget"; definition: BudgetDefinition }
  | { what: "key"; key: VirtualKey }
);

/** A budget's threshold was reached, here or by another process. */
export interface AlertEvent {
  id: number;
  budget: string;
  /** Undefined where the budget is gone meanwhile. */
  definition: BudgetDefinition | undefined;
  value: string;
  kind: "threshold" | "overage";
  threshold: number;
  spentNanoUsd: bigint;
  triggeredMs: number;
}
