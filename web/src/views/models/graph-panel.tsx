/** The network of names: sized by what they cost or used, coloured by community. */
import { useMemo } from "react";
import type { AnalysisDocument } from "tokenledger/insights";
import { NetworkGraph } from "../../charts/network-graph.tsx";
import { Panel } from "../../parts/panel.tsx";
import type { Question } from "../../question/use-question.ts";
import { graphFigures, type SizeBy } from "./graph-figures.ts";
import styles from "./models.module.css";

export function GraphPanel({ document, question }: { document: AnalysisDocument; question: Question }) {
  const sizeBy: SizeBy = question.word("size") === "tokens" ? "tokens" : "cost";
  const { nodes, links } = useMemo(() => graphFigures(document, sizeBy), [document, sizeBy]);
  return (
    <Panel
      title="Network"
      note="A line links what rises and falls together beyond trend and calendar; a dashed one, what stands in for the other. Colours are communities."
      actions={
        <label className={styles.switch}>
          sized by
          <select
            value={sizeBy}
            onChange={({ target }) => question.change({ size: target.value === "tokens" ? "tokens" : undefined }, { replace: true })}
          >
            <option value="cost">cost</option>
            <option value="tokens">tokens</option>
          </select>
        </label>
      }
    >
      <NetworkGraph label={`Network of ${document.by}s`} nodes={nodes} links={links} />
      {links.length === 0 && <p className={styles.told}>No two are linked in these days: every pair stays within what chance makes.</p>}
    </Panel>
  );
}
