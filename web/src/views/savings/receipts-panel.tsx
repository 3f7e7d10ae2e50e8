/** What applied savings have really saved since, and whether answers suffer. */
import type { ReceiptDocument, ReceiptsDocument } from "tokenledger/insights";
import type { Answer as Answered } from "../../api/answers.ts";
import { instantText } from "../../format/instants.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Count, Figure, Money, Share } from "../../parts/figures.tsx";
import { Answer, Panel, Waiting } from "../../parts/panel.tsx";
import { Badge } from "../../parts/zone-badge.tsx";
import { useBook } from "../../question/book.tsx";
import styles from "./savings.module.css";

export function ReceiptsPanel({ receipts, age }: { receipts: Answered<ReceiptsDocument>; age: React.ReactNode }) {
  return (
    <Panel isWide title="Receipts" note="What the calls since then cost, beside what they would have cost without the rule." actions={age}>
      <Answer answer={receipts} waiting={<Waiting label="The calls since the rules came into force are being looked at" isLater />}>
        {({ receipts: list, totals }) =>
          list.length === 0 ? (
            <p className={styles.muted}>Once a saving is in force, its receipt stands here.</p>
          ) : (
            <div className={styles.stack}>
              <p>
                <Money usd={totals.saved_usd} /> saved so far, by all whose saving can be told.
              </p>
              {list.map((receipt) => (
                <Receipt key={receipt.id} receipt={receipt} />
              ))}
            </div>
          )
        }
      </Answer>
    </Panel>
  );
}

function Receipt({ receipt }: { receipt: ReceiptDocument }) {
  const { timeZone } = useBook();
  const { id, from, to, applied_at: at, calls, kept_calls: kept, guards, sentence, calibration, saved_percent: savedPercent } = receipt;
  return (
    <article className={styles.card} aria-label={`Receipt of ${from} to ${to}`}>
      <header className={styles.cardHead}>
        <h3>
          <bdi>{from}</bdi> <span aria-hidden="true">→</span>
          <span className="visually-hidden">to</span> <bdi>{to}</bdi>
        </h3>
        <span className={styles.small}>
          since {instantText(at, timeZone)}, <span className={styles.id}>{id}</span>
        </span>
      </header>
      <p>
        <bdi>{sentence}</bdi>
      </p>
      <div className={styles.portfolio}>
        <Figure label="Saved" note={savedPercent === null ? "can't be told" : <Share share={savedPercent / 100} />}>
          {receipt.saved_usd === null ? "–" : <Money usd={receipt.saved_usd} />}
        </Figure>
        <Figure label="Expected a month">{receipt.expected_usd === null ? "–" : <Money usd={receipt.expected_usd} />}</Figure>
        <Figure label="Realised a month" {...(receipt.realised_usd === null && { note: "not before a day has passed" })}>
          {receipt.realised_usd === null ? "–" : <Money usd={receipt.realised_usd} />}
        </Figure>
        <Figure
          label="Calls"
          note={
            <>
              <Count value={kept} /> of the old kind
            </>
          }
        >
          <Count value={calls} />
        </Figure>
        <Figure label="Calibration" note="the share that was saved, divided by the one that was expected">
          {calibration === null ? "–" : <data value={calibration}>{calibration.toFixed(2)}</data>}
        </Figure>
      </div>
      {guards.length > 0 && (
        <DataTable
          caption={`Guards of ${id}`}
          columns={[
            { key: "name", title: "Guard", cell: ({ name }) => GUARDS[name] ?? name },
            { key: "share", title: "Now", isNumber: true, cell: ({ share }) => <Share share={share} /> },
            {
              key: "compared",
              title: "Beside",
              isNumber: true,
              cell: ({ compared_share: share, compared_with: whom }) => (
                <>
                  <Share share={share} /> {whom === "kept" ? "of kept calls" : "before"}
                </>
              ),
            },
            {
              key: "verdict",
              title: "Verdict",
              cell: ({ verdict }) => <Badge tone={verdict === "worse" ? "red" : verdict === "better" ? "green" : "plain"}>{verdict}</Badge>,
            },
            { key: "sentence", title: "In words", isForWideScreens: true, cell: ({ sentence: words }) => <bdi>{words}</bdi> },
          ]}
          rows={guards}
          rowKey={({ name }) => name}
        />
      )}
    </article>
  );
}

const GUARDS: Readonly<Record<string, string>> = {
  errors: "failed",
  retries: "tried again",
  length_stops: "ran into the limit of output",
  follow_ups: "asked again soon after",
};
