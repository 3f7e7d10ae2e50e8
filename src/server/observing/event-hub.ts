/** What happened lately, for those who listen: each event under an id, the last of them kept for listeners who come back. */

import { alertDocument, callDocument, changeDocument, type EventDocument, noteDocument, refusalDocument } from "./event-documents.ts";
import { EventIds } from "./event-ids.ts";
import type { AlertEvent, CallEvent, ChangeEvent, NoteEvent, RefusalEvent } from "./happenings.ts";
import { withoutKeys } from "./legible.ts";

export type Happening = { atMs: number } & (
  | { type: "call"; event: CallEvent }
  | { type: "refusal"; event: RefusalEvent }
  | { type: "alert"; event: AlertEvent }
  | { type: "budget" | "key"; event: ChangeEvent }
  | { type: "note"; event: NoteEvent }
);

export const EVENT_TYPES = ["call", "refusal", "alert", "budget", "key", "note"] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface Listener {
  /** Whose it is; undefined for somebody at this machine. */
  readonly keyId: string | undefined;
  /** Called for each event, in order. */
  happened(sequence: number, happening: Happening): void;
  /** The server ends. */
  ended(): void;
}

/** So many events are kept. */
export const KEPT_EVENTS = 1_000;

export class EventHub {
  readonly #ids = new EventIds();
  readonly #kept: Happening[] = [];
  readonly #listeners = new Set<Listener>();
  /** The number of the next event. */
  #next = 1;
  #isClosed = false;

  push(happening: Happening): void {
    const sequence = this.#next++;
    this.#kept[sequence % KEPT_EVENTS] = happening;
    if (this.#listeners.size === 0) return;
    for (const listener of this.#listeners) listener.happened(sequence, happening);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  countWhere(is: (listener: Listener) => boolean): number {
    let count = 0;
    for (const listener of this.#listeners) if (is(listener)) count++;
    return count;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The number of the last event; 0 before the first. */
  get last(): number {
    return this.#next - 1;
  }

  listen(listener: Listener): void {
    this.#listeners.add(listener);
  }

  forget(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  /** Nobody can listen any longer. */
  close(): void {
    this.#isClosed = true;
    for (const listener of [...this.#listeners]) listener.ended();
    this.#listeners.clear();
  }

  idOf(sequence: number): string {
    return this.#ids.of(sequence);
  }

  /** The events after the one of this id; `isGap` where some of them, or all, are not known any more. */
  since(id: string): { events: [number, Happening][]; isGap: boolean } {
    const sequence = this.#ids.sequenceOf(id);
    const isOfHere = sequence !== undefined && sequence < this.#next;
    const oldest = Math.max(1, this.#next - KEPT_EVENTS);
    const from = isOfHere ? sequence + 1 : this.#next;
    const events: [number, Happening][] = [];
    for (let each = Math.max(from, oldest); each < this.#next; each++) {
      events.push([each, this.#kept[each % KEPT_EVENTS] as Happening]);
    }
    return { events, isGap: !isOfHere || from < oldest };
  }
}

/** What a listener is told. */
export function documentOf(happening: Happening): EventDocument {
  const { type, atMs } = happening;
  return { schema: "tokenledger.event/1", type, at: new Date(atMs).toISOString(), ...fieldsOf(happening) };
}

function fieldsOf(happening: Happening): EventDocument {
  switch (happening.type) {
    case "call":
      return callDocument(happening.event);
    case "refusal":
      return refusalDocument(happening.event);
    case "alert":
      return alertDocument(happening.event);
    case "note":
      return noteDocument({ ...happening.event, message: withoutKeys(happening.event.message) });
    default:
      return changeDocument(happening.event);
  }
}
