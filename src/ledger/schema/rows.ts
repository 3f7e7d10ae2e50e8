/** A usage record as the row that is stored, and back. */
import type { TokenCounts, UsageRecord, UsageSource } from "../../usage/index.ts";
import { KINDS } from "../schema.ts";
import type { CanonicalModel, Entry, StoredRecord } from "../store.ts";
import { type DictionaryEntry, type Entries, type Interning, providerAndModel, type ScopeKind } from "./dictionary-entry.ts";
import { mix, mixText } from "./hash.ts";

/** A row of `usage_records`, its columns in the table's order. */
export interface RecordRow {
  row: number;
  time_ms: number;
  model: number;
  source: number;
  org: number;
  team: number;
  user: number;
  project: number;
  key: number;
  session: number;
  tags: number;
  circumstances: number;
  price_version: number;
  requests: number;
  unpriced: number;
  input_tokens: number | null;
  output_tokens: number | null;
  cache_read_tokens: number | null;
  cache_write_5m_tokens: number | null;
  cache_write_1h_tokens: number | null;
  reasoning_tokens: number | null;
  audio_input_tokens: number | null;
  audio_output_tokens: number | null;
  web_searches: number | null;
  latency_ms: number | null;
  reported_cost_nano_usd: number | null;
  computed_cost_nano_usd: number | null;
  corrects: number | null;
  id: string | Uint8Array | null;
  request_id: string | Uint8Array | null;
  metadata: string | null;
  checksum: number;
}

/** Everything that a row of the dictionary can stand for. */
export const DICTIONARY_COLUMNS = [
  "model",
  "source",
  "org",
  "team",
  "user",
  "project",
  "key",
  "session",
  "tags",
  "circumstances",
  "price_version",
] as const;

/** Figures in which a correction may differ by a number. */
export const FIGURE_COLUMNS = [
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_5m_tokens",
  "cache_write_1h_tokens",
  "reasoning_tokens",
  "audio_input_tokens",
  "audio_output_tokens",
  "web_searches",
  "latency_ms",
  "reported_cost_nano_usd",
  "computed_cost_nano_usd",
] as const;

export const COLUMNS: readonly (keyof RecordRow)[] = [
  "row",
  "time_ms",
  ...DICTIONARY_COLUMNS,
  "requests",
  "unpriced",
  ...FIGURE_COLUMNS,
  "corrects",
  "id",
  "request_id",
  "metadata",
  "checksum",
];

const DASH = 45;
const UUID_LENGTH = 36;

/** The value of each lower-case hexadecimal digit by its character code; 16 for what is none. */
const DIGITS: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = "0123456789abcdef".indexOf(String.fromCharCode(code));
  return value < 0 ? 16 : value;
});

/** An id as it is stored: 16 bytes where it is a UUID in its usual spelling. */
export function packId(id: string): string | Uint8Array {
  if (id.length !== UUID_LENGTH) return id;
  const bytes = Buffer.allocUnsafe(16);
  for (let at = 0, byte = 0; byte < 16; byte++) {
    if (byte === 4 || byte === 6 || byte === 8 || byte === 10) {
      if (id.charCodeAt(at++) !== DASH) return id;
    }
    const high = DIGITS[id.charCodeAt(at++)] ?? 16;
    const low = DIGITS[id.charCodeAt(at++)] ?? 16;
    if ((high | low) > 15) return id;
    bytes[byte] = (high << 4) | low;
  }
  return bytes;
}

