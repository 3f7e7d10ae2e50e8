/** The pictures of docs/analysis/decomposition.md and rhythms.md. */
import { decompose } from "../../dist/analysis/index.js";
import { drawPanels } from "./drawing.mjs";

const HOUR_MS = 3_600_000;
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** Four weeks of working hours, growing, with chance of its own and one hour that ran away. */
function fourWeeks() {
  let state = 7;
  const chance = () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647 - 0.5;
  };
  return Array.from({ length: 672 }, (_, t) => {
    const isWork = t % 24 >= 8 && t % 24 < 19;
    const usual = (isWork ? 14 : 3) * ((t / 24) % 7 < 5 ? 1 : 0.4) * (1 + t / 1000);
    return Math.max(0, usual + 5 * chance()) + (t === 493 ? 30 : 0);
  });
}

function parts() {
  const values = fourWeeks();
  const { trend, oscillation, noise } = decompose(values, { bucketMs: HOUR_MS });
  return drawPanels({
    title: "Four weeks of hourly spending and its parts",
    panels: [
      { label: "spending", curves: [{ values, tone: "quiet" }], height: 80, zero: true },
      { label: "trend", curves: [{ values: trend, tone: "first" }], height: 50, zero: true },
      { label: "oscillation", curves: [{ values: oscillation, tone: "second" }], zero: true },
      { label: "noise", curves: [{ values: noise, tone: "third" }], zero: true },
    ],
    ticks: [0, 1, 2, 3].map((week) => [168 * week + 84, `week ${week + 1}`]),
  });
}

function profiles() {
  const { rhythms } = decompose(fourWeeks(), { bucketMs: HOUR_MS });
  const profileOf = (hours) => rhythms.find(({ periodMs }) => periodMs === hours * HOUR_MS).profile;
  return drawPanels({
    title: "The two rhythms of the same four weeks",
    panels: [
      {
        label: "a day's hours",
        curves: [{ values: profileOf(24), tone: "second", bars: true }],
        zero: true,
        ticks: [0, 6, 12, 18, 23].map((hour) => [hour, `${hour}:00`]),
      },
      {
        label: "a week's days",
        curves: [{ values: profileOf(168), tone: "second", bars: true }],
        zero: true,
        ticks: WEEKDAYS.map((day, index) => [index, day]),
      },
    ],
  });
}

/** Name → what draws it. */
export const seriesPictures = { "series-parts": parts, "series-rhythms": profiles };
