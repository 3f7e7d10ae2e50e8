/** `tokenledger` without a command: one screen. */
import { buildSummary, type Figures, type ReportRow, type SummaryDocument } from "../../insights/index.ts";
import type { ScreenStyle } from "../answer.ts";
import type { CommandContext } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { costCell } from "../report-answer.ts";
import type { Column } from "../table.ts";

const HOW_TO_BEGIN = `The book is empty.

  tokenledger import            read the agent logs on this machine
  tokenledger import jsonl F    read records from a file
  tokenledger doctor            see which logs were found where
  tokenledger demo              look around in the book of a sample company
`;

export async function summary(context: CommandContext): Promise<ExitCode> {
  const timeZone = await context.timeZone();
  await context.answer(["table", "json"], async () => {
    const book = await context.bookOrNothing();
    try {
      const isEmpty = (await book.span()) === undefined;
      const document = await buildSummary(book, { nowMs: context.nowMs, timeZone });
      return { document, screen: (style) => (isEmpty ? HOW_TO_BEGIN : summaryScreen(document, style)) };
    } finally {
      await book.close();
    }
  });
  return EXIT.done;
}

async function summaryScreen(document: SummaryDocument, style: ScreenStyle): Promise<string> {
  const [{ renderTable }, { compactCount, dollars }, { sparkline }] = await Promise.all([
    import("../table.ts"),
    import("../numbers.ts"),
    import("../sparkline.ts"),
  ]);
  const columns = (title: string, names: string[], rows: readonly Figures[]): Column[] => [
    { title, align: "left", cells: names },
    { title: "cost", align: "right", cells: rows.map((row) => costCell(row, dollars)) },
    { title: "requests", align: "right", dropOrder: 2, cells: rows.map((row) => compactCount(row.requests)) },
    { title: "tokens", align: "right", dropOrder: 1, cells: rows.map((row) => compactCount(row.total_tokens)) },
  ];
  const top = async (dimension: "model" | "project", rows: readonly ReportRow[]): Promise<string[]> => {
    if (!rows.some((row) => row[dimension] !== null)) return [];
    const names = rows.map((row) => String(row[dimension] ?? "(none)"));
    return [await renderTable(columns(`${dimension}s, last 30 days`, names, rows), style)];
  };
  const { periods, days, warnings } = document;
  const names = periods.map(({ name }) => name);
  const daily = days.map((day) => Number(day.cost_usd ?? 0));
  return [
    await renderTable(
      columns(
        document.tz,
        names,
        periods.map(({ totals }) => totals),
      ),
      style,
    ),
    ...(daily.some((cost) => cost > 0) && style.width >= 40 ? [`${style.dim("30 days")}  ${sparkline(daily)}\n`] : []),
    ...(await top("model", document.top_models)),
    ...(await top("project", document.top_projects)),
    ...warnings.map((warning) => `${style.warn(`* ${warning}`)}\n`),
  ].join("\n");
}
