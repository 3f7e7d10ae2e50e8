/** How much budgets had left when similar calls were last admitted: a guess that saves asking twice, and decides nothing. */
import type { GatewayCall } from "../gateway-call.ts";

const MOST_KEPT = 1000;

export class RecentRoom {
  readonly #nanoUsd = new Map<string, bigint>();

  of(call: GatewayCall): bigint | undefined {
    return this.#nanoUsd.get(nameOf(call));
  }

  saw(call: GatewayCall, nanoUsd: bigint | undefined): void {
    if (nanoUsd === undefined) {
      this.#nanoUsd.delete(nameOf(call));
      return;
    }
    if (this.#nanoUsd.size >= MOST_KEPT) this.#nanoUsd.clear();
    this.#nanoUsd.set(nameOf(call), nanoUsd);
  }
}

function nameOf({ caller, scope, reading }: GatewayCall): string {
  return `${caller.key?.id}\n${scope.team}\n${scope.user}\n${scope.project}\n${reading.model}`;
}
