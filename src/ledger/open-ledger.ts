/** Opens the book at a URL. */
import { systemClock } from "../clock.ts";
import { aggregate } from "./aggregating.ts";
import type { Pricer } from "./appending.ts";
import { sqlitePath } from "./database-url.ts";
import type { Ledger, LedgerOptions } from "./ledger.ts";
import type { BookPrices } from "./pricer.ts";
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
  return ledgerOver(await SqliteStore.open(sqlitePath(url), { readOnly: options.readOnly ?? false }), url, options);
}

/** What writes or corrects is loaded when it is first used: a report needs none of it, and waits for none of it. */
function ledgerOver(store: LedgerStore, url: string, options: LedgerOptions): Ledger {
  const clock = options.clock ?? systemClock;
  let prices: BookPrices | undefined;
  const pricer = async (): Promise<Pricer> => {
    prices ??= new (await import("./pricer.ts")).BookPrices(store, options.prices ?? []);
    return prices.pricer();
  };
  const append: Ledger["append"] = async (batch) => {
    const [{ appendBatch }, currentPricer] = await Promise.all([import("./appending.ts"), pricer()]);
    return appendBatch(store, currentPricer, batch);
  };
  return {
    url,
    append,
    async record(records) {
      const { corrected, ...outcome } = await append({ records: "length" in records ? records : [records] });
      return { ...outcome, duplicate: outcome.duplicate + corrected };
    },
    async preview(records) {
      const [{ previewBatch }, currentPricer] = await Promise.all([import("./appending.ts"), pricer()]);
      return previewBatch(store, currentPricer, records);
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
      const [{ repriceRecords }, currentPricer] = await Promise.all([import("./repricing.ts"), pricer()]);
      return repriceRecords(store, currentPricer, repriceOptions);
    },
    verify: (verifyOptions = {}) => store.verify(verifyOptions),
    prices: {
      list: () => store.prices(),
      put: (entries, source) => store.putPrices(entries, source, clock.now()),
    },
    close: () => store.close(),
  };
}
