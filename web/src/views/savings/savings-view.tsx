/** What could be saved, what was decided about it, and what has come of it. */
import { useState } from "react";
import type { RecommendationDocument } from "tokenledger/insights";
import { useReceipts, useRecommendations, useSavings } from "../../api/answers.ts";
import { Answer, Panel, Waiting } from "../../parts/panel.tsx";
import { View } from "../../parts/view.tsx";
import { useBook } from "../../question/book.tsx";
import { QuestionBar } from "../../question/question-bar.tsx";
import { useQuestion } from "../../question/use-question.ts";
import { AnswerAge, MOST_AGE_SECONDS } from "./answer-age.tsx";
import { ApplyDialog } from "./apply-dialog.tsx";
import { InForcePanel } from "./in-force-panel.tsx";
import { ObservationsPanel, PriceChangesPanel } from "./known-panel.tsx";
import { ReceiptsPanel } from "./receipts-panel.tsx";
import { RecommendationsPanels } from "./recommendations-panel.tsx";
import styles from "./savings.module.css";
import { SimulationPanel } from "./simulation-panel.tsx";

const RECEIPTS_QUESTION = { max_age_seconds: MOST_AGE_SECONDS };

export default function SavingsView() {
  const question = useQuestion("8w");
  const { session } = useBook();
  const [applied, setApplied] = useState<RecommendationDocument>();
  const parameters = { ...question.parameters, max_age_seconds: MOST_AGE_SECONDS };
  const recommendations = useRecommendations(parameters);
  const savings = useSavings();
  const receipts = useReceipts(RECEIPTS_QUESTION);
  const simulated = question.word("simulate");
  const simulate = (which: string | undefined): void => question.change({ simulate: which });
  return (
    <View
      title="Savings"
      lead="Every call replayed at the prices of its day: on cheaper models, at other providers, with caches and in batches. Each saving with its calls, its bounds and what it assumes."
      bar={<QuestionBar question={question} />}
    >
      {simulated !== undefined && (
        <SimulationPanel
          which={simulated}
          about={aboutOf(simulated, recommendations.data?.recommendations)}
          parameters={parameters}
          onClose={() => simulate(undefined)}
        />
      )}
      <Answer answer={recommendations} waiting={<Replaying />}>
        {(document) => (
          <div className={styles.stack}>
            <RecommendationsPanels
              document={document}
              question={question}
              age={<AnswerAge path="/api/v1/recommendations" parameters={parameters} generatedAt={document.generated_at} />}
              onSimulate={simulate}
              {...(session.can_apply_savings && { onApply: setApplied })}
            />
            <ObservationsPanel observations={document.observations} />
            <PriceChangesPanel changes={document.price_changes} />
          </div>
        )}
      </Answer>
      <InForcePanel savings={savings} />
      <ReceiptsPanel
        receipts={receipts}
        age={<AnswerAge path="/api/v1/receipts" parameters={RECEIPTS_QUESTION} generatedAt={receipts.data?.generated_at} />}
      />
      {applied !== undefined && (
        <ApplyDialog
          recommendation={applied}
          path={savings.data?.path ?? undefined}
          question={question}
          onClose={() => setApplied(undefined)}
          onApplied={() => setApplied(undefined)}
        />
      )}
    </View>
  );
}

function aboutOf(which: string, recommendations: readonly RecommendationDocument[] | undefined): string {
  if (which === "all") return "All that is best done together";
  const found = recommendations?.find(({ id }) => id === which);
  return found === undefined ? which : `${found.from} → ${found.to}`;
}

function Replaying() {
  return (
    <Panel isWide title="All of it together">
      <p className={styles.muted}>
        Every call of these days is being replayed on cheaper models, at other providers, with caches and in batches. The first time this
        may take some seconds; then the answer is kept for an hour.
      </p>
      <Waiting lines={6} label="Calls are being replayed" />
    </Panel>
  );
}
