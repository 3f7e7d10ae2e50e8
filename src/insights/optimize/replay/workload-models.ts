/** Something for each model of each workload, found faster than in a map: very many calls ask for theirs. */
import type { CalledModel, Workload } from "./call.ts";

type Kept<Value> = [workload: Workload, model: CalledModel, value: Value];

export class WorkloadModels<Value> {
  readonly #rows: (Value | undefined)[][] = [];
  readonly #all: Kept<Value>[] = [];

  get(workload: Workload, model: CalledModel): Value | undefined {
    return this.#rows[workload.index]?.[model.index];
  }

  set(workload: Workload, model: CalledModel, value: Value): void {
    let row = this.#rows[workload.index];
    if (row === undefined) {
      row = [];
      this.#rows[workload.index] = row;
    }
    row[model.index] = value;
    this.#all.push([workload, model, value]);
  }

  /** In the order in which they were first set. */
  all(): readonly Kept<Value>[] {
    return this.#all;
  }
}
