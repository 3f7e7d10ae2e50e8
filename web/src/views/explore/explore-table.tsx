/** The same figures as rows: all that a report has, with the ways on from each of them. */

import { useMemo } from "react";
import { Link } from "react-router";
import type { GroupedCostsDocument } from "tokenledger/insights";
import { parseUsd } from "../../../../src/money.ts";
import { bucketStart, daysOfSpan } from "../../charts/bucket-grid.ts";
import { bucketEnd, bucketText } from "../../charts/time-axis.ts";
import { duration } from "../../format/amounts.ts";
import { sentenceCase } from "../../format/sentence-case.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Count, Money, Share } from "../../parts/figures.tsx";
import type { Changes, Question } from "../../question/use-question.ts";
import { closerDimension, isAnsweredFilter, isListedFilter, isTime } from "./dimensions.ts";
import styles from "./explore.module.css";
import type { ExploreQuestion } from "./explore-question.ts";

type CostRow = GroupedCostsDocument["groups"][number];

const TOTAL = Symbol("the totals' row");
type TableRow = CostRow & { [TOTAL]?: true };

export function ExploreTable({
  question,
  asked,
  document,
}: {
  question: Question;
  asked: ExploreQuestion;
  document: GroupedCostsDocument;
}) {
  const { totals, groups, period } = document;
  const { by, measure } = asked;
  const columns = useMemo(() => columnsOf(question, asked, period.tz), [question, asked, period.tz]);
  const total = { ...totals, share: totals.cost_usd === null || parseUsd(totals.cost_usd) === 0n ? null : 1, [TOTAL]: true } as TableRow;
  return (
    <DataTable<TableRow>
      // Another figure is sorted by itself.
      key={`${by} ${measure}`}
      caption={`Figures by ${by}`}
      columns={columns}
      rows={groups}
      rowKey={(row) => JSON.stringify(row[by])}
      {...(!isTime(by) && { sorting: { key: measure, isDescending: true } })}
      total={total}
      most={100}
    />
  );
}

function columnsOf(question: Question, asked: ExploreQuestion, timeZone: string): Column<TableRow>[] {
  const { by } = asked;
  return [
    {
      key: "name",
      title: sentenceCase(by),
      cell: (row) => (
        <span className={styles.name}>
          {row[TOTAL] ? "Total" : <RowName question={question} asked={asked} value={nameOf(row, by)} timeZone={timeZone} />}
        </span>
      ),
      sortBy: (row) => nameOf(row, by),
    },
    { key: "cost", title: "Cost", isNumber: true, cell: (row) => <Money usd={row.cost_usd} />, sortBy: costOf },
    { key: "share", title: "Share", isNumber: true, cell: (row) => <Share share={row.share} />, sortBy: costOf },
    counted("requests", "Requests", "requests"),
    counted("tokens", "Total tokens", "total_tokens"),
    counted("input", "Input", "input_tokens"),
    counted("output", "Output", "output_tokens"),
    counted("cache_read", "Cache read", "cache_read_tokens"),
    counted("cache_write", "Cache write", "cache_write_tokens"),
    counted("reasoning", "Reasoning", "reasoning_tokens"),
    {
      key: "avg_cost",
      title: "Cost a request",
      isNumber: true,
      cell: (row) => (row.avg_cost_usd === null && row.unpriced_requests === 0 ? "–" : <Money usd={row.avg_cost_usd} />),
      sortBy: ({ avg_cost_usd: usd }) => (usd === null ? null : parseUsd(usd)),
    },
    {
      key: "latency",
      title: "Latency",
      isNumber: true,
      cell: ({ avg_latency_ms: ms }) => (ms === null ? "–" : <data value={ms}>{duration(ms)}</data>),
      sortBy: ({ avg_latency_ms: ms }) => ms,
    },
    counted("unpriced", "Unpriced", "unpriced_requests"),
    counted("web_searches", "Web searches", "web_searches"),
    {
      key: "rows",
      title: <span className="visually-hidden">Requests of it</span>,
      cell: (row) => (row[TOTAL] ? "" : <RequestsLink question={question} by={by} value={nameOf(row, by)} timeZone={timeZone} />),
    },
  ];
}

function counted(
  key: string,
  title: string,
  figure:
    | "requests"
    | "total_tokens"
    | "web_searches"
    | "unpriced_requests"
    | `${"input" | "output" | "cache_read" | "cache_write" | "reasoning"}_tokens`,
): Column<TableRow> {
  return { key, title, isNumber: true, cell: (row) => <Count value={row[figure]} />, sortBy: (row) => row[figure] };
}

function nameOf(row: CostRow, by: string): string | null {
  return row[by] as string | null;
}

function costOf({ cost_usd: usd }: CostRow): bigint | null {
  return usd === null ? null : parseUsd(usd);
}

/** Leads closer: the same question of this name alone, by the next dimension. */
function RowName({
  question,
  asked,
  value,
  timeZone,
}: {
  question: Question;
  asked: ExploreQuestion;
  value: string | null;
  timeZone: string;
}) {
  const { by, measure, form } = asked;
  if (isTime(by)) {
    const startMs = bucketStart(String(value), timeZone);
    const text = bucketText(startMs, by, timeZone);
    if (by === "hour") return text;
    return <Link to={question.link("/explore", { ...daysOf(by, String(value), timeZone), measure, chart: form })}>{text}</Link>;
  }
  const name = value === null ? <span className={styles.none}>none</span> : <bdi>{value}</bdi>;
  if (!isAnsweredFilter(by)) return name;
  const changes = { [by]: value ?? "", by: closerDimension(by, question.filters), measure, chart: form };
  return <Link to={question.link("/explore", changes)}>{name}</Link>;
}

function RequestsLink({
  question,
  by,
  value,
  timeZone,
}: {
  question: Question;
  by: ExploreQuestion["by"];
  value: string | null;
  timeZone: string;
}) {
  const changes = requestsChanges(by, value, timeZone);
  if (changes === undefined) return null;
  return (
    <Link className={styles.rows} to={question.link("/requests", changes)} aria-label={`Requests of ${value ?? "none"}`}>
      requests
    </Link>
  );
}

function requestsChanges(by: ExploreQuestion["by"], value: string | null, timeZone: string): Changes | undefined {
  if (isTime(by)) return daysOf(by, String(value), timeZone);
  if (isAnsweredFilter(by)) return { [by]: value ?? "" };
  // Lists of requests know no empty key and no empty session.
  return isListedFilter(by) && value !== null ? { [by]: value } : undefined;
}

function daysOf(by: "hour" | "day" | "week" | "month", key: string, timeZone: string): { start: string; end: string; period: undefined } {
  const startMs = bucketStart(key, timeZone);
  return { ...daysOfSpan(startMs, bucketEnd(startMs, by, timeZone), timeZone), period: undefined };
}
