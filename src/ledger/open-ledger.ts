/** Opens the book at a URL. */
import { systemClock } from "../clock.ts";
import { aggregate } from "./aggregating.ts";
import { sqlitePath } from "./database-url.ts";
import type { Ledger, LedgerOptions } from "./ledger.ts";
import { BookPrices } from "./pricer.ts";
import type { LedgerStore } from "./store.ts";
import { SqliteStore } from "./stores/sqlite/sqlite-store.ts";

/**
 * Opens a book, and makes it where there is none: `sqlite:///path`, `sqlite::memory:` or a plain path.
 *
 * @throws DatabaseError when it can't be opened, InvalidInput for an address that is none.
 * @example
 * ```ts
 * import { openLedger } from "tokenledger/ledger";
 * const ledger = await openLedger("sqlite::memory:");
 * const call = { id: "call-1", timestampMs: 0, provider: "openai", model: "gpt-5", tokens: { input: 1000, output: 100 }, source: "library" };
 * (await ledger.record([call, call])).duplicate; // => 1
 * ```
 */
export async function openLedger(url: string, options: LedgerOptions = {}): Promise<Ledger> {
  return ledgerOver(new SqliteStore(sqlitePath(url), { readOnly: options.readOnly ?? false }), url, options);
}

/** What writes or corrects is loaded when it is first used: a report needs none of it, and waits for none of it. */
function ledgerOver(store: LedgerStore, url: string, options: LedgerOptions): Ledger {
  const clock = options.clock ?? systemClock;
  const prices = new BookPrices(store, options.prices ?? []);
  const append: Ledger["append"] = async (batch) => {
    const [{ appendBatch }, pricer] = await Promise.all([import("./appending.ts"), prices.pricer()]);
    return appendBatch(store, pricer, batch);
  };
  return {
    url,
    append,
    async record(records) {
      const { corrected, ...outcome } = await append({ records: "length" in records ? records : [records] });
      return { ...outcome, duplicate: outcome.duplicate + corrected };
    },
    importFiles: (source) => store.importFiles(source),
    aggregate: (query) => aggregate(store, query),
    async *query(filter) {
      for await (const page of store.records(filter)) yield* page;
    },
    async span() {
      const span = await store.span();
      return span && { firstMs: span.startMs, lastMs: span.endMs - 1 };
    },
    async reprice(repriceOptions = {}) {
      const [{ repriceRecords }, pricer] = await Promise.all([import("./repricing.ts"), prices.pricer()]);
      return repriceRecords(store, pricer, repriceOptions);
    },
    verify: (verifyOptions = {}) => store.verify(verifyOptions),
    prices: {
      list: () => store.prices(),
      put: (entries, source) => store.putPrices(entries, source, clock.now()),
    },
    close: () => store.close(),
  };
}
