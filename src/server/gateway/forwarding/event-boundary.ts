/** Passes server-sent events on whole, so that a stream can be ended properly wherever it stops. */

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
/** An event of this size is passed on in pieces. */
const LARGEST_HELD_BYTES = 1_048_576;
const NOTHING = Buffer.alloc(0);

export class EventBoundary {
  #tail: Buffer[] = [];
  #tailBytes = 0;
  /** Whether everything that was passed on ends with an event's end. */
  isAligned = true;

  /** What may go on: up to the last event's end. */
  push(chunk: Buffer): Buffer {
    const end = afterLastEvent(chunk);
    if (end === chunk.length && this.#tailBytes === 0) {
      this.isAligned = true;
      return chunk;
    }
    if (end === 0) return this.#hold(chunk);
    const whole = chunk.subarray(0, end);
    const passed = this.#tailBytes === 0 ? whole : Buffer.concat([...this.#tail, whole]);
    this.#tail = end === chunk.length ? [] : [chunk.subarray(end)];
    this.#tailBytes = chunk.length - end;
    this.isAligned = true;
    return passed;
  }

  /** What is left when the stream has ended by itself. */
  rest(): Buffer {
    const rest = this.#tailBytes === 0 ? NOTHING : Buffer.concat(this.#tail);
    this.#tail = [];
    this.#tailBytes = 0;
    return rest;
  }

  #hold(chunk: Buffer): Buffer {
    // The two line ends of an event's end may come in two chunks.
    const before = this.#tail[this.#tail.length - 1];
    this.#tail.push(chunk);
    this.#tailBytes += chunk.length;
    if (before !== undefined && endsAcross(before, chunk)) {
      const joined = this.rest();
      const end = afterLastEvent(joined);
      if (end > 0) return this.#split(joined, end);
      this.#tail = [joined];
      this.#tailBytes = joined.length;
    }
    if (this.#tailBytes <= LARGEST_HELD_BYTES) return NOTHING;
    this.isAligned = false;
    return this.rest();
  }

  #split(joined: Buffer, end: number): Buffer {
    if (end < joined.length) {
      this.#tail = [joined.subarray(end)];
      this.#tailBytes = joined.length - end;
    }
    this.isAligned = true;
    return joined.subarray(0, end);
  }
}

function endsAcross(before: Buffer, chunk: Buffer): boolean {
  const last = before[before.length - 1];
  return (last === LINE_FEED || last === CARRIAGE_RETURN) && (chunk[0] === LINE_FEED || chunk[0] === CARRIAGE_RETURN);
}

/** The place after the last empty line; 0 where there is none. Mostly the chunk's end. */
function afterLastEvent(chunk: Buffer): number {
  for (let at = chunk.lastIndexOf(LINE_FEED); at > 0; at = chunk.lastIndexOf(LINE_FEED, at - 1)) {
    const before = chunk[at - 1];
    if (before === LINE_FEED || (before === CARRIAGE_RETURN && at > 1 && chunk[at - 2] === LINE_FEED)) return at + 1;
  }
  return 0;
}
