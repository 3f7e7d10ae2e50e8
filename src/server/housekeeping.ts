/** What a server does every so often, whether calls come or not. */
import type { Ledger } from "../ledger/index.ts";
import type { KeptSavings } from "./api/kept-savings.ts";
import type { GatewayPrices } from "./gateway/admission/gateway-prices.ts";
import type { Gateway } from "./gateway/gateway.ts";
import type { NoteEvent } from "./observing/happenings.ts";

const TICK_MS = 250;
const KEYS_MS = 1_000;
const SWEEP_MS = 1_000;
const PRICES_MS = 5_000;
const USE_MS = 30_000;
const SAVINGS_MS = 2_000;

interface HousekeepingOptions {
  ledger: Ledger;
  gateway: Gateway;
  prices: GatewayPrices;
  note: (event: NoteEvent) => void;
  savings: KeptSavings | undefined;
}

export class Housekeeping {
  readonly #ledger: Ledger;
  readonly #gateway: Gateway;
  readonly #prices: GatewayPrices;
  readonly #note: (event: NoteEvent) => void;
  readonly #savings: KeptSavings | undefined;
  #timers: NodeJS.Timeout[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #failing = new Set<string>();

  constructor(options: HousekeepingOptions) {
    this.#ledger = options.ledger;
    this.#gateway = options.gateway;
    this.#prices = options.prices;
    this.#note = options.note;
    this.#savings = options.savings;
  }

  start(): void {
    const gateway = this.#gateway;
    this.#timers = [
      setInterval(() => gateway.tick(), TICK_MS),
      this.#every(TICK_MS, "settling", () => gateway.settling.retry()),
      this.#every(KEYS_MS, "keys", () => gateway.authentication.refresh()),
      this.#every(SWEEP_MS, "expired reservations", async () => void (await this.#ledger.sweep())),
      this.#every(PRICES_MS, "prices", () => this.#prices.refresh()),
      this.#every(USE_MS, "the use of keys", () => gateway.authentication.rememberUse()),
    ];
    const savings = this.#savings;
    if (savings !== undefined) this.#timers.push(this.#every(SAVINGS_MS, "savings", () => savings.refresh()));
    for (const timer of this.#timers) timer.unref();
  }

  /** Writes what is still to be written. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#running);
    await this.#try("settling", () => this.#gateway.settling.retry(true));
    await this.#try("the use of keys", () => this.#gateway.authentication.rememberUse());
  }

  /** Never twice at once: a book that answers slowly is not asked more. */
  #every(ms: number, what: string, work: () => Promise<void>): NodeJS.Timeout {
    let isRunning = false;
    return setInterval(() => {
      if (isRunning) return;
      isRunning = true;
      const run = this.#try(what, work).finally(() => {
        isRunning = false;
        this.#running.delete(run);
      });
      this.#running.add(run);
    }, ms);
  }

  /** A failure is told once, and so is its end. */
  async #try(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (this.#failing.delete(what)) this.#note({ level: "info", kind: "housekeeping", message: `${what}: works again` });
    } catch (error) {
      if (this.#failing.has(what)) return;
      this.#failing.add(what);
      this.#note({ level: "error", kind: "housekeeping", message: `${what}: ${error instanceof Error ? error.message : error}` });
    }
  }
}
