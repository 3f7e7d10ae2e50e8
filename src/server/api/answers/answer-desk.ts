/**
 * Answers beside the gateway's work: an analysis computes for as long as hundreds of calls take, and SQLite's sums are read without
 * a pause. Threads with connections of their own answer, so that no call waits for a question.
 */
import { Worker } from "node:worker_threads";
import { DatabaseError, InvalidInput } from "../../../errors.ts";
import { isPostgresUrl, type Ledger, sqlitePath } from "../../../ledger/index.ts";
import type { Caller } from "../../gateway/access/caller.ts";
import { Refusal } from "../../http/refusal.ts";
import { reachOf } from "../reach.ts";
import { answerTo } from "./question.ts";
import type { Question } from "./question-words.ts";
import { reachedBook } from "./reached-book.ts";
import { READY, type ThreadAnswer, type ThreadQuestion } from "./thread-messages.ts";

/** One may be busy with a year's analysis; sums are answered beside it. */
const MOST_THREADS = 2;
const MOST_WAITING = 64;
/** A page asks for several things at once; who asks for more leaves room for others. */
const MOST_WAITING_OF_ONE = 16;
/** Who asks for more than can be read in so long asks for too much. */
const LONGEST_ANSWER_MS = 60_000;
/** A question over names without number must end the thread, not the server. */
const LARGEST_HEAP_MB = 1024;
const RETRY_MS = 2_000;
/** A thread that nobody asks gives its memory back. */
const IDLE_MS = 300_000;

interface Job {
  asked: ThreadQuestion;
  isWanted(): boolean;
  resolve(text: string): void;
  reject(error: unknown): void;
}

interface Thread {
  worker: Worker;
  isReady: boolean;
  job: Job | undefined;
  /** For the answer that is made, or for how long the thread waits to be asked. */
  timer: NodeJS.Timeout | undefined;
}

export class AnswerDesk {
  readonly #ledger: Ledger;
  readonly #longestAnswerMs: number;
  readonly #threads = new Set<Thread>();
  readonly #waiting: Job[] = [];
  /** A book in memory is in this thread's memory; and some programs can't start threads from the package's files. */
  #answersHere: boolean;
  #isClosed = false;

  constructor(ledger: Ledger, { longestAnswerMs = LONGEST_ANSWER_MS }: { longestAnswerMs?: number } = {}) {
    this.#ledger = ledger;
    this.#longestAnswerMs = longestAnswerMs;
    this.#answersHere = !isPostgresUrl(ledger.url) && sqlitePath(ledger.url) === ":memory:";
  }

