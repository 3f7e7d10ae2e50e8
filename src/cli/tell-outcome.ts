/** What is said beside a report, and the exit code it ends with. */
import type { ReportDocument } from "../insights/index.ts";
import type { Format } from "./answer.ts";
import type { CommandContext } from "./command.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";

/** Tables carry their warnings as footnotes; beside every other form they go to stderr. */
export function tellOutcome(context: CommandContext, document: ReportDocument, format: Format): ExitCode {
  if (format !== "table") for (const warning of document.warnings) context.warn(warning);
  if (document.totals.requests > 0) return EXIT.done;
  context.note(`Nothing to report: the book has no such records from ${document.range.start} to ${document.range.end}.`);
  return EXIT.nothingToReport;
}
