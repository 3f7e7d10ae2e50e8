/** Which calls are counted or have a reservation, by the ids that their callers gave them. */
import { InvalidInput, quoteValue } from "../errors.ts";

/** At least so many of the latest ids are remembered, at most twice as many, and every open reservation's. */
const REMEMBERED_IDS = 10_000;
const LONGEST_ID = 512;

export const COUNTED = "counted";

/** In two halves: when one is full, it becomes the old one, and the old one is forgotten. */
export class RequestIds<T> {
  private young = new Map<string, T | typeof COUNTED>();
  private old = new Map<string, T | typeof COUNTED>();

  /** COUNTED, or the open reservation under the id. */
  get(id: string): T | typeof COUNTED | undefined {
    return this.young.get(id) ?? (this.old.size > 0 ? this.old.get(id) : undefined);
  }

  set(id: string, state: T | typeof COUNTED): void {
    this.young.set(id, state);
    if (this.young.size >= REMEMBERED_IDS) this.forgetOld();
  }

  delete(id: string): void {
    this.young.delete(id);
    this.old.delete(id);
  }

  private forgetOld(): void {
    const { old, young } = this;
    this.old = young;
    this.young = new Map();
    for (const [id, state] of old) if (state !== COUNTED && !young.has(id)) this.young.set(id, state);
  }
}

export function checkRequestId(id: string): void {
  if (typeof id === "string" && id.length > 0 && id.length <= LONGEST_ID) return;
  throw new InvalidInput(`requestId: ${quoteValue(id)} is not an id; give a text of 1 to ${LONGEST_ID} characters.`);
}
