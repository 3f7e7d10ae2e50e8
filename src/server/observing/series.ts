/** Figures under names that callers choose: so many of them are kept apart, the rest is told together. */
import { legible } from "./legible.ts";

const OTHER = "other";
const LONGEST_LABEL = 200;

export class Series<Figures> {
  readonly #most: number;
  readonly #make: () => Figures;
  /** By the names as they come; two of them may be one label. */
  readonly #byName = new Map<string, Figures>();
  readonly #byLabel = new Map<string, Figures>();

  constructor(most: number, make: () => Figures) {
    this.#most = most;
    this.#make = make;
  }

  of(name: string): Figures {
    return this.#byName.get(name) ?? this.#begin(name);
  }

  /** Labels and their figures. */
  entries(): Iterable<[string, Figures]> {
    return this.#byLabel;
  }

  #begin(name: string): Figures {
    const isFull = this.#byName.size >= this.#most;
    const label = isFull ? OTHER : legible(name.slice(0, LONGEST_LABEL));
    let figures = this.#byLabel.get(label);
    if (figures === undefined) {
      figures = this.#make();
      this.#byLabel.set(label, figures);
    }
    if (!isFull) this.#byName.set(name, figures);
    return figures;
  }
}
