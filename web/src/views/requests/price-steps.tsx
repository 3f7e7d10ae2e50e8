/** How a record's cost comes about: its lines, which add up exactly, and each step in words. */
import { Link } from "react-router";
import type { RecordCostDocument } from "tokenledger/insights";
import { formatUsd, parseUsd } from "../../../../src/money.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Count } from "../../parts/figures.tsx";
import { useBook } from "../../question/book.tsx";
import styles from "./requests.module.css";

interface Line {
  kind: string;
  tokens: number | undefined;
  usd_per_million: string | undefined;
  cost_usd: string;
}

const COLUMNS: readonly Column<Line>[] = [
  { key: "kind", title: "What", cell: ({ kind }) => kind.replaceAll("_", " ") },
  { key: "tokens", title: "How much", isNumber: true, cell: ({ tokens }) => tokens !== undefined && <Count value={tokens} /> },
  {
    key: "price",
    title: "USD per million",
    isNumber: true,
    cell: ({ usd_per_million: price }) => price !== undefined && <Exact usd={price} />,
  },
  { key: "cost", title: "Cost", isNumber: true, cell: ({ cost_usd: cost }) => <Exact usd={cost} /> },
];

/** To the last digit: here one wants to check the sum. */
function Exact({ usd }: { usd: string }) {
  return <data value={usd}>${usd}</data>;
}

export function PriceSteps({ cost }: { cost: RecordCostDocument }) {
  const { isReader } = useBook();
  const { lines, computed_usd: computed, reported_usd: reported, cost_basis: basis, steps, reason } = cost;
  const sum = formatUsd(lines.reduce((total, line) => total + parseUsd(line.cost_usd), 0n));
  return (
    <>
      <p className={styles.basis} data-basis={basis}>
        {basisSentence(cost)}
      </p>
      <dl className={styles.fields}>
        <div>
          <dt>Computed from the price list</dt>
          <dd>{computed === null ? <em>unpriced</em> : <Exact usd={computed} />}</dd>
        </div>
        <div>
          <dt>Told by the record's source</dt>
          <dd>{reported === null ? <em>none</em> : <Exact usd={reported} />}</dd>
        </div>
        {cost.price_version !== null && cost.price_version !== undefined && (
          <div>
            <dt>Price list of</dt>
            <dd>{cost.price_version}</dd>
          </div>
        )}
      </dl>
      {lines.length > 0 && (
        <DataTable
          caption="Lines of the price"
          columns={COLUMNS}
          rows={lines}
          rowKey={({ kind, tokens, usd_per_million: price }) => `${kind} ${tokens} ${price}`}
          total={{ kind: "Sum", tokens: undefined, usd_per_million: undefined, cost_usd: sum }}
        />
      )}
      {reason !== null && reason !== undefined && <p className={styles.basis}>{reason}</p>}
      {basis === "unpriced" && isReader && (
        <p className={styles.quiet}>
          A price for this model can be added under <Link to="/prices">Prices</Link>.
        </p>
      )}
      {steps.length > 0 && (
        <ol className={styles.steps} aria-label="Steps of the price">
          {steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      )}
    </>
  );
}

function basisSentence({ cost_basis: basis }: RecordCostDocument): string {
  switch (basis) {
    case "reported":
      return "The record's source told the cost itself: that one counts, whatever the price list says.";
    case "unpriced":
      return "No price is known for this call. Its cost is unknown, which is not nothing: it is in no sum.";
    case "estimated":
      return "The provider told no tokens, so they were estimated; the cost that counts is computed from these.";
    default:
      return "The cost is computed from the price list, and that one counts.";
  }
}
