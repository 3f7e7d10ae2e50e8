/** From records as they come to entries that a store can keep: refused, priced, and one of each identity. */
import { quoteValue, TokenLedgerError } from "../errors.ts";
import { contentUuid, type UsageRecord } from "../usage/index.ts";
import { fixedShape } from "./fixed-shape.ts";
import type { AppendBatch, AppendOutcome, Rejection } from "./ledger.ts";
import { differingField, replaces } from "./resolution.ts";
import { namespaceOf } from "./schema.ts";
import type { Entry, EntryOutcome, LedgerStore, Resolution } from "./store.ts";
import { refusal } from "./validation.ts";

/** What the price book says about one record. */
export interface Pricer {
  /** Nano-USD, or undefined where no price is known. */
  cost(record: UsageRecord): number | undefined;
  canonicalModel(provider: string, model: string): string;
  readonly version: string;
}

/** An entry and the records of the batch that it stands for: the first is the one that is stored. */
interface Candidate {
  entry: Entry;
  indexes: number[];
}

export async function appendBatch(store: LedgerStore, pricer: Pricer, batch: AppendBatch): Promise<AppendOutcome> {
  const rejected: Rejection[] = [];
  const candidates = coalesce(batch.records, pricer, rejected);
  const entries = candidates.map(({ entry }) => entry);
  const outcomes = await store.write({ entries, files: [...(batch.file ? [batch.file] : []), ...(batch.files ?? [])], resolve });
  return summary(candidates, outcomes, rejected);
}

/** What {@link appendBatch} would answer. */
export async function previewBatch(store: LedgerStore, pricer: Pricer, records: readonly UsageRecord[]): Promise<AppendOutcome> {
  const rejected: Rejection[] = [];
  const candidates = coalesce(records, pricer, rejected);
  const outcomes = await store.preview(
    candidates.map(({ entry }) => entry),
    resolve,
  );
  return summary(candidates, outcomes, rejected);
}

function summary(candidates: readonly Candidate[], outcomes: readonly EntryOutcome[], rejected: Rejection[]): AppendOutcome {
  const outcome: AppendOutcome = { new: 0, duplicate: 0, corrected: 0, rejected };
  candidates.forEach(({ indexes }, i) => {
    const result = outcomes[i] as EntryOutcome;
    if (typeof result === "object") for (const index of indexes) rejected.push({ index, reason: result.conflict });
    else {
      outcome[result]++;
      outcome.duplicate += indexes.length - 1;
    }
  });
  rejected.sort((a, b) => a.index - b.index);
  return outcome;
}

/** Several records of one identity in a batch become one, so that nothing is stored only to be corrected. */
function coalesce(records: readonly UsageRecord[], pricer: Pricer, rejected: Rejection[]): Candidate[] {
  const candidates: Candidate[] = [];
  const byId = new Map<string, Map<string, Candidate>>();
  const byRequest = new Map<string, Map<string, Candidate>>();
  records.forEach((given, index) => {
    const record = typeof given === "object" && given !== null ? fixedShape(given) : given;
    const reason = refusal(record);
    if (reason !== undefined) {
      rejected.push({ index, reason });
      return;
    }
    const namespace = namespaceOf(record.source);
    const id = record.id ?? contentUuid(record);
    const ids = innerMap(byId, namespace);
    // Joined keys for every record would cost more than the look-ups.
    const requests =
      record.replay === undefined
        ? innerMap(byRequest, record.attempt === undefined ? namespace : `${namespace}\n${record.attempt}`)
        : undefined;
    const known = ids.get(id) ?? (record.requestId === undefined ? undefined : requests?.get(record.requestId));
    if (known) {
      join(known, record, index, pricer, rejected);
      return;
    }
    const entry = entryOf(record, id, namespace, pricer);
    if (typeof entry === "string") {
      rejected.push({ index, reason: entry });
      return;
    }
    const candidate = { entry, indexes: [index] };
    candidates.push(candidate);
    ids.set(id, candidate);
    if (record.requestId !== undefined) requests?.set(record.requestId, candidate);
  });
  return candidates;
}

function innerMap(maps: Map<string, Map<string, Candidate>>, name: string): Map<string, Candidate> {
  let map = maps.get(name);
  if (!map) {
    map = new Map();
    maps.set(name, map);
  }
  return map;
}

function join(known: Candidate, record: UsageRecord, index: number, pricer: Pricer, rejected: Rejection[]): void {
  const { entry } = known;
  const challenger = { ...entry, record };
  const resolution = resolve(entry.record, challenger);
  if (resolution.kind === "conflict") {
    rejected.push({ index, reason: resolution.reason });
    return;
  }
  if (resolution.kind === "replace") {
    const replacement = entryOf(record, entry.id, entry.namespace, pricer);
    if (typeof replacement === "string") {
      rejected.push({ index, reason: replacement });
      return;
    }
    known.entry = replacement;
  }
  known.indexes.push(index);
}

function entryOf(record: UsageRecord, id: string, namespace: string, pricer: Pricer): Entry | string {
  let cost: number | undefined;
  try {
    cost = pricer.cost(record);
  } catch (error) {
    if (TokenLedgerError.is(error)) return (error as TokenLedgerError).message;
    throw error;
  }
  return {
    record,
    id,
    namespace,
    canonicalModel: pricer.canonicalModel(record.provider, record.model),
    computedCostNanoUsd: cost ?? null,
    priceVersion: cost === undefined ? null : pricer.version,
  };
}

/** See {@link Resolution}. */
function resolve(stored: UsageRecord, incoming: Entry): Resolution {
  const { record } = incoming;
  if (stored.replay || record.replay) return { kind: replaces(record, stored) ? "replace" : "duplicate" };
  const field = differingField(stored, record);
  if (field === undefined) return { kind: "duplicate" };
  const sameId = (stored.id ?? incoming.id) === incoming.id;
  const identity = sameId ? `id ${quoteValue(incoming.id)}` : `request_id ${quoteValue(record.requestId)}`;
  return { kind: "conflict", reason: `${identity} is already in the book with another ${field}` };
}
