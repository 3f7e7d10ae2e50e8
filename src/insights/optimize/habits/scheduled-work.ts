/**
 * Work that a timer starts and nobody waits for: its runs begin at the same minute, its calls are no conversations and no streams. People
 * who come at nine have a rhythm of a day, too; what they don't have is a minute of the hour.
 */
import { eventRhythm } from "../../../analysis/index.ts";
import type { Call, CalledModel, Workload } from "../replay/call.ts";
import { type Cell, FLAGS } from "../replay/cell.ts";
import type { CallFlagger, CallObserver } from "../replay/watching.ts";
import { WorkloadModels } from "../replay/workload-models.ts";
import { Recent } from "./recent.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** So long without a call, and the next one begins another run. */
const PAUSE_MS = 30 * MINUTE_MS;
/** Enough for a year of two runs a day. */
const MOST_RUNS = 1024;
const LEAST_DAYS = 5;
const LEAST_CALLS = 50;
const LEVEL = 1e-3;
/** Runs begin within some four minutes of one minute of the hour. */
const LEAST_IN_HOUR = 0.9;
/** A batch may take a day: what runs more often than some twice a day is waited for sooner. */
const LEAST_INTERVAL_MS = 11 * HOUR_MS;
/** Of the calls: that many may be unlike the others. */
const MOST_UNLIKE = 0.02;
const LONGEST_REQUEST = 3;
const SESSION_KEPT_MS = 2 * HOUR_MS;
const MOST_SESSIONS = 100_000;
const MOST_MODELS = 4096;

/** Calls of one workload to one model, those that are known not to be streamed apart. */
interface Group {
  workload: Workload;
  model: CalledModel;
  isUnwatched: boolean;
  calls: number;
  streamed: number;
  /** In a session that had one before, or with a conversation in their prompt: they wait for each other. */
  following: number;
  starts: number[];
  durations: number[];
  startMs: number;
  lastMs: number;
}

/** Work whose runs a timer starts. */
export interface ScheduledGroup {
  workload: Workload;
  model: CalledModel;
  isUnwatched: boolean;
  calls: number;
  runs: number;
  /** Length of the mean direction of the minutes of the hour at which runs begin. */
  concentration: number;
  /** Of all groups that were looked at: how often chance would show one like it. */
  p: number;
  /** Minute of the UTC day at which most runs begin; undefined where only their minute of the hour is known. */
  minuteOfDay: number | undefined;
  minuteOfHour: number;
  intervalMs: number;
  durationMs: number;
}

export class ScheduledWork implements CallFlagger, CallObserver {
  readonly #groups = new WorkloadModels<Group>();
  readonly #unwatched = new WorkloadModels<Group>();
  readonly #sessions = new Recent<number, true>({ keptMs: SESSION_KEPT_MS, most: MOST_SESSIONS });

  flagsOf({ facts }: Call): number {
    return facts?.isStream === false ? FLAGS.unwatched : 0;
  }

  take(call: Call, { flags }: Cell): void {
    const { timestampMs, facts } = call;
    const group = this.#groupOf(call, (flags & FLAGS.unwatched) !== 0);
    if (group === undefined) return;
    group.calls++;
    if (facts?.isStream) group.streamed++;
    if (this.#follows(call)) group.following++;
    if (!(timestampMs - group.lastMs < PAUSE_MS)) {
      if (group.starts.length > 0 && group.starts.length <= MOST_RUNS) group.durations.push(group.lastMs - group.startMs);
      group.startMs = timestampMs;
      if (group.starts.length <= MOST_RUNS) group.starts.push(timestampMs);
    }
    group.lastMs = timestampMs;
  }

  /** What a timer starts at most twice a day. */
  scheduled(): ScheduledGroup[] {
    const tested = [...this.#groups.all(), ...this.#unwatched.all()].map(([, , group]) => group).filter(mayBeScheduled);
    return tested.flatMap((group) => scheduledGroup(group, tested.length) ?? []);
  }

  #groupOf({ workload, model }: Call, isUnwatched: boolean): Group | undefined {
    if (workload.isRest) return undefined;
    const groups = isUnwatched ? this.#unwatched : this.#groups;
    let group = groups.get(workload, model);
    if (group === undefined) {
      group = {
        workload,
        model,
        isUnwatched,
        calls: 0,
        streamed: 0,
        following: 0,
        starts: [],
        durations: [],
        startMs: Number.NaN,
        lastMs: Number.NaN,
      };
      groups.set(workload, model, group);
    }
    return group;
  }

  #follows({ session, model, timestampMs, facts }: Call): boolean {
    if (facts?.turns !== undefined && facts.turns > LONGEST_REQUEST) return true;
    if (session === 0 || model.index >= MOST_MODELS) return false;
    this.#sessions.at(timestampMs);
    const key = session * MOST_MODELS + model.index;
    const isKnown = this.#sessions.get(key) === true;
    this.#sessions.set(key, true);
    return isKnown;
  }
}

/** Whether a cell's calls are of one of these groups. */
export function isOf(groups: readonly ScheduledGroup[]): (cell: Cell) => boolean {
  const keys = new Set(groups.map(({ workload, model, isUnwatched }) => groupKey(workload, model, isUnwatched)));
  return ({ workload, model, flags }) => keys.has(groupKey(workload, model, (flags & FLAGS.unwatched) !== 0));
}

function groupKey(workload: Workload, model: CalledModel, isUnwatched: boolean): number {
  return (workload.index * MOST_MODELS + model.index) * 2 + (isUnwatched ? 1 : 0);
}

function mayBeScheduled({ calls, streamed, following, starts }: Group): boolean {
  if (calls < LEAST_CALLS || starts.length > MOST_RUNS) return false;
  if (streamed > MOST_UNLIKE * calls || following > MOST_UNLIKE * calls) return false;
  return new Set(starts.map((start) => Math.floor(start / DAY_MS))).size >= LEAST_DAYS;
}

function scheduledGroup(group: Group, tests: number): ScheduledGroup | undefined {
  const { workload, model, isUnwatched, calls, starts, durations, startMs, lastMs } = group;
  const intervalMs = middle(starts.slice(1).map((start, index) => start - (starts[index] as number)));
  if (!(intervalMs >= LEAST_INTERVAL_MS)) return undefined;
  const inHour = eventRhythm(starts, HOUR_MS);
  const p = inHour.p * tests;
  if (inHour.concentration < LEAST_IN_HOUR || p >= LEVEL) return undefined;
  const inDay = eventRhythm(starts, DAY_MS);
  return {
    workload,
    model,
    isUnwatched,
    calls,
    runs: starts.length,
    concentration: inHour.concentration,
    p,
    minuteOfDay: inDay.concentration >= LEAST_IN_HOUR ? Math.round(inDay.phaseMs / MINUTE_MS) % 1440 : undefined,
    minuteOfHour: Math.round(inHour.phaseMs / MINUTE_MS) % 60,
    intervalMs,
    durationMs: middle([...durations, lastMs - startMs]),
  };
}

/** The median; of an even number the lower one. NaN for none. */
function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1] ?? Number.NaN;
}
