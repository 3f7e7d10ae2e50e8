/** Every effect with its exact amount; together they are the change. */
import type { ExplanationDocument } from "tokenledger/insights";
import { parseUsd } from "../../../../src/money.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
import { EFFECTS, type EffectName, sumUsd } from "./effects.ts";
import { ExactMoney } from "./exact-money.tsx";
import styles from "./why.module.css";

interface Row {
  effect: EffectName | "all";
  amount_usd: string;
}

export function EffectsPanel({ document: { effects } }: { document: ExplanationDocument }) {
  const columns: Column<Row>[] = [
    {
      key: "effect",
      title: "Because of",
      cell: ({ effect }) => (effect === "all" ? "the change" : EFFECTS[effect].name),
    },
    {
      key: "amount",
      title: "Change, exactly",
      isNumber: true,
      cell: ({ amount_usd: amount }) => <ExactMoney usd={amount} />,
      sortBy: ({ amount_usd: amount }) => parseUsd(amount),
    },
    {
      key: "meaning",
      title: "What it is",
      cell: ({ effect }) => (effect === "all" ? "" : <span className={styles.quiet}>{EFFECTS[effect].meaning}</span>),
      isForWideScreens: true,
    },
  ];
  return (
    <Panel title="Effects" note="They are those of models, and add up to the change exactly.">
      <DataTable
        caption="Effects"
        columns={columns}
        rows={effects}
        rowKey={({ effect }) => effect}
        total={{ effect: "all", amount_usd: sumUsd(effects.map(({ amount_usd: amount }) => amount)) }}
      />
    </Panel>
  );
}
