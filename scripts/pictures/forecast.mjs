/** The pictures of docs/analysis/forecast.md and docs/analysis/anomalies.md. */
import { changePoints, detectAnomalies, forecast } from "../../dist/analysis/index.js";
import { normalDeviate, seededRandom } from "../../dist/analysis/statistics/random.js";
import { drawPanels } from "./drawing.mjs";

const DAY_MS = 86_400_000;
const WEEK = [1.2, 1.25, 1.2, 1.15, 1, 0.5, 0.4];

/** Days of a made-up team: weekends are quiet, and the rest swings. */
function teamDays(length, seed) {
  const random = seededRandom(seed);
  let swing = 0;
  return Array.from({ length }, (_, day) => {
    swing = 0.4 * swing + 0.25 * normalDeviate(random);
    return 30 * Math.exp(swing) * WEEK[day % 7];
  });
}

function cone() {
  const before = 42;
  const elapsed = 14;
  const month = 28;
  const days = teamDays(before + elapsed, 6);
  const { cumulative } = forecast(days, { bucketMs: DAY_MS, horizon: month - elapsed });
  let spent = 0;
  const soFar = days.slice(before).map((amount) => {
    spent += amount;
    return spent;
  });
  const course = (ahead) => [...soFar, ...Array.from(ahead, (amount) => spent + amount)];
  return drawPanels({
    title: "A month of four weeks at half time: what is spent, and how it may go on",
    ticks: [
      [0, "day 1"],
      [elapsed - 1, "today"],
      [month - 1, "day 28"],
    ],
    panels: [
      {
        label: "spent in the month",
        height: 220,
        zero: true,
        curves: [
          { values: course(cumulative.p90), tone: "quiet", label: "8 of 10 between" },
          { values: course(cumulative.p10), tone: "quiet" },
          { values: course(cumulative.p50), tone: "first", label: "middle" },
          { values: new Array(month).fill(900), tone: "third", label: "limit: 900" },
        ],
      },
    ],
  });
}

function anomaly() {
  const random = seededRandom(2);
  const hours = Array.from({ length: 672 }, (_, hour) => {
    const atWork = hour % 168 < 120 ? 1 : 0.3;
    const usual = 3 + 20 * atWork * Math.max(0, Math.sin((2 * Math.PI * ((hour % 24) - 6)) / 24));
    return Math.max(0, Math.sqrt(usual) + 0.5 * normalDeviate(random)) ** 2;
  });
  hours[387] += 22;
  hours[540] += 60;
  const told = new Array(hours.length).fill(0);
  for (const { index, impact } of detectAnomalies(hours, { bucketMs: DAY_MS / 24, minImpact: 5 })) told[index] = impact;
  return drawPanels({
    title: "Four weeks of spending by the hour, and the hours that stand out",
    ticks: [0, 168, 336, 504].map((at, week) => [at + 84, `week ${week + 1}`]),
    panels: [
      { label: "spending", height: 100, zero: true, curves: [{ values: hours, tone: "quiet" }] },
      { label: "above the usual", height: 60, zero: true, curves: [{ values: told, tone: "third", bars: true }] },
    ],
  });
}

function change() {
  const days = teamDays(120, 9).map((amount, day) => (day < 70 ? amount : 2 * amount));
  const levels = changePoints(days, { bucketMs: DAY_MS }).segments.flatMap(({ start, end, level }) => new Array(end - start).fill(level));
  return drawPanels({
    title: "Spending by the day, and the level on which it stands",
    ticks: [
      [0, "day 1"],
      [70, "day 71"],
      [112, "day 113"],
    ],
    panels: [
      {
        label: "spending",
        height: 110,
        zero: true,
        curves: [
          { values: days, tone: "quiet" },
          { values: levels, tone: "first", label: "its level" },
        ],
      },
    ],
  });
}

/** Name → what draws it. */
export const forecastPictures = { "forecast-cone": cone, "anomaly-hours": anomaly, "change-of-level": change };
