/** One Codex log read from top to bottom: which session it is, which model answers, and what each report of usage adds. */
import { instantOf, isObject, type UsageRecord } from "../../../usage/index.ts";
import type { ImportSink } from "../../importer.ts";
import { objectAt, textOf } from "../../reading/fields.ts";
import { resolveModel } from "./model-names.ts";
import { areEqual, difference, isLate, isNothing, isWithin, NOTHING, sum, type Totals, totalsOf } from "./token-totals.ts";

/** What must be known to go on in the middle of a log. */
export interface RolloutState {
  sessionId?: string | undefined;
  /** The session that this one was forked from, whose history the log repeats first. */
  parentId?: string | undefined;
  provider?: string | undefined;
  model?: string | undefined;
  project?: string | undefined;
  /** Still among the history of the parent session. */
  isInherited?: boolean | undefined;
  /** The parent's last totals: what lies within them is not ours. */
  baseline?: Totals | undefined;
  previous?: Totals | undefined;
  /** How often the totals began anew, so that equal totals of two stretches stay two calls. */
  restarts?: number | undefined;
  /** Calls so far in a log without totals. */
  headlessCalls?: number | undefined;
}

/** What is known of a log from outside. */
export interface RolloutFile {
  /** The session, where no line names it. */
  sessionId: string;
  /** The time of calls, where a capture gives none. */
  modifiedMs: number;
}

