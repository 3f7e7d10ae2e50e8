/** How the process itself is: under the names that dashboards for Node know. */
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { Gauge, type Registry } from "prom-client";
import { systemClock } from "../../clock.ts";

/** The monitor wakes so often, and counts its own sleep. */
const RESOLUTION_MS = 20;
const QUANTILES = [50, 90, 99] as const;

export class ProcessFigures {
  readonly #lag: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor(registry: Registry) {
    this.#lag.enable();
    const gauge = (name: string, help: string, value: () => number): void => {
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(value());
        },
      });
    };
    gauge("process_resident_memory_bytes", "Resident memory size in bytes.", () => process.memoryUsage.rss());
    gauge("nodejs_heap_size_used_bytes", "Memory of the JavaScript heap that is in use.", () => process.memoryUsage().heapUsed);
    gauge("nodejs_external_memory_bytes", "Memory beside the JavaScript heap: buffers, mostly.", () => process.memoryUsage().external);
    gauge("process_cpu_seconds_total", "User and system CPU time spent, in seconds.", cpuSeconds);
    gauge("process_start_time_seconds", "When the process was started, in seconds since 1970.", () => startedSeconds);
    const lag = this.#lag;
    new Gauge({
      name: "nodejs_eventloop_lag_seconds",
      help: "How late the event loop was since the last scrape, as quantiles.",
      labelNames: ["quantile"],
      registers: [registry],
      collect() {
        for (const quantile of QUANTILES) this.set({ quantile: String(quantile / 100) }, secondsOf(lag.percentile(quantile)));
        this.set({ quantile: "1" }, secondsOf(lag.max));
        lag.reset();
      },
    });
  }

  close(): void {
    this.#lag.disable();
  }
}

const startedSeconds = Math.round(systemClock.now() / 1000 - process.uptime());

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function secondsOf(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1e3);
}
