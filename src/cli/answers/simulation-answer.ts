/** The same calls as they were and as they would have been, in every form. */
import type { SimulationDocument } from "../../insights/index.ts";
import { parseUsd } from "../../money.ts";
import type { Answer } from "../printing/answer.ts";
import type { Cell } from "../printing/csv.ts";
import { count, dollars } from "../printing/numbers.ts";
import type { Column } from "../printing/table.ts";
import { changeText } from "./amounts.ts";
import { percentText } from "./savings-texts.ts";
import { columnOf, type Told, toldMarkdown, toldScreen } from "./told-answer.ts";

const ROW_FIELDS = ["of", "provider", "model", "day", "before_requests", "after_requests", "before_usd", "after_usd"] as const;
/** More days are in the JSON. */
const MOST_DAYS = 31;
const BAR_WIDTH = 24;

export function simulationAnswer(document: SimulationDocument): Answer {
  return {
    document,
    rows: { fields: ROW_FIELDS, records: rowsOf(document) },
    screen: (style) => toldScreen(toldSimulation(document, true), style),
    markdown: () => toldMarkdown(toldSimulation(document, false)),
  };
}

function rowsOf({ by_model: byModel, by_day: byDay }: SimulationDocument): Record<(typeof ROW_FIELDS)[number], Cell>[] {
  return [
    ...byModel.map((row) => ({ of: "model", day: null, ...row })),
    ...byDay.map((row) => ({ of: "day", provider: null, model: null, before_requests: null, after_requests: null, ...row })),
  ];
}

function toldSimulation(document: SimulationDocument, isScreen: boolean): Told {
  const { period, by_model: byModel, by_day: byDay } = document;
  const days = byDay.slice(-MOST_DAYS);
  const more = byDay.length - days.length;
  return {
    title: "Simulation",
    about: `${period.start} to ${period.end}, ${period.tz}; nothing was changed`,
    sentences: [
      ...sentencesOf(document),
      ...(more > 0 ? [`The last ${MOST_DAYS} days are shown; ${count(more)} more are in --json.`] : []),
    ],
    charts: [],
    tables: byDay.length === 0 ? [] : [modelTable(byModel), dayTable(days, isScreen)],
    warnings: [],
  };
}

function sentencesOf({
  ids,
  before_usd: before,
  after_usd: after,
  saving_usd: saving,
  percent,
  by_day: days,
}: SimulationDocument): string[] {
  if (days.length === 0) return ["Nothing to report."];
  if (ids.length === 0) return [`Nothing is recommended for these calls, so nothing would be otherwise: ${dollars(before)}.`];
  return [
    `${ids.length === 1 ? "One saving" : `${count(ids.length)} savings together`}: ${dollars(after)} instead of ${dollars(before)}, ${dollars(saving)} less (${percentText(percent)}).`,
    `In this order: ${ids.join(", ")}.`,
  ];
}

function modelTable(rows: SimulationDocument["by_model"]): Column[] {
  return [
    columnOf(rows, "model", "left", ({ model }) => model),
    columnOf(rows, "provider", "left", ({ provider }) => provider, 1),
    columnOf(rows, "requests", "right", ({ before_requests: requests }) => count(requests), 2),
    columnOf(rows, "then", "right", ({ after_requests: requests }) => count(requests), 2),
    columnOf(rows, "cost", "right", ({ before_usd: usd }) => dollars(usd)),
    columnOf(rows, "then", "right", ({ after_usd: usd }) => dollars(usd)),
    columnOf(rows, "change", "right", differenceText),
  ];
}

function dayTable(rows: SimulationDocument["by_day"], isScreen: boolean): Column[] {
  const most = Math.max(0, ...rows.flatMap(({ before_usd: before, after_usd: after }) => [Number(before), Number(after)]));
  const drawn: Column = {
    title: "░ saved",
    align: "left",
    cells: rows.map(({ before_usd: before, after_usd: after }) => dayBar(Number(before), Number(after), most)),
    dropOrder: 1,
  };
  return [
    columnOf(rows, "day (UTC)", "left", ({ day }) => day),
    columnOf(rows, "cost", "right", ({ before_usd: usd }) => dollars(usd)),
    columnOf(rows, "then", "right", ({ after_usd: usd }) => dollars(usd)),
    columnOf(rows, "change", "right", differenceText),
    ...(isScreen ? [drawn] : []),
  ];
}

/** What is still spent in full blocks, what is saved in light ones. */
function dayBar(before: number, after: number, most: number): string {
  if (most <= 0) return "";
  const width = (usd: number): number => Math.round((Math.max(0, usd) / most) * BAR_WIDTH);
  const spent = Math.max(after > 0 ? 1 : 0, width(after));
  return "█".repeat(spent) + "░".repeat(Math.max(0, width(before) - spent));
}

function differenceText({ before_usd: before, after_usd: after }: { before_usd: string; after_usd: string }): string {
  return changeText((Number(parseUsd(after) - parseUsd(before)) / 1e9).toFixed(9), "usd");
}
