/** Opens the book at a URL. */
import { type Clock, systemClock } from "../clock.ts";
import { InvalidInput, quoteValue } from "../errors.ts";
import { aggregate } from "./aggregating.ts";
import { AlertKicking } from "./alert-kicking.ts";
import type { Pricer } from "./appending.ts";
import type { BookBudgets } from "./book-budgets.ts";
import { isPostgresUrl, sqlitePath } from "./database-url.ts";
import type { Ledger, LedgerBudgets, LedgerKeys, LedgerOptions, LedgerSessions } from "./ledger.ts";
import type { BookPrices } from "./pricer.ts";
import { PROMPT_KEY_BYTES } from "./schema/prompt-key.ts";
import type { SealedBudgets } from "./sealing/sealed-budgets.ts";
import { type BudgetShelf, sealAll, sealingStore } from "./sealing/sealing-store.ts";
import type { LedgerStore } from "./store.ts";
import { SqliteStore } from "./stores/sqlite/sqlite-store.ts";

/** Whose the prices and budgets are that a program hands over when it opens a book. */
const CONFIG = "config";
/** Who changes something, where a program does not say who. */
const LIBRARY = "library";

const LONGEST_PATIENCE_MS = 3_600_000;

/**
 * Opens a book, and makes it where there is none: a plain path, `sqlite:///path`, `sqlite::memory:`, or with the package `pg`
 * installed `postgresql://user:password@host/database` (in its schema `tokenledger`, or the one that `?schema=` names).
 *
 * @throws DatabaseError when it can't be opened, NoBookYet when there is none and it was to be read only, InvalidInput for an
 * address that is none.
 * @example
 * ```ts
 * import { openLedger } from "tokenledger/ledger";
 * const ledger = await openLedger("sqlite::memory:");
 * const call = { id: "call-1", timestampMs: 0, provider: "openai", model: "gpt-5", tokens: { input: 1000, output: 100 }, source: "library" };
 * (await ledger.record([call, call])).duplicate; // => 1
 * ```
 */
export async function openLedger(url: string, options: LedgerOptions = {}): Promise<Ledger> {
  const { readOnly = false, clock = systemClock, config } = options;
  const { patienceMs } = options;
  const store = await openStore(url, { readOnly, clock, ...(patienceMs === undefined ? {} : { patienceMs: patienceOf(patienceMs) }) });
  let ledger: Ledger;
  try {
    ledger = await ledgerOver(store, url, options);
  } catch (error) {
    await store.close();
    throw error;
  }
  if (readOnly || !config) return ledger;
  try {
    if (config.prices) await ledger.prices.put(config.prices, CONFIG);
    if (config.budgets) await ledger.budgets.replace(config.budgets, CONFIG);
    return ledger;
  } catch (error) {
    await ledger.close();
    throw error;
  }
}

function patienceOf(patienceMs: unknown): number {
  if (typeof patienceMs === "number" && patienceMs >= 1 && patienceMs <= LONGEST_PATIENCE_MS) return Math.ceil(patienceMs);
  throw new InvalidInput(`patienceMs: ${quoteValue(patienceMs)} is not a time from 1 ms to an hour.`);
}

async function openStore(url: string, options: { readOnly: boolean; clock: Clock; patienceMs?: number }): Promise<LedgerStore> {
  if (typeof url !== "string")
    throw new InvalidInput(
      `The book's address ${quoteValue(url)} is not a text; give a path, sqlite:///path, or postgresql://user@host/database.`,
    );
  if (!isPostgresUrl(url)) return SqliteStore.open(sqlitePath(url), options);
  const { PostgresStore } = await import("./stores/postgres/postgres-store.ts");
  return PostgresStore.open(url, options);
}

