/** The findings of `verify`: kept up to a limit, counted beyond it. */
import type { Difference } from "../store.ts";

const MOST_LISTED = 1000;

export class Differences {
  readonly #listed: Difference[] = [];
  #more = 0;

  add(kind: string, where: string, expected: unknown, found: unknown): void {
    if (this.#listed.length < MOST_LISTED) this.#listed.push({ kind, where, expected: String(expected), found: String(found) });
    else this.#more++;
  }

  has(kind: string): boolean {
    return this.#listed.some((difference) => difference.kind === kind);
  }

  /** Runs a step; what makes it stop is a finding too, so that the other steps still run. */
  step(where: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.stopped(where, error);
    }
  }

  /** What makes a step stop is a finding too. */
  stopped(where: string, error: unknown): void {
    this.add("unreadable", where, "readable", error instanceof Error ? error.message : error);
  }

  list(): Difference[] {
    if (this.#more === 0) return this.#listed;
    const more: Difference = { kind: "more", where: "not listed", expected: "0", found: `${this.#more} more differences` };
    return [...this.#listed, more];
  }
}
