/** How one amount becomes another: a bar for each, and between them a bar for every step. */
import type { ScreenStyle } from "./answer.ts";

export interface Step {
  label: string;
  amount: number;
  /** The amount as it is written beside the bar. */
  text: string;
  /** Stands on the ground, such as the first and the last amount; others begin where the one before ended. */
  isTotal: boolean;
}

const WIDEST = 100;
const NARROWEST_BAR = 10;
const GAP = "  ";
const FULL = "█";
const LEFT_HALF = "▌";
const RIGHT_HALF = "▐";

/** What all bars have in common is cut off where it is more than this share of the largest, so that the steps show. */
const CUT_ABOVE = 0.5;
/** What is left of it, as a share of what differs. */
const LEFT_OF_CUT = 0.25;
const CUT = "≈";

/**
 * One line for each step; totals from whose bars something is cut off begin with a wave. Where the screen has no room for bars,
 * label and amount alone. Labels must be of characters that take one column each.
 */
export function waterfall(steps: readonly Step[], style: ScreenStyle): string {
  const labelWidth = Math.max(0, ...steps.map(({ label }) => label.length));
  const textWidth = Math.max(0, ...steps.map(({ text }) => text.length));
  const room = Math.min(WIDEST, style.width) - labelWidth - textWidth - 2 * GAP.length;
  const bars = room >= NARROWEST_BAR ? barsOf(steps, room) : undefined;
  const lines = steps.map(({ label, text, amount, isTotal }, i) => {
    const bar = bars?.[i] ?? "";
    const paint = isTotal ? style.bold : amount > 0 ? style.bad : style.good;
    const lead = bar.length - bar.trimStart().length;
    const painted = bar === "" ? "" : bar.slice(0, lead) + paint(bar.slice(lead));
    const padding = bars === undefined ? "" : " ".repeat(room - bar.length) + GAP;
    return `${label.padEnd(labelWidth)}${GAP}${painted}${padding}${text.padStart(textWidth)}`.trimEnd();
  });
  return lines.map((line) => `${line}\n`).join("");
}

function barsOf(steps: readonly Step[], room: number): string[] {
  const spans = spansOf(steps);
  // Where a total ends, and both ends of a step.
  const ends = spans.flatMap((span, i) => (steps[i]?.isTotal ? span.slice(1) : span));
  const [lowest, highest] = [Math.min(...ends), Math.max(...ends)];
  const isCut = lowest > CUT_ABOVE * highest && highest > lowest;
  const low = isCut ? lowest - LEFT_OF_CUT * (highest - lowest) : Math.min(0, lowest);
  const high = Math.max(0, highest);
  const halfOf = (amount: number): number => (high > low ? Math.round(((Math.max(low, amount) - low) / (high - low)) * 2 * room) : 0);
  return steps.map(({ amount, isTotal }, i) => {
    const [from, to] = spans[i] as [number, number];
    const bar = amount === 0 ? "" : barText(halfOf(Math.min(from, to)), halfOf(Math.max(from, to)), 2 * room);
    return isCut && isTotal ? CUT + bar.slice(1) : bar;
  });
}

/** From where to where each goes. */
function spansOf(steps: readonly Step[]): [number, number][] {
  let at = 0;
  return steps.map(({ amount, isTotal }) => {
    const from = isTotal ? 0 : at;
    at = from + amount;
    return [from, at];
  });
}

/** From one half of a column to another; what is more than nothing shows, however small. */
function barText(from: number, to: number, halves: number): string {
  if (from === to)
    return from >= halves ? " ".repeat((from - 1) >> 1) + RIGHT_HALF : " ".repeat(from >> 1) + (from % 2 === 1 ? RIGHT_HALF : LEFT_HALF);
  const first = from + (from % 2);
  const last = to - (to % 2);
  return (
    " ".repeat(from >> 1) +
    (from % 2 === 1 ? RIGHT_HALF : "") +
    FULL.repeat(Math.max(0, (last - first) / 2)) +
    (to % 2 === 1 && to > first ? LEFT_HALF : "")
  );
}
