/** What the gateway, the API and the housekeeping tell what happens: it is counted, written, traced and told on from here, and nowhere else. */
import type { Clock } from "../../clock.ts";
import type { Ledger } from "../../ledger/index.ts";
import { AlertFollower } from "./alert-follower.ts";
import { EventHub } from "./event-hub.ts";
import { EventLog, type LogFormat } from "./event-log.ts";
import type { CallEvent, ChangeEvent, NoteEvent, RefusalEvent } from "./happenings.ts";
import { Metrics } from "./metrics.ts";
import { openTracing, type Tracing } from "./tracing.ts";

export interface ObservingOptions {
  clock: Clock;
  version: string;
  log: (line: string) => void;
  logFormat: LogFormat;
  logsCalls: boolean;
  /** Where alerts of other processes are found. */
  ledger: Pick<Ledger, "alerts" | "budgets">;
}

export class Observing {
  readonly metrics: Metrics;
  readonly events: EventHub = new EventHub();
  /** Absent where OpenTelemetry is not installed. */
  readonly tracing: Tracing | undefined;
  readonly alerts: AlertFollower;
  readonly #log: EventLog;
  readonly #clock: Clock;

  constructor(options: ObservingOptions, tracing: Tracing | undefined) {
    const { clock, log: write, logFormat: format, logsCalls } = options;
    this.metrics = new Metrics(options.version);
    this.tracing = tracing;
    this.#log = new EventLog({ clock, write, format, logsCalls });
    this.#clock = clock;
    this.alerts = new AlertFollower(options.ledger, clock, (event) => this.events.push({ type: "alert", atMs: clock.now(), event }));
  }

  call(event: CallEvent): void {
    this.metrics.call(event);
    this.events.push({ type: "call", atMs: this.#clock.now(), event });
    if (this.#log.logsCalls) this.#log.call(event);
  }

  refusal(event: RefusalEvent): void {
    this.metrics.refusal(event.status, event.reason);
    this.events.push({ type: "refusal", atMs: this.#clock.now(), event });
    if (this.#log.logsCalls) this.#log.refusal(event);
  }

  note(event: NoteEvent): void {
    this.events.push({ type: "note", atMs: this.#clock.now(), event });
    this.#log.note(event);
  }

  change(event: ChangeEvent): void {
    this.events.push({ type: event.what, atMs: this.#clock.now(), event });
  }

  /** Listeners are told that it is over, so that the server can close. */
  endListening(): void {
    this.events.close();
  }

  close(): void {
    this.endListening();
    this.metrics.close();
  }
}

/** Looks once whether OpenTelemetry is there. */
export async function openObserving(options: ObservingOptions): Promise<Observing> {
  return new Observing(options, await openTracing(options.version));
}
