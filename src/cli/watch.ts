/** Imports again and again until the user has had enough. */
import type { ImportResult } from "../importers/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { CommandContext } from "./command-context.ts";
import type { ExitCode } from "./exit-codes.ts";

const PAUSE_MS = 2000;
const INTERRUPTED = 130;

/**
 * Looks at the files every two seconds: a stat of each, and only what was added is read. The book is open only meanwhile,
 * so that other programs can write to it.
 */
export async function watch(context: CommandContext, importInto: (book: Ledger) => Promise<ImportResult>): Promise<ExitCode> {
  context.note("Watching; interrupt to end.");
  const interrupted = new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  let ended = false;
  interrupted.then(() => {
    ended = true;
  });
  while (!ended) {
    await Promise.race([interrupted, pause()]);
    if (ended) break;
    const book = await context.openBook();
    try {
      const { sources } = await importInto(book);
      const fresh = sources.filter((source) => source.new > 0).map((source) => `${source.source} +${source.new}`);
      if (fresh.length > 0) context.note(fresh.join(", "));
    } finally {
      await book.close();
    }
  }
  process.exit(INTERRUPTED);
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
