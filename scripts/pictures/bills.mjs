/** The pictures of docs/analysis/explain.md and graphs.md. */
import { communities, explainChange } from "../../dist/analysis/index.js";
import { one, svg, text } from "./drawing.mjs";

const WORDS = {
  volume: "more requests",
  mix: "other models",
  length_in: "longer prompts",
  length_out: "longer answers",
  kind_in: "fewer cache reads",
  kind_out: "more reasoning",
  price: "lower price",
  new: "new models",
  retired: "models that left",
};

/** The two months of docs/analysis/explain.md. */
function months() {
  const opus = { input: 5, cache_read: 0.5, output: 25, reasoning: 25 };
  const sonnet = { input: 3, cache_read: 0.3, output: 15 };
  const before = {
    opus: { requests: 1_000, tokens: { input: 4e6, cache_read: 16e6, output: 1e6, reasoning: 0 }, pricePerMillion: opus },
    sonnet: { requests: 3_000, tokens: { input: 9e6, cache_read: 21e6, output: 3e6 }, pricePerMillion: sonnet },
  };
  const after = {
    opus: { requests: 2_000, tokens: { input: 28e6, cache_read: 12e6, output: 2e6, reasoning: 1e6 }, pricePerMillion: opus },
    sonnet: { ...before.sonnet, pricePerMillion: { ...sonnet, input: 2 } },
    haiku: { requests: 1_000, tokens: { input: 2e6, output: 0.5e6 }, pricePerMillion: { input: 1, output: 5 } },
  };
  return { before, after };
}

function waterfall() {
  const { before, after } = months();
  const { entryExit } = explainChange(before, after);
  const effects = Object.entries(entryExit).filter(([, amount]) => amount !== 0);
  const costs = [before, after].map((period) => explainChange({}, period).entryExit.new);
  const perUsd = 460 / (1.08 * Math.max(...costs));
  const placeOf = (usd) => 130 + usd * perUsd;
  const parts = [];
  let row = 0;
  const bar = (label, from, to, tone, amount) => {
    const top = 10 + 26 * row++;
    const [left, right] = [placeOf(Math.min(from, to)), placeOf(Math.max(from, to))];
    parts.push(text(0, top + 14, label), text(right + 6, top + 14, amount));
    parts.push(`<path class="${tone}" stroke="none" d="M${one(left)} ${top}H${one(right)}V${top + 18}H${one(left)}z"/>`);
    if (row <= effects.length + 1) parts.push(`<path class="axis" d="M${one(placeOf(to))} ${top + 18}v8"/>`);
  };
  let reached = costs[0];
  bar("March", 0, reached, "quiet", `$${reached.toFixed(2)}`);
  for (const [name, amount] of effects) {
    bar(
      WORDS[name],
      reached,
      reached + amount,
      amount > 0 ? "second" : "third",
      `${amount > 0 ? "+" : "−"}$${Math.abs(amount).toFixed(2)}`,
    );
    reached += amount;
  }
  bar("April", 0, reached, "quiet", `$${reached.toFixed(2)}`);
  return svg("From March's bill to April's, effect by effect", 10 + 26 * row, parts);
}

function network() {
  const names = ["search", "support", "billing", "research", "data", "platform", "tools"];
  const places = [
    [150, 40],
    [150, 180],
    [290, 110],
    [450, 110],
    [590, 40],
    [590, 180],
    [370, 190],
  ];
  const edges = [
    [0, 1, 0.8],
    [0, 2, 0.7],
    [1, 2, 0.9],
    [3, 4, 0.8],
    [3, 5, 0.7],
    [4, 5, 0.6],
    [2, 3, 0.5],
    [6, 2, 0.4],
    [6, 3, 0.4],
  ];
  const { labels } = communities({ n: names.length, edges });
  const lines = edges.map(([from, to, weight]) => {
    const [[x, y], [toX, toY]] = [places[from], places[to]];
    return `<path class="line quiet" style="stroke-width: ${one(6 * weight)}" d="M${x} ${y}L${toX} ${toY}"/>`;
  });
  const nodes = names.flatMap((name, node) => {
    const [x, y] = places[node];
    const tone = ["first", "second", "third"][labels[node]];
    return [`<circle class="${tone}" cx="${x}" cy="${y}" r="11"/>`, text(x, y + 27, name, "", "middle")];
  });
  return svg("Seven teams that use the same models, and the communities they form", 225, [...lines, ...nodes]);
}

/** Name → what draws it. */
export const billPictures = { "bill-waterfall": waterfall };

/** Name → what draws it. */
export const graphPictures = { "graph-communities": network };
