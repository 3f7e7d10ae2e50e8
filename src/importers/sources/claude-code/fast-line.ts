/**
 * Reads the usual line without parsing it. Almost all bytes of a log are what people, models and tools said; this reader goes over
 * the members before `"content":[` and those after its `]`, and never looks at what lies between.
 *
 * It answers only where it is sure, and its answer is then the one that parsing the line gives; for anything unusual it answers
 * undefined, and the line is parsed. What makes it sure: from the line's `{` to the content, and from the content's `]` to the
 * line's last `}`, the bytes follow JSON's grammar without a blank or a backslash; the usage is a member of the object that closes
 * before the line's own members go on; and no second line begins inside. What it takes on trust is that the content itself is
 * JSON, and that the array before `stop_reason` is that content.
 */
import { instantOf } from "../../../usage/index.ts";
import { FastUsage } from "./fast-usage.ts";
import { CLOSE_ARRAY, CLOSE_OBJECT, COMMA, NONE, OPEN_ARRAY, OPEN_OBJECT, QUOTE, startsWith, textEnd, valueEnd } from "./json-bytes.ts";
import { JsonCursor, Remembered } from "./json-cursor.ts";
import { isEmpty, type LoggedCall, OWN_LINE, SIDECHAIN } from "./logged-call.ts";
import { utcInstantOf } from "./utc-instant.ts";

/** Ends every key that counts tokens: a line without it has no usage. Its first byte is rare, which makes it quick to find. */
export const TOKENS_KEY_END: Buffer = Buffer.from('_tokens"');

/** Stands in the beginning of every line. */
const PARENT_KEY_END = Buffer.from('Uuid":');
const USAGE_MEMBER = '"usage":{';
const FIRST_MEMBER = '{"parentUuid":';
const ASSISTANT = '"assistant"';
const FARTHEST_KEY = 64;
const FARTHEST_CONTENT = 512;
const CARRIAGE_RETURN = 13;

interface Context {
  bytes: Buffer;
  sessionId: string | undefined;
  cwd: string | undefined;
  isSidechain: boolean;
}

export class FastLine {
  readonly #cursor = new JsonCursor();
  readonly #usage: FastUsage = new FastUsage(this.#cursor);
  readonly #ids = new Remembered();
  readonly #models = new Remembered();
  readonly #texts = new Remembered();
  /** What the last line said between its parent and its message. */
  #context: Context = { bytes: Buffer.alloc(0), sessionId: undefined, cwd: undefined, isSidechain: false };
  // Facts of the line being read.
  #id = "";
  #model = "";
  #sessionId: string | undefined;
  #cwd: string | undefined;
  #timestampMs: number | undefined;
  #isSidechain = false;
  #hasUsage = false;

  /** @param tokensKeyEnd where the line's first `TOKENS_KEY_END` is */
  read(bytes: Buffer, start: number, end: number, tokensKeyEnd: number, line: number): LoggedCall | undefined {
    this.#cursor.bytes = bytes;
    this.#cursor.end = bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    this.#id = this.#model = "";
    this.#sessionId = this.#cwd = this.#timestampMs = undefined;
    this.#isSidechain = this.#hasUsage = false;
    if (!this.#readMembers(start, tokensKeyEnd)) return undefined;
    const { usage } = this.#usage;
    if (this.#id === "" || this.#model === "" || this.#timestampMs === undefined || !this.#hasUsage) return undefined;
    if (this.#model === "<synthetic>" || isEmpty(usage)) return undefined;
    return {
      id: this.#id,
      rank: this.#isSidechain ? SIDECHAIN : OWN_LINE,
      line,
      timestampMs: this.#timestampMs,
      model: this.#model,
      sessionId: this.#sessionId,
      cwd: this.#cwd,
      costNanoUsd: undefined,
      usage,
    };
  }

  #readMembers(start: number, tokensKeyEnd: number): boolean {
    const message = this.#toMessage(start);
    if (message < 0) return false;
    const content = this.#membersUntil(message, "content", OPEN_ARRAY, this.#messageMember);
    if (content < 0) return false;
    const usage = this.#usageBefore(tokensKeyEnd, content);
    const afterContent = usage < 0 ? NONE : this.#contentEndBefore(usage, content);
    if (afterContent < 0 || this.#beginsAnother(content, afterContent)) return false;
    const afterMessage = this.#membersToEnd(afterContent, this.#messageMember);
    return afterMessage >= 0 && this.#membersToEnd(afterMessage, this.#lineMember) === this.#cursor.end;
  }

  /** Reads the line's own members up to its message. In a session they hardly change: the bytes of the last line are compared first. */
  #toMessage(start: number): number {
    const { bytes, end } = this.#cursor;
    if (!startsWith(bytes, start, FIRST_MEMBER)) return NONE;
    const context = valueEnd(bytes, start + FIRST_MEMBER.length, end);
    if (context < 0) return NONE;
    const known = this.#context;
    const knownEnd = context + known.bytes.length;
    if (knownEnd <= end && knownEnd > context && bytes.compare(known.bytes, 0, known.bytes.length, context, knownEnd) === 0) {
      this.#sessionId = known.sessionId;
      this.#cwd = known.cwd;
      this.#isSidechain = known.isSidechain;
      return knownEnd;
    }
    if (bytes[context] !== COMMA) return NONE;
    const message = this.#membersUntil(context + 1, "message", OPEN_OBJECT, this.#lineMember);
    const isConstant = message >= 0 && this.#timestampMs === undefined;
    if (isConstant) {
      this.#context = {
        bytes: Buffer.from(bytes.subarray(context, message)),
        sessionId: this.#sessionId,
        cwd: this.#cwd,
        isSidechain: this.#isSidechain,
      };
    }
    return message;
  }

  /** Reads members up to the one named `last`, whose value must open with `opening`. Gives the index after that. */
  #membersUntil(at: number, last: string, opening: number, member: (this: FastLine, at: number) => number): number {
    const { bytes } = this.#cursor;
    for (let next = at; ; next++) {
      const value = this.#cursor.key(next);
      if (value < 0) return NONE;
      if (this.#cursor.isKey(last)) return bytes[value] === opening ? value + 1 : NONE;
      next = member.call(this, value);
      if (next < 0 || bytes[next] !== COMMA) return NONE;
    }
  }

  /** Reads further members, each after its comma, to the object's end. Gives the index after that. */
  #membersToEnd(at: number, member: (this: FastLine, at: number) => number): number {
    const { bytes, end } = this.#cursor;
    let next = at;
    while (bytes[next] === COMMA) {
      const value = this.#cursor.key(next + 1);
      next = value < 0 ? NONE : member.call(this, value);
      if (next < 0) return NONE;
    }
    return next < end && bytes[next] === CLOSE_OBJECT ? next + 1 : NONE;
  }

