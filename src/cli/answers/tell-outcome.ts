/** What is said beside a report, and the exit code it ends with. */
import type { ReportDocument } from "../../insights/index.ts";
import { dayOf } from "../../usage/index.ts";
import type { CommandContext } from "../command-context.ts";
import type { ReadableBook } from "../empty-book.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Format } from "../printing/answer.ts";

/** The first and the last instant in the book; undefined where it is empty. */
export type Span = Awaited<ReturnType<ReadableBook["span"]>>;

export interface Found {
  warnings: readonly string[];
  /** Which days were asked for. */
  range: ReportDocument["range"];
  isEmpty: boolean;
}

export function tellOutcome(context: CommandContext, document: ReportDocument, format: Format, span: Span): Promise<ExitCode> {
  return tellFound(context, { ...document, isEmpty: document.totals.requests === 0 }, format, span);
}

/** Tables carry their warnings as footnotes; beside every other form they go to stderr. */
export async function tellFound(context: CommandContext, found: Found, format: Format, span: Span): Promise<ExitCode> {
  if (format !== "table") for (const warning of found.warnings) context.warn(warning);
  if (!found.isEmpty) return EXIT.done;
  context.note(await whyNothing(context, found.range, span));
  return EXIT.nothingToReport;
}

async function whyNothing(context: CommandContext, { start, end, tz }: ReportDocument["range"], span: Span): Promise<string> {
  if (!span) {
    const { maskUrl } = await import("../../config/index.ts");
    return `There is nothing in ${excerptOf(maskUrl(await context.databaseUrl()))} yet; tokenledger import reads the agent logs of this machine into it.`;
  }
  return `The book has no such records from ${start} to ${end}; it holds ${dayOf(span.firstMs, tz)} to ${dayOf(span.lastMs, tz)}.`;
}

const LONGEST_ADDRESS = 300;

function excerptOf(address: string): string {
  return address.length > LONGEST_ADDRESS ? `${address.slice(0, LONGEST_ADDRESS)}…` : address;
}
