/** How much is under way: what would be more than memory can hold is told to come back, before any of it is read. */
import { Refusal } from "../http/refusal.ts";

const MOST_CALLS = 4096;
/** Of requests' bodies, which are kept until their calls have ended. */
const MOST_BYTES = 536_870_912;
const RETRY_MS = 1000;

export class Load {
  #calls = 0;
  #bytes = 0;

  /** @throws Refusal 503 */
  begin(): void {
    if (this.#calls >= MOST_CALLS) throw overloaded();
    this.#calls++;
  }

  end(): void {
    this.#calls--;
  }

  /** @throws Refusal 503 */
  hold(bytes: number): void {
    if (this.#bytes + bytes > MOST_BYTES) throw overloaded();
    this.#bytes += bytes;
  }

  free(bytes: number): void {
    this.#bytes -= bytes;
  }
}

function overloaded(): Refusal {
  return new Refusal(503, "overloaded", "The gateway has as many calls under way as it can hold.", { retryAfterMs: RETRY_MS });
}
