/** Every pair's correlation; a cell tells what its test found. */
import { useMemo } from "react";
import type { AnalysisDocument } from "tokenledger/insights";
import { MatrixMap } from "../../charts/heat-map.tsx";
import { nameText } from "../../format/names.ts";
import { sentenceCase } from "../../format/sentence-case.ts";
import { Panel } from "../../parts/panel.tsx";
import type { Question } from "../../question/use-question.ts";
import { matrixOf } from "./matrix.ts";
import styles from "./models.module.css";
import { edgeText, pairText, signedNumber } from "./pair-words.ts";

export function MatrixPanel({ document, question }: { document: AnalysisDocument; question: Question }) {
  const { by, bucket } = document;
  const { names, values, pairs } = useMemo(() => matrixOf(document), [document]);
  const texts = names.map((name) => nameText(name, by));
  const [a, b] = [placeOf(names, question.word("a")), placeOf(names, question.word("b"))];
  const opened = pairs[a]?.[b] ?? null;
  return (
    <Panel
      title="Correlation"
      note={`Pearson's r of the tokens used in the same ${bucket}s: 1 rises and falls together, −1 the other way round. Unknown where two never meet.`}
    >
      <MatrixMap
        label={`Correlation of ${by}s`}
        rowHeading={sentenceCase(by)}
        rows={texts}
        columns={texts}
        values={values}
        limit={1}
        formatValue={signedNumber}
        describe={(row, column) => {
          const pair = pairs[row]?.[column];
          if (pair) return pairText(pair, { by, bucket });
          return row === column ? `${texts[row]} with itself` : `${texts[row]} and ${texts[column]}: unknown`;
        }}
        onSelect={(row, column) =>
          question.change(row === column ? { a: undefined, b: undefined } : { a: names[row] ?? "", b: names[column] ?? "" })
        }
      />
      <p className={styles.told}>Rows stand by communities. A cell tells what is left of it without trend and calendar.</p>
      {opened !== null && (
        <div className={styles.pair} role="status">
          <p>
            <bdi>{pairText(opened, { by, bucket })}</bdi>
          </p>
          <p className={styles.quiet}>{edgeText(opened)}</p>
        </div>
      )}
    </Panel>
  );
}

/** An empty word stands for what has no name. */
function placeOf(names: readonly (string | null)[], word: string | undefined): number {
  return word === undefined ? -1 : names.findIndex((name) => (name ?? "") === word);
}
