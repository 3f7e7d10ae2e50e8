/** The forms in which traces of calls are published, each known by its fields, whether these are columns of a CSV or keys of JSON. */

import { InvalidInput, quoteValue } from "../../../errors.ts";
import { type CallFacts, instantIn, type PromptBlock } from "../../../usage/index.ts";
import type { ImportOptions } from "../../importer.ts";
import { countOf, type Mend } from "../../reading/fields.ts";
import { durationOf, type Fields, instantAt, isTrue, nameOf } from "../../records/export-fields.ts";
import type { ExportPlace } from "../../records/export-importer.ts";
import { providerOf } from "../../records/model-provider.ts";

const EPOCH_EXAMPLE = "--epoch 2026-01-01T00:00:00Z";
/** 300 years: what is larger is no time since the start of a trace. */
const MAX_SINCE_START_MS = 1e13;

/** What BurstGPT calls the models that it saw. */
const BURST_MODELS: Readonly<Record<string, string>> = { chatgpt: "gpt-3.5-turbo", "gpt-4": "gpt-4" };

/** One call of a trace. */
export interface TracedCall {
  timestampMs: number;
  provider: string;
  model: string;
  requestedModel?: string | undefined;
  input: number;
  output: number;
  latencyMs?: number | undefined;
  sessionId?: string | undefined;
  status?: string | undefined;
  facts?: Readonly<Record<string, unknown>>;
  callFacts?: CallFacts;
}

/** Reads one row. What it throws as TypeError is a problem of that row. */
export type ReadCall = (fields: Fields, warn: Mend) => TracedCall;

interface TraceForm {
  name: string;
  /** All of these are there, or the file is of another form. */
  fields: readonly string[];
  /** Sees the file once, before its rows; throws InvalidInput for what must be said and wasn't. */
  begin(place: ExportPlace, has: (field: string) => boolean): ReadCall;
}

const azure: TraceForm = {
  name: "Azure",
  fields: ["TIMESTAMP", "ContextTokens", "GeneratedTokens"],
  begin({ options, warn }) {
    requireModel(options);
    if (options.epochMs !== undefined) warn("the trace has times of its own; --epoch was not needed");
    return (fields, mend) => ({
      timestampMs: instantAt(fields("TIMESTAMP"), "TIMESTAMP", options.timeZone),
      ...served(options),
      ...counts(fields, "ContextTokens", "GeneratedTokens", mend),
    });
  },
};

const burst: TraceForm = {
  name: "BurstGPT",
  fields: ["Timestamp", "Request tokens", "Response tokens"],
  begin({ options }, has) {
    const epochMs = requireEpoch(options, "counts seconds from its own start");
    if (!has("Model")) requireModel(options);
    return (fields, mend) => {
      const said = nameOf(fields("Model"));
      // Its names are no models' names: what the user says is believed over them.
      const own = options.model === undefined ? (BURST_MODELS[said?.toLowerCase() ?? ""] ?? said) : undefined;
      return {
        timestampMs: epochMs + sinceStart(fields, "Timestamp", 1000),
        ...served(options, own, "Model"),
        ...counts(fields, "Request tokens", "Response tokens", mend),
        latencyMs: durationOf(fields("Elapsed time"), 1000),
        sessionId: nameOf(fields("Session ID")),
        facts: { log_type: fields("Log Type") },
      };
    };
  },
};

/** Its `hash_ids` tell which prompts share a beginning, not what a provider's cache still held: no cache reads are inferred from them. */
const mooncake: TraceForm = {
  name: "Mooncake",
  fields: ["timestamp", "input_length", "output_length"],
  begin({ options }) {
    const epochMs = requireEpoch(options, "counts milliseconds from its own start");
    requireModel(options);
    return (fields, mend) => {
      const tokens = counts(fields, "input_length", "output_length", mend);
      const promptBlocks = mooncakeBlocks(fields("hash_ids"), tokens.input, mend);
      return {
        timestampMs: epochMs + sinceStart(fields, "timestamp", 1),
        ...served(options),
        ...tokens,
        ...(promptBlocks && { callFacts: { promptBlocks } }),
      };
    };
  },
};

/** Each id stands for a block of so many tokens and all before it; the last block has what is left. */
const MOONCAKE_BLOCK_TOKENS = 512;