  /**
   * The answer's document as JSON, or the text that was asked for in its place.
   *
   * @param isWanted whether anybody still waits for it: a question that nobody waits for takes nobody's place
   * @throws InvalidInput, DatabaseError, or Refusal 503 where too many ask or the answer takes too long
   */
  async ask(question: Question, caller: Caller, isWanted: () => boolean = () => true): Promise<string> {
    if (this.#isClosed) throw busy("The server is closing.");
    if (this.#answersHere) return answerTo(reachedBook(this.#ledger, reachOf(caller)), question);
    this.#forgetUnwanted();
    const ownWaiting = this.#waiting.filter(({ asked }) => isSameCaller(asked.caller, caller)).length;
    if (this.#waiting.length >= MOST_WAITING || ownWaiting >= MOST_WAITING_OF_ONE)
      throw busy("Too many questions wait to be answered; ask again in a moment.");
    return new Promise<string>((resolve, reject) => {
      this.#waiting.push({ asked: { question, caller }, isWanted, resolve, reject });
      this.#assign();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const job of this.#waiting.splice(0)) job.reject(busy("The server is closing."));
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()));
  }

  /** A page that is left hangs up. */
  #forgetUnwanted(): void {
    for (const job of this.#waiting.splice(0)) {
      if (job.isWanted()) this.#waiting.push(job);
      else job.reject(busy("Nobody waits for this answer any more."));
    }
  }

  #assign(): void {
    this.#forgetUnwanted();
    for (const thread of this.#threads) {
      if (!thread.isReady || thread.job !== undefined) continue;
      const job = this.#next();
      if (job === undefined) return;
      this.#give(thread, job);
    }
    const starting = [...this.#threads].filter(({ isReady }) => !isReady).length;
    if (this.#waiting.length > starting && this.#threads.size < MOST_THREADS && !this.#isClosed) this.#start();
  }

  /** The longest waiting; what else its caller has asked for lets the others go first. */
  #next(): Job | undefined {
    const job = this.#waiting.shift();
    if (job === undefined) return undefined;
    const isOwn = ({ asked }: Job): number => Number(isSameCaller(asked.caller, job.asked.caller));
    this.#waiting.sort((one, other) => isOwn(one) - isOwn(other));
    return job;
  }

  #give(thread: Thread, job: Job): void {
    clearTimeout(thread.timer);
    thread.job = job;
    thread.timer = setTimeout(() => {
      this.#finish(thread)?.reject(busy("The answer takes too long; ask for a shorter time or fewer dimensions."));
      this.#end(thread);
    }, this.#longestAnswerMs).unref();
    thread.worker.postMessage(job.asked);
  }

  #finish(thread: Thread): Job | undefined {
    const { job } = thread;
    clearTimeout(thread.timer);
    thread.job = undefined;
    thread.timer = setTimeout(() => this.#end(thread), IDLE_MS).unref();
    return job;
  }

  /** Taken from the others at once, so that it is given nothing while it ends. */
  #end(thread: Thread): void {
    this.#threads.delete(thread);
    clearTimeout(thread.timer);
    void thread.worker.terminate();
  }

  #start(): void {
    const worker = new Worker(new URL("./answer-thread.js", import.meta.url), {
      workerData: { url: this.#ledger.url },
      resourceLimits: { maxOldGenerationSizeMb: LARGEST_HEAP_MB },
      // What the process was started with is not the thread's.
      execArgv: [],
    });
    worker.unref();
    const thread: Thread = { worker, isReady: false, job: undefined, timer: undefined };
    this.#threads.add(thread);
    worker.on("message", (message: typeof READY | ThreadAnswer) => {
      if (message === READY) thread.isReady = true;
      else answered(this.#finish(thread), message);
      this.#assign();
    });
    // Told by `exit`, which follows.
    worker.on("error", () => undefined);
    worker.on("exit", () => this.#left(thread));
  }

  #left(thread: Thread): void {
    this.#threads.delete(thread);
    this.#finish(thread)?.reject(busy("The answer needs more memory than there is; ask for a shorter time or fewer dimensions."));
    clearTimeout(thread.timer);
    if (this.#isClosed) return;
    if (!thread.isReady) {
      this.#answersHere = true;
      for (const { asked, isWanted, resolve, reject } of this.#waiting.splice(0))
        this.ask(asked.question, asked.caller, isWanted).then(resolve, reject);
    } else this.#assign();
  }
}

function isSameCaller(one: Caller, other: Caller): boolean {
  return one.key?.id === other.key?.id;
}

function answered(job: Job | undefined, answer: ThreadAnswer): void {
  if (job === undefined) return;
  if ("text" in answer) job.resolve(answer.text);
  else if ("error" in answer) job.reject(errorOf(answer.error));
  // An upgrade has put other files under a running server: its threads speak another version's words.
  else job.reject(new Error("The thread that answers is of another version than the server."));
}

function errorOf({ code, message }: { code: string; message: string }): Error {
  switch (code) {
    case "INVALID_INPUT":
      return new InvalidInput(message);
    case "DATABASE_ERROR":
      return new DatabaseError(message);
    default:
      return new Error(message);
  }
}

function busy(message: string): Refusal {
  return new Refusal(503, "busy", message, { retryAfterMs: RETRY_MS });
}
