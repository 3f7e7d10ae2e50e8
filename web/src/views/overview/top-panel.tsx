/** Where the money goes: the dearest names; each leads to its own figures. */
import { useMemo } from "react";
import { Link } from "react-router";
import { useCosts } from "../../api/answers.ts";
import type { FormatValue } from "../../charts/series.ts";
import { ShareBars } from "../../charts/share-bars.tsx";
import { dollars, dollarsShort } from "../../format/amounts.ts";
import { sentenceCase } from "../../format/sentence-case.ts";
import { Answer, Empty, Panel } from "../../parts/panel.tsx";
import type { Question } from "../../question/use-question.ts";
import styles from "./overview.module.css";
import { isUnnamed, type TopRow, topRows } from "./top-rows.ts";

const inDollars: FormatValue = (value, exact) => (exact === undefined ? dollarsShort(value) : dollars(exact));

const MOST_SHOWN = 6;
const TITLES = { model: "Models", team: "Teams", project: "Projects" } as const;
/** By what one looks closer. */
const CLOSER = { model: "team", team: "user", project: "user" } as const;

export function TopPanel({
  question,
  parameters,
  dimension,
}: {
  question: Question;
  parameters: Question["parameters"];
  dimension: "model" | "team" | "project";
}) {
  const costs = useCosts({ ...parameters, group_by: dimension, sort: "cost", limit: MOST_SHOWN });
  return (
    <Panel title={TITLES[dimension]} actions={<Link to={question.link("/explore", { by: dimension })}>Explore</Link>}>
      <Answer answer={costs}>
        {(document) =>
          document.totals.requests === 0 ? (
            <Empty title="No call in these days." />
          ) : isUnnamed(document, dimension) ? (
            <Empty title={`No call names its ${dimension}.`}>
              Calls through the gateway name it by their key or the header X-{TITLES[dimension].slice(0, -1)}.
            </Empty>
          ) : (
            <Bars question={question} dimension={dimension} rows={topRows(document, dimension)} />
          )
        }
      </Answer>
    </Panel>
  );
}

function Bars({ question, dimension, rows }: { question: Question; dimension: "model" | "team" | "project"; rows: TopRow[] }) {
  const filters = useMemo(() => new Map(rows.map(({ id, filter }) => [id, filter])), [rows]);
  return (
    <ShareBars
      label={`${TITLES[dimension]} by cost`}
      nameHeading={sentenceCase(dimension)}
      valueHeading="Cost"
      rows={rows}
      formatValue={inDollars}
      renderName={({ id, name }) => {
        const filter = filters.get(id);
        if (filter === undefined) return <span className={styles.quiet}>others</span>;
        const text = filter === "" ? <span className={styles.quiet}>none</span> : <bdi>{name}</bdi>;
        return <Link to={question.link("/explore", { [dimension]: filter, by: CLOSER[dimension] })}>{text}</Link>;
      }}
    />
  );
}
