/** From records as they come to entries that a store can keep: refused, priced, and one of each identity. */
import { quoteValue, TokenLedgerError } from "../errors.ts";
import { contentUuid, type UsageRecord } from "../usage/index.ts";
import { fixedShape } from "./fixed-shape.ts";
import type { AppendBatch, AppendOutcome, EachOutcome, RecordEachOptions, Rejection } from "./ledger.ts";
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

/** A batch without its own repetitions: what is left of it to be stored. */
interface Coalesced {
  entries: Entry[];
  /** Parallel to the entries: the place in the batch of the first record that each stands for. */
  indexes: number[];
  /** The places of the others, by entry. */
  others: Map<number, number[]>;
  rejected: Rejected[];
}

interface Rejected extends Rejection {
  status: "invalid" | "conflict";
  /** Where the record has one. */
  id?: string;
}

export async function appendBatch(store: LedgerStore, pricer: Pricer, batch: AppendBatch): Promise<AppendOutcome> {
  const coalesced = coalesce(batch.records, pricer, batch.idSpace);
  const files = [...(batch.file ? [batch.file] : []), ...(batch.files ?? [])];
  const outcomes = await store.write({ entries: coalesced.entries, files, resolve, canonicalModel: pricer.canonicalModel });
  return summary(coalesced, outcomes);
}

/** What {@link appendBatch} would answer. */
export async function previewBatch(store: LedgerStore, pricer: Pricer, records: readonly UsageRecord[]): Promise<AppendOutcome> {
  const coalesced = coalesce(records, pricer, undefined);
  return summary(coalesced, await store.preview(coalesced.entries, resolve));
}

/** As {@link appendBatch}, and says of each record what became of it. */
export async function appendEach(
  store: LedgerStore,
  pricer: Pricer,
  records: readonly UsageRecord[],
  { idSpace }: RecordEachOptions,
): Promise<EachOutcome[]> {
  const { entries, indexes, others, rejected } = coalesce(records, pricer, idSpace);
  const stored = await store.write({ entries, files: [], resolve, canonicalModel: pricer.canonicalModel });
  const outcomes = new Array<EachOutcome>(records.length);
  for (const { index, ...rejection } of rejected) outcomes[index] = rejection;
  stored.forEach((result, place) => {
    const { id } = entries[place] as Entry;
    const isConflict = typeof result === "object";
    const again: EachOutcome = isConflict ? { status: "conflict", id, reason: result.conflict } : { status: "duplicate", id };
    outcomes[indexes[place] as number] = result === "new" ? { status: "new", id } : again;
    for (const index of others.get(place) ?? []) outcomes[index] = { ...again };
  });
  return outcomes;
}

function summary({ indexes, others, rejected }: Coalesced, outcomes: readonly EntryOutcome[]): AppendOutcome {
  const rejections = rejected.map(({ index, reason }): Rejection => ({ index, reason }));
  const outcome: AppendOutcome = { new: 0, duplicate: 0, corrected: 0, rejected: rejections };
  outcomes.forEach((result, place) => {
    const more = others.get(place) ?? [];
    if (typeof result === "object") {
      for (const index of [indexes[place] as number, ...more]) rejections.push({ index, reason: result.conflict });
    } else {
      outcome[result]++;
      outcome.duplicate += more.length;
    }
  });
  rejections.sort((a, b) => a.index - b.index);
  return outcome;
}

/** Several records of one identity in a batch become one, so that nothing is stored only to be corrected. */
function coalesce(records: readonly UsageRecord[], pricer: Pricer, idSpace: string | undefined): Coalesced {
  const coalesced: Coalesced = { entries: [], indexes: [], others: new Map(), rejected: [] };
  const { entries, indexes, rejected } = coalesced;
  const byId = new Map<string, Map<string, number>>();
  const byRequest = new Map<string, Map<string, number>>();
  for (let index = 0; index < records.length; index++) {
    const given = records[index] as UsageRecord;
    const record = typeof given === "object" && given !== null ? fixedShape(given) : given;
    const reason = refusal(record);
    if (reason !== undefined) {
      rejected.push({ status: "invalid", index, reason });
      continue;
    }
    const namespace = namespaceOf(record.source, idSpace);
    const id = record.id ?? contentUuid(record);
    const ids = innerMap(byId, namespace);
    // Joined keys for every record would cost more than the look-ups.
    const requests =
      record.replay === undefined && record.requestId !== undefined
        ? innerMap(byRequest, (record.attempt ?? 1) === 1 ? namespace : `${namespace}\n${record.attempt}`)
        : undefined;
    const known = ids.get(id) ?? requests?.get(record.requestId as string);
    if (known !== undefined) {
      join(coalesced, known, record, index, pricer);
      continue;
    }
    const entry = entryOf(record, id, namespace, pricer);
    if (typeof entry === "string") {
      rejected.push({ status: "invalid", index, reason: entry, id });
      continue;
    }
    if (idSpace !== undefined) entry.idSpace = idSpace;
    ids.set(id, entries.length);
    requests?.set(record.requestId as string, entries.length);
    entries.push(entry);
    indexes.push(index);
  }
  return coalesced;
}

function innerMap(maps: Map<string, Map<string, number>>, name: string): Map<string, number> {
  let map = maps.get(name);
  if (!map) {
    map = new Map();
    maps.set(name, map);
  }
  return map;
}

function join({ entries, others, rejected }: Coalesced, place: number, record: UsageRecord, index: number, pricer: Pricer): void {
  const entry = entries[place] as Entry;
  const resolution = resolve(entry.record, { ...entry, record });
  if (resolution.kind === "conflict") {
    rejected.push({ status: "conflict", index, reason: resolution.reason, id: record.id ?? entry.id });
    return;
  }
  if (resolution.kind === "replace") {
    const replacement = entryOf(record, entry.id, entry.namespace, pricer);
    if (typeof replacement === "string") {
      rejected.push({ status: "invalid", index, reason: replacement, id: entry.id });
      return;
    }
    if (entry.idSpace !== undefined) replacement.idSpace = entry.idSpace;
    entries[place] = replacement;
  }
  const more = others.get(place);
  if (more) more.push(index);
  else others.set(place, [index]);
}

/** The record with its price; or why it can't be priced. */
export function entryOf(record: UsageRecord, id: string, namespace: string, pricer: Pricer): Entry | string {
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
