/** Alerts that this or any other process has raised: the book is asked for them while somebody listens. */
import type { Clock } from "../../clock.ts";
import type { Ledger, StoredAlert } from "../../ledger/index.ts";
import type { AlertEvent } from "./happenings.ts";

const POLL_MS = 1_000;
/** Transactions end in another order than they take their ids: an alert may appear below the last one. */
const LOOKED_BACK = 100;

export class AlertFollower {
  readonly #ledger: Pick<Ledger, "alerts" | "budgets">;
  readonly #clock: Clock;
  readonly #tell: (event: AlertEvent) => void;
  /** Ids of those that were told, or were there before anybody listened: as far as they are looked at again. */
  #known: number[] | undefined;
  #polledMs = Number.NEGATIVE_INFINITY;
  #isPolling = false;

  constructor(ledger: Pick<Ledger, "alerts" | "budgets">, clock: Clock, tell: (event: AlertEvent) => void) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Called by every listener, however many there are; asks once a second. */
  poll(): void {
    const nowMs = this.#clock.monotonic();
    if (this.#isPolling || nowMs - this.#polledMs < POLL_MS) return;
    this.#polledMs = nowMs;
    this.#isPolling = true;
    // A book that can't be asked now is asked again.
    this.#ask()
      .catch(() => undefined)
      .finally(() => {
        this.#isPolling = false;
      });
  }

  async #ask(): Promise<void> {
    const known = this.#known;
    const lastId = known?.at(-1) ?? 0;
    const alerts = await this.#ledger.alerts.list({ afterId: Math.max(0, lastId - LOOKED_BACK) });
    const fresh = known === undefined ? [] : alerts.filter(({ id }) => !known.includes(id));
    const budgets = fresh.length === 0 ? [] : await this.#ledger.budgets.list();
    this.#known = alerts.map(({ id }) => id).slice(-LOOKED_BACK);
    for (const alert of fresh) {
      this.#tell(eventOf(alert, budgets.find(({ definition }) => definition.name === alert.budgetName)?.definition));
    }
  }
}

function eventOf(
  { id, budgetName, value, kind, threshold, spentNanoUsd, triggeredMs }: StoredAlert,
  definition: AlertEvent["definition"],
): AlertEvent {
  return { id, budget: budgetName, definition, value, kind, threshold, spentNanoUsd, triggeredMs };
}
