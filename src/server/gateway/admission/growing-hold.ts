/** Keeps the hold of a stream ahead of what is seen of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { AlreadySettled, BudgetExceeded } from "../../../errors.ts";
import { callEstimate, passesLimit, type Seen } from "../../../providers/index.ts";
import type { GatewayCall } from "../gateway-call.ts";
import type { AdmittedCall } from "./admission.ts";
import type { GatewayPrices } from "./gateway-prices.ts";

/** Held for what an honest provider has under way when it is told to stop. */
const UNDER_WAY_TOKENS = 64;
/** A token of common text has more than one byte; where caps are soft, this is good enough. */
const LIKELY_BYTES_PER_TOKEN = 3;
const RETRY_MS = 250;

/** `wait`: nothing more may be read from the provider until the hold has grown. */
export type GrowthVerdict = "go" | "wait" | "cut";

export class GrowingHold {
  readonly #call: GatewayCall;
  readonly #admitted: AdmittedCall;
  readonly #prices: GatewayPrices;
  /** Called when a verdict of `wait` may have become another one. */
  readonly #changed: () => void;
  #heldTokens: number;
  #isExtending = false;
  #isRefused = false;

  constructor(call: GatewayCall, admitted: AdmittedCall, prices: GatewayPrices, changed: () => void) {
    this.#call = call;
    this.#admitted = admitted;
    this.#prices = prices;
    this.#changed = changed;
    this.#heldTokens = admitted.heldOutputTokens;
  }

  /** Output tokens that are held for now. */
  get heldTokens(): number {
    return this.#heldTokens;
  }

  verdict(seen: Seen): GrowthVerdict {
    const { wholeOutputTokens: whole, overrun, kind } = this.#admitted;
    if (this.#heldTokens >= whole) return kind === "bound" && overrun === "cut" && passesLimit(seen, whole) ? "cut" : "go";
    const used = kind === "bound" ? seen.outputBytes : Math.ceil(seen.outputBytes / LIKELY_BYTES_PER_TOKEN);
    if (used * 2 < this.#heldTokens) return "go";
    if (!this.#isExtending && !this.#isRefused) void this.#extend();
    if (used < this.#heldTokens - UNDER_WAY_TOKENS || overrun === "finish") return "go";
    return this.#isExtending ? "wait" : "cut";
  }

  async #extend(): Promise<void> {
    this.#isExtending = true;
    const outputTokens = Math.min(this.#admitted.wholeOutputTokens, this.#heldTokens * 2);
    const { hold, kind, priced } = this.#admitted;
    try {
      await hold.extend({ estimate: callEstimate(this.#call.reading, kind, outputTokens, this.#prices, priced) });
      this.#heldTokens = outputTokens;
    } catch (error) {
      if (error instanceof BudgetExceeded || error instanceof AlreadySettled) this.#isRefused = true;
      // A book that can't be asked now allows no more than is held, and is asked again.
      else await sleep(RETRY_MS, undefined, { ref: false });
    }
    this.#isExtending = false;
    this.#changed();
  }
}
