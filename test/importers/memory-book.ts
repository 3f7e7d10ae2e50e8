/** A book in memory that keeps the rules importers rely on: one record per identity, the better of two repeats, all or nothing. */
import type { ImportBatch, ImportBook, ImportFileState, ImportOutcome } from "../../src/importers/index.ts";
import { contentUuid, type UsageRecord } from "../../src/usage/index.ts";

export class MemoryBook implements ImportBook {
  readonly records = new Map<string, UsageRecord>();
  readonly files = new Map<string, ImportFileState>();
  appends = 0;
  /** Fails the n-th append from now, before anything is stored: a process that was killed. */
  failAtAppend = Number.POSITIVE_INFINITY;

  get all(): UsageRecord[] {
    return [...this.records.values()];
  }

  async importFiles(source: string): Promise<Map<string, ImportFileState>> {
    const prefix = `${source}\n`;
    return new Map([...this.files].filter(([key]) => key.startsWith(prefix)).map(([key, state]) => [key.slice(prefix.length), state]));
  }

  async append({ records, files }: ImportBatch): Promise<ImportOutcome> {
    this.appends++;
    if (--this.failAtAppend === 0) throw new Error("killed");
    const outcome = this.#judge(records, this.records);
    for (const { source, path, state } of files) this.files.set(`${source}\n${path}`, state);
    return outcome;
  }

  async preview(records: readonly UsageRecord[]): Promise<ImportOutcome> {
    return this.#judge(records, new Map(this.records));
  }

  #judge(records: readonly UsageRecord[], stored: Map<string, UsageRecord>): ImportOutcome {
    const outcome: ImportOutcome = { new: 0, duplicate: 0, corrected: 0, rejected: [] };
    records.forEach((record, index) => {
      const identity = record.id === undefined ? contentUuid(record) : JSON.stringify([record.source, record.id]);
      const known = stored.get(identity);
      const isSame = known === undefined || contentUuid(known) === contentUuid(record);
      if (known === undefined) outcome.new++;
      else if (!isSame && record.replay === undefined) outcome.rejected.push({ index, reason: "the same id with other content" });
      else if (!isSame && isBetter(record, known)) outcome.corrected++;
      else outcome.duplicate++;
      if (known === undefined || (!isSame && isBetter(record, known))) stored.set(identity, record);
    });
    return outcome;
  }
}

function isBetter(record: UsageRecord, known: UsageRecord): boolean {
  const rank = (record.replay?.rank ?? 0) - (known.replay?.rank ?? 0);
  return rank < 0 || (rank === 0 && (record.tokens.output ?? 0) > (known.tokens.output ?? 0));
}
