/** What is said between the desk and its threads. */
import type { Caller } from "../../gateway/access/caller.ts";
import type { Question } from "./question-words.ts";

export interface ThreadQuestion {
  question: Question;
  caller: Caller;
}

/** The answer, or what went wrong in the words of errors. */
export type ThreadAnswer = { text: string } | { error: { code: string; message: string } };

/** Told once, when the thread can be asked. */
export const READY = "ready";
