/** The savings file as this server changes it: one change after the other, and obeyed here as soon as it is written. */
import type { AppliedRule } from "../../config/index.ts";
import type { SavingsFile } from "../server-options.ts";

/** Who obeys. */
interface Obeying {
  replace(rules: readonly AppliedRule[]): void;
}

export class KeptSavings {
  readonly #file: SavingsFile;
  readonly #obeying: Obeying;
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: SavingsFile, obeying: Obeying) {
    this.#file = file;
    this.#obeying = obeying;
  }

  get name(): string {
    return this.#file.name;
  }

  /** What others have changed is obeyed, too. */
  refresh(): Promise<void> {
    return this.#inTurn(async () => this.#obeying.replace(await this.#file.read()));
  }

  /**
   * @param choose what to add to the rules that are in force; who throws here has changed nothing
   * @returns what is in force then
   */
  apply(
    choose: (inForce: readonly AppliedRule[]) => readonly AppliedRule[],
  ): Promise<{ applied: readonly AppliedRule[]; inForce: readonly AppliedRule[] }> {
    return this.#inTurn(async () => {
      const applied = choose(await this.#file.read());
      // Another process may have been quicker.
      await this.#file.add(applied, choose);
      return { applied, inForce: await this.#obeyed() };
    });
  }

  revert(which: (rule: AppliedRule) => boolean): Promise<{ reverted: readonly AppliedRule[]; inForce: readonly AppliedRule[] }> {
    return this.#inTurn(async () => {
      const reverted = await this.#file.remove(which);
      return { reverted, inForce: await this.#obeyed() };
    });
  }

  async #obeyed(): Promise<readonly AppliedRule[]> {
    const inForce = await this.#file.read();
    this.#obeying.replace(inForce);
    return inForce;
  }

  /** Of two who ask at once the second one sees what the first one has done. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
