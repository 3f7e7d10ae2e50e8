/** Work that a timer starts, at the hours at which its model costs less. */
import { costNanoUsd, type PriceBook, type PriceEntry, unitPrices } from "../../../pricing/index.ts";
import type { Candidate } from "../candidate.ts";
import type { Call, CalledModel } from "../replay/call.ts";
import type { Cell, Digest } from "../replay/cell.ts";
import { retokeningOf } from "../replay/cell-book.ts";
import { DAY_MS } from "../replay/utc-day.ts";
import type { CallObserver, Watch } from "../replay/watching.ts";
import { tellable } from "../rules/rule-scopes.ts";
import { isOf, type ScheduledWork } from "./scheduled-work.ts";

/** Of which retokening of a cell other hours are the saving. */
const AT_CHEAPER_HOURS = "at-cheaper-hours";
const MINUTE_MS = 60_000;

/** Prices of a model that hold only at some hours. */
interface Hourly {
  entries: readonly PriceEntry[];
  day: number;
  /** Moments of that day at which a price may begin, in minutes; none where no such price holds on it. */
  minutes: readonly number[];
}

/** @param work of the same replay */
export function watchOffPeak(prices: PriceBook, work: ScheduledWork): Watch {
  const watch = new OffPeakWatch(prices);
  return { observer: watch, find: (digest) => watch.find(digest, work) };
}

class OffPeakWatch implements CallObserver {
  readonly #prices: PriceBook;
  /** Most models have none. */
  readonly #hourly: (Hourly | undefined)[] = [];
  readonly #found = new Map<CalledModel, Set<string>>();

  constructor(prices: PriceBook) {
    this.#prices = prices;
  }

  take(call: Call, cell: Cell): void {
    const minutes = this.#minutesOf(call);
    if (minutes.length === 0) return;
    const now = this.#costAt(call, call.timestampMs);
    if (!(now > 0)) return;
    let least = now;
    let hours = "";
    for (const minute of minutes) {
      const atMs = call.day * DAY_MS + minute * MINUTE_MS;
      const there = this.#costAt(call, atMs);
      if (!(there < least)) continue;
      least = there;
      hours = hoursOf(this.#prices.find(call.model.provider, call.model.model, atMs));
    }
    if (least === now) return;
    const found = this.#found.get(call.model) ?? new Set();
    this.#found.set(call.model, found.add(hours));
    const retokening = retokeningOf(cell, AT_CHEAPER_HOURS);
    retokening.savedNanoUsd += Math.round((now - least) * (call.costNanoUsd / now));
  }

  find(digest: Digest, work: ScheduledWork): Candidate[] {
    if (this.#found.size === 0) return [];
    const isScheduled = isOf(work.scheduled());
    return [...this.#found].flatMap(([model, hours]) => {
      const isMeant = (cell: Cell): boolean => cell.retokenings.has(AT_CHEAPER_HOURS) && isScheduled(cell);
      const { scopes, covers, cells } = tellable(digest, model, isMeant);
      if (cells.length === 0) return [];
      const name = `${model.provider}/${model.canonicalModel}`;
      const when = [...hours].sort().join(" or ");
      return [
        {
          kind: "shift-off-peak",
          from: `${name} by a timer`,
          to: when,
          covers,
          models: [model],
          effect: { type: "retoken", of: (cell) => cell.retokenings.get(AT_CHEAPER_HOURS) },
          grade: "B",
          assumptions: [
            "Nobody waits for an answer of these calls, and whoever starts them may start them at another hour of the same day.",
          ],
          risk: "What the calls read may be ready only at the hour at which they are started now.",
          action: { type: "by_hand", advice: `Start these calls ${when}.`, scopes },
          figures: { cheaper_hours: when },
        },
      ];
    });
  }

  #costAt(call: Call, atMs: number): number {
    const { provider, model } = call.model;
    const unit = unitPrices(this.#prices, { ...call.terms, provider, model }, atMs, call.inputTokens);
    return unit === undefined ? Number.NaN : costNanoUsd(unit, call.tokens);
  }

  #minutesOf({ model: { index, provider, model }, day }: Call): readonly number[] {
    let hourly = this.#hourly[index];
    if (hourly === undefined) {
      const entries = this.#prices.candidates(provider, model).map(({ entry }) => entry);
      hourly = { entries: entries.filter(({ minutesUtc }) => minutesUtc !== undefined), day: Number.NaN, minutes: [] };
      this.#hourly[index] = hourly;
    }
    if (hourly.entries.length > 0 && hourly.day !== day) {
      hourly.day = day;
      const inForce = hourly.entries.filter((entry) => isInForceOn(entry, day));
      hourly.minutes = inForce.length === 0 ? [] : [0, ...new Set(inForce.flatMap(({ minutesUtc = [] }) => minutesUtc))];
    }
    return hourly.minutes;
  }
}

function isInForceOn(
  { effectiveFromMs = Number.NEGATIVE_INFINITY, effectiveToMs = Number.POSITIVE_INFINITY }: PriceEntry,
  day: number,
): boolean {
  return effectiveFromMs < (day + 1) * DAY_MS && effectiveToMs > day * DAY_MS;
}

function hoursOf(entry: PriceEntry | undefined): string {
  if (entry?.minutesUtc === undefined) return "at other hours";
  const [from, to] = entry.minutesUtc.map((minute) => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`);
  return `between ${from} and ${to} UTC`;
}

const two = (value: number): string => String(value).padStart(2, "0");
