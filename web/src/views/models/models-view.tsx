/** Models: what is used together, what stands in for what, and what never meets. */
import type { AnalysisDocument } from "tokenledger/insights";
import { useAnalysis } from "../../api/answers.ts";
import { Answer, CommandLine, Empty, PanelGrid } from "../../parts/panel.tsx";
import { View } from "../../parts/view.tsx";
import { QuestionBar } from "../../question/question-bar.tsx";
import { type Question, useQuestion } from "../../question/use-question.ts";
import { AlternativesPanel } from "./alternatives-panel.tsx";
import { CommunitiesPanel } from "./communities-panel.tsx";
import { FindingsPanel } from "./findings-panel.tsx";
import { GraphPanel } from "./graph-panel.tsx";
import { HolesPanel } from "./holes-panel.tsx";
import { MatrixPanel } from "./matrix-panel.tsx";
import styles from "./models.module.css";
import { SubstitutesPanel } from "./substitutes-panel.tsx";

const BY = ["model", "team", "project"] as const;

export default function ModelsView() {
  const question = useQuestion("8w");
  const { change, word } = question;
  const by = BY.find((one) => one === word("by")) ?? "model";
  const bucket = word("bucket");
  const answer = useAnalysis({ ...question.parameters, by, bucket: bucket === "hour" || bucket === "day" ? bucket : undefined });
  return (
    <View
      title="Models"
      lead="What moves together beyond the common calendar, what stands in for what, and what might be used together but never is."
      bar={<QuestionBar question={question} />}
    >
      <div className={styles.choices}>
        <label>
          names of
          <select value={by} onChange={({ target }) => change({ by: target.value, a: undefined, b: undefined })}>
            <option value="model">models</option>
            <option value="team">teams</option>
            <option value="project">projects</option>
          </select>
        </label>
        <label>
          compared by the
          <select value={answer.data?.bucket ?? "hour"} onChange={({ target }) => change({ bucket: target.value })}>
            <option value="hour">hour</option>
            <option value="day">day</option>
          </select>
        </label>
      </div>
      <Answer answer={answer}>{(document) => <Related document={document} question={question} />}</Answer>
    </View>
  );
}

function Related({ document, question }: { document: AnalysisDocument; question: Question }) {
  if (document.totals.requests === 0) {
    return (
      <Empty title="No calls in these days.">
        What goes together stands here once two names or more have calls: <CommandLine>tokenledger import</CommandLine> reads the logs of
        this machine's agents, <CommandLine>tokenledger demo</CommandLine> shows a made-up company.
      </Empty>
    );
  }
  return (
    <div className={styles.stack}>
      <FindingsPanel document={document} />
      {document.correlation.pairs.length === 0 ? (
        <Empty title={`Only one ${document.by} was used in these days.`}>
          With two or more, their correlations stand here. Choose longer days, or other names above.
        </Empty>
      ) : (
        <>
          <MatrixPanel document={document} question={question} />
          <GraphPanel document={document} question={question} />
          <PanelGrid>
            <CommunitiesPanel document={document} />
            <SubstitutesPanel document={document} />
          </PanelGrid>
          <HolesPanel document={document} />
        </>
      )}
      <AlternativesPanel document={document} question={question} />
    </div>
  );
}
