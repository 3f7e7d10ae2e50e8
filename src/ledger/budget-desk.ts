/** What reserving, settling and sweeping share. */
import type { Clock } from "../clock.ts";
import type { Pricer } from "./appending.ts";
import type { LedgerConfig } from "./ledger.ts";
import type { LedgerStore } from "./store.ts";

export interface BudgetDesk {
  store: LedgerStore;
  clock: Clock;
  config: LedgerConfig;
  /** With today's prices. */
  pricer(): Promise<Pricer>;
  /** Records were added, so that alerts may wait for delivery. */
  recorded(): void;
}
