/** Any dimension over time, and the same figures as a table: the address holds the question. */
import { Link } from "react-router";
import type { GroupedCostsDocument } from "tokenledger/insights";
import { type Answer as Answered, useCosts } from "../../api/answers.ts";
import type { Parameters } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Answer, CommandLine, Empty, Panel, Waiting } from "../../parts/panel.tsx";
import { View } from "../../parts/view.tsx";
import { useBook } from "../../question/book.tsx";
import { QuestionBar } from "../../question/question-bar.tsx";
import { type Question, useQuestion } from "../../question/use-question.ts";
import { CsvLink } from "./csv-link.tsx";
import { isTime } from "./dimensions.ts";
import styles from "./explore.module.css";
import { ExploreChart } from "./explore-chart.tsx";
import { ExploreControls } from "./explore-controls.tsx";
import { type ExploreQuestion, exploreQuestion, MEASURES } from "./explore-question.ts";
import { ExploreTable } from "./explore-table.tsx";

/** Names in the table. */
const MOST_ROWS = 200;
/** As many as the server answers at once. */
const MOST_CELLS = 10_000;

export default function ExploreView() {
  const question = useQuestion("30d");
  const asked = exploreQuestion(question);
  return (
    <View title="Explore" bar={<QuestionBar question={question} />}>
      <ExploreControls question={question} asked={asked} />
      <Explored question={question} asked={asked} />
    </View>
  );
}

function Explored({ question, asked }: { question: Question; asked: ExploreQuestion }) {
  const { by, bucket, measure, parameters } = asked;
  const isNamed = !isTime(by);
  // A book has as many as it has days and people: the largest eight of them are no picture of it, and take long to find in each bucket.
  const isDrawnByName = isNamed && by !== "session";
  const totals = useGrouped([bucket], { ...parameters, limit: MOST_CELLS });
  const names = useGrouped([by], { ...parameters, sort: measure, limit: MOST_ROWS }, isNamed);
  const cells = useGrouped([bucket, by], { ...parameters, sort: measure, limit: MOST_CELLS }, isDrawnByName);
  const answers = isDrawnByName ? [totals, names, cells] : [totals];
  const csv = isNamed ? { ...parameters, group_by: by, sort: measure } : { ...parameters, group_by: by };
  const table = isNamed ? names : totals;
  if (table.data?.totals.requests === 0 && !table.isPlaceholderData) return <NoCalls question={question} />;
  return (
    <>
      <Panel title={`${MEASURES[measure]} per ${bucket}${isDrawnByName ? ` by ${by}` : ""}`}>
        <Answer answer={together(answers)} waiting={<Waiting lines={9} />}>
          {([all, ...named]) => all && <ExploreChart question={question} asked={asked} totals={all} named={named} />}
        </Answer>
        <ChartNotes asked={asked} hasLeftOut={isDrawnByName && (cells.data?.groups.length ?? 0) >= MOST_CELLS} />
      </Panel>
      <Panel title={`By ${by}`} actions={<CsvLink parameters={csv} />}>
        <Answer answer={table} waiting={<Waiting lines={8} />}>
          {(document) => (
            <>
              <ExploreTable question={question} asked={asked} document={document} />
              <Warnings document={document} />
            </>
          )}
        </Answer>
      </Panel>
    </>
  );
}

type Grouped = Pick<Answered<GroupedCostsDocument>, "data" | "error" | "failureReason" | "isPlaceholderData" | "isFetching" | "refetch">;

/** The last answer stays on the screen while the next one is made, but never under another dimension's name. */
function useGrouped(groupBy: readonly string[], parameters: Parameters, isWanted = true): Grouped {
  const answer = useCosts({ ...parameters, group_by: groupBy.join(",") }, { isWanted });
  const isOther = answer.data !== undefined && answer.data.group_by.join(",") !== groupBy.join(",");
  return isOther ? { ...answer, data: undefined } : answer;
}

/** Several answers as one: there when all of them are, and failed when one is. */
function together(answers: readonly Grouped[]) {
  const documents = answers.flatMap(({ data }) => (data === undefined ? [] : [data]));
  const failed = answers.find(({ error }) => error !== null);
  return {
    data: documents.length === answers.length ? documents : undefined,
    error: failed?.error ?? null,
    failureReason: answers.find(({ failureReason }) => failureReason !== null)?.failureReason ?? null,
    isPlaceholderData: answers.some(({ isPlaceholderData }) => isPlaceholderData),
    isFetching: answers.some(({ isFetching }) => isFetching),
    refetch: () => answers.map(({ refetch }) => refetch()),
  };
}

function ChartNotes({ asked: { by, ignored }, hasLeftOut }: { asked: ExploreQuestion; hasLeftOut: boolean }) {
  return (
    <div className={styles.notes}>
      {by === "tag" && <p>A call with several tags stands under each of them, so that the parts may add up to more than there was.</p>}
      {by === "session" && <p>Sessions are too many to be drawn one by one: the chart shows all of them together.</p>}
      {hasLeftOut && <p>The smallest amounts of single names are drawn among the others; the sums are whole.</p>}
      {ignored.length > 0 && <p>Filters by {ignored.join(" and ")} hold for lists of requests, not for sums.</p>}
    </div>
  );
}

function Warnings({ document: { warnings, totals } }: { document: GroupedCostsDocument }) {
  const { isReader } = useBook();
  if (warnings.length === 0) return null;
  return (
    <div className={styles.notes} role="note">
      {warnings.map((warning) => (
        <p key={warning}>{warning}</p>
      ))}
      {totals.unpriced_requests > 0 && isReader && (
        <p>
          <Link to="/prices">Which models have a price</Link>
        </p>
      )}
    </div>
  );
}

function NoCalls({ question: { filters, change } }: { question: Question }) {
  const { last } = useBook();
  const names = Object.keys(filters);
  if (last === undefined) {
    return (
      <Empty title="There is no call in the book yet.">
        Import what your tools have logged: <CommandLine>tokenledger import</CommandLine>
      </Empty>
    );
  }
  return (
    <Empty title="No call in these days is what the filters ask for.">
      {names.length > 0 ? (
        <Button onClick={() => change(Object.fromEntries(names.map((name) => [name, undefined])))}>Take the filters away</Button>
      ) : (
        <Button onClick={() => change({ period: "all", start: undefined, end: undefined })}>Look at all days</Button>
      )}
    </Empty>
  );
}
