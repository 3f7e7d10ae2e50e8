/** The figures in Prometheus' form. What can be counted by adding is taken over when somebody asks; only latencies are observed as they come. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { Figures } from "./figures.ts";
import type { CallEvent } from "./happenings.ts";
import { keyLines } from "./key-lines.ts";
import { ProcessFigures } from "./process-figures.ts";

/** What is asked at a scrape, because others keep it. */
export interface Surroundings {
  /** Calls of this gateway under way, and what is held for them. */
  underWay(): { calls: number; heldNanoUsd: bigint };
  /** Settled calls that the book could not take yet. */
  settleQueue(): number;
  providers(): readonly { name: string; state: string }[];
  listeners(): number;
}

const NOTHING: Surroundings = {
  underWay: () => ({ calls: 0, heldNanoUsd: 0n }),
  settleQueue: () => 0,
  providers: () => [],
  listeners: () => 0,
};
const PROVIDER_STATES = ["closed", "half_open", "open"] as const;
const FIRST_BYTE_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const WHOLE_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

interface Latencies {
  firstByte(seconds: number): void;
  whole(seconds: number): void;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #figures = new Figures();
  readonly #process: ProcessFigures;
  readonly #firstByte: Histogram<"provider" | "operation">;
  readonly #whole: Histogram<"provider" | "operation">;
  /** By provider, then operation: both are words of the configuration and ours. */
  readonly #latencies = new Map<string, Map<string, Latencies>>();
  #surroundings: Surroundings = NOTHING;

  constructor(version: string) {
    const registers = [this.#registry];
    this.#process = new ProcessFigures(this.#registry);
    new Gauge({ name: "tokenledger_info", help: "Which TokenLedger answers: always 1.", labelNames: ["version"], registers }).set(
      { version },
      1,
    );
    this.#countCalls();
    this.#tellShares();
    this.#tellSurroundings();
    const labelNames = ["provider", "operation"] as const;
    this.#firstByte = new Histogram({
      name: "tokenledger_first_byte_seconds",
      help: "From sending an attempt to a provider to the first byte of its reply's body.",
      labelNames,
      buckets: FIRST_BYTE_SECONDS,
      registers,
    });
    this.#whole = new Histogram({
      name: "tokenledger_request_duration_seconds",
      help: "From sending an attempt to a provider to the end of its reply.",
      labelNames,
      buckets: WHOLE_SECONDS,
      registers,
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  surroundedBy(surroundings: Surroundings): void {
    this.#surroundings = surroundings;
  }

  call(event: CallEvent): void {
    this.#figures.call(event);
    const { latencyMs, firstByteMs } = event;
    if (latencyMs === undefined) return;
    const latencies = this.#latenciesOf(event);
    latencies.whole(latencyMs / 1e3);
    if (firstByteMs !== undefined) latencies.firstByte(firstByteMs / 1e3);
  }

  refusal(status: number, reason: string): void {
    this.#figures.refusal(status, reason);
  }

  /** The whole answer to a scrape. */
  async text(): Promise<string> {
    return `${await this.#registry.metrics()}\n${keyLines(this.#figures.keys)}`;
  }

  close(): void {
    this.#process.close();
  }

