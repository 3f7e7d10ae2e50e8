/**
 * Brings the write-ahead log to the disk, in the thread pool, so that the event loop never waits for a disk. SQLite is told to sync
 * less (`synchronous = NORMAL`); what it leaves out, exactly the sync of the log after a commit, is done here.
 *
 * Why that is as good as SQLite's own: whatever was committed before a sync began lies in the log, or a checkpoint has moved it into
 * the book. A checkpoint in this mode syncs the log before it copies and the book after it has, and only then may the log be written
 * over. The log is one file as long as a connection is open, and syncs of any descriptor are syncs of the file. SQLite keeps its locks
 * on the book and its index, never on the log, so that closing another descriptor of the log gives up none.
 */
import { close, fdatasync, open } from "node:fs";
import { DatabaseError, quoteValue } from "../../../errors.ts";

/** What need not be waited for is on the disk this much later. */
const SOON_MS = 5;

interface Waiting {
  upTo: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

export class LogFlush {
  readonly #path: string;
  readonly #inMemory: boolean;
  #descriptor: number | undefined;
  #committed = 0;
  #flushed = 0;
  #isFlushing = false;
  #isClosed = false;
  #soon: NodeJS.Timeout | undefined;
  #waiting: Waiting[] = [];
  #failure: Error | undefined;

  /** @param path the book's; undefined: it is in memory, where nothing outlives the process */
  constructor(path: string | undefined) {
    this.#inMemory = path === undefined;
    this.#path = path ?? ":memory:";
  }

  /** Why it is open whether the end of the log is on the disk; nothing may be written until {@link mended}. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** To be called after each commit. */
  committed(): void {
    if (!this.#inMemory) this.#committed++;
  }

  /** To be called when all that the log held is in the book, and there on the disk. */
  mended(): void {
    this.#failure = undefined;
    this.#flushed = this.#committed;
  }

  /** Resolves when all that was committed before is on the disk. */
  flushed(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#flushed >= this.#committed) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ upTo: this.#committed, resolve, reject });
      this.#flush();
    });
  }

  /** Begins to, within milliseconds. */
  soon(): void {
    if (this.#soon || this.#isFlushing || this.#isClosed || this.#flushed >= this.#committed) return;
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      // Whoever comes next is told if it fails.
      this.flushed().catch(() => {});
    }, SOON_MS);
  }

  async close(): Promise<void> {
    clearTimeout(this.#soon);
    this.#isClosed = true;
    await this.flushed().catch(() => {});
    if (this.#descriptor !== undefined) close(this.#descriptor, () => {});
    this.#descriptor = undefined;
  }

  #flush(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    clearTimeout(this.#soon);
    this.#soon = undefined;
    if (this.#descriptor !== undefined) {
      this.#sync(this.#descriptor);
      return;
    }
    // Opened after a commit, while the connection is: now the log is there, and stays the same file.
    open(`${this.#path}-wal`, "r+", (error, descriptor) => {
      if (error) return this.#done(0, error);
      this.#descriptor = descriptor;
      this.#sync(descriptor);
    });
  }

  #sync(descriptor: number): void {
    const upTo = this.#committed;
    fdatasync(descriptor, (error) => this.#done(upTo, error));
  }

  #done(upTo: number, error: Error | null): void {
    this.#isFlushing = false;
    if (error) {
      // A second sync might succeed without having written what the first one lost: nobody is told that it is there.
      this.#failure = new DatabaseError(
        `The disk failed while using the book ${quoteValue(this.#path, 300)} (${error.message}); nothing of this step counts as stored.`,
        { cause: error },
      );
      for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
      return;
    }
    this.#flushed = Math.max(this.#flushed, upTo);
    const ready = this.#waiting.filter((one) => one.upTo <= upTo);
    this.#waiting = this.#waiting.filter((one) => one.upTo > upTo);
    for (const { resolve } of ready) resolve();
    if (this.#waiting.length > 0) this.#flush();
  }
}
