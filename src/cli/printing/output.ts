/** Where data goes. Writing is synchronous, so that a failed write is an error here and now. */
import { writeSync } from "node:fs";

export interface Output {
  /** Not a file of its own: a person may be looking. */
  readonly isStandard: boolean;
  write(text: string): void;
  /** Everything is written: a file now takes its name. */
  finish(): void;
}

const STDOUT = 1;

export const standardOutput: Output = {
  isStandard: true,
  write: (text) => writeAll(STDOUT, Buffer.from(text)),
  finish: () => {},
};

export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      // A pipe that somebody made non-blocking is full: let its reader catch up.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}
