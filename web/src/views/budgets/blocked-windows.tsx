/** The windows in which something would have been blocked: what would have passed, what not, and the amount between them. */
import type { BacktestDocument, BlockedWindow } from "tokenledger/insights";
import { formatUsd, parseUsd } from "../../../../src/money.ts";
import { dollars, inPicture } from "../../format/amounts.ts";
import { instantText, localDayOf, localDayText } from "../../format/instants.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Count, Money } from "../../parts/figures.tsx";
import { useBook } from "../../question/book.tsx";
import { VERDICTS } from "./backtest-words.ts";
import styles from "./budgets.module.css";

const MOST = 60;

export function BlockedWindows({ document, isSliding }: { document: BacktestDocument; isSliding: boolean }) {
  const { timeZone } = useBook();
  const { windows_with_blocks: windows, blocked_windows: all } = document;
  if (windows.length === 0) return null;
  const highest = Math.max(...windows.map(({ spent_usd: usd }) => inPicture(usd) ?? 0), 1e-9);
  const isEach = windows.some(({ value }) => value !== null);
  const columns: Column<BlockedWindow>[] = [
    {
      key: "window",
      title: "Window from",
      sortBy: ({ window }) => Date.parse(window.start),
      cell: ({ window: { start } }) => (
        <time dateTime={start}>
          {isSliding ? instantText(start, timeZone) : localDayText(localDayOf(Date.parse(start), timeZone), true)}
        </time>
      ),
    },
    ...(isEach ? [{ key: "of", title: "Of", cell: ({ value }: BlockedWindow) => <bdi>{Object.values(value ?? {}).join(", ")}</bdi> }] : []),
    { key: "chart", title: "Passed, and not", cell: (window) => <WindowBar window={window} highest={highest} /> },
    {
      key: "spent",
      title: "Really spent",
      isNumber: true,
      sortBy: ({ spent_usd: usd }) => parseUsd(usd),
      cell: ({ spent_usd: usd }) => <Money usd={usd} />,
    },
    {
      key: "blocked",
      title: "Calls not let through",
      isNumber: true,
      sortBy: ({ blocked_calls: calls }) => calls,
      cell: ({ blocked_calls: calls }) => <Count value={calls} />,
    },
    {
      key: "saved",
      title: "Not spent",
      isNumber: true,
      sortBy: ({ saved_usd: usd }) => parseUsd(usd),
      cell: ({ saved_usd: usd }) => <Money usd={usd} />,
    },
    { key: "verdict", title: "It was", isForWideScreens: true, cell: ({ verdict }) => VERDICTS[verdict] ?? verdict },
  ];
  return (
    <>
      <p className={styles.legend} aria-hidden="true">
        <span className={styles.passedKey} /> would have passed <span className={styles.stoppedKey} /> would not
      </p>
      <DataTable
        caption="Windows with blocked calls"
        columns={columns}
        rows={windows}
        rowKey={({ window, value }) => `${window.start} ${JSON.stringify(value)}`}
        most={MOST}
      />
      {all > windows.length && (
        <p className={styles.small}>
          The first {windows.length} of {all} windows.
        </p>
      )}
    </>
  );
}

function WindowBar({ window: { spent_usd: spent, saved_usd: saved }, highest }: { window: BlockedWindow; highest: number }) {
  const passed = formatUsd(parseUsd(spent) - parseUsd(saved));
  const width = (usd: string): string => `${Math.max(0, Math.min(100, ((inPicture(usd) ?? 0) / highest) * 100))}%`;
  return (
    <div className={styles.bar} role="img" aria-label={`${dollars(passed)} would have passed, ${dollars(saved)} not`}>
      <span className={styles.passed} style={{ width: width(passed) }} />
      <span className={styles.stopped} style={{ width: width(saved) }} />
    </div>
  );
}
