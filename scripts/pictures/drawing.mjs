/**
 * A few kinds of drawing as SVG text: panels of lines and bars above each other on one time axis, and a map of cells. Coordinates
 * have one decimal, so that the last bit of a machine's arithmetic does not show. Colours are readable on light and on dark ground.
 */
const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #57606a }
  .axis { stroke: #8c959f; stroke-width: 0.5; fill: none }
  .line { fill: none; stroke-width: 1.3; stroke-linejoin: round }
  .first { stroke: #3b82c4; fill: #3b82c4 } .second { stroke: #d9822b; fill: #d9822b }
  .third { stroke: #3f9c6b; fill: #3f9c6b } .quiet { stroke: #8c959f; fill: #8c959f }
  .line.first, .line.second, .line.third, .line.quiet { fill: none }
  text.first, text.second, text.third, text.quiet { stroke: none }
  .cell { fill: #3b82c4 }
  @media (prefers-color-scheme: dark) { text { fill: #9da7b3 } }`;
const WIDTH = 760;
const LEFT = 130;
const RIGHT = 12;
const TOP = 10;
const GAP = 12;

/**
 * @typedef {{ values: ArrayLike<number>, tone?: "first" | "second" | "third" | "quiet", label?: string, bars?: boolean }} Curve
 * @typedef {{ label: string, curves: Curve[], height?: number, zero?: boolean, ticks?: [at: number, label: string][] }} Panel  zero: the
 * axis runs through 0; ticks: where a panel has an axis of its own
 * @param {{ title: string, panels: Panel[], ticks?: [at: number, label: string][] }} picture
 */
export function drawPanels({ title, panels, ticks = [] }) {
  const parts = [];
  let top = TOP;
  for (const panel of panels) {
    const height = panel.height ?? 60;
    parts.push(...panelParts(panel, top, height));
    top += height + GAP;
    if (panel.ticks === undefined) continue;
    parts.push(...tickParts(panel.ticks, panel, top + 6));
    top += 2 * GAP;
  }
  parts.push(...tickParts(ticks, panels[0], top + 6));
  return svg(title, top + (ticks.length > 0 ? 14 : 0), parts);
}

function tickParts(ticks, { curves }, y) {
  return ticks.map(([at, label]) => text(placeOf(at, curves[0].values.length), y, label, "", "middle"));
}

function panelParts({ label, curves, zero = false }, top, height) {
  const all = curves.flatMap(({ values }) => Array.from(values));
  const low = Math.min(...all, ...(zero ? [0] : []));
  const high = Math.max(...all, ...(zero ? [0] : []));
  const span = high - low || 1;
  const yOf = (value) => top + height - ((value - low) / span) * height;
  const parts = label.split("\n").map((line, index) => text(0, top + 14 + 15 * index, line));
  let lines = parts.length;
  const axis = one(zero ? yOf(0) : top + height);
  parts.push(`<path class="axis" d="M${LEFT} ${axis}H${WIDTH - RIGHT}"/>`);
  for (const { values, tone = "first", label: name, bars = false } of curves) {
    const points = Array.from(values, (value, at) => [one(placeOf(at, values.length)), one(yOf(value))]);
    const width = Math.max(1, ((WIDTH - LEFT - RIGHT) / values.length) * 0.7);
    const path = bars
      ? points.map(([x, y]) => `M${x} ${axis}V${y}`).join("")
      : points.map(([x, y], at) => `${at === 0 ? "M" : "L"}${x} ${y}`).join("");
    parts.push(`<path class="line ${tone}"${bars ? ` style="stroke-width: ${one(width)}"` : ""} d="${path}"/>`);
    if (name !== undefined) parts.push(text(0, top + 14 + 15 * lines++, `— ${name}`, tone));
  }
  return parts;
}

/**
 * @param {{ title: string, rows: { label: string, values: ArrayLike<number> }[], rowHeight?: number, ticks?: [number, string][] }} picture
 * the darker, the nearer to the largest of all values
 */
export function drawMap({ title, rows, rowHeight = 22, ticks = [] }) {
  const most = Math.max(...rows.flatMap(({ values }) => Array.from(values))) || 1;
  const parts = [];
  const count = rows[0].values.length;
  const cell = (WIDTH - LEFT - RIGHT) / count;
  rows.forEach(({ label, values }, index) => {
    const top = TOP + index * rowHeight;
    parts.push(text(0, top + rowHeight - 7, label));
    Array.from(values).forEach((value, at) => {
      const strength = (value / most).toFixed(2);
      if (Number(strength) === 0) return;
      parts.push(
        `<path class="cell" d="M${one(LEFT + at * cell)} ${top}h${one(cell)}v${rowHeight - 2}h-${one(cell)}z" opacity="${strength}"/>`,
      );
    });
  });
  const bottom = TOP + rows.length * rowHeight;
  for (const [at, label] of ticks) parts.push(text(placeOf(at, count), bottom + 12, label, "", "middle"));
  return svg(title, bottom + (ticks.length > 0 ? 20 : 0), parts);
}

function placeOf(at, count) {
  return LEFT + ((at + 0.5) / count) * (WIDTH - LEFT - RIGHT);
}

export function text(x, y, words, tone = "", anchor = "start") {
  const inked = tone === "" ? "" : ` class="${tone}"`;
  const placed = anchor === "start" ? "" : ` text-anchor="${anchor}"`;
  return `<text x="${one(x)}" y="${one(y)}"${inked}${placed}>${escaped(words)}</text>`;
}

export function svg(title, height, parts) {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${one(height)}" role="img">`;
  return `${[head, `<title>${escaped(title)}</title>`, `<style>${STYLE}\n</style>`, ...parts, "</svg>"].join("\n")}\n`;
}

export function one(value) {
  return String(Math.round(value * 10) / 10 + 0);
}

function escaped(words) {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
