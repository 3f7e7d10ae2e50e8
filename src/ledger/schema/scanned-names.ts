/** What the numbers of scanned columns stand for. */
import type { ScannedModel, ScannedNames, ScannedTerms } from "../record-columns.ts";
import { type DictionaryEntry, providerAndModel } from "./dictionary-entry.ts";
import { circumstancesIn } from "./rows.ts";

/** @param entryOf the dictionary's entry of an id */
export function scannedNames(entryOf: (id: number) => DictionaryEntry): ScannedNames {
  const models = new Map<number, ScannedModel>();
  const terms = new Map<number, ScannedTerms>();
  return {
    model(id) {
      let model = models.get(id);
      if (model === undefined) {
        const { key, name } = entryOf(id);
        const [provider, text] = providerAndModel(key);
        model = { provider, model: text, canonicalModel: name ?? text };
        models.set(id, model);
      }
      return model;
    },
    terms(id) {
      let found = terms.get(id);
      if (found === undefined) {
        const { rank: _rank, idSpace: _idSpace, ...facts } = id === 0 ? {} : circumstancesIn(entryOf(id));
        found = facts;
        terms.set(id, found);
      }
      return found;
    },
    name(id) {
      if (id === 0) return undefined;
      const { key, name } = entryOf(id);
      return name ?? key;
    },
  };
}