/** What writes or corrects is loaded when it is first used: a report needs none of it, and waits for none of it. */
async function ledgerOver(store: LedgerStore, url: string, options: LedgerOptions): Promise<Ledger> {
  const clock = options.clock ?? systemClock;
  const sealing = lazySealing(url, options);
  // A key that can't be one is told at once, not with the first secret.
  if (options.secretKey !== undefined) await sealing();
  if (options.readOnly !== true) await sealAll(store, sealing);
  const shelf = sealingStore(store, sealing);
  let prices: BookPrices | undefined;
  const pricer = async (): Promise<Pricer> => {
    prices ??= new (await import("./pricer.ts")).BookPrices(store, options.prices ?? []);
    return prices.pricer();
  };
  const outbox = new AlertKicking(shelf, clock);
  const append: Ledger["append"] = async (batch) => {
    const [{ appendBatch }, currentPricer] = await Promise.all([import("./appending.ts"), pricer()]);
    const outcome = await appendBatch(store, currentPricer, batch);
    outbox.kick();
    return outcome;
  };
  let budgets: Promise<BookBudgets> | undefined;
  const bookBudgets = (): Promise<BookBudgets> => {
    budgets ??= import("./book-budgets.ts").then(
      ({ BookBudgets }) => new BookBudgets({ store, clock, config: options.config ?? {}, pricer, recorded: () => outbox.kick() }),
    );
    return budgets;
  };
  return {
    url,
    append,
    async record(records) {
      const { corrected, ...outcome } = await append({ records: "length" in records ? records : [records] });
      return { ...outcome, duplicate: outcome.duplicate + corrected };
    },
    async recordEach(records, eachOptions = {}) {
      if (!Array.isArray(records)) throw new InvalidInput(`${quoteValue(records)} is no list of records.`);
      const [{ appendEach }, currentPricer] = await Promise.all([import("./appending.ts"), pricer()]);
      const outcomes = await appendEach(store, currentPricer, records, eachOptions);
      outbox.kick();
      return outcomes;
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
    scan: (filter) => store.scan(filter),
    async promptKey() {
      const known = await store.promptKey(undefined);
      if (known !== undefined || options.readOnly === true) return known;
      const random = options.randomBytes ?? (await import("node:crypto")).randomBytes;
      return store.promptKey(random(PROMPT_KEY_BYTES));
    },
    async page(filter, page) {
      const { pageOfRecords } = await import("./paging.ts");
      return pageOfRecords(store, filter, page);
    },
    recordsOfId: (id) => store.recordsOfId(id),
    async dearest(filter, limit) {
      const { dearestRecords } = await import("./paging.ts");
      return dearestRecords(store, filter, limit);
    },
    async span() {
      const span = await store.span();
      return span && { firstMs: span.startMs, lastMs: span.endMs - 1 };
    },
    async reprice(repriceOptions = {}) {
      const [{ repriceRecords }, currentPricer] = await Promise.all([import("./repricing.ts"), pricer()]);
      return repriceRecords(store, currentPricer, repriceOptions);
    },
    verify: (verifyOptions = {}) => shelf.verify(verifyOptions),
    prices: {
      list: () => store.prices(),
      put: (entries, source, actor = source === CONFIG ? CONFIG : LIBRARY) => store.putPrices(entries, source, clock.now(), actor),
    },
    audit: {
      async list(auditOptions = {}) {
        const { auditFilter } = await import("./audit-filter.ts");
        return store.auditEntries(auditFilter(auditOptions));
      },
    },
    budgets: {
      ...lazyBudgets(shelf, () => outbox.forget()),
      counting: async (call) => (await bookBudgets()).counting(call),
    },
    keys: lazyKeys(store, options),
    sessions: lazySessions(store, options),
    alerts: {
      list: (filter = {}) => store.alerts(filter),
      async acknowledge(ids, actor = LIBRARY) {
        if (!Array.isArray(ids) || !ids.every(Number.isSafeInteger)) throw new InvalidInput(`${quoteValue(ids)} are no numbers of alerts.`);
        return store.acknowledgeAlerts(ids, clock.now(), actor);
      },
      async deliver() {
        const { deliverAlerts } = await import("./alert-delivery.ts");
        return deliverAlerts(shelf, { clock });
      },
    },
    reserve: async (call) => (await bookBudgets()).reserve(call),
    settle: async (reservation, actual) => (await bookBudgets()).settle(reservation, actual),
    release: async (reservation) => (await bookBudgets()).release(reservation),
    tracked: async (externalId) => (await bookBudgets()).tracked(externalId),
    ownerOf: async (externalId) => (await bookBudgets()).ownerOf(externalId),
    reservations: async () => (await bookBudgets()).reservations(),
    sweep: async () => (await bookBudgets()).sweep(),
    async close() {
      await outbox.close();
      await store.close();
    },
  };
}

/** Loaded where a budget has a webhook. */
function lazySealing(url: string, { secretKey, randomBytes }: LedgerOptions): () => Promise<SealedBudgets> {
  let loaded: Promise<SealedBudgets> | undefined;
  return () => {
    loaded ??= import("./sealing/sealed-budgets.ts").then(({ sealedBudgets }) => sealedBudgets(url, secretKey, randomBytes));
    return loaded;
  };
}

function lazyKeys(store: LedgerStore, { randomBytes }: LedgerOptions): LedgerKeys {
  let loaded: Promise<LedgerKeys> | undefined;
  const keys = (): Promise<LedgerKeys> => {
    loaded ??= import("./keys.ts").then(({ BookKeys }) => new BookKeys(store, randomBytes));
    return loaded;
  };
  return {
    create: async (name, rules, origin, actor) => (await keys()).create(name, rules, origin, actor),
    list: async () => (await keys()).list(),
    rotate: async (idOrName, options, actor) => (await keys()).rotate(idOrName, options, actor),
    revoke: async (idOrName, actor) => (await keys()).revoke(idOrName, actor),
    replaceConfigured: async (configured) => (await keys()).replaceConfigured(configured),
    authenticate: async (key) => (await keys()).authenticate(key),
    revision: () => store.keysRevision(),
    touch: async (lastUsedMsById) => (await keys()).touch(lastUsedMsById),
  };
}

function lazySessions(store: LedgerStore, { randomBytes }: LedgerOptions): LedgerSessions {
  let loaded: Promise<LedgerSessions> | undefined;
  const sessions = (): Promise<LedgerSessions> => {
    loaded ??= import("./sessions.ts").then(({ BookSessions }) => new BookSessions(store, randomBytes));
    return loaded;
  };
  return {
    open: async (keyId, how) => (await sessions()).open(keyId, how),
    find: async (token) => (await sessions()).find(token),
    close: async (token, actor) => (await sessions()).close(token, actor),
  };
}

function lazyBudgets(store: BudgetShelf, changed: () => void): Omit<LedgerBudgets, "counting"> {
  const budgets = async (): Promise<Omit<LedgerBudgets, "list" | "counting">> =>
    (await import("./budget-standing.ts")).ledgerBudgets(store, changed);
  return {
    // Whether there are any is asked at every start of the command: nothing is loaded for it.
    list: async () => (await store.budgets()).budgets.map(({ definition, origin }) => ({ definition, origin })),
    put: async (definitions, origin, actor) => (await budgets()).put(definitions, origin, actor),
    replace: async (definitions, origin, actor) => (await budgets()).replace(definitions, origin, actor),
    remove: async (name, actor) => (await budgets()).remove(name, actor),
    change: async (name, decide, by) => (await budgets()).change(name, decide, by),
    status: async (options) => (await budgets()).status(options),
  };
}
