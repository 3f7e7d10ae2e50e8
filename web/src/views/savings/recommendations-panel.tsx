/** What could be saved: all of it together, and one by one. */

import { Link } from "react-router";
import type { RecommendationDocument, RecommendationsDocument } from "tokenledger/insights";
import { domainOf } from "../../charts/interval-domain.ts";
import { Button } from "../../parts/button.tsx";
import { Count, Figure, Money, Share } from "../../parts/figures.tsx";
import { CommandLine, Empty, Panel } from "../../parts/panel.tsx";
import type { Question } from "../../question/use-question.ts";
import { type CardDoings, RecommendationCard } from "./recommendation-card.tsx";
import styles from "./savings.module.css";
import { sortedOut, whyNothing } from "./savings-words.ts";

export function RecommendationsPanels({
  document,
  question,
  age,
  ...doings
}: CardDoings & {
  document: RecommendationsDocument;
  question: Question;
  /** How old the answer is, and how to have another one. */
  age: React.ReactNode;
}) {
  const { recommendations, portfolio, totals } = document;
  const { together, inForce, others } = sortedOut(
    recommendations,
    portfolio.chosen.map(({ id }) => id),
  );
  const shares = new Map(portfolio.chosen.map(({ id, share_usd: share }) => [id, share]));
  const [low, high] = domainOf(recommendations.map(({ saving }) => ({ low: Number(saving.low_usd), high: Number(saving.high_usd) })));
  const cards = (list: readonly RecommendationDocument[]) => (
    <div className={styles.cards}>
      {list.map((one) => (
        <RecommendationCard
          key={one.id}
          recommendation={one}
          domain={[Math.min(0, low), high]}
          share={shares.get(one.id)}
          question={question}
          {...doings}
        />
      ))}
    </div>
  );
  if (totals.requests === 0) {
    return (
      <Panel isWide title="Recommended" actions={age}>
        <Empty title="There were no calls in these days.">
          <p>What could be saved stands here once there are: every call is replayed on cheaper models, with caches and in batches.</p>
          <CommandLine>tokenledger import claude-code</CommandLine>
        </Empty>
      </Panel>
    );
  }
  return (
    <>
      <Panel isWide title="All of it together" actions={age}>
        <Portfolio document={document} onSimulate={doings.onSimulate} />
      </Panel>
      {recommendations.length === 0 ? (
        <Panel isWide title="Recommended">
          <Empty title="Nothing is recommended.">
            <p>{whyNothing({ requests: totals.requests, unpriced: totals.unpriced_requests })}</p>
            <p>
              <CommandLine>tokenledger optimize --last 3m</CommandLine>
            </p>
          </Empty>
        </Panel>
      ) : (
        <Panel
          isWide
          title="Recommended"
          note="Best done together. A month is 730 hours like those that were seen; four in five such months lie between the bounds."
        >
          {together.length > 0 ? cards(together) : <p className={styles.muted}>None of these saves more together with the others.</p>}
          {others.length > 0 && (
            <details className={styles.others}>
              <summary>
                In their place: {others.length} {others.length === 1 ? "other one" : "others"}
              </summary>
              {cards(others)}
            </details>
          )}
        </Panel>
      )}
      {inForce.length > 0 && (
        <Panel isWide title="Still found, though in force">
          {cards(inForce)}
        </Panel>
      )}
    </>
  );
}

function Portfolio({ document, onSimulate }: { document: RecommendationsDocument } & Pick<CardDoings, "onSimulate">) {
  const { portfolio, totals, period } = document;
  const days = Math.round(period.hours / 24);
  const { unpriced_requests: unpriced } = totals;
  return (
    <>
      <div className={styles.portfolio}>
        <Figure
          label={`${portfolio.chosen.length} ${portfolio.chosen.length === 1 ? "saving" : "savings"} together, in a month`}
          note="each call counted once"
        >
          <Money usd={portfolio.saving_usd} />
        </Figure>
        <Figure label="Of all that was spent">
          <Share share={portfolio.percent / 100} />
        </Figure>
        <Figure
          label="Replayed"
          note={
            <>
              <Count value={totals.requests} /> requests of {days === 1 ? "one day" : `${days} days`}
            </>
          }
        >
          <Money usd={totals.requests > 0 && totals.requests === unpriced ? null : totals.cost_usd} />
        </Figure>
      </div>
      {portfolio.chosen.length > 0 && <Button onClick={() => onSimulate("all")}>Simulate all of it</Button>}
      {unpriced > 0 && (
        <p className={styles.small}>
          <Count value={unpriced} /> {unpriced === 1 ? "request" : "requests"} unpriced, not in these sums: see{" "}
          <Link to="/prices">Prices</Link>.
        </p>
      )}
    </>
  );
}