  #latenciesOf({ provider, operation }: CallEvent): Latencies {
    let operations = this.#latencies.get(provider);
    if (operations === undefined) {
      operations = new Map();
      this.#latencies.set(provider, operations);
    }
    const known = operations.get(operation);
    if (known !== undefined) return known;
    const firstByte = this.#firstByte.labels({ provider, operation });
    const whole = this.#whole.labels({ provider, operation });
    const latencies = { firstByte: firstByte.observe, whole: whole.observe };
    operations.set(operation, latencies);
    return latencies;
  }

  #countCalls(): void {
    const registers = [this.#registry];
    const figures = this.#figures;
    new Counter({
      name: "tokenledger_requests_total",
      help: "Attempts at calls: retries and fallbacks each count. Their status is the record's; unsent: nothing has left.",
      labelNames: ["provider", "model", "operation", "status"],
      registers,
      collect() {
        this.reset();
        for (const [provider, models] of figures.providers.entries())
          for (const [model, { requests }] of models.entries())
            for (const [operation, statuses] of requests)
              for (const [status, count] of statuses) this.inc({ provider, model, operation, status }, count);
      },
    });
    new Counter({
      name: "tokenledger_tokens_total",
      help: "Tokens by kind: input includes cache_read and cache_write, output includes reasoning.",
      labelNames: ["provider", "model", "kind"],
      registers,
      collect() {
        this.reset();
        for (const [provider, models] of figures.providers.entries()) {
          for (const [model, { input, output, cacheRead, cacheWrite, reasoning }] of models.entries()) {
            this.inc({ provider, model, kind: "input" }, input);
            this.inc({ provider, model, kind: "output" }, output);
            if (cacheRead > 0) this.inc({ provider, model, kind: "cache_read" }, cacheRead);
            if (cacheWrite > 0) this.inc({ provider, model, kind: "cache_write" }, cacheWrite);
            if (reasoning > 0) this.inc({ provider, model, kind: "reasoning" }, reasoning);
          }
        }
      },
    });
    new Counter({
      name: "tokenledger_spend_usd_total",
      help: "What calls have cost, in USD, as their records have it; calls without a price are in tokenledger_unpriced_requests_total.",
      labelNames: ["provider", "model"],
      registers,
      collect() {
        this.reset();
        for (const [provider, models] of figures.providers.entries())
          for (const [model, { nanoUsd }] of models.entries()) this.inc({ provider, model }, nanoUsd / 1e9);
      },
    });
    new Counter({
      name: "tokenledger_unpriced_requests_total",
      help: "Recorded calls whose price nobody knows: they are in no sum of money.",
      labelNames: ["provider", "model"],
      registers,
      collect() {
        this.reset();
        for (const [provider, models] of figures.providers.entries())
          for (const [model, { unpriced }] of models.entries()) if (unpriced > 0) this.inc({ provider, model }, unpriced);
      },
    });
    new Counter({
      name: "tokenledger_metered_requests_total",
      help: "Recorded calls by how their usage is known: reported by the reply, estimated where it broke off, unmetered where it told none.",
      labelNames: ["provider", "model", "usage"],
      registers,
      collect() {
        this.reset();
        for (const [provider, models] of figures.providers.entries()) {
          for (const [model, { reported, estimated, unmetered }] of models.entries()) {
            if (reported > 0) this.inc({ provider, model, usage: "reported" }, reported);
            if (estimated > 0) this.inc({ provider, model, usage: "estimated" }, estimated);
            if (unmetered > 0) this.inc({ provider, model, usage: "unmetered" }, unmetered);
          }
        }
      },
    });
    new Counter({
      name: "tokenledger_refusals_total",
      help: "Requests that were answered with no, by the code in the answer and its HTTP status.",
      labelNames: ["reason", "status"],
      registers,
      collect() {
        this.reset();
        for (const [status, reasons] of figures.refusals)
          for (const [reason, count] of reasons) this.inc({ reason, status: String(status) }, count);
      },
    });
  }

  #tellShares(): void {
    const figures = this.#figures;
    this.#gauge("tokenledger_unpriced_ratio", "Share of the recorded calls since the start whose price nobody knows.", () =>
      figures.recorded === 0 ? 0 : figures.unpriced / figures.recorded,
    );
    this.#gauge("tokenledger_reported_ratio", "Share of the recorded calls since the start whose usage the reply itself told.", () =>
      figures.recorded === 0 ? 1 : figures.reported / figures.recorded,
    );
  }

  #tellSurroundings(): void {
    const around = (): Surroundings => this.#surroundings;
    this.#gauge(
      "tokenledger_reservations",
      "Calls of this gateway under way, each with a hold on its budgets.",
      () => around().underWay().calls,
    );
    this.#gauge(
      "tokenledger_reserved_usd",
      "What is held for the calls of this gateway under way, in USD.",
      () => Number(around().underWay().heldNanoUsd) / 1e9,
    );
    this.#gauge("tokenledger_settle_queue", "Calls that have ended and wait for a book that can't be written.", () =>
      around().settleQueue(),
    );
    this.#gauge("tokenledger_event_listeners", "Who listens to /api/v1/events.", () => around().listeners());
    new Gauge({
      name: "tokenledger_provider_state",
      help: "1 for the state of a provider's circuit breaker: closed is well, open is left alone, half_open is tried again.",
      labelNames: ["provider", "state"],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { name, state } of around().providers())
          for (const each of PROVIDER_STATES) this.set({ provider: name, state: each }, each === state ? 1 : 0);
      },
    });
  }

  #gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(value());
      },
    });
  }
}
