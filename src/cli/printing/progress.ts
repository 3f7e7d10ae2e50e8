/** One line on stderr that says how far a long piece of work is: only for people, and only once it has taken a while. */
import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import type { Clock } from "../../clock.ts";

const STDERR = 2;
const QUIET_MS = 300;
const REDRAW_MS = 100;
const CLEAR_LINE = "\r\u001b[K";

export interface Progress {
  /** @param describe makes the line; called only when it is drawn, with the milliseconds since the start */
  update(describe: (elapsedMs: number) => string): void;
  /** Takes the line away. */
  end(): void;
}

export function startProgress(clock: Clock, wanted: boolean): Progress {
  if (!wanted || !isatty(STDERR)) return { update: () => {}, end: () => {} };
  const startedMs = clock.monotonic();
  let drawnMs = Number.NEGATIVE_INFINITY;
  return {
    update: (describe) => {
      const nowMs = clock.monotonic();
      if (nowMs - startedMs < QUIET_MS || nowMs - drawnMs < REDRAW_MS) return;
      drawnMs = nowMs;
      writeSync(STDERR, CLEAR_LINE + describe(nowMs - startedMs));
    },
    end: () => {
      if (drawnMs > Number.NEGATIVE_INFINITY) writeSync(STDERR, CLEAR_LINE);
    },
  };
}

/** "Claude Code  120/6,477 files  312 MB/s  3 s left" */
export function transferLine(
  title: string,
  done: { files: number; filesTotal: number; bytes: number; bytesTotal: number },
  elapsedMs: number,
): string {
  const bytesPerMs = done.bytes / Math.max(1, elapsedMs);
  const leftSeconds = bytesPerMs > 0 ? Math.ceil(Math.max(0, done.bytesTotal - done.bytes) / bytesPerMs / 1000) : undefined;
  const left = leftSeconds === undefined ? "" : leftSeconds >= 60 ? `  ${Math.ceil(leftSeconds / 60)} min left` : `  ${leftSeconds} s left`;
  return `${title}  ${done.files}/${done.filesTotal} files  ${((bytesPerMs * 1000) / 1e6).toFixed(0)} MB/s${left}`;
}
