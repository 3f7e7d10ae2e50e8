/**
 * Counts what happened in a run. A simulation in which an event never happens says nothing about it.
 *
 * @example
 * ```ts
 * import { Sometimes } from "tokenledger/testing";
 * const events = new Sometimes(["refused", "expired"]);
 * events.reached("refused");
 * events.missed(); // => ["expired"]
 * ```
 */
export class Sometimes<Event extends string> {
  readonly #counts: Map<Event, number>;

  constructor(events: readonly Event[]) {
    this.#counts = new Map(events.map((event) => [event, 0]));
  }

  reached(event: Event, times = 1): void {
    this.#counts.set(event, (this.#counts.get(event) ?? 0) + times);
  }

  /** Takes over what another run has counted. */
  add(counts: Readonly<Record<string, number>>): void {
    for (const [event, times] of Object.entries(counts)) this.reached(event as Event, times);
  }

  /** The events that never happened. */
  missed(): Event[] {
    return [...this.#counts].flatMap(([event, count]) => (count === 0 ? [event] : []));
  }

  counts(): Record<Event, number> {
    return Object.fromEntries(this.#counts) as Record<Event, number>;
  }
}
