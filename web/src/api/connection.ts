/** Whether the server answers and knows us: one state for the whole page, from which it recovers by itself. */

export type ConnectionState = "ok" | "lost" | "expired";

const AGAIN_MS = 2_000;

type Listener = (state: ConnectionState, before: ConnectionState) => void;

class Connection {
  #state: ConnectionState = "ok";
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<Listener>();

  get state(): ConnectionState {
    return this.#state;
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  reached(): void {
    // An answer to a question that was asked before the session ended brings nobody in again.
    if (this.#state === "lost") this.#become("ok");
  }

  signedIn(): void {
    this.#become("ok");
  }

  expired(): void {
    this.#become("expired");
  }

  lost(): void {
    if (this.#state === "ok") this.#become("lost");
    if (this.#state === "lost") this.#timer ??= setTimeout(() => this.#look(), AGAIN_MS);
  }

  /** An answer broke off: that may be the end of the server, or of the answer alone. */
  async doubted(): Promise<void> {
    if (this.#state === "ok") await this.#look();
  }

  /** Once the server answers and knows us, or at once where nobody waits any more. */
  async whenOk(signal: AbortSignal): Promise<void> {
    if (this.#state === "ok" || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const forget = this.listen((state) => state === "ok" && end());
      const end = (): void => {
        forget();
        signal.removeEventListener("abort", end);
        resolve();
      };
      signal.addEventListener("abort", end);
    });
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    try {
      const response = await fetch("/health", { cache: "no-store" });
      if (!response.ok) throw new Error(String(response.status));
      this.reached();
    } catch {
      this.lost();
    }
  }

  #become(state: ConnectionState): void {
    const before = this.#state;
    if (state === before) return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state, before);
  }
}

export const connection: Connection = new Connection();
