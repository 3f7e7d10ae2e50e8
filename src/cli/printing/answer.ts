/** What a command found, shown in the form that was asked for. */
import type { Cell } from "./csv.ts";
import type { Output } from "./output.ts";
import type { TableStyle } from "./table.ts";

export const FORMATS = ["table", "json", "jsonl", "csv", "md"] as const;

export type Format = (typeof FORMATS)[number];

export interface Answer {
  /** The whole answer, with its `schema`: what `--format json` prints. */
  document: object;
  /** For people. */
  screen(style: ScreenStyle): string | Promise<string>;
  /** The answer as rows: what `jsonl` and `csv` print. */
  rows?: { fields: readonly string[]; records: readonly Readonly<Record<string, Cell>>[] };
  markdown?(): string | Promise<string>;
}

export interface ScreenStyle extends TableStyle {
  warn(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

/** Writes the answer and finishes the output. */
export async function present(answer: Answer, format: Format, output: Output, style: () => Promise<ScreenStyle>): Promise<void> {
  output.write(await textOf(answer, format, style));
  output.finish();
}

async function textOf(answer: Answer, format: Format, style: () => Promise<ScreenStyle>): Promise<string> {
  if (format === "json") return `${JSON.stringify(answer.document, null, 2)}\n`;
  if (format === "md") return (await answer.markdown?.()) ?? "";
  const records = answer.rows?.records ?? [];
  if (format === "jsonl") return records.map((record) => `${JSON.stringify(record)}\n`).join("");
  if (format === "csv") {
    const { csvTable } = await import("./csv.ts");
    return csvTable(answer.rows?.fields ?? [], records);
  }
  return answer.screen(await style());
}
