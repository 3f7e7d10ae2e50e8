/** A book for dry runs: answers as the real one would, and stores nothing. */
import { contentUuid, type UsageRecord } from "../../usage/index.ts";
import type { ImportBatch, ImportBook, ImportFileState, ImportOutcome } from "./import-book.ts";

export class PreviewBook implements ImportBook {
  readonly #book: ImportBook;
  /** Records of earlier batches, which the real book would hold by now. */
  readonly #seen = new Set<string>();

  constructor(book: ImportBook) {
    this.#book = book;
  }

  importFiles(source: string): Promise<Map<string, ImportFileState>> {
    return this.#book.importFiles(source);
  }

  async append({ records }: ImportBatch): Promise<ImportOutcome> {
    const fresh: UsageRecord[] = [];
    const places: number[] = [];
    records.forEach((record, index) => {
      const identity = record.id ?? contentUuid(record);
      if (this.#seen.has(identity)) return;
      this.#seen.add(identity);
      fresh.push(record);
      places.push(index);
    });
    const outcome = (await this.#book.preview?.(fresh)) ?? { new: fresh.length, duplicate: 0, corrected: 0, rejected: [] };
    return {
      ...outcome,
      duplicate: outcome.duplicate + records.length - fresh.length,
      rejected: outcome.rejected.map(({ index, reason }) => ({ index: places[index] ?? index, reason })),
    };
  }
}
