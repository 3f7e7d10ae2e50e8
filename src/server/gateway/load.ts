/** How much is under way: what would be more than memory can hold is told to come back. */
import { Refusal } from "../http/refusal.ts";

const MOST_CALLS = 4096;
/** Of requests' bodies, which are kept until their calls have ended. */
const MOST_BYTES = 536_870_912;
const RETRY_MS = 1000;

export class Load {
  #calls = 0;
  #bytes = 0;

  /** @throws Refusal 503 */
  begin(): CallLoad {
    if (this.#calls >= MOST_CALLS) throw overloaded();
    this.#calls++;
    return new CallLoad(this);
  }

  /** @throws Refusal 503 */
  hold(bytes: number): void {
    if (this.#bytes + bytes > MOST_BYTES) throw overloaded();
    this.#bytes += bytes;
  }

  free(bytes: number): void {
    this.#calls--;
    this.#bytes -= bytes;
  }
}

/** What one call takes. Bytes count when they have come: those that a client only promises would keep all others out. */
export class CallLoad {
  readonly #load: Load;
  #bytes = 0;

  constructor(load: Load) {
    this.#load = load;
  }

  /** @throws Refusal 503 */
  hold(bytes: number): void {
    this.#load.hold(bytes);
    this.#bytes += bytes;
  }

  end(): void {
    this.#load.free(this.#bytes);
  }
}

function overloaded(): Refusal {
  return new Refusal(503, "overloaded", "The gateway has as many calls under way as it can hold.", { retryAfterMs: RETRY_MS });
}
