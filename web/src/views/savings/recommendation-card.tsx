/** One thing that could be done: what it would save, how sure that is, what it rests on, and what it risks. */
import { Link } from "react-router";
import type { RecommendationDocument } from "tokenledger/insights";
import { IntervalBar } from "../../charts/interval-bar.tsx";
import { dollars, dollarsShort } from "../../format/amounts.ts";
import { dayText } from "../../format/instants.ts";
import { Button } from "../../parts/button.tsx";
import { Count, Money, Share } from "../../parts/figures.tsx";
import { CommandLine } from "../../parts/panel.tsx";
import { Badge } from "../../parts/zone-badge.tsx";
import { useBook } from "../../question/book.tsx";
import type { Question } from "../../question/use-question.ts";
import styles from "./savings.module.css";
import { deedOf, figureName, GRADES, KINDS, priceOfBeingWrong, requestsOf, scopesText } from "./savings-words.ts";

export interface CardDoings {
  onSimulate: (id: string) => void;
  /** Absent where nobody may. */
  onApply?: (recommendation: RecommendationDocument) => void;
}

export function RecommendationCard({
  recommendation,
  domain,
  share,
  question,
  onSimulate,
  onApply,
}: CardDoings & {
  recommendation: RecommendationDocument;
  /** One scale for all bars. */
  domain: readonly [number, number];
  /** What it adds to the portfolio. */
  share: string | undefined;
  question: Question;
}) {
  const { id, from, to, kind, saving, requests, confidence, evidence, state } = recommendation;
  return (
    <article className={styles.card} aria-label={`${from} to ${to}`}>
      <header className={styles.cardHead}>
        <h3>
          <bdi>{from}</bdi> <span aria-hidden="true">→</span>
          <span className="visually-hidden">to</span> <bdi>{to}</bdi>
        </h3>
        <Badge>{KINDS[kind] ?? kind}</Badge>
        {state === "applied" && <Badge tone="green">in force</Badge>}
        <div className={styles.cardButtons}>
          <Button onClick={() => onSimulate(id)} aria-label={`Simulate ${from} to ${to}`}>
            Simulate
          </Button>
          {onApply !== undefined && state !== "applied" && (
            <Button onClick={() => onApply(recommendation)} aria-label={`Apply ${from} to ${to}`}>
              Apply
            </Button>
          )}
        </div>
      </header>
      <div className={styles.cardFigures}>
        <div>
          <div className={styles.saving}>
            <Money usd={saving.expected_usd} /> <span className={styles.small}>a month</span>
          </div>
        </div>
        <div className={styles.interval}>
          <IntervalBar
            label={`Saving in a month, ${from} to ${to}`}
            low={Number(saving.low_usd)}
            expected={Number(saving.expected_usd)}
            high={Number(saving.high_usd)}
            lowExact={saving.low_usd}
            expectedExact={saving.expected_usd}
            highExact={saving.high_usd}
            domain={[domain[0], domain[1]]}
            formatValue={(value, exact) => (exact === undefined ? dollarsShort(value) : dollars(exact))}
            tone="good"
          />
        </div>
        <dl className={styles.short}>
          <dt>less</dt>
          <dd>
            <Share share={saving.percent / 100} />
          </dd>
          <dt>requests</dt>
          <dd>
            <Count value={requests} />
          </dd>
          <dt>days</dt>
          <dd>
            <Count value={evidence.days} />
          </dd>
          <dt>sure</dt>
          <dd>
            <Share share={confidence} />
          </dd>
        </dl>
      </div>
      <Details recommendation={recommendation} share={share} question={question} />
    </article>
  );
}

function Details({
  recommendation,
  share,
  question,
}: {
  recommendation: RecommendationDocument;
  share: string | undefined;
  question: Question;
}) {
  const { timeZone } = useBook();
  const {
    id,
    evidence,
    confidence,
    assumptions,
    risk,
    action,
    scopes,
    exclusive_group: group,
    figures,
    expires_at: expires,
  } = recommendation;
  const wrong = priceOfBeingWrong(recommendation);
  const rows = requestsOf(recommendation);
  return (
    <details className={styles.details}>
      <summary>What it rests on, and what it risks</summary>
      <dl className={styles.facts}>
        <dt>Rests on</dt>
        <dd>
          <Count value={evidence.requests} /> requests on <Count value={evidence.days} /> {evidence.days === 1 ? "day" : "days"}: they cost{" "}
          <Money usd={evidence.cost_usd} /> and would have cost <Money usd={evidence.new_cost_usd} />.
        </dd>
        <dt>How sure</dt>
        <dd>
          <Share share={confidence} />: from {GRADES[evidence.grade]} (grade {evidence.grade}), the number of days that were seen, and
          whether it held week after week.
        </dd>
        <dt>Whose calls</dt>
        <dd>
          <bdi>{scopesText(scopes)}</bdi>
        </dd>
        <dt>If it is wrong</dt>
        <dd>
          <bdi>{risk}</bdi>
          {wrong !== undefined && (
            <>
              {" "}
              <bdi>{wrong}</bdi>
            </>
          )}
        </dd>
        {recommendation.break_even_failure_rate !== null && (
          <>
            <dt>Pays until</dt>
            <dd>
              <Share share={recommendation.break_even_failure_rate} /> of the calls fail and are made again
            </dd>
          </>
        )}
        <dt>Assumes</dt>
        <dd>
          <ul className={styles.list}>
            {assumptions.map((assumption) => (
              <li key={assumption}>
                <bdi>{assumption}</bdi>
              </li>
            ))}
          </ul>
        </dd>
        {Object.entries(figures).map(([name, value]) => (
          <Fact key={name} name={figureName(name)} value={value} />
        ))}
        {share !== undefined && (
          <>
            <dt>Adds to the whole</dt>
            <dd>
              <Money usd={share} /> a month, each call counted once
            </dd>
          </>
        )}
        {group !== null && (
          <>
            <dt>Excludes</dt>
            <dd>
              others of the group <bdi>{group}</bdi>: only one of them can be done
            </dd>
          </>
        )}
        <dt>To do</dt>
        <dd>
          <bdi>{deedOf(action).join(" ")}</bdi>
        </dd>
        <dt>Its calls</dt>
        <dd>
          <CommandLine>{evidence.query}</CommandLine>
          {rows !== undefined && (
            <div>
              <Link to={question.link("/requests", { ...rows, start: question.days.start, end: question.days.end, period: undefined })}>
                Look at requests of this model
              </Link>
            </div>
          )}
        </dd>
        <dt>Id</dt>
        <dd>
          <span className={styles.id}>{id}</span>, good until {dayText(expires, timeZone, true)}
        </dd>
      </dl>
    </details>
  );
}

function Fact({ name, value }: { name: string; value: number | string | null }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value === null ? "unknown" : typeof value === "number" ? <data value={value}>{value}</data> : <bdi>{value}</bdi>}</dd>
    </>
  );
}
