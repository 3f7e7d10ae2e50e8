/** A scanned JSON document: its values by number, read where they lie. */
import { InvalidInput, quoteValue } from "../../errors.ts";

export const KIND = { object: 1, array: 2, string: 3, number: 4, true: 5, false: 6, null: 7 } as const;
/** The number of a text's children is 1 where it has escapes, so that it can't be compared byte by byte. */
export const ESCAPED_STRING: number = KIND.string + 8;
export type NodeKind = (typeof KIND)[keyof typeof KIND];

/** A word such as stands by mistake where a number, true or false belongs; in its quotes. */
const SHOWN_WORD = /^"[\w.+-]{0,16}"$/;
const LONGEST_NUMBER = 200;
/** `[]`, `{}` */
const LONGEST_EMPTY = 2;

/** Values are numbered in the order of the text; 0 is the whole. An object's children are name, value, name, value. */
export class JsonDocument {
  readonly bytes: Buffer;
  readonly #places: Int32Array;
  readonly #count: number;

  constructor(bytes: Buffer, places: Int32Array, count: number) {
    this.bytes = bytes;
    this.#places = places;
    this.#count = count;
  }

  kind(node: number): NodeKind {
    return ((this.#places[4 * node] as number) & 7) as NodeKind;
  }

  /** Of an object its fields, of a list its items. */
  size(node: number): number {
    return (this.#places[4 * node] as number) >> 3;
  }

  start(node: number): number {
    return this.#places[4 * node + 1] as number;
  }

  end(node: number): number {
    return this.#places[4 * node + 2] as number;
  }

  byteLength(node: number): number {
    return this.end(node) - this.start(node);
  }

  isObject(node: number): boolean {
    return this.kind(node) === KIND.object;
  }

  isArray(node: number): boolean {
    return this.kind(node) === KIND.array;
  }

  isString(node: number): boolean {
    return this.kind(node) === KIND.string;
  }

  isNull(node: number): boolean {
    return this.kind(node) === KIND.null;
  }

  /** First child of a list or object; of an object it is a name. {@link end} it ends at {@link after}. */
  first(node: number): number {
    return node + 1;
  }

  /** The value that follows this one outside it. */
  after(node: number): number {
    return node >= this.#count ? node : (this.#places[4 * node + 3] as number);
  }

  /** The items of a list; of anything else none. */
  *items(node: number): Generator<number> {
    if (!this.isArray(node)) return;
    const end = this.after(node);
    for (let child = node + 1; child < end; child = this.after(child)) yield child;
  }

  /** The value of a field, or undefined: absent, or `node` is no object. Throws where the name stands twice. */
  field(node: number, name: string): number | undefined {
    if (this.kind(node) !== KIND.object) return undefined;
    const end = this.after(node);
    let found: number | undefined;
    for (let key = node + 1; key < end; key = this.after(key + 1)) {
      if (!this.isText(key, name)) continue;
      if (found !== undefined) throw new InvalidInput(`${name} stands twice in the same object; give it once.`);
      found = key + 1;
    }
    return found;
  }

  /** Names and values of an object. */
  *fields(node: number): Generator<[name: string, value: number]> {
    if (!this.isObject(node)) return;
    const end = this.after(node);
    for (let key = node + 1; key < end; key = this.after(key + 1)) yield [this.text(key), key + 1];
  }

  /** Whether a string is this one. */
  isText(node: number, text: string): boolean {
    const start = this.start(node) + 1;
    const length = this.end(node) - start - 1;
    if (length === text.length && !this.hasEscapes(node)) {
      for (let i = 0; i < length; i++) {
        if (this.bytes[start + i] !== text.charCodeAt(i)) return false;
      }
      return true;
    }
    return length > text.length && this.hasEscapes(node) && this.text(node) === text;
  }

  /** Whether the text stands anywhere, as a name or as a value. */
  hasText(text: string): boolean {
    const longest = 6 * text.length + 2;
    for (let node = 0; node < this.#count; node++) {
      if (this.kind(node) === KIND.string && this.byteLength(node) <= longest && this.isText(node, text)) return true;
    }
    return false;
  }

  /** A string's value. */
  text(node: number): string {
    const start = this.start(node);
    const end = this.end(node);
    return this.hasEscapes(node)
      ? (JSON.parse(this.bytes.toString("utf8", start, end)) as string)
      : this.bytes.toString("utf8", start + 1, end - 1);
  }

  textIn(node: number | undefined): string | undefined {
    return node !== undefined && this.isString(node) ? this.text(node) : undefined;
  }

  number(node: number): number {
    return Number(this.source(node));
  }

  /** Whether nothing in it is white space but what texts say. */
  isCompact(node: number): boolean {
    let length = 0;
    const end = this.after(node);
    for (let inner = node; inner < end; inner++) {
      const place = 4 * inner;
      const kindAndSize = this.#places[place] as number;
      const kind = kindAndSize & 7;
      const size = kindAndSize >> 3;
      // Brackets, commas, colons.
      if (kind === KIND.object) length += 2 + Math.max(0, 2 * size - 1);
      else if (kind === KIND.array) length += 2 + Math.max(0, size - 1);
      else length += (this.#places[place + 2] as number) - (this.#places[place + 1] as number);
    }
    return length === this.byteLength(node);
  }

  /** The value as it is written. */
  source(node: number): string {
    return this.bytes.toString("utf8", this.start(node), this.end(node));
  }

  /** The value as it may stand in a message: a wrong word is shown, what may have been said to a model never is. */
  quoted(node: number): string {
    const source = this.source(node);
    if (this.isString(node)) return SHOWN_WORD.test(source) ? quoteValue(this.text(node)) : "this text";
    if (this.byteLength(node) > LONGEST_EMPTY && this.isArray(node)) return "this list";
    if (this.byteLength(node) > LONGEST_EMPTY && this.isObject(node)) return "this object";
    // What is no number of JavaScript's is shown as it is written.
    if (this.kind(node) === KIND.number) return source.length > LONGEST_NUMBER ? "this long number" : source;
    return quoteValue(JSON.parse(source));
  }

  /** Whether a string begins so; as it is written, for beginnings that nobody escapes. */
  startsWith(node: number, beginning: string): boolean {
    const start = this.start(node) + 1;
    if (this.end(node) - 1 - start < beginning.length) return false;
    for (let i = 0; i < beginning.length; i++) {
      if (this.bytes[start + i] !== beginning.charCodeAt(i)) return false;
    }
    return true;
  }

  private hasEscapes(node: number): boolean {
    return ((this.#places[4 * node] as number) & 8) !== 0;
  }
}
