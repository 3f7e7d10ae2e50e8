/** What calls need of a book: a ledger of `tokenledger/ledger` has all of it. The book is handed in, so that nothing here opens one. */
import type { BudgetDefinition } from "../budget/index.ts";
import type { PriceEntry } from "../pricing/index.ts";
import type { HeldEstimate, MeteredUsage } from "../providers/index.ts";

/** Whom calls belong to. */
export interface CallOwnerNames {
  org?: string;
  team?: string;
  user?: string;
  project?: string;
  key?: string;
  session?: string;
  tags?: readonly string[];
}

export interface CallHold {
  /** False where the same request was reserved before. */
  readonly isNew: boolean;
  extend(change: { ttlMs?: number }): Promise<void>;
  track(externalId: string): Promise<void>;
  settle(actual?: MeteredUsage): Promise<unknown>;
  release(): Promise<void>;
}

export interface CallLedger {
  reserve(call: {
    requestId: string;
    provider: string;
    model: string;
    scope?: CallOwnerNames;
    estimate: HeldEstimate;
    ttlMs?: number;
    dispatched?: boolean;
  }): Promise<CallHold>;
  tracked(externalId: string): Promise<CallHold | undefined>;
  readonly budgets: { counting(call: { provider: string; model: string; scope?: CallOwnerNames }): Promise<BudgetDefinition[]> };
  readonly prices: { list(): Promise<PriceEntry[]> };
  /** The key under which hashes of prompts are made; without one, records tell nothing of prompts. */
  promptKey?(): Promise<Uint8Array | undefined>;
}
