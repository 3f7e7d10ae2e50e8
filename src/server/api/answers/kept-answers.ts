/**
 * Answers that take seconds to make, kept for those who are content with one that is not new: to the same question, within the same reach,
 * under the same rules. While one is made, whoever may have it waits for it.
 */
import type { Reach } from "../reach.ts";
import type { Question, QuestionKind } from "./question-words.ts";

/** Those that replay the book's calls, or look at all of its hours. */
export const KEPT_KINDS: ReadonlySet<QuestionKind> = new Set(["analysis", "recommendations", "simulation", "receipts"]);
const MOST_ANSWERS = 64;
const MOST_BYTES = 33_554_432;
/** At most so many of a character of text in memory. */
const CHARACTER_BYTES = 2;

interface KeptAnswer {
  /** As of when it tells. */
  madeAtMs: number;
  text: Promise<string>;
  bytes: number;
  /** While it is made: whether each who asked still waits. */
  askers: (() => boolean)[];
}

export class KeptAnswers {
  /** The longest unused first. */
  readonly #answers = new Map<string, KeptAnswer>();
  readonly #mostAnswers: number;
  readonly #mostBytes: number;
  #bytes = 0;

  constructor({ mostAnswers = MOST_ANSWERS, mostBytes = MOST_BYTES }: { mostAnswers?: number; mostBytes?: number } = {}) {
    this.#mostAnswers = mostAnswers;
    this.#mostBytes = mostBytes;
  }

  /** How much is kept. */
  get size(): { answers: number; bytes: number } {
    return { answers: this.#answers.size, bytes: this.#bytes };
  }

  /**
   * @param make asked where there is no answer that is young enough, or being made since then; it is told whether anybody still waits
   * @param isWanted whether who asks still waits
   */
  async ask(
    question: Question,
    reach: Reach,
    maxAgeMs: number,
    make: (isWanted: () => boolean) => Promise<string>,
    isWanted: () => boolean = () => true,
  ): Promise<string> {
    const { nowMs } = question;
    const name = nameOf(question, reach);
    const kept = this.#answers.get(name);
    // A clock that was set back makes ages that nobody can trust.
    const isYoung = kept !== undefined && kept.madeAtMs <= nowMs && nowMs - kept.madeAtMs <= maxAgeMs;
    // Who takes no old answer takes none of the same millisecond either: the book may have changed in it.
    if (isYoung && maxAgeMs > 0) {
      this.#answers.delete(name);
      this.#answers.set(name, kept);
      kept.askers.push(isWanted);
      return await kept.text.finally(() => kept.askers.splice(0));
    }
    const askers = [isWanted];
    const text = make(() => askers.some((waits) => waits()));
    const made: KeptAnswer = { madeAtMs: nowMs, text, bytes: CHARACTER_BYTES * name.length, askers };
    this.#drop(name);
    this.#answers.set(name, made);
    this.#bytes += made.bytes;
    try {
      const text = await made.text;
      this.#weigh(name, made, CHARACTER_BYTES * text.length);
      return text;
    } catch (error) {
      if (this.#answers.get(name) === made) this.#drop(name);
      throw error;
    } finally {
      askers.splice(0);
    }
  }

  #weigh(name: string, made: KeptAnswer, bytes: number): void {
    if (this.#answers.get(name) !== made) return;
    made.bytes += bytes;
    this.#bytes += bytes;
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= this.#mostAnswers && this.#bytes <= this.#mostBytes) return;
      this.#drop(oldest);
    }
  }

  #drop(name: string): void {
    this.#bytes -= this.#answers.get(name)?.bytes ?? 0;
    this.#answers.delete(name);
  }
}

/** All that an answer follows from but the book and the time. */
function nameOf({ kind, values, timeZone, savings = [] }: Question, { isWhole, owner }: Reach): string {
  const asked = [...values].sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([kind, asked, timeZone, isWhole, owner, savings]);
}
