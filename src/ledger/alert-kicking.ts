/** Starts the delivery of alerts after records were added; where no budget has a webhook, nothing is loaded and nothing asked. */
import { isSealed } from "../budget/index.ts";
import type { Clock } from "../clock.ts";
import type { AlertOutbox, AlertStore } from "./alert-delivery.ts";

/** Another process may have given a budget a webhook meanwhile. */
const ASK_EVERY_MS = 60_000;
/** A database that no longer answers is waited for no longer than this; closing it ends the question. */
const LONGEST_END_MS = 5_000;

export class AlertKicking {
  readonly #store: AlertStore;
  readonly #clock: Clock;
  #outbox: AlertOutbox | undefined;
  #asked: { atMs: number; answer: Promise<void> } | undefined;
  #isClosed = false;

  constructor(store: AlertStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Returns at once, and never throws. */
  kick(): void {
    if (this.#isClosed) return;
    if (this.#outbox) {
      this.#outbox.kick();
      return;
    }
    const nowMs = this.#clock.monotonic();
    if (this.#asked && nowMs - this.#asked.atMs < ASK_EVERY_MS) return;
    // A database that fails now tells so to whoever needs an answer from it.
    this.#asked = { atMs: nowMs, answer: this.#openOutbox().catch(() => {}) };
  }

  /** To be called when budgets have changed. */
  forget(): void {
    this.#asked = undefined;
    this.kick();
  }

  /** Ends the work, also where the database does not answer any more: what was not delivered waits in it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LONGEST_END_MS);
    });
    await Promise.race([this.#ended(), late]);
    clearTimeout(timer);
  }

  async #ended(): Promise<void> {
    await this.#asked?.answer;
    await this.#outbox?.close();
  }

  async #openOutbox(): Promise<void> {
    const { budgets } = await this.#store.budgets();
    if (!budgets.some(({ definition }) => definition.webhook !== undefined && !isSealed(definition.webhook))) return;
    const { AlertOutbox } = await import("./alert-delivery.ts");
    this.#outbox ??= new AlertOutbox(this.#store, { clock: this.#clock });
    this.#outbox.kick();
  }
}
