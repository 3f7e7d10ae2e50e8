/** What has passed since the view was opened, and in each second of the last minutes. */
import { formatUsd } from "../../../../src/money.ts";
import { count, dollars } from "../../format/amounts.ts";
import { timeText } from "../../format/instants.ts";
import { Count, Figure, Money } from "../../parts/figures.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useBook } from "../../question/book.tsx";
import styles from "./live.module.css";
import type { LiveFeed } from "./live-feed.ts";
import { SecondChart } from "./second-chart.tsx";

export function LiveFigures({ feed }: { feed: LiveFeed }) {
  const { timeZone } = useBook();
  const { sums } = feed;
  const series = feed.series();
  const costs = series.costNanoUsd.map((nano) => (nano === null ? null : Number(nano)));
  const since = `since ${timeText(feed.openedMs, timeZone)}`;
  const unpriced = sums.unpriced === 0 ? "" : `${count(sums.unpriced)} unpriced, not in this sum`;
  const failed = sums.failed === 0 ? "" : `, ${count(sums.failed)} of them failed`;
  return (
    <>
      <div className={styles.figures}>
        <Panel title="Calls">
          <span data-total="calls" data-total-calls={sums.calls}>
            <Figure label={since} note={`${lastFull(series.calls, count)} in the last second${failed}`}>
              <Count value={sums.calls} />
            </Figure>
          </span>
          <SecondChart label={told("Calls", series.calls, count)} values={series.calls} colour="--series-1" />
        </Panel>
        <Panel title="Cost">
          <span data-total="cost">
            <Figure label={since} note={[`${lastFull(costs, nanoDollars)} in the last second`, unpriced].filter(Boolean).join("; ")}>
              <Money usd={formatUsd(sums.costNanoUsd)} />
            </Figure>
          </span>
          <SecondChart label={told("Cost", costs, nanoDollars)} values={costs} colour="--series-3" />
        </Panel>
        <Panel title="Tokens">
          <span data-total="tokens">
            <Figure label={since} note={`${count(sums.inputTokens)} in, ${count(sums.outputTokens)} out`}>
              <Count value={sums.inputTokens + sums.outputTokens} />
            </Figure>
          </span>
          <SecondChart label={told("Tokens", series.tokens, count)} values={series.tokens} colour="--series-6" />
        </Panel>
        <Panel title="Refusals">
          <span data-total="refusals">
            <Figure
              label={since}
              note={`${lastFull(series.refusals, count)} in the last second${sums.alerts === 0 ? "" : `; ${count(sums.alerts)} alerts`}`}
            >
              <Count value={sums.refusals} />
            </Figure>
          </span>
          <SecondChart label={told("Refusals", series.refusals, count)} values={series.refusals} colour="--critical" />
        </Panel>
      </div>
      {sums.gaps > 0 && (
        <p className={styles.note} role="status">
          Some events were missed while the connection was away: these sums hold what was heard. What passed meanwhile is in the book, under
          Requests.
        </p>
      )}
    </>
  );
}

const nanoDollars = (nano: number): string => dollars(formatUsd(BigInt(nano)));

/** The second that is going on is not over: the one before it is told. */
function lastFull(values: readonly (number | null)[], format: (value: number) => string): string {
  const value = values.at(-2);
  return value === null || value === undefined ? "unknown" : format(value);
}

function told(name: string, values: readonly (number | null)[], format: (value: number) => string): string {
  const known = values.filter((value) => value !== null);
  return `${name} of each second in the last ${Math.round(values.length / 60)} minutes: at most ${format(Math.max(0, ...known))}, in the last one ${lastFull(values, format)}.`;
}
