/** What happened, as lines of a log: sentences for people, or one JSON object a line for programs. */
import type { Clock } from "../../clock.ts";
import { callDocument, type EventDocument, noteDocument, refusalDocument } from "./event-documents.ts";
import type { CallEvent, NoteEvent, NoteLevel, RefusalEvent } from "./happenings.ts";
import { jsonLine, legible, withoutKeys } from "./legible.ts";

export type LogFormat = "text" | "json";

export interface EventLogOptions {
  clock: Clock;
  format: LogFormat;
  /** Calls and refusals, too. */
  logsCalls: boolean;
  /** Takes one line; a line of text has no time of its own. */
  write: (line: string) => void;
}

export class EventLog {
  readonly #options: EventLogOptions;

  constructor(options: EventLogOptions) {
    this.#options = options;
  }

  get logsCalls(): boolean {
    return this.#options.logsCalls;
  }

  call(event: CallEvent): void {
    const level = event.status === "ok" ? "info" : "warn";
    this.#write(level, "call", callDocument(event), () => fieldsText("call", callDocument(event)));
  }

  refusal(event: RefusalEvent): void {
    this.#write("warn", "refusal", refusalDocument(event), () => fieldsText("refusal", refusalDocument(event)));
  }

  note(event: NoteEvent): void {
    const message = withoutKeys(event.message);
    const { level, ...document } = noteDocument({ ...event, message });
    this.#write(event.level, "note", document, () => legible(message));
  }

  #write(level: NoteLevel, event: string, document: EventDocument, text: () => string): void {
    const { format, clock, write } = this.#options;
    const line = format === "text" ? text() : jsonLine({ time: new Date(clock.now()).toISOString(), level, event, ...document });
    try {
      write(line);
    } catch {
      // Whoever reads the log may have gone: no call fails by that.
    }
  }
}

/** A note in the form of a log of JSON, for what is to be told before there is a server, or beside it. */
export function noteLine(atMs: number, event: NoteEvent): string {
  const { level, ...document } = noteDocument({ ...event, message: withoutKeys(event.message) });
  return jsonLine({ time: new Date(atMs).toISOString(), level, event: "note", ...document });
}

const BARE = /^[\w.:@/+-]+$/;

/** `call request_id=r-1 provider=openai`: names that are not one word stand in quotes. */
function fieldsText(event: string, document: EventDocument): string {
  let text = event;
  for (const [name, value] of Object.entries(document)) {
    const plain = String(value ?? "unknown");
    text += ` ${name}=${BARE.test(plain) ? plain : legible(JSON.stringify(plain))}`;
  }
  return text;
}
