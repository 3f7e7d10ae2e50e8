/** Lines of the same call that stand near each other become one record before the book sees them. */
import type { LoggedCall } from "./logged-call.ts";

export class Repeats {
  readonly #calls = new Map<string, LoggedCall>();
  /** Lines folded into others since the last `take`. */
  #folded = 0;

  add(call: LoggedCall): void {
    const known = this.#calls.get(call.id);
    if (known !== undefined) this.#folded++;
    if (known === undefined || isBetter(call, known)) this.#calls.set(call.id, call);
  }

  /** Hands over what was gathered, and forgets it. */
  take(visit: (call: LoggedCall) => void): number {
    for (const call of this.#calls.values()) visit(call);
    this.#calls.clear();
    const folded = this.#folded;
    this.#folded = 0;
    return folded;
  }
}

/** The book's own rule, lowest rank, then largest output; among equals the later line, which is the finished one. */
function isBetter(call: LoggedCall, known: LoggedCall): boolean {
  return call.rank < known.rank || (call.rank === known.rank && call.usage.output >= known.usage.output);
}