export function unpackId(stored: string | Uint8Array): string {
  if (typeof stored === "string") return stored;
  const hex = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Facts of few different values: one dictionary entry for all of them together. */
interface Circumstances {
  requestedModel?: string;
  serviceTier?: string;
  speed?: string;
  inferenceGeo?: string;
  requestInputTokens?: number;
  usageSource?: UsageSource;
  status?: string;
  attempt?: number;
  rank?: number;
  /** No fact of the record, but in whose space of ids its id is. */
  idSpace?: string;
}

const parsedCircumstances = new WeakMap<DictionaryEntry, Circumstances>();

/** What an entry of circumstances says; parsed once. */
export function circumstancesIn(entry: DictionaryEntry): Circumstances {
  if (entry.kind !== KINDS.circumstances) return {};
  let circumstances = parsedCircumstances.get(entry);
  if (!circumstances) {
    circumstances = JSON.parse(entry.key) as Circumstances;
    parsedCircumstances.set(entry, circumstances);
  }
  return circumstances;
}

/** Turns records into rows. */
export class RowEncoder {
  readonly #dictionary: Interning;
  readonly #idOf: (id: string) => string | Uint8Array;
  #last: { entry: Entry; id: number } | undefined;

  /** @param idOf how ids are stored */
  constructor(dictionary: Interning, idOf: (id: string) => string | Uint8Array = packId) {
    this.#dictionary = dictionary;
    this.#idOf = idOf;
  }

  /** To be called together with the dictionary's own. */
  forget(): void {
    this.#last = undefined;
  }

  encode(row: number, entry: Entry, canonicalModel: CanonicalModel): RecordRow {
    const { record, computedCostNanoUsd } = entry;
    const { tokens, reportedCostNanoUsd } = record;
    const dictionary = this.#dictionary;
    return {
      row,
      time_ms: record.timestampMs,
      model: dictionary.internModel(record.provider, record.model, canonicalModel),
      source: dictionary.intern("source", record.source),
      org: dictionary.internScope("org", record.org, record.orgId),
      team: dictionary.internScope("team", record.team, record.teamId),
      user: dictionary.internScope("user", record.user, record.userId),
      project: dictionary.internScope("project", record.project, record.projectId),
      key: dictionary.intern("key", record.key),
      session: dictionary.intern("session", record.sessionId),
      tags: record.tags === undefined || record.tags.length === 0 ? 0 : dictionary.intern("tags", JSON.stringify(record.tags)),
      circumstances: this.#internCircumstances(entry),
      price_version: entry.priceVersion === null ? 0 : dictionary.intern("priceVersion", entry.priceVersion),
      requests: 1,
      unpriced: reportedCostNanoUsd === undefined && computedCostNanoUsd === null ? 1 : 0,
      input_tokens: tokens.input ?? null,
      output_tokens: tokens.output ?? null,
      cache_read_tokens: tokens.cacheRead ?? null,
      cache_write_5m_tokens: tokens.cacheWrite5m ?? null,
      cache_write_1h_tokens: tokens.cacheWrite1h ?? null,
      reasoning_tokens: tokens.reasoning ?? null,
      audio_input_tokens: tokens.audioInput ?? null,
      audio_output_tokens: tokens.audioOutput ?? null,
      web_searches: tokens.webSearches ?? null,
      latency_ms: record.latencyMs === undefined ? null : Math.round(record.latencyMs),
      reported_cost_nano_usd: reportedCostNanoUsd ?? null,
      computed_cost_nano_usd: computedCostNanoUsd,
      corrects: null,
      id: this.#idOf(entry.id),
      request_id: record.requestId === undefined ? null : this.#idOf(record.requestId),
      metadata: record.metadata === undefined ? null : JSON.stringify(record.metadata),
      checksum: 0,
    };
  }

  /** Records come in runs of equal circumstances, so the last answer usually holds. */
  #internCircumstances(entry: Entry): number {
    const { record, idSpace } = entry;
    if (this.#last && this.#last.entry.idSpace === idSpace && sameCircumstances(this.#last.entry.record, record)) return this.#last.id;
    const { requestedModel, serviceTier, speed, inferenceGeo, requestInputTokens, usageSource, status, attempt, replay } = record;
    const rank = replay?.rank;
    const facts = { requestedModel, serviceTier, speed, inferenceGeo, requestInputTokens, usageSource, status, attempt, rank, idSpace };
    const key = JSON.stringify(facts);
    const id = key === "{}" ? 0 : this.#dictionary.intern("circumstances", key);
    this.#last = { entry, id };
    return id;
  }
}

function sameCircumstances(a: UsageRecord, b: UsageRecord): boolean {
  return (
    a.requestedModel === b.requestedModel &&
    a.serviceTier === b.serviceTier &&
    a.speed === b.speed &&
    a.inferenceGeo === b.inferenceGeo &&
    a.requestInputTokens === b.requestInputTokens &&
    a.usageSource === b.usageSource &&
    a.status === b.status &&
    a.attempt === b.attempt &&
    a.replay?.rank === b.replay?.rank
  );
}

/** A row, its corrections folded in, as the record that it stands for. */
export function decode(row: RecordRow, original: RecordRow, dictionary: Pick<Entries, "entry">): StoredRecord {
  const model = dictionary.entry(row.model);
  const [provider, modelName] = providerAndModel(model.key);
  const reported = row.reported_cost_nano_usd;
  const computed = row.computed_cost_nano_usd;
  const {
    rank,
    idSpace: _,
    ...facts
  } = row.circumstances === 0 ? ({} as Circumstances) : circumstancesIn(dictionary.entry(row.circumstances));
  const text = (id: number): string | undefined => (id === 0 ? undefined : dictionary.entry(id).key);
  return present({
    rowId: original.row,
    id: original.id === null ? undefined : unpackId(original.id),
    timestampMs: row.time_ms,
    provider,
    model: modelName,
    canonicalModel: model.name ?? modelName,
    tokens: present({
      input: row.input_tokens,
      output: row.output_tokens,
      cacheRead: row.cache_read_tokens,
      cacheWrite5m: row.cache_write_5m_tokens,
      cacheWrite1h: row.cache_write_1h_tokens,
      reasoning: row.reasoning_tokens,
      audioInput: row.audio_input_tokens,
      audioOutput: row.audio_output_tokens,
      webSearches: row.web_searches,
    }) as TokenCounts,
    latencyMs: row.latency_ms,
    reportedCostNanoUsd: reported,
    computedCostNanoUsd: computed,
    ...scope("org", row.org, dictionary),
    ...scope("team", row.team, dictionary),
    ...scope("user", row.user, dictionary),
    ...scope("project", row.project, dictionary),
    key: text(row.key),
    requestId: original.request_id === null ? undefined : unpackId(original.request_id),
    sessionId: text(row.session),
    tags: row.tags === 0 ? undefined : JSON.parse(dictionary.entry(row.tags).key),
    source: text(row.source),
    priceVersion: text(row.price_version),
    metadata: row.metadata === null ? undefined : JSON.parse(row.metadata),
    replay: rank === undefined ? undefined : { rank },
    ...facts,
    costNanoUsd: reported ?? computed,
  }) as unknown as StoredRecord;
}

function scope(kind: ScopeKind, id: number, dictionary: Pick<Entries, "entry">): Record<string, string> {
  if (id === 0) return {};
  const { key, name } = dictionary.entry(id);
  return { [kind]: name ?? key, [`${kind}Id`]: key };
}

/**
 * Without the fields that nobody told; `costNanoUsd` stays, because null says something there. Made anew: an object that fields were
 * deleted from is slow to read for all who get it.
 */
function present(fields: Record<string, unknown>): Record<string, unknown> {
  const told: Record<string, unknown> = {};
  for (const name in fields) {
    const value = fields[name];
    if (value !== undefined && (value !== null || name === "costNanoUsd")) told[name] = value;
  }
  return told;
}

/** What a row's checksum must be: every other column goes in. Written out, because a loop over names costs ten times as much. */
export function checksumOf(row: RecordRow): number {
  let hash = mix(0, row.row);
  hash = mix(hash, row.time_ms);
  hash = mix(hash, row.model);
  hash = mix(hash, row.source);
  hash = mix(hash, row.org);
  hash = mix(hash, row.team);
  hash = mix(hash, row.user);
  hash = mix(hash, row.project);
  hash = mix(hash, row.key);
  hash = mix(hash, row.session);
  hash = mix(hash, row.tags);
  hash = mix(hash, row.circumstances);
  hash = mix(hash, row.price_version);
  hash = mix(hash, row.requests);
  hash = mix(hash, row.unpriced);
  hash = mix(hash, row.input_tokens);
  hash = mix(hash, row.output_tokens);
  hash = mix(hash, row.cache_read_tokens);
  hash = mix(hash, row.cache_write_5m_tokens);
  hash = mix(hash, row.cache_write_1h_tokens);
  hash = mix(hash, row.reasoning_tokens);
  hash = mix(hash, row.audio_input_tokens);
  hash = mix(hash, row.audio_output_tokens);
  hash = mix(hash, row.web_searches);
  hash = mix(hash, row.latency_ms);
  hash = mix(hash, row.reported_cost_nano_usd);
  hash = mix(hash, row.computed_cost_nano_usd);
  hash = mix(hash, row.corrects);
  hash = mixId(mixId(hash, row.id), row.request_id);
  return mixText(hash, row.metadata);
}

function mixId(hash: number, id: string | Uint8Array | null): number {
  if (id === null || typeof id === "string") return mixText(hash, id);
  let mixed = hash;
  for (const byte of id) mixed = Math.imul(mixed ^ byte, 0x01000193);
  return mix(mixed, 16);
}
