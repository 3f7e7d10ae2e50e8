/** A model's stream of parts, handed on while it comes, metered beside. */
import { type EventMeter, eventMeter, type Reading, type Seen } from "../providers/index.ts";
import { isTruncated, toldReading } from "./ai-sdk-usage.ts";
import { type ItemMeter, StreamTap, type TapPolicy } from "./stream-tap.ts";

/** A part of a stream, of whatever version. */
export interface AiStreamPart {
  type: string;
}

/** Any of a part's fields may be there. */
interface PartFields extends AiStreamPart {
  rawValue?: unknown;
  delta?: unknown;
  usage?: unknown;
  finishReason?: unknown;
  providerMetadata?: unknown;
  id?: unknown;
  modelId?: unknown;
  input?: unknown;
}

export interface AiStreamOptions<Part extends AiStreamPart> extends TapPolicy {
  stream: ReadableStream<Part>;
  /** The program has asked for the provider's own events; else they are only read here. */
  showsRaw: boolean;
}

export function tapParts<Part extends AiStreamPart>(options: AiStreamOptions<Part>): StreamTap<Part> {
  const { stream, showsRaw, wholeOutputTokens, abort, ended } = options;
  return new StreamTap<Part>({
    reader: stream.getReader(),
    meter: new PartMeter(),
    filter: showsRaw ? undefined : WITHOUT_RAW,
    bytesOf: (part) => JSON.stringify(part).length,
    wholeOutputTokens,
    abort,
    ended,
  });
}

/** It remembers nothing, so one does for all. */
const WITHOUT_RAW = {
  push<Part extends AiStreamPart>(part: Part): Part | undefined {
    return part.type === "raw" ? undefined : part;
  },
  end(): undefined {
    return undefined;
  },
};

/** Reads the provider's own events where its package passes them on, and the package's parts where it does not. */
class PartMeter implements ItemMeter<AiStreamPart> {
  readonly #raw: EventMeter = eventMeter();
  readonly #parts: Seen = { outputBytes: 0, outputEvents: 0, isComplete: false, wasTooLong: false };
  #told: Reading = {};
  #model: string | undefined;
  #id: string | undefined;
  #hasRaw = false;

  push(part: PartFields): void {
    switch (part.type) {
      case "raw":
        this.#hasRaw = true;
        this.#raw.event(part.rawValue);
        return;
      case "text-delta":
      case "reasoning-delta":
      case "tool-input-delta":
        if (typeof part.delta !== "string") return;
        this.#parts.outputBytes += Buffer.byteLength(part.delta);
        this.#parts.outputEvents++;
        return;
      case "response-metadata":
        if (typeof part.modelId === "string") this.#model = part.modelId;
        if (typeof part.id === "string") this.#id = part.id;
        return;
      case "finish":
        this.#told = toldReading(part.usage, part.providerMetadata);
        if (isTruncated(part.finishReason)) this.#told.isTruncated = true;
        this.#parts.isComplete = true;
    }
  }

  seen(): Seen {
    return this.#hasRaw ? this.#raw.seen : this.#parts;
  }

  end(): void {
    this.#raw.end();
  }

  reading(): Reading {
    const own = this.#raw.reading();
    if (own.usage !== undefined || (own.error !== undefined && this.#told.usage === undefined)) return own;
    const reading: Reading = { ...own, ...this.#told };
    if (this.#model !== undefined) reading.model = this.#model;
    if (this.#id !== undefined) reading.id = this.#id;
    return reading;
  }
}
