/** What a batch would come to, found out by reading alone: also for a book that may not be written. */
import type { Entry, EntryOutcome, Resolve } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import { holders, keysOf, nameOf } from "./identities.ts";
import { readFamilies, recordOf } from "./record-reader.ts";
import type { Transaction } from "./transaction.ts";

/** The outcomes that writing these entries would have. */
export async function previewOutcomes(
  transaction: Transaction,
  dictionary: Dictionary,
  entries: readonly Entry[],
  resolve: Resolve,
): Promise<EntryOutcome[]> {
  const keys = entries.map(keysOf);
  const holderOf = await holders(transaction, keys.flat());
  const held = keys.map((keys) => keys.map((key) => holderOf.get(nameOf(key))).find((place) => place !== undefined));
  const families = await readFamilies(
    transaction,
    dictionary,
    held.flatMap((place) => place ?? []),
  );
  return entries.map((entry, i) => {
    const family = families.get(held[i]?.row ?? 0);
    if (family === undefined) return "new";
    const resolution = resolve(recordOf(family, dictionary), entry);
    if (resolution.kind === "conflict") return { conflict: resolution.reason };
    return resolution.kind === "duplicate" ? "duplicate" : "corrected";
  });
}
