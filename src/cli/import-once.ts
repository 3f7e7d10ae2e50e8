/** One run of the importers with what the user wished, and its progress on the screen. */
import { type ImportOptions, type ImportResult, importUsage } from "../importers/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { CommandContext } from "./command-context.ts";
import { importEnvironment } from "./import-environment.ts";
import { startProgress, transferLine } from "./printing/progress.ts";

/** The options of `tokenledger import`. */
export interface ImportWishes {
  dryRun?: boolean;
  watch?: boolean;
  strict?: boolean;
  inputExcludesCache?: boolean;
  provider?: string;
  model?: string;
  epoch?: number;
  map?: Record<string, string>;
}

/** @param source none: every source that keeps logs on this machine, or whichever the paths turn out to be of */
export async function importOnce(
  context: CommandContext,
  book: Ledger,
  source: string | undefined,
  paths: readonly string[],
  options: ImportWishes,
): Promise<ImportResult> {
  const progress = startProgress(context.clock, context.globals.quiet !== true);
  try {
    return await importUsage({
      book,
      environment: await importEnvironment(context.machine),
      ...(source !== undefined && { sources: [source] }),
      paths,
      options: importOptions(context, options),
      dryRun: options.dryRun === true,
      onProgress: ({ title, filesDone: files, filesTotal, bytesDone: bytes, bytesTotal }) =>
        progress.update((elapsedMs) => transferLine(title, { files, filesTotal, bytes, bytesTotal }, elapsedMs)),
    });
  } finally {
    progress.end();
  }
}

function importOptions(context: CommandContext, options: ImportWishes): ImportOptions {
  return {
    ...(options.inputExcludesCache && { inputExcludesCache: true }),
    ...(options.provider !== undefined && { provider: options.provider }),
    ...(options.model !== undefined && { model: options.model }),
    ...(options.epoch !== undefined && { epochMs: options.epoch }),
    ...(options.map && { columns: options.map }),
    ...(context.globals.tz !== undefined && { timeZone: context.globals.tz }),
  };
}
