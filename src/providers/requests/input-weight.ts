/** How many tokens a request's input may have, gathered while its parts are read. */
import { InvalidInput } from "../../errors.ts";
import type { TokenEstimate } from "../request.ts";
import { modelTraits } from "./model-traits.ts";

/** Without a limit of the caller's own, a vendor that runs tools itself runs the model about so often at most. */
export const MAX_PASSES = 11;
/** Searches of a call that sets no limit of them. */
export const MAX_SEARCHES = 30;

/** What vendors put around a call that its body does not show: their own instructions, the ones for tools. */
const CALL_TOKENS = 1_024;
/** Around each message, prompt or part. */
const ITEM_TOKENS = 16;
/** A tool of the vendor's own is a few words in the body and a page in the prompt. */
const TOOL_TOKENS = 1_024;
const LIKELY_IMAGE_TOKENS = 1_000;
const LIKELY_BYTES_PER_TOKEN = 4;

/** Types of tools come from callers, and are shown to people. */
const NAME = /^[\w.:-]{1,64}$/;
const MOST_NAMED = 10;
const MOST_STORED = 1_000;
const NOTHING: readonly string[] = [];

export class InputWeight {
  /** Bytes of the body that hold pictures, sound or documents, and so are no text. */
  #mediaBytes = 0;
  #images = 0;
  #audioTokens = 0;
  #items = 0;
  #tools = 0;
  #unbounded: readonly string[] = NOTHING;
  #storedIds: Set<string> | undefined;
  hasAudio = false;
  /** How often the vendor may run the model within the call, each time with the whole input: above one where it runs tools itself. */
  passes = 1;

  item(): void {
    this.#items += 1;
  }

  tool(): void {
    this.#tools += 1;
  }

  /** @param bytes what it takes in the body; 0 for an address */
  image(bytes: number): void {
    this.#images += 1;
    this.#mediaBytes += bytes;
  }

  /** Sound in a format with at least a byte for each token. */
  audio(bytes: number): void {
    this.hasAudio = true;
    this.#audioTokens += bytes;
    this.#mediaBytes += bytes;
  }

  /** @param bytes what it takes in the body without being text */
  unbounded(what: string, bytes = 0): void {
    if (!this.#unbounded.includes(what)) this.#unbounded = [...this.#unbounded, what];
    this.#mediaBytes += bytes;
  }

  /** A tool that the vendor runs: what it finds becomes input. */
  vendorsTool(type: string): void {
    this.unbounded(NAME.test(type) && this.#unbounded.length < MOST_NAMED ? `what the tool ${type} brings` : "what tools bring");
  }

  /** Something of an earlier call that the provider keeps under this id. @throws InvalidInput where there are too many: each is looked for */
  refersTo(id: string): void {
    this.#storedIds ??= new Set();
    this.#storedIds.add(id);
    if (this.#storedIds.size > MOST_STORED)
      throw new InvalidInput(`More than ${MOST_STORED} things of earlier calls are named by their ids; give their content, or fewer.`);
  }

  get storedIds(): readonly string[] {
    return this.#storedIds === undefined ? NOTHING : [...this.#storedIds];
  }

  get unboundedParts(): readonly string[] {
    return this.#unbounded;
  }

  /** No token is shorter than a byte, so text has no more tokens than bytes, and JSON is never shorter than what it says. */
  estimate(bodyBytes: number, model: string): TokenEstimate {
    const textBytes = bodyBytes - this.#mediaBytes;
    const counted =
      textBytes +
      CALL_TOKENS +
      this.#items * ITEM_TOKENS +
      this.#tools * TOOL_TOKENS +
      this.#images * modelTraits(model).imageTokens +
      this.#audioTokens;
    const isUnbounded = this.#unbounded.length > 0;
    const once = isUnbounded ? Math.max(counted, modelTraits(model).windowTokens) : counted;
    const likely = Math.ceil(textBytes / LIKELY_BYTES_PER_TOKEN) + this.#images * LIKELY_IMAGE_TOKENS + Math.ceil(this.#audioTokens / 1000);
    return { bound: once * this.passes, likely: Math.min(likely, once) };
  }
}
