/** Alerts that this or any other process has raised: the book is asked for them while somebody listens. */
import type { Clock } from "../../clock.ts";
import type { Ledger, StoredAlert } from "../../ledger/index.ts";
import type { AlertEvent } from "./happenings.ts";

const POLL_MS = 1_000;

export class AlertFollower {
  readonly #ledger: Pick<Ledger, "alerts" | "budgets">;
  readonly #clock: Clock;
  readonly #tell: (event: AlertEvent) => void;
  /** Of the last alert that was told, or was there before anybody listened. */
  #lastId: number | undefined;
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
    const lastId = this.#lastId;
    const alerts = await this.#ledger.alerts.list();
    this.#lastId = alerts.reduce((last, { id }) => Math.max(last, id), lastId ?? 0);
    const fresh = lastId === undefined ? [] : alerts.filter(({ id }) => id > lastId).sort((a, b) => a.id - b.id);
    if (fresh.length === 0) return;
    const budgets = await this.#ledger.budgets.list();
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
