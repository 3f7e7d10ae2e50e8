/** What a program asks of the disk, seen and disturbed by strace. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const WRITES = "pwrite64,pwritev,write,fsync,fdatasync";

/** Tracing may be missing, or forbidden, as in many containers. */
export const canTrace: boolean = spawnSync("strace", ["-f", "-o", "/dev/null", "true"]).status === 0;

/** The command before a program: notes in `log` what it writes and syncs, with the names of the files. */
export function traced(log: string): string[] {
  return ["strace", "-f", "-qq", "-y", "-s", "64", "-o", log, "-e", `trace=${WRITES}`];
}

/** The command before a program: on the book's files, the `when`-th of these calls fails with an I/O error. */
export function failing(call: "pwrite64" | "fsync", when: number, book: string): string[] {
  const paths = [book, `${book}-wal`].flatMap((path) => ["-P", path]);
  const calls = call === "fsync" ? "fsync,fdatasync" : call;
  return ["strace", "-f", "-qq", "-o", "/dev/null", ...paths, "-e", `trace=${calls}`, "-e", `inject=${calls}:error=EIO:when=${when}`];
}

export interface SyncOrder {
  acknowledged: number;
  syncs: number;
  /** Acknowledgements before which something written to the book was not yet synced. */
  early: number;
}

/**
 * Reads what {@link traced} noted: whether each line in `acknowledgements` came after a sync of all that was written to `book`. A sync
 * of another thread takes from its call to its return, and counts for what was written before the call.
 */
export function syncOrder(log: string, book: string, acknowledgements: string): SyncOrder {
  const order = { acknowledged: 0, syncs: 0, early: 0 };
  const written = new Map<string, number>();
  const synced = new Map<string, number>();
  const begun = new Map<string, { path: string; place: number }>();
  const returned = ({ path, place }: { path: string; place: number }): void => {
    order.syncs++;
    synced.set(path, Math.max(place, synced.get(path) ?? -1));
  };
  for (const [place, line] of readFileSync(log, "utf8").split("\n").entries()) {
    const [, resumedBy] = /^(\d+) +<\.\.\. \w*sync resumed>.* = 0$/.exec(line) ?? [];
    const resumed = resumedBy === undefined ? undefined : begun.get(resumedBy);
    if (resumed) returned(resumed);
    const [, thread, call, path] = /^(\d+) +(\w+)\(\d+<([^>]*)>/.exec(line) ?? [];
    if (thread === undefined || call === undefined || path === undefined || / = -1 /.test(line)) continue;
    if (path === acknowledgements) {
      order.acknowledged++;
      if ([...written].some(([file, at]) => at > (synced.get(file) ?? -1))) order.early++;
    } else if (path.startsWith(book) && !path.endsWith("-shm")) {
      if (call.endsWith("sync")) {
        if (line.endsWith("<unfinished ...>")) begun.set(thread, { path, place });
        else returned({ path, place });
      }
      // Moving what is in the log into the book itself is nobody's acknowledgement; only what is in neither can be lost.
      else if (path !== book) written.set(path, place);
    }
  }
  return order;
}
