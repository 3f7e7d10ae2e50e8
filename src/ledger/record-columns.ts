/** Many records at a time, as columns of numbers: for work on all of them, at a fraction of what one object for each costs. */
import type { ServiceTerms, UsageSource } from "../usage/index.ts";

/** What a record's model is: the same number stands for the same three names. */
export interface ScannedModel {
  provider: string;
  model: string;
  canonicalModel: string;
}

/** Facts of few different values, together under one number. */
export interface ScannedTerms extends ServiceTerms {
  requestedModel?: string;
  usageSource?: UsageSource;
  status?: string;
  attempt?: number;
}

/** What the numbers of the columns stand for. 0 stands for nothing. */
export interface ScannedNames {
  model(id: number): ScannedModel;
  terms(id: number): ScannedTerms;
  /** Of an org, team, user, project or key: its name, or its id where it has none. Sessions are only told apart. */
  name(id: number): string | undefined;
}

/**
 * A stretch of records in the order of time, each as it stands after its corrections; at the same time, in the order in which they came. All columns are `length` long or longer; those of
 * tokens have 0 where nothing is told, `latencyMs` and `costNanoUsd` (which is the cost that counts) NaN.
 */
export interface RecordColumns {
  readonly length: number;
  readonly names: ScannedNames;
  readonly row: Float64Array;
  readonly timestampMs: Float64Array;
  readonly model: Int32Array;
  readonly terms: Int32Array;
  readonly org: Int32Array;
  readonly team: Int32Array;
  readonly user: Int32Array;
  readonly project: Int32Array;
  readonly key: Int32Array;
  readonly session: Int32Array;
  readonly input: Float64Array;
  readonly output: Float64Array;
  readonly cacheRead: Float64Array;
  readonly cacheWrite5m: Float64Array;
  readonly cacheWrite1h: Float64Array;
  readonly reasoning: Float64Array;
  readonly audioInput: Float64Array;
  readonly audioOutput: Float64Array;
  readonly webSearches: Float64Array;
  readonly latencyMs: Float64Array;
  readonly costNanoUsd: Float64Array;
  /** As JSON; undefined where the record has none. */
  readonly metadata: readonly (string | undefined)[];
}
