/** What a batch would come to, found out by reading alone: also for a book that may not be written. */
import { idIdentity, requestIdentity } from "../../schema/identity.ts";
import { decode } from "../../schema/rows.ts";
import type { Entry, EntryOutcome, Resolve } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Identities } from "./identities.ts";
import type { RecordReader } from "./record-reader.ts";

/** The outcome that writing this entry would have. */
export function previewOutcome(
  entry: Entry,
  resolve: Resolve,
  identities: Identities,
  reader: RecordReader,
  dictionary: Dictionary,
): EntryOutcome {
  const request = requestIdentity(entry);
  const row = (request && identities.rowOf(request)) ?? identities.rowOf(idIdentity(entry));
  if (row === undefined) return "new";
  const { current, original } = reader.folded(row);
  const resolution = resolve(decode(current, original, dictionary), entry);
  if (resolution.kind === "conflict") return { conflict: resolution.reason };
  return resolution.kind === "duplicate" ? "duplicate" : "corrected";
}
