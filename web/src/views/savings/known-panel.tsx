/** What is worth knowing, though nobody can say what doing something about it would save; and prices that have changed. */

import { parseUsd } from "../../../../src/money.ts";
import { percent } from "../../format/amounts.ts";
import { localDayText } from "../../format/instants.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Count, Money } from "../../parts/figures.tsx";
import { Panel } from "../../parts/panel.tsx";
import type { ObservationDocument, PriceChangeDocument } from "./savings-documents.ts";

export function ObservationsPanel({ observations }: { observations: readonly ObservationDocument[] }) {
  if (observations.length === 0) return null;
  return (
    <Panel isWide title="Worth knowing" note="Nobody can say what doing something about these would save.">
      <DataTable
        caption="Observations"
        columns={[
          { key: "sentence", title: "What", cell: ({ sentence }) => <bdi>{sentence}</bdi> },
          {
            key: "requests",
            title: "Requests",
            isNumber: true,
            sortBy: ({ requests }) => requests,
            cell: ({ requests }) => <Count value={requests} />,
          },
          {
            key: "cost",
            title: "They cost",
            isNumber: true,
            sortBy: ({ cost_usd: usd }) => parseUsd(usd),
            cell: ({ cost_usd: usd }) => <Money usd={usd} />,
          },
        ]}
        rows={observations}
        rowKey={({ kind, provider, model, sentence }) => [kind, provider, model, sentence].join(" ")}
      />
    </Panel>
  );
}

export function PriceChangesPanel({ changes }: { changes: readonly PriceChangeDocument[] }) {
  if (changes.length === 0) return null;
  return (
    <Panel
      isWide
      title="Prices that change"
      note="What the same calls cost at prices that have come into force since they were made, or will."
    >
      <DataTable
        caption="Price changes"
        columns={[
          { key: "model", title: "Model", sortBy: ({ model }) => model, cell: ({ model }) => <bdi>{model}</bdi> },
          { key: "provider", title: "Provider", isForWideScreens: true, cell: ({ provider }) => <bdi>{provider}</bdi> },
          { key: "day", title: "From", sortBy: ({ day }) => day, cell: ({ day }) => <time dateTime={day}>{localDayText(day, true)}</time> },
          { key: "requests", title: "Requests", isNumber: true, cell: ({ requests }) => <Count value={requests} /> },
          { key: "cost", title: "They cost", isNumber: true, cell: ({ cost_usd: usd }) => <Money usd={usd} /> },
          { key: "new", title: "Would cost", isNumber: true, cell: ({ new_cost_usd: usd }) => <Money usd={usd} /> },
          {
            key: "change",
            title: "Change",
            isNumber: true,
            sortBy: ({ change_usd: usd }) => parseUsd(usd),
            cell: ({ change_usd: usd, percent: share }) => (
              <>
                <Money usd={usd} isChange /> ({share > 0 ? "+" : ""}
                <data value={share}>{percent(share / 100)}</data>)
              </>
            ),
          },
        ]}
        rows={changes}
        rowKey={({ provider, model, day }) => [provider, model, day].join(" ")}
      />
    </Panel>
  );
}
