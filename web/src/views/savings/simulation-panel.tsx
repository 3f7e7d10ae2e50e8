/** The period's own calls as they were, and as they would have been. Nothing changes by looking. */
import { useEffect, useRef } from "react";
import type { SimulationDocument } from "tokenledger/insights";
import { formatUsd, parseUsd } from "../../../../src/money.ts";
import { type Answer as Answered, useSimulation } from "../../api/answers.ts";
import type { Parameters } from "../../api/client.ts";
import { TimeChart } from "../../charts/time-chart.tsx";
import { dollars, dollarsShort, inPicture } from "../../format/amounts.ts";
import { Button } from "../../parts/button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Count, Figure, Money, Share } from "../../parts/figures.tsx";
import { Answer, Panel, Waiting } from "../../parts/panel.tsx";
import styles from "./savings.module.css";

type ModelRow = SimulationDocument["by_model"][number];

export function SimulationPanel({
  which,
  about,
  parameters,
  onClose,
}: {
  /** The id of a recommendation, or `all`. */
  which: string;
  about: string;
  parameters: Parameters;
  onClose: () => void;
}) {
  const answer: Answered<SimulationDocument> = useSimulation({ ...parameters, ...(which !== "all" && { id: [which] }) });
  const place = useRef<HTMLDivElement>(null);
  // Who has asked for it further down the page is brought to it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another simulation is what this is about
  useEffect(() => {
    place.current?.scrollIntoView({ block: "nearest" });
  }, [which]);
  return (
    <div ref={place}>
      <Panel
        isWide
        title="Before and after"
        note={
          <>
            <bdi>{about}</bdi>. The calls of these days as they were, and as they would have been. Nothing is changed.
          </>
        }
        actions={<Button onClick={onClose}>Close</Button>}
      >
        <Answer answer={answer} waiting={<Waiting label="The calls of these days are being replayed" />}>
          {(document) => <Simulation document={document} />}
        </Answer>
      </Panel>
    </div>
  );
}

function Simulation({ document }: { document: SimulationDocument }) {
  const { before_usd: before, after_usd: after, saving_usd: saving, percent, by_model: models, by_day: days } = document;
  const change = ({ before_usd, after_usd }: ModelRow): string => formatUsd(parseUsd(after_usd) - parseUsd(before_usd));
  return (
    <div className={styles.stack}>
      <div className={styles.portfolio}>
        <Figure label="Before">
          <Money usd={before} />
        </Figure>
        <Figure label="After">
          <Money usd={after} />
        </Figure>
        <Figure label="Less" note={<Share share={percent / 100} />}>
          <Money usd={saving} />
        </Figure>
      </div>
      {days.length > 1 && (
        <TimeChart
          label="Spending a day, before and after"
          times={days.map(({ day }) => Date.parse(`${day}T00:00:00Z`))}
          bucket="day"
          timeZone="UTC"
          series={[
            {
              name: "Before",
              kind: "line",
              colour: "muted",
              dashed: true,
              values: days.map(({ before_usd: usd }) => inPicture(usd)),
              exact: days.map(({ before_usd: usd }) => usd),
            },
            {
              name: "After",
              kind: "area",
              colour: 3,
              values: days.map(({ after_usd: usd }) => inPicture(usd)),
              exact: days.map(({ after_usd: usd }) => usd),
            },
          ]}
          formatValue={(value, exact) => (exact === undefined ? dollarsShort(value) : dollars(exact))}
          formatTick={dollarsShort}
          height={220}
        />
      )}
      <p className={styles.small}>Days of UTC.</p>
      <DataTable
        caption="Simulation by model"
        sorting={{ key: "change", isDescending: false }}
        columns={[
          {
            key: "model",
            title: "Model",
            sortBy: ({ model }) => model,
            cell: ({ model, provider }) => (
              <>
                <bdi>{model}</bdi>
                <div className={styles.small}>
                  <bdi>{provider}</bdi>
                </div>
              </>
            ),
          },
          {
            key: "before-requests",
            title: "Requests before",
            isNumber: true,
            isForWideScreens: true,
            sortBy: ({ before_requests: requests }) => requests,
            cell: ({ before_requests: requests }) => <Count value={requests} />,
          },
          {
            key: "after-requests",
            title: "Requests after",
            isNumber: true,
            isForWideScreens: true,
            sortBy: ({ after_requests: requests }) => requests,
            cell: ({ after_requests: requests }) => <Count value={requests} />,
          },
          {
            key: "before",
            title: "Cost before",
            isNumber: true,
            sortBy: ({ before_usd: usd }) => parseUsd(usd),
            cell: ({ before_usd: usd }) => <Money usd={usd} />,
          },
          {
            key: "after",
            title: "Cost after",
            isNumber: true,
            sortBy: ({ after_usd: usd }) => parseUsd(usd),
            cell: ({ after_usd: usd }) => <Money usd={usd} />,
          },
          {
            key: "change",
            title: "Change",
            isNumber: true,
            sortBy: (row) => parseUsd(change(row)),
            cell: (row) => <Money usd={change(row)} isChange />,
          },
        ]}
        rows={models}
        rowKey={({ provider, model }) => JSON.stringify([provider, model])}
      />
    </div>
  );
}
