/** Behind a bar: the models whose changes made the effect, adding up to it, each with its requests. */
import type { ExplanationDocument } from "tokenledger/insights";
import { parseUsd } from "../../../../src/money.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Money } from "../../parts/figures.tsx";
import { NameText } from "../../parts/name-text.tsx";
import type { Question } from "../../question/use-question.ts";
import { EFFECTS, type EffectName, type EffectRow, rowsBehind } from "./effects.ts";
import { OpenedPart } from "./opened-part.tsx";
import { RequestLinks } from "./request-links.tsx";
import styles from "./why.module.css";

export function OpenedEffect({
  document,
  effect,
  question,
  onClose,
}: {
  document: ExplanationDocument;
  effect: EffectName;
  question: Question;
  onClose: () => void;
}) {
  const { rows, sum_usd: sum } = rowsBehind(document.names, effect);
  const { name, meaning } = EFFECTS[effect];
  const columns: Column<EffectRow | { sum_usd: string }>[] = [
    {
      key: "name",
      title: "Model",
      cell: (row) =>
        "sum_usd" in row ? (
          "all"
        ) : (
          <span className={styles.text}>
            <NameText name={row.name} names={row.names} by="model" />
          </span>
        ),
    },
    {
      key: "amount",
      title: name,
      isNumber: true,
      cell: (row) => <Money usd={"sum_usd" in row ? row.sum_usd : row.amount_usd} isChange />,
      sortBy: (row) => parseUsd("sum_usd" in row ? row.sum_usd : row.amount_usd),
    },
    {
      key: "requests",
      title: "Dearest requests",
      cell: (row) =>
        "sum_usd" in row ? null : <RequestLinks name={row.name} names={row.names} by="model" document={document} question={question} />,
    },
  ];
  return (
    <OpenedPart label={`Behind ${name}`} title={name} onClose={onClose}>
      <p className={styles.told}>{meaning}</p>
      {rows.length === 0 ? (
        <p className={styles.told}>This effect is none between these periods.</p>
      ) : (
        <DataTable
          caption={`Behind ${name}`}
          columns={columns}
          rows={rows}
          rowKey={(row) => ("sum_usd" in row ? "sum" : `${row.names} ${row.name === null ? "" : `=${row.name}`}`)}
          total={{ sum_usd: sum }}
          most={20}
        />
      )}
    </OpenedPart>
  );
}