const UUID_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export class Rollout {
  readonly state: RolloutState;
  readonly #sink: ImportSink;
  readonly #source: string;
  readonly #file: RolloutFile;

  constructor(source: string, file: RolloutFile, sink: ImportSink, state: RolloutState) {
    this.#source = source;
    this.#file = file;
    this.#sink = sink;
    this.state = state;
  }

  /** @throws TypeError where the line reports usage that can't be read */
  visit(value: unknown, line: number): void {
    if (!isObject(value)) return;
    const payload = objectAt(value, "payload");
    if (value.type === "session_meta" && payload !== undefined) this.#beginSession(payload);
    else if (value.type === "turn_context" && payload !== undefined) this.#beginTurn(payload);
    else if (value.type === "event_msg" && payload?.type === "token_count") this.#countTokens(value, payload, line);
    else if (value.type === "turn.completed" || objectAt(objectAt(value, "data"), "usage") !== undefined) this.#countHeadless(value, line);
    else if (value.type === "thread.started") this.state.sessionId ??= textOf(value.thread_id);
  }

  /** Only the first one is this log's own; a fork repeats its parent's. */
  #beginSession(meta: Record<string, unknown>): void {
    const { state } = this;
    const id = textOf(meta.id) ?? textOf(meta.session_id);
    if (state.sessionId !== undefined || id === undefined) return;
    state.sessionId = id;
    state.provider = textOf(meta.model_provider);
    state.project = lastPart(textOf(meta.cwd));
    state.model ??= textOf(meta.model);
    const spawn = objectAt(objectAt(objectAt(meta, "source"), "subagent"), "thread_spawn");
    state.parentId = textOf(meta.forked_from_id) ?? textOf(spawn?.parent_thread_id);
    state.isInherited = state.parentId !== undefined && UUID_7.test(id);
  }

  #beginTurn(context: Record<string, unknown>): void {
    const { state } = this;
    state.model = textOf(context.model) ?? state.model;
    state.project ??= lastPart(textOf(context.cwd));
    if (state.isInherited !== true || state.sessionId === undefined) return;
    const turnId = textOf(context.turn_id);
    // Version 7 ids sort by time: a turn that began after the session is the session's own. Without ids, equal totals tell.
    if (turnId === undefined || !UUID_7.test(turnId) || turnId.toLowerCase() >= state.sessionId.toLowerCase()) {
      state.isInherited = false;
      state.baseline = state.previous;
    }
  }

  #countTokens(event: Record<string, unknown>, payload: Record<string, unknown>, line: number): void {
    const info = objectAt(payload, "info");
    if (info === undefined) return;
    const mend = (reason: string): void => this.#sink.warning(line, reason);
    const totals = totalsOf(info.total_token_usage, mend);
    const last = totalsOf(info.last_token_usage, mend);
    const used = this.#usedSince(totals, last);
    if (used === undefined) return;
    if (isNothing(used)) {
      this.#sink.skip();
      return;
    }
    const model = textOf(objectAt(payload, "model_info")?.slug) ?? textOf(payload.model) ?? textOf(info.model) ?? this.state.model;
    this.#emit(event.timestamp, model, used, this.state.previous ?? NOTHING, line);
  }

  /** What a report adds, or undefined for one that repeats what is known; moves the totals on. */
  #usedSince(totals: Totals | undefined, last: Totals | undefined): Totals | undefined {
    const { state } = this;
    const { previous, baseline } = state;
    if (totals === undefined) {
      if (last === undefined) return undefined;
      state.previous = sum(previous ?? NOTHING, last);
      return state.isInherited === true ? this.#repeated() : last;
    }
    if (state.isInherited === true || (baseline !== undefined && isWithin(totals, baseline))) {
      if (state.isInherited === true) state.previous = totals;
      return this.#repeated();
    }
    if (previous === undefined || isWithin(previous, totals)) {
      if (previous !== undefined && areEqual(totals, previous)) return this.#repeated();
      state.previous = totals;
      return last !== undefined && !isNothing(last) ? last : difference(totals, previous ?? NOTHING);
    }
    if (isLate(totals, previous, last)) return this.#repeated();
    state.previous = totals;
    state.baseline = undefined;
    state.restarts = (state.restarts ?? 0) + 1;
    return last !== undefined && !isNothing(last) ? last : totals;
  }

  #repeated(): undefined {
    this.#sink.repeated(1);
  }

  /** `codex exec --json`: usage of a whole turn, with neither time nor totals. */
  #countHeadless(value: Record<string, unknown>, line: number): void {
    const data = objectAt(value, "data");
    const used = totalsOf(value.usage ?? data?.usage, (reason) => this.#sink.warning(line, reason));
    if (used === undefined) return;
    if (isNothing(used)) {
      this.#sink.skip();
      return;
    }
    this.state.headlessCalls = (this.state.headlessCalls ?? 0) + 1;
    this.state.previous = sum(this.state.previous ?? NOTHING, used);
    const model = textOf(value.model) ?? textOf(data?.model) ?? this.state.model;
    this.#emit(value.timestamp ?? data?.timestamp ?? this.#file.modifiedMs, model, used, this.state.previous, line);
  }

  #emit(timestamp: unknown, loggedModel: string | undefined, used: Totals, totals: Totals, line: number): void {
    const timestampMs = instantOf(timestamp);
    if (timestampMs === undefined) throw new TypeError(timestamp === undefined ? "no timestamp" : "timestamp is no time");
    const { state } = this;
    const { model, isGuess } = resolveModel(loggedModel, timestampMs);
    const provider = state.provider ?? "openai";
    const sessionId = state.sessionId ?? this.#file.sessionId;
    // A fork counts on from its parent's totals, and repeats its parent's reports: both are known by the parent.
    const identity = [state.parentId ?? sessionId, provider, model, totals.input, totals.cached, totals.output, totals.reasoning];
    if (state.restarts) identity.push(state.restarts);
    const record: UsageRecord = {
      id: identity.join(":"),
      timestampMs,
      provider,
      model,
      tokens: { input: used.input, output: used.output },
      sessionId,
      source: this.#source,
      usageSource: "imported",
      replay: { rank: 0 },
    };
    if (used.cached > 0) record.tokens.cacheRead = used.cached;
    if (used.reasoning > 0) record.tokens.reasoning = used.reasoning;
    if (state.project !== undefined) record.project = state.project;
    if (isGuess) record.metadata = { model: loggedModel === undefined ? "not logged" : `logged as ${loggedModel}` };
    if (isGuess)
      this.#sink.warning(line, loggedModel === undefined ? `no model is named; taken as ${model}` : `${loggedModel} is taken as ${model}`);
    this.#sink.record(record, line);
  }
}

/** A folder's own name. */
function lastPart(path: string | undefined): string | undefined {
  return path?.split(/[\\/]/).findLast((part) => part !== "");
}
