/** Entries of one layer, found by provider and model. */
import { matchesGlob } from "./model-glob.ts";
import type { PriceEntry } from "./price-entry.ts";
import { cleanModelId, undotted } from "./spelling.ts";

interface ProviderIndex {
  byId: Map<string, PriceEntry[]>;
  /** Ids that differ only in `.` and `-`; undefined where two models would share one. */
  byUndotted: Map<string, string | undefined>;
  /** Longest pattern first. */
  patterns: { literal: string; pattern: string; entries: PriceEntry[] }[];
}

/** One layer of a book: the bundled prices, or a user's own. */
export class PriceIndex {
  readonly #entriesOf: (provider: string) => readonly PriceEntry[];
  readonly #byProvider = new Map<string, ProviderIndex>();

  /** Takes a function, so that only the providers in use are ever read. */
  constructor(entriesOf: (provider: string) => readonly PriceEntry[]) {
    this.#entriesOf = entriesOf;
  }

  /** Entries of exactly this id (or its other names), newest first; empty if unknown. */
  exact(provider: string, id: string): readonly PriceEntry[] {
    const index = this.#provider(provider);
    const found = index.byId.get(id);
    if (found) return found;
    const alike = index.byUndotted.get(undotted(id));
    return alike === undefined ? [] : (index.byId.get(alike) ?? []);
  }

  /** Entries of the longest pattern that fits. */
  pattern(provider: string, id: string): readonly PriceEntry[] {
    return this.#provider(provider).patterns.find(({ pattern }) => matchesGlob(pattern, id))?.entries ?? [];
  }

  #provider(provider: string): ProviderIndex {
    let index = this.#byProvider.get(provider);
    if (!index) {
      index = indexOf(this.#entriesOf(provider));
      this.#byProvider.set(provider, index);
    }
    return index;
  }
}

function indexOf(entries: readonly PriceEntry[]): ProviderIndex {
  const index: ProviderIndex = { byId: new Map(), byUndotted: new Map(), patterns: [] };
  const patterns = new Map<string, PriceEntry[]>();
  const aliases: [string, PriceEntry][] = [];
  for (const entry of entries) {
    if (entry.model.includes("*")) push(patterns, entry.model.toLowerCase(), entry);
    else push(index.byId, cleanModelId(entry.model), entry);
    for (const alias of entry.aliases ?? []) aliases.push([cleanModelId(alias), entry]);
  }
  const own = new Set(index.byId.keys());
  for (const [alias, entry] of aliases) if (!own.has(alias)) push(index.byId, alias, entry);
  for (const list of index.byId.values()) list.sort(newestFirst);
  for (const id of index.byId.keys()) {
    const key = undotted(id);
    index.byUndotted.set(key, index.byUndotted.has(key) ? undefined : id);
  }
  for (const [pattern, list] of patterns) {
    index.patterns.push({ literal: pattern.replaceAll("*", ""), pattern, entries: list.sort(newestFirst) });
  }
  index.patterns.sort((a, b) => b.literal.length - a.literal.length || (a.literal < b.literal ? -1 : 1));
  return index;
}

/** What holds for some hours of the day goes before what holds all day. */
function newestFirst(a: PriceEntry, b: PriceEntry): number {
  const hours = Number(b.minutesUtc !== undefined) - Number(a.minutesUtc !== undefined);
  return hours || (b.effectiveFromMs ?? Number.NEGATIVE_INFINITY) - (a.effectiveFromMs ?? Number.NEGATIVE_INFINITY) || 0;
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
