/** The models that the book has calls of: which of them have no price, and which were used of late. */
import type { GroupedCostsDocument } from "tokenledger/insights";
import { parseUsd } from "../../../../src/money.ts";
import type { Answer as Answered } from "../../api/answers.ts";
import { Button } from "../../parts/button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Count, Money } from "../../parts/figures.tsx";
import { Answer, CommandLine, Empty, Panel, Waiting } from "../../parts/panel.tsx";
import { Badge } from "../../parts/zone-badge.tsx";
import { type ModelInUse, modelsOf, pricedText, unpricedOf } from "./priced-models.ts";
import styles from "./prices.module.css";

export function UnpricedPanel({ costs }: { costs: Answered<GroupedCostsDocument> }) {
  const unpriced = unpricedOf(modelsOf(costs.data?.groups ?? []));
  if (costs.data === undefined || unpriced.length === 0) return null;
  return (
    <Panel isWide title="Without a price" note="What these calls cost is unknown, and in no sum. It is never taken for nothing.">
      <DataTable
        caption="Unpriced models"
        columns={[
          { key: "model", title: "Model", sortBy: ({ model }) => model, cell: ({ model }) => <bdi>{model}</bdi> },
          {
            key: "unpriced",
            title: "Requests unpriced",
            isNumber: true,
            sortBy: ({ unpriced: requests }) => requests,
            cell: ({ unpriced: requests }) => <Count value={requests} />,
          },
          {
            key: "requests",
            title: "Of all its requests",
            isNumber: true,
            sortBy: ({ requests }) => requests,
            cell: ({ requests }) => <Count value={requests} />,
          },
        ]}
        rows={unpriced}
        rowKey={({ model }) => model}
        most={20}
      />
      <div className={styles.how}>
        <p>Write their prices into a file, put it into the book, and have the calls priced anew:</p>
        <pre className={styles.file}>{FILE}</pre>
        <p>
          <CommandLine>tokenledger pricing update prices.yaml</CommandLine> <CommandLine>tokenledger reprice</CommandLine>
        </p>
      </div>
    </Panel>
  );
}

const FILE = `unit: per_1m_tokens
providers:
  my-provider:
    my-model: { input: 0.5, output: 1.5 }   # USD for a million tokens`;

export function ModelsInUse({ costs, onShow }: { costs: Answered<GroupedCostsDocument>; onShow: (model: string) => void }) {
  return (
    <Panel isWide title="In use" note="Models with calls in the last 90 days, the dearest first.">
      <Answer answer={costs} waiting={<Waiting lines={5} />}>
        {({ groups }) => {
          const models = modelsOf(groups);
          return models.length === 0 ? (
            <Empty title="No model was called in the last 90 days.">
              <p>Models stand here once their calls are in the book: through the gateway, or imported.</p>
              <CommandLine>tokenledger import claude-code</CommandLine>
            </Empty>
          ) : (
            <DataTable
              caption="Models in use"
              columns={[
                { key: "model", title: "Model", sortBy: ({ model }) => model, cell: ({ model }) => <bdi>{model}</bdi> },
                {
                  key: "priced",
                  title: "Priced",
                  cell: (row) => {
                    const text = pricedText(row);
                    return <Badge tone={text === "priced" ? "green" : text === "unpriced" ? "red" : "yellow"}>{text}</Badge>;
                  },
                },
                {
                  key: "requests",
                  title: "Requests",
                  isNumber: true,
                  sortBy: ({ requests }) => requests,
                  cell: ({ requests }) => <Count value={requests} />,
                },
                {
                  key: "cost",
                  title: "Cost",
                  isNumber: true,
                  sortBy: ({ costUsd }: ModelInUse) => (costUsd === null ? null : parseUsd(costUsd)),
                  cell: ({ costUsd }) => <Money usd={costUsd} />,
                },
                {
                  key: "prices",
                  title: <span className="visually-hidden">Its price</span>,
                  isNumber: true,
                  cell: ({ model }) => (
                    <Button onClick={() => onShow(model)} aria-label={`Explain the price of ${model}`}>
                      Explain
                    </Button>
                  ),
                },
              ]}
              rows={models}
              rowKey={({ model }) => model}
              most={12}
            />
          );
        }}
      </Answer>
    </Panel>
  );
}
