/** What a stream says of its usage, event by event: of each field the last value that is not null. */
import type { Fields } from "./counts.ts";
import type { ReadUsage } from "./usage-conventions.ts";
import { USAGE_PLACES } from "./usage-places.ts";

/** No usage object has more fields: a stream can't fill memory with new names. */
const MOST_FIELDS = 256;

export class MergedUsage {
  readonly #byPlace: (Record<string, unknown> | undefined)[] = [];

  /** Takes in the usage of one event, if it has some. */
  take(event: Fields): boolean {
    let hasUsage = false;
    for (const [index, place] of USAGE_PLACES.entries()) {
      const usage = place.find(event);
      if (usage === undefined) continue;
      hasUsage = true;
      this.#byPlace[index] = merged(this.#byPlace[index], usage);
    }
    return hasUsage;
  }

  read(model: string | undefined): ReadUsage | undefined {
    for (const [index, place] of USAGE_PLACES.entries()) {
      const usage = this.#byPlace[index];
      const read = usage && place.read(usage, model);
      if (read) return read;
    }
    return undefined;
  }
}

function merged(before: Record<string, unknown> | undefined, usage: Fields): Record<string, unknown> {
  // Without a prototype: "__proto__" is a name like others.
  const fields: Record<string, unknown> = before ?? Object.create(null);
  let room = MOST_FIELDS - Object.keys(fields).length;
  for (const [name, value] of Object.entries(usage)) {
    if (value === null || value === undefined) continue;
    if (!(name in fields) && --room < 0) break;
    fields[name] = value;
  }
  return fields;
}
