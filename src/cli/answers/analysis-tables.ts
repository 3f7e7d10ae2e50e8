/** The numbers of an analysis, in tables. */
import type { AnalysisDocument } from "../../insights/index.ts";
import { compactCount, count, dollars, percent } from "../printing/numbers.ts";
import type { Column } from "../printing/table.ts";
import { amountText } from "./amounts.ts";
import { budgetRow, forecastColumns } from "./budget-forecast-text.ts";
import { localDay, localMinute } from "./local-text.ts";
import { columnOf, shownName } from "./told-answer.ts";

type Series = AnalysisDocument["total"];
type Pair = AnalysisDocument["correlation"]["pairs"][number];

/** Tables beyond this length are in the JSON. */
const MOST_ROWS = 12;

export function analysisTables(document: AnalysisDocument): Column[][] {
  const { budgets, range } = document;
  return [
    nameTable(document),
    anomalyTable(document),
    changePointTable(document),
    pairTable(document),
    communityTable(document),
    substituteTable(document),
    holeTable(document),
    alternativeTable(document),
    forecastColumns("budget", budgets.slice(0, MOST_ROWS).map(budgetRow), range.tz),
  ];
}

function nameTable({ by, series, total }: AnalysisDocument): Column[] {
  const rows = series.slice(0, MOST_ROWS);
  const all = [...rows, total];
  const column = (title: string, align: Column["align"], dropOrder: number, cellOf: (row: Series) => string): Column =>
    columnOf(all, title, align, cellOf, dropOrder);
  const priced = series.some(({ cost_usd: cost }) => cost !== null);
  return [
    {
      title: by,
      align: "left",
      cells: [
        ...rows.map(({ name, names }) => (names > 1 ? `${count(names)} others` : shownName(name))),
        series.length > rows.length ? "all, and more" : "all",
      ],
    },
    ...(priced ? [column("cost", "right", 0, ({ cost_usd: cost }) => (cost === null ? "—*" : dollars(cost)))] : []),
    column("share", "right", 3, ({ share }) => (share === null ? "" : percent(share))),
    column("requests", "right", 5, ({ requests }) => compactCount(requests)),
    column("tokens", "right", priced ? 6 : 0, ({ total_tokens: tokens }) => compactCount(tokens)),
    column("phase", "left", 1, phaseText),
    column("rhythm", "left", 2, rhythmText),
    column("anomalies", "right", 4, ({ anomalies }) => (anomalies.length === 0 ? "" : count(anomalies.length))),
  ];
}

/** `rising +12.0%/week, volatile`; a percentage stands only beside a direction that the test supports. */
function phaseText({ phase }: Series): string {
  const { direction, percent_per_week: perWeek, volatile } = phase;
  const moves = direction === "rising" || direction === "falling";
  const slope = moves && perWeek !== null ? ` ${perWeek > 0 ? "+" : ""}${perWeek.toFixed(1)}%/week` : "";
  return `${direction}${slope}${volatile ? ", volatile" : ""}`;
}

function rhythmText({ rhythms }: Series): string {
  const found = rhythms.filter((rhythm) => rhythm.found);
  if (found.length === 0) return rhythms.length === 0 ? "unknown" : "none";
  return found.map(({ name, peak }) => (peak === null ? name : `${name} (${peak})`)).join(", ");
}

function anomalyTable({ total, bucket, range, unit }: AnalysisDocument): Column[] {
  const rows = total.anomalies.slice(0, MOST_ROWS);
  const when = bucket === "hour" ? localMinute : localDay;
  return [
    columnOf(rows, "anomaly", "left", ({ start }) => when(start, range.tz)),
    columnOf(rows, unit === "usd" ? "cost" : "tokens", "right", ({ value }) => amountText(value, unit)),
    columnOf(rows, "expected", "right", ({ expected }) => amountText(expected, unit), 3),
    columnOf(rows, "above", "right", ({ impact }) => amountText(impact, unit), 1),
    columnOf(rows, "p", "right", ({ p }) => probabilityText(p), 4),
    columnOf(rows, "mostly because of", "left", ({ causes }) => causes.slice(0, 1).map(causeText).join(""), 2),
  ];
}

