/** Rhythm: spending taken apart into what changes slowly, what comes again and again, and the rest. */
import { useMemo } from "react";
import type { AnalysisDocument } from "tokenledger/insights";
import { useAnalysis } from "../../api/answers.ts";
import { Answer, CommandLine, Empty } from "../../parts/panel.tsx";
import { View } from "../../parts/view.tsx";
import { QuestionBar } from "../../question/question-bar.tsx";
import { type Question, useQuestion } from "../../question/use-question.ts";
import { AnalysisChoices } from "./analysis-choices.tsx";
import { ComponentsPanel } from "./components-panel.tsx";
import { FindingsPanel } from "./findings-panel.tsx";
import { HeatMapPanel } from "./heat-map-panel.tsx";
import { NamesPanel } from "./names-panel.tsx";
import styles from "./rhythm.module.css";
import { RhythmsPanel } from "./rhythms-panel.tsx";
import { chosen, seriesChoices } from "./series-choice.ts";
import { StandOutsPanel } from "./stand-outs-panel.tsx";

const BY = ["model", "team", "project"];

export default function RhythmView() {
  const question = useQuestion("8w");
  const by = question.word("by");
  const bucket = question.word("bucket");
  const answer = useAnalysis({
    ...question.parameters,
    by: by !== undefined && BY.includes(by) ? by : "model",
    bucket: bucket === "hour" || bucket === "day" ? bucket : undefined,
  });
  return (
    <View
      title="Rhythm"
      lead="How spending moves: its trend, what comes again by day and week, and what is left. Every claim has its test."
      bar={<QuestionBar question={question} />}
    >
      <Answer answer={answer}>{(document) => <Analysed document={document} question={question} />}</Answer>
    </View>
  );
}

function Analysed({ document, question }: { document: AnalysisDocument; question: Question }) {
  const choices = useMemo(() => seriesChoices(document), [document]);
  if (document.buckets.length === 0) {
    return (
      <Empty title="No calls in these days.">
        Trend, oscillation and the average week stand here once the book has calls, a few weeks of them for the tests to say something:{" "}
        <CommandLine>tokenledger import</CommandLine> reads the logs of this machine's agents, <CommandLine>tokenledger demo</CommandLine>{" "}
        shows a made-up company.
      </Empty>
    );
  }
  const asked = chosen(choices, question.word);
  const choice = asked ?? choices[0];
  if (choice === undefined) return null;
  return (
    <div className={styles.stack}>
      <AnalysisChoices document={document} question={question} choices={choices} choice={choice} isMissing={asked === undefined} />
      <FindingsPanel document={document} choice={choice} />
      <ComponentsPanel document={document} choice={choice} question={question} />
      <HeatMapPanel document={document} choice={choice} question={question} />
      <RhythmsPanel document={document} choice={choice} />
      <StandOutsPanel document={document} choice={choice} question={question} />
      <NamesPanel document={document} choices={choices} choice={choice} question={question} />
    </div>
  );
}
