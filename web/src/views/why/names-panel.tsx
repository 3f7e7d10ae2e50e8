/** What each name cost before and after; a name opens its own effects, which add up to its change. */
import type { ExplanationDocument } from "tokenledger/insights";
import { parseUsd } from "../../../../src/money.ts";
import { sentenceCase } from "../../format/sentence-case.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Money } from "../../parts/figures.tsx";
import { NameText } from "../../parts/name-text.tsx";
import type { Question } from "../../question/use-question.ts";
import { EFFECTS, type Effect, mainCause, type NameChange, sumUsd } from "./effects.ts";
import { ExactMoney } from "./exact-money.tsx";
import { OpenedPart } from "./opened-part.tsx";
import { RequestLinks } from "./request-links.tsx";
import styles from "./why.module.css";

type Row = NameChange | Omit<NameChange, "name">;

const hasName = (row: Row): row is NameChange => "name" in row;

export function NamesPanel({ document, question }: { document: ExplanationDocument; question: Question }) {
  const { names, from, to, change_usd: change, by } = document;
  const word = question.word("name");
  const opened = names.find(({ name, names: many }) => many === 1 && word !== undefined && (name ?? "") === word);
  const open = (row: NameChange): void => question.change({ name: row === opened ? undefined : (row.name ?? "") });
  const columns: Column<Row>[] = [
    {
      key: "name",
      title: sentenceCase(by),
      cell: (row) => (hasName(row) ? <NameCell row={row} by={by} isOpen={row === opened} onOpen={() => open(row)} /> : "all"),
    },
    // On a phone the change is what counts: an opened name tells before and after.
    { ...moneyColumn("from", "Before", ({ from_usd: usd }) => usd, false), isForWideScreens: true },
    moneyColumn("to", "After", ({ to_usd: usd }) => usd, false),
    moneyColumn("change", "Change", ({ change_usd: usd }) => usd, true),
    {
      key: "cause",
      title: "Mostly because of",
      cell: (row) =>
        hasName(row) ? (
          <span className={styles.text}>
            <Cause row={row} />
          </span>
        ) : null,
      isForWideScreens: true,
    },
    {
      key: "requests",
      title: "Dearest requests",
      cell: (row) =>
        hasName(row) ? <RequestLinks name={row.name} names={row.names} by={by} document={document} question={question} /> : null,
    },
  ];
  return (
    <>
      {opened !== undefined && (
        <OpenedName row={opened} document={document} question={question} onClose={() => question.change({ name: undefined })} />
      )}
      <DataTable
        caption={`Each ${by}`}
        columns={columns}
        rows={names}
        rowKey={(row) => (hasName(row) ? `${row.names} ${row.name === null ? "" : `=${row.name}`}` : "all")}
        total={{ names: 0, from_usd: from.cost_usd, to_usd: to.cost_usd, change_usd: change, effects: [] }}
        most={25}
      />
    </>
  );
}

function NameCell({ row, by, isOpen, onOpen }: { row: NameChange; by: ExplanationDocument["by"]; isOpen: boolean; onOpen: () => void }) {
  const text = (
    <span className={styles.text}>
      <NameText name={row.name} names={row.names} by={by} />
    </span>
  );
  if (row.names > 1) return text;
  return (
    <button type="button" className={styles.pick} aria-pressed={isOpen} onClick={onOpen}>
      {text}
    </button>
  );
}

function Cause({ row }: { row: NameChange }) {
  const cause = mainCause(row);
  if (cause === undefined) return <span className={styles.quiet}>–</span>;
  return (
    <>
      {EFFECTS[cause.effect].name} <Money usd={cause.amount_usd} isChange />
    </>
  );
}

function moneyColumn(key: string, title: string, usd: (row: Row) => string, isChange: boolean): Column<Row> {
  return { key, title, isNumber: true, cell: (row) => <Money usd={usd(row)} isChange={isChange} />, sortBy: (row) => parseUsd(usd(row)) };
}

function OpenedName({
  row,
  document,
  question,
  onClose,
}: {
  row: NameChange;
  document: ExplanationDocument;
  question: Question;
  onClose: () => void;
}) {
  const { name, names, effects, from_usd: before, to_usd: after } = row;
  const caption = `Effects of ${name ?? `what has no ${document.by}`}`;
  const columns: Column<Effect | { amount_usd: string }>[] = [
    { key: "effect", title: "Because of", cell: (effect) => ("effect" in effect ? EFFECTS[effect.effect].name : "its change") },
    { key: "amount", title: "Change", isNumber: true, cell: ({ amount_usd: usd }) => <Money usd={usd} isChange /> },
    { key: "exact", title: "Exactly", isNumber: true, cell: ({ amount_usd: usd }) => <ExactMoney usd={usd} /> },
  ];
  return (
    <OpenedPart label={caption} title={<NameText name={name} names={names} by={document.by} />} onClose={onClose}>
      <p className={styles.told}>
        From <Money usd={before} /> to <Money usd={after} />. Its dearest requests:{" "}
        <RequestLinks name={name} names={names} by={document.by} document={document} question={question} />
      </p>
      <DataTable
        caption={caption}
        columns={columns}
        rows={effects}
        rowKey={(effect) => ("effect" in effect ? effect.effect : "all")}
        total={{ amount_usd: sumUsd(effects.map(({ amount_usd: usd }) => usd)) }}
      />
    </OpenedPart>
  );
}