const causeText = ({ dimension, name, share }: Series["anomalies"][number]["causes"][number]): string =>
  `${dimension} ${shownName(name)} ${percent(share)}`;

/** Small ones as their order of size. */
function probabilityText(p: number): string {
  if (p >= 0.001) return p.toFixed(3);
  return p > 0 ? p.toExponential(0).replace("e-", "e−") : "0";
}

function changePointTable({ total, range, unit, bucket }: AnalysisDocument): Column[] {
  const rows = total.change_points.slice(0, MOST_ROWS);
  return [
    columnOf(rows, "another level from", "left", ({ at }) => localDay(at, range.tz)),
    columnOf(rows, `before, per ${bucket}`, "right", ({ before }) => amountText(before, unit), 1),
    columnOf(rows, "after", "right", ({ after }) => amountText(after, unit)),
  ];
}

/** Only those that hold against the false discoveries of all pairs together. */
function pairTable({ correlation, by }: AnalysisDocument): Column[] {
  const rows = correlation.pairs.filter((pair) => pair.edge?.significant).slice(0, MOST_ROWS);
  const edge = (pair: Pair): NonNullable<Pair["edge"]> => pair.edge as NonNullable<Pair["edge"]>;
  return [
    columnOf(rows, `${by}s that move together`, "left", ({ a, b }) => `${shownName(a)} and ${shownName(b)}`),
    columnOf(rows, "r", "right", (pair) => edge(pair).r.toFixed(2)),
    columnOf(rows, "q", "right", (pair) => probabilityText(edge(pair).q), 1),
    columnOf(rows, "plain r", "right", ({ r }) => (r === null ? "" : r.toFixed(2)), 2),
    columnOf(rows, "shared", "right", ({ overlap }) => count(overlap), 3),
  ];
}

function communityTable({ communities }: AnalysisDocument): Column[] {
  const rows = communities.filter(({ names }) => names.length > 1).slice(0, MOST_ROWS);
  return [
    columnOf(rows, "used together", "left", ({ names }) => names.map(shownName).join(", ")),
    columnOf(rows, "cost", "right", ({ cost_usd: cost }) => (cost === null ? "—*" : dollars(cost))),
    columnOf(rows, "requests", "right", ({ requests }) => compactCount(requests), 1),
    columnOf(rows, "tokens", "right", ({ total_tokens: tokens }) => compactCount(tokens), 2),
  ];
}

function substituteTable({ substitutes }: AnalysisDocument): Column[] {
  const rows = substitutes.slice(0, MOST_ROWS);
  return [
    columnOf(rows, "in each other's place", "left", ({ a, b }) => `${shownName(a)} or ${shownName(b)}`),
    columnOf(rows, "score", "right", ({ score }) => score.toFixed(2)),
  ];
}

function holeTable({ structural_holes: holes }: AnalysisDocument): Column[] {
  const rows = holes.slice(0, MOST_ROWS);
  return [
    columnOf(rows, "never together", "left", ({ a, b }) => `${shownName(a)} and ${shownName(b)}`),
    columnOf(rows, "evidence", "left", ({ evidence }) => evidence, 1),
    columnOf(rows, "score", "right", ({ score }) => score.toFixed(2), 2),
  ];
}

function alternativeTable({ alternatives }: AnalysisDocument): Column[] {
  const rows = alternatives.slice(0, MOST_ROWS);
  return [
    columnOf(rows, "model", "left", ({ model }) => model),
    columnOf(rows, "at the prices of", "left", ({ alternative }) => alternative),
    columnOf(rows, "cost", "right", ({ cost_usd: cost }) => dollars(cost), 2),
    columnOf(rows, "would cost", "right", ({ alternative_cost_usd: cost }) => dollars(cost), 3),
    columnOf(rows, "saves", "right", ({ saving_usd: saving }) => dollars(saving)),
    columnOf(rows, "", "right", ({ saving_percent: saving }) => `${saving.toFixed(1)}%`, 1),
  ];
}