  #lineMember(at: number): number {
    const cursor = this.#cursor;
    if (cursor.isKey("timestamp")) return this.#timestamp(at);
    if (cursor.isKey("type")) return startsWith(cursor.bytes, at, ASSISTANT) ? at + ASSISTANT.length : NONE;
    if (cursor.isKey("cwd")) {
      const next = cursor.string(at, this.#texts);
      this.#cwd = cursor.text;
      return next;
    }
    if (cursor.isKey("sessionId")) {
      const next = cursor.string(at, this.#texts);
      this.#sessionId = cursor.text;
      return next;
    }
    if (cursor.isKey("isSidechain")) {
      this.#isSidechain = startsWith(cursor.bytes, at, "true");
      if (this.#isSidechain) return at + 4;
      return startsWith(cursor.bytes, at, "false") ? at + 5 : NONE;
    }
    // A recorded cost is rare, and a second message is not to be understood here.
    if (cursor.isKey("costUSD") || cursor.isKey("message")) return NONE;
    return valueEnd(cursor.bytes, at, cursor.end);
  }

  #timestamp(at: number): number {
    const { bytes, end } = this.#cursor;
    const close = bytes[at] === QUOTE ? textEnd(bytes, at + 1, end) : NONE;
    if (close < 0) return NONE;
    this.#timestampMs = utcInstantOf(bytes, at + 1, close) ?? instantOf(bytes.toString("latin1", at + 1, close));
    return close + 1;
  }

  #messageMember(at: number): number {
    const cursor = this.#cursor;
    if (cursor.isKey("id")) {
      const next = cursor.string(at, this.#ids);
      this.#id = cursor.text;
      return next;
    }
    if (cursor.isKey("model")) {
      const next = cursor.string(at, this.#models);
      this.#model = cursor.text;
      return next;
    }
    if (cursor.isKey("usage")) {
      if (this.#hasUsage) return NONE;
      this.#hasUsage = true;
      return this.#usage.read(at);
    }
    return cursor.isKey("content") ? NONE : valueEnd(cursor.bytes, at, cursor.end);
  }

  /** Where the usage's key begins, given a key inside it that counts tokens. */
  #usageBefore(tokensKeyEnd: number, content: number): number {
    const { bytes } = this.#cursor;
    const farthest = Math.max(content, tokensKeyEnd - FARTHEST_KEY);
    let brace = tokensKeyEnd;
    while (brace > farthest && bytes[brace] !== OPEN_OBJECT) brace--;
    const key = brace + 1 - USAGE_MEMBER.length;
    return key > content && startsWith(bytes, key, USAGE_MEMBER) ? key : NONE;
  }

  /** The index after the content's closing bracket: the nearest one before the usage that members can follow. */
  #contentEndBefore(usage: number, content: number): number {
    const { bytes } = this.#cursor;
    const farthest = Math.max(content, usage - FARTHEST_CONTENT);
    for (let at = usage - 2; at >= farthest; at--) {
      if (bytes[at] === CLOSE_ARRAY && bytes[at + 1] === COMMA && bytes[at + 2] === QUOTE) return at + 1;
    }
    return NONE;
  }

  /** A writer that was stopped in the middle of a line leaves it to be continued by the next one. */
  #beginsAnother(content: number, afterContent: number): boolean {
    const next = this.#cursor.bytes.indexOf(PARENT_KEY_END, content);
    return next >= 0 && next < afterContent;
  }
}
