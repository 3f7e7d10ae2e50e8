/** Reads a `usage` object from its bytes. */
import { CLOSE_OBJECT, COMMA, NONE, OPEN_OBJECT, startsWith, valueEnd } from "./json-bytes.ts";
import { type JsonCursor, Remembered } from "./json-cursor.ts";
import { advisorsOf, type LoggedUsage } from "./logged-call.ts";

const NO_ADVISORS: LoggedUsage["advisors"] = [];

export class FastUsage {
  usage: LoggedUsage = noUsage();
  readonly #cursor: JsonCursor;
  readonly #tiers = new Remembered();
  readonly #speeds = new Remembered();
  readonly #geos = new Remembered();

  constructor(cursor: JsonCursor) {
    this.#cursor = cursor;
  }

  /** Fills `usage` anew; gives the index after the object, or `NONE` where anything in it is unusual. */
  read(at: number): number {
    this.usage = noUsage();
    return this.#members(at, this.#usageMember);
  }

  #members(at: number, member: (this: FastUsage, at: number) => number): number {
    const { bytes } = this.#cursor;
    if (bytes[at] !== OPEN_OBJECT) return NONE;
    for (let next = at + 1; ; next++) {
      const value = this.#cursor.key(next);
      next = value < 0 ? NONE : member.call(this, value);
      if (next < 0) return NONE;
      if (bytes[next] === CLOSE_OBJECT) return next + 1;
      if (bytes[next] !== COMMA) return NONE;
    }
  }

  #usageMember(at: number): number {
    const cursor = this.#cursor;
    const { usage } = this;
    let next: number;
    if (cursor.isKey("input_tokens")) {
      next = cursor.count(at);
      usage.input = cursor.number;
    } else if (cursor.isKey("output_tokens")) {
      next = cursor.count(at);
      usage.output = cursor.number;
    } else if (cursor.isKey("cache_read_input_tokens")) {
      next = cursor.count(at);
      usage.cacheRead = cursor.number;
    } else if (cursor.isKey("cache_creation_input_tokens")) {
      next = cursor.count(at);
      usage.cacheWrite = cursor.number;
    } else if (cursor.isKey("cache_creation")) {
      usage.cacheWrite5m = usage.cacheWrite1h = 0;
      next = this.#members(at, this.#lifetimeMember);
    } else if (cursor.isKey("service_tier")) {
      next = this.#term(at, this.#tiers);
      usage.serviceTier = next < 0 || cursor.text === "" ? undefined : cursor.text;
    } else if (cursor.isKey("speed")) {
      next = this.#term(at, this.#speeds);
      usage.speed = cursor.text === "" ? undefined : cursor.text;
    } else if (cursor.isKey("inference_geo")) {
      next = this.#term(at, this.#geos);
      usage.inferenceGeo = cursor.text === "" ? undefined : cursor.text;
    } else if (cursor.isKey("server_tool_use")) {
      usage.webSearches = 0;
      next = this.#isNull(at) ? at + 4 : this.#members(at, this.#toolMember);
    } else if (cursor.isKey("iterations")) {
      next = this.#iterations(at);
    } else {
      next = valueEnd(cursor.bytes, at, cursor.end);
    }
    return next;
  }

  #lifetimeMember(at: number): number {
    const cursor = this.#cursor;
    if (cursor.isKey("ephemeral_5m_input_tokens")) {
      const next = cursor.count(at);
      this.usage.cacheWrite5m = cursor.number;
      return next;
    }
    if (cursor.isKey("ephemeral_1h_input_tokens")) {
      const next = cursor.count(at);
      this.usage.cacheWrite1h = cursor.number;
      return next;
    }
    return valueEnd(cursor.bytes, at, cursor.end);
  }

  #toolMember(at: number): number {
    const cursor = this.#cursor;
    if (!cursor.isKey("web_search_requests")) return valueEnd(cursor.bytes, at, cursor.end);
    const next = cursor.count(at);
    this.usage.webSearches = cursor.number;
    return next;
  }

  /** A string, or null as an empty one. */
  #term(at: number, memory: Remembered): number {
    if (!this.#isNull(at)) return this.#cursor.string(at, memory);
    this.#cursor.text = "";
    return at + 4;
  }

  #isNull(at: number): boolean {
    return startsWith(this.#cursor.bytes, at, "null");
  }

  /** Passes over the message itself; only where an advisor may be among them are they parsed. */
  #iterations(at: number): number {
    const { bytes, end } = this.#cursor;
    const next = valueEnd(bytes, at, end);
    if (next < 0) return NONE;
    const text = bytes.toString("utf8", at, next);
    let isMended = false;
    try {
      this.usage.advisors = text.includes("advisor_message") ? advisorsOf(JSON.parse(text), () => (isMended = true)) : NO_ADVISORS;
    } catch {
      return NONE;
    }
    return isMended ? NONE : next;
  }
}

function noUsage(): LoggedUsage {
  return {
    input: 0,
    output: 0,
    cacheRead: 0,
    cacheWrite: undefined,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    webSearches: 0,
    serviceTier: undefined,
    speed: undefined,
    inferenceGeo: undefined,
    advisors: NO_ADVISORS,
  };
}