function mooncakeBlocks(ids: unknown, input: number, mend: Mend): PromptBlock[] | undefined {
  if (ids === undefined || ids === null) return undefined;
  const isList = Array.isArray(ids) && ids.every((id) => Number.isSafeInteger(id) && id >= 0);
  if (!isList) {
    mend("hash_ids is no list of whole numbers from 0 up; the call is kept without them");
    return undefined;
  }
  const blocks: PromptBlock[] = [];
  let left = input;
  for (const id of ids as number[]) {
    if (left <= 0) break;
    const tokens = Math.min(left, MOONCAKE_BLOCK_TOKENS);
    blocks.push({ hash: id.toString(36).padStart(8, "0"), tokens });
    left -= tokens;
  }
  return blocks.length > 0 ? blocks : undefined;
}

const sessions: TraceForm = {
  name: "Claude Code sessions",
  fields: ["session_id", "request_arrival_delta_s", "model_id", "input_tokens", "output_tokens"],
  begin({ options, warn }) {
    const epochMs = requireEpoch(options, "counts seconds from the start of each session");
    warn("the trace doesn't say when its sessions began: each is taken to begin at --epoch");
    return (fields, mend) => ({
      timestampMs: epochMs + sinceStart(fields, "request_arrival_delta_s", 1000),
      ...served(options, nameOf(fields("model_id")), "model_id"),
      ...counts(fields, "input_tokens", "output_tokens", mend),
      latencyMs: durationOf(fields("api_time_s"), 1000),
      sessionId: nameOf(fields("session_id")),
    });
  },
};

/** Its times are UTC, also where they name no zone: one file has both, in one run of calls. */
const agentCalls: TraceForm = {
  name: "Exgentic agent calls",
  fields: ["start_time_iso", "end_time_iso", "request_model", "input_tokens", "output_tokens"],
  begin({ options, warn }) {
    if (options.epochMs !== undefined) warn("the trace has times of its own; --epoch was not needed");
    return (fields, mend) => {
      const startMs = instantAt(fields("start_time_iso"), "start_time_iso");
      const endMs = instantIn(fields("end_time_iso")) ?? startMs;
      const asked = nameOf(fields("request_model"));
      const answered = nameOf(fields("response_model")) ?? asked;
      return {
        timestampMs: startMs,
        ...served(options, answered, "request_model"),
        requestedModel: asked === answered ? undefined : asked,
        ...counts(fields, "input_tokens", "output_tokens", mend),
        latencyMs: durationOf(fields("duration_ms")) ?? Math.max(0, endMs - startMs),
        sessionId: nameOf(fields("session_id")),
        status: isTrue(fields("is_error")) ? "error" : undefined,
        facts: { harness: fields("harness"), benchmark: fields("benchmark") },
      };
    };
  },
};

export const TRACE_FORMS: readonly TraceForm[] = [azure, burst, mooncake, sessions, agentCalls];

/** What is published beside traces and looks like one: nothing in it is a call. */
export const NO_TRACES: readonly { fields: readonly string[]; reason: string }[] = [
  {
    fields: ["window_start_s", "req_per_s"],
    reason: "is a table of request rates per time window (ServeGen), not a list of calls: it holds no usage to import",
  },
  {
    fields: ["window_start_s", "field", "mean"],
    reason: "is a table of token averages per time window (ServeGen), not a list of calls: it holds no usage to import",
  },
];

function requireModel({ model }: ImportOptions): void {
  if (model === undefined) throw new InvalidInput("names no model; say which one to take the requests for with --model (and --provider)");
}

function requireEpoch({ epochMs }: ImportOptions, how: string): number {
  if (epochMs === undefined) throw new InvalidInput(`${how}; say when that was with ${EPOCH_EXAMPLE}`);
  return epochMs;
}

/** Who served the call. What the trace tells goes before what the user says of all files; then comes what the model's name tells. */
function served(options: ImportOptions, told?: string, field = "model"): Pick<TracedCall, "provider" | "model"> {
  const model = told ?? options.model;
  if (model === undefined) throw new TypeError(`${field} is empty`);
  const prefix = /^([^/]+)\//.exec(model)?.[1];
  const named = prefix && providerOf(prefix, model);
  const provider = told === undefined ? (options.provider ?? named) : (named ?? options.provider);
  return { provider: provider ?? providerOf(undefined, model, "openai"), model };
}

function counts(fields: Fields, input: string, output: string, mend: Mend): Pick<TracedCall, "input" | "output"> {
  return { input: countOf(fields(input), input, mend), output: countOf(fields(output), output, mend) };
}

function sinceStart(fields: Fields, name: string, unitMs: number): number {
  const value = fields(name);
  const sinceMs = durationOf(value, unitMs) ?? Number.NaN;
  if (!(sinceMs <= MAX_SINCE_START_MS)) {
    throw new TypeError(
      `${name} is ${quoteValue(value ?? "")}, not a number of ${unitMs === 1 ? "milliseconds" : "seconds"} since the start`,
    );
  }
  return sinceMs;
}
