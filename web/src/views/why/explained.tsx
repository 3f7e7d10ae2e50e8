/** The answer: sentences, the way from the earlier to the later cost, and whose changes they are. */
import type { ExplanationDocument } from "tokenledger/insights";
import type { Answer as Answered } from "../../api/answers.ts";
import { Answer, CommandLine, Empty, Panel } from "../../parts/panel.tsx";
import { Sentences } from "../../parts/view.tsx";
import type { Question } from "../../question/use-question.ts";
import { EffectsPanel } from "./effects-panel.tsx";
import { NamesPanel } from "./names-panel.tsx";
import { WarningNotes } from "./warning-notes.tsx";
import { WaterfallPanel } from "./waterfall-panel.tsx";
import styles from "./why.module.css";

export function Explained({
  document,
  names,
  question,
  by,
}: {
  /** By model: whose the effects are. */
  document: ExplanationDocument;
  names: Answered<ExplanationDocument>;
  question: Question;
  by: ExplanationDocument["by"];
}) {
  if (document.from.requests === 0 && document.to.requests === 0) {
    return (
      <Empty title="No calls with a cost in either period.">
        The way from one period's cost to the other's stands here. Choose other days above; an empty book is filled by{" "}
        <CommandLine>tokenledger import</CommandLine>, or looked around in with <CommandLine>tokenledger demo</CommandLine>.
        <WarningNotes warnings={document.warnings} />
      </Empty>
    );
  }
  // Sentences about names are those of the names that are asked for, once they are here.
  const told = names.data !== undefined && !names.isPlaceholderData ? names.data : document;
  return (
    <div className={styles.stack}>
      <Panel title="What it says">
        <Sentences sentences={told.findings.map(({ sentence }) => sentence)} />
        <WarningNotes warnings={told.warnings} />
      </Panel>
      <WaterfallPanel document={document} question={question} />
      <EffectsPanel document={document} />
      <Panel title={`Each ${by}`} note={`What each ${by} cost before and after. Its own effects add up to its change; a name opens them.`}>
        <Answer answer={names}>{(answered) => <NamesPanel document={answered} question={question} />}</Answer>
      </Panel>
    </div>
  );
}
