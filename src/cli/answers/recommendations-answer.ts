/** What could be saved, in every form. */
import { type RecommendationDocument, type RecommendationsDocument, shortId } from "../../insights/index.ts";
import type { Answer, ScreenStyle } from "../printing/answer.ts";
import type { Cell } from "../printing/csv.ts";
import { count, dollars, percent } from "../printing/numbers.ts";
import { type Column, renderTables } from "../printing/table.ts";
import { escapeControls, fitted, widthFor, wrap } from "../printing/text.ts";
import { boundsText, changeOf, percentText, requestsText, scopesText } from "./savings-texts.ts";
import { columnOf } from "./told-answer.ts";

type Recommendation = RecommendationDocument;

const ROW_FIELDS = [
  "id",
  "kind",
  "from",
  "to",
  "low_usd",
  "expected_usd",
  "high_usd",
  "percent",
  "confidence",
  "requests",
  "days",
  "cost_usd",
  "new_cost_usd",
  "saving_usd",
  "grade",
  "share_usd",
  "break_even_failure_rate",
  "state",
  "exclusive_group",
  "scopes",
] as const;

/** @param only these alone, with all that is known of them */
export function recommendationsAnswer(whole: RecommendationsDocument, only?: readonly string[]): Answer {
  const shown = only && { ...whole, recommendations: whole.recommendations.filter(({ id }) => only.includes(id)) };
  const document = shown ?? whole;
  return {
    document,
    rows: { fields: ROW_FIELDS, records: rowsOf(document) },
    screen: (style) => (shown ? detailsScreen(shown, style) : overviewScreen(whole, style)),
    markdown: () => markdownOf(document),
  };
}

function rowsOf({ recommendations, portfolio }: RecommendationsDocument): Record<(typeof ROW_FIELDS)[number], Cell>[] {
  const shares = new Map(portfolio.chosen.map(({ id, share_usd: share }) => [id, share]));
  return recommendations.map(({ id, kind, from, to, saving, confidence, requests, evidence, ...more }) => ({
    id,
    kind,
    from,
    to,
    low_usd: saving.low_usd,
    expected_usd: saving.expected_usd,
    high_usd: saving.high_usd,
    percent: saving.percent,
    confidence,
    requests,
    days: evidence.days,
    cost_usd: evidence.cost_usd,
    new_cost_usd: evidence.new_cost_usd,
    saving_usd: evidence.saving_usd,
    grade: evidence.grade,
    share_usd: shares.get(id) ?? null,
    break_even_failure_rate: more.break_even_failure_rate,
    state: more.state,
    exclusive_group: more.exclusive_group,
    scopes: escapeControls(JSON.stringify(more.scopes)),
  }));
}

async function overviewScreen(document: RecommendationsDocument, style: ScreenStyle): Promise<string> {
  const { width } = style;
  const parts = [`${style.bold("Savings")}  ${style.dim(await fitted(escapeControls(aboutText(document)), Math.max(8, width - 9)))}\n`];
  parts.push(`${(await Promise.all(sentencesOf(document).map((sentence) => fitted(escapeControls(sentence), width)))).join("\n")}\n`);
  const tables = tablesOf(document, style);
  parts.push(...(await renderTables(tables, style)));
  const more = otherChoices(document).length - MOST_OTHERS;
  if (more > 0)
    parts.push(
      style.dim(await fitted(`${count(more)} further ${more === 1 ? "one" : "ones"} in their place: see --only, or --json.\n`, width)),
    );
  const known = knownSentences(document);
  if (known.length > 0) {
    const lines = await Promise.all(known.map((sentence) => hanging("· ", escapeControls(sentence), width)));
    parts.push(`${style.bold("worth knowing")}\n${lines.join("\n")}\n`);
  }
  const steps = stepsOf(document, width);
  if (steps.length > 0) parts.push(`${steps.map((step) => style.dim(step)).join("\n")}\n`);
  return parts.join("\n");
}

function aboutText({ period, totals }: RecommendationsDocument): string {
  const { start, end, tz } = period;
  return `${requestsText(totals.requests)} from ${start} to ${end}, ${tz}: ${dollars(totals.cost_usd)}`;
}

const FEWEST_REQUESTS = 50;

function sentencesOf(document: RecommendationsDocument): string[] {
  const { recommendations, portfolio, totals, period } = document;
  const { requests, unpriced_requests: unpriced } = totals;
  const left = unpriced === 0 ? [] : [`${requestsText(unpriced)} without a known price ${unpriced === 1 ? "is" : "are"} left out.`];
  if (recommendations.length === 0) return [...noneSentences(document), ...(requests > unpriced ? left : [])];
  const days = Math.round(period.hours / 24);
  const { chosen, saving_usd: saving } = portfolio;
  const together = chosen.length === 1 ? "One saving" : `${count(chosen.length)} savings together`;
  const isInForce = recommendations.some(({ state }) => state === "applied");
  const sentences =
    chosen.length === 0
      ? [
          isInForce
            ? "All that is worth doing is in force already: tokenledger optimize --verify tells what has come of it."
            : "None of these saves more together with the others.",
        ]
      : [
          `${together}: ${dollars(saving)} in a month, ${percentText(portfolio.percent)} of all that was spent; each call counted once. A month is 730 hours like those of the ${days === 1 ? "day that was" : `${count(days)} days that were`} seen.`,
        ];
  return [...sentences, ...left];
}

/** Why there is nothing, and what would change that. */
function noneSentences({ totals, period }: RecommendationsDocument): string[] {
  const { requests, unpriced_requests: unpriced } = totals;
  if (requests === 0) return ["Nothing to report."];
  const priced = requests - unpriced;
  if (priced === 0)
    return [
      `Nothing is recommended: none of these requests has a known price. Give prices in pricing.yaml, or with tokenledger pricing update FILE, then tokenledger reprice.`,
    ];
  if (priced < FEWEST_REQUESTS)
    return [
      `Nothing is recommended: that would rest on ${requestsText(priced)}, and nothing is told that rests on fewer than ${FEWEST_REQUESTS}. Look at more days with --last, or come back when there are more.`,
    ];
  return [
    `Nothing is recommended: every call from ${period.start} to ${period.end} was replayed on cheaper models, at other providers, with caches and in batches, and nothing surely saves a dollar a month or half a percent of what was spent.`,
  ];
}

function tablesOf(document: RecommendationsDocument, style: ScreenStyle): Column[][] {
  const { recommendations, portfolio } = document;
  const chosen = new Set(portfolio.chosen.map(({ id }) => id));
  const inForce = recommendations.filter(({ state }) => state === "applied");
  const together = recommendations.filter(({ id, state }) => state !== "applied" && chosen.has(id));
  const others = otherChoices(document);
  return [
    tableOf("recommended", together, style.good),
    tableOf("in force", inForce, style.dim),
    tableOf(together.length === 0 ? "instead of what is in force" : "or in their place", others.slice(0, MOST_OTHERS), style.dim),
  ].filter((columns) => (columns[0]?.cells.length ?? 0) > 0);
}

/** Further ones are in the JSON. */
const MOST_OTHERS = 8;

function otherChoices({ recommendations, portfolio }: RecommendationsDocument): Recommendation[] {
  const chosen = new Set(portfolio.chosen.map(({ id }) => id));
  return recommendations.filter(({ id, state }) => state !== "applied" && !chosen.has(id));
}

function tableOf(title: string, rows: readonly Recommendation[], paint: (text: string) => string): Column[] {
  return [
    columnOf(rows, title, "left", changeOf),
    columnOf(rows, "kind", "left", ({ kind }) => kind, 2),
    { ...columnOf(rows, "a month", "right", ({ saving }: Recommendation) => dollars(saving.expected_usd)), paint },
    columnOf(rows, "between", "right", ({ saving }) => boundsText(saving.low_usd, saving.high_usd)),
    columnOf(rows, "less", "right", ({ saving }) => percentText(saving.percent)),
    columnOf(rows, "requests", "right", ({ requests }) => count(requests)),
    columnOf(rows, "sure", "right", ({ confidence }) => `${Math.round(100 * confidence)}%`, 1),
    columnOf(rows, "id", "left", ({ id }) => shortId(id)),
  ];
}

/** What nobody can say the saving of, and what prices have changed. */
function knownSentences({ observations, price_changes: changes }: RecommendationsDocument): string[] {
  return [
    ...observations.map(({ sentence }) => sentence),
    ...changes.map(
      ({ provider, model, day, requests, cost_usd: cost, new_cost_usd: newCost }) =>
        `${model} at ${provider} has another price from ${day} on: ${requestsText(requests)} that cost ${dollars(cost)} would cost ${dollars(newCost)}.`,
    ),
  ];
}

function stepsOf({ recommendations, portfolio }: RecommendationsDocument, width: number): string[] {
  const kind = recommendations.find(({ id }) => portfolio.chosen.some((chosen) => chosen.id === id))?.kind;
  if (kind === undefined) return [];
  const steps = [
    [`tokenledger optimize --only ${kind}`, "what it rests on, assumes and risks"],
    ["tokenledger optimize --simulate", "before and after, by model and by day"],
    [`tokenledger optimize --apply ${kind}`, "writes it down for the gateway; asks first"],
  ] as const;
  const longest = Math.max(...steps.map(([command]) => command.length));
  return steps.map(([command, does]) => (longest + 2 + 44 > width ? command : `${command.padEnd(longest)}  ${does}`));
}

const LABEL_WIDTH = 10;

async function detailsScreen(document: RecommendationsDocument, style: ScreenStyle): Promise<string> {
  const { recommendations } = document;
  if (recommendations.length === 0) {
    const sentences =
      document.totals.requests === 0
        ? ["Nothing to report."]
        : ["Nothing of this kind is recommended for these calls; tokenledger optimize shows what is."];
    return `${await fitted(sentences.join(" "), style.width)}\n`;
  }
  const parts = await Promise.all(
    recommendations.map(async (recommendation) => {
      const title = await fitted(escapeControls(changeOf(recommendation)), style.width);
      const facts = await Promise.all(factsOf(recommendation).map(([label, text]) => factLine(label, text, style)));
      return `${style.bold(title)}\n${facts.join("\n")}\n`;
    }),
  );
  return parts.join("\n");
}

function factsOf(recommendation: Recommendation): [label: string, text: string][] {
  const { id, saving, evidence, confidence, assumptions, risk, action, scopes, break_even_failure_rate: breakEven } = recommendation;
  const { days, cost_usd: cost, new_cost_usd: newCost, grade, query } = evidence;
  return [
    ["id", recommendation.state === "applied" ? `${id}, in force` : id],
    [
      "saves",
      `${dollars(saving.expected_usd)} in a month of 730 hours, between ${dollars(saving.low_usd)} and ${dollars(saving.high_usd)}; ${percentText(saving.percent)} of what these calls cost`,
    ],
    [
      "rests on",
      `${requestsText(evidence.requests)} on ${days === 1 ? "one day" : `${count(days)} days`}: they cost ${dollars(cost)} and would have cost ${dollars(newCost)}. ${GRADES[grade]}; confidence ${percent(confidence)}`,
    ],
    ["whose", scopesText(scopes)],
    ...(breakEven === null
      ? []
      : [["pays until", `${percentText(100 * breakEven)} of them fail and are made again as before`] as [string, string]]),
    ...Object.entries(recommendation.figures).map(([name, value]): [string, string] => [
      "figure",
      `${name.replaceAll("_", " ")}: ${value ?? "unknown"}`,
    ]),
    ...assumptions.map((sentence): [string, string] => ["assumes", sentence]),
    ["risk", risk],
    ["to do", action.type === "by_hand" ? action.advice : `tokenledger optimize --apply ${id}`],
    ["its calls", query],
  ];
}

const GRADES: Readonly<Record<Recommendation["evidence"]["grade"], string>> = {
  A: "Grade A: measured tokens",
  B: "Grade B: structure that was inferred",
  C: "Grade C: a proxy",
};

async function factLine(label: string, text: string, style: ScreenStyle): Promise<string> {
  const room = Math.max(8, style.width - LABEL_WIDTH - 4);
  const safe = escapeControls(text);
  const lines = wrap(safe, room, await widthFor([safe]), /(?<=\s)/);
  return lines
    .map((line, index) => `  ${index === 0 ? style.dim(label.padEnd(LABEL_WIDTH)) : " ".repeat(LABEL_WIDTH)}  ${line}`.trimEnd())
    .join("\n");
}

async function hanging(mark: string, text: string, width: number): Promise<string> {
  const lines = wrap(text, Math.max(8, width - mark.length), await widthFor([text]), /(?<=\s)/);
  return lines.map((line, index) => `${index === 0 ? mark : " ".repeat(mark.length)}${line}`).join("\n");
}

async function markdownOf(document: RecommendationsDocument): Promise<string> {
  const { markdownTable, markdownText } = await import("../printing/markdown.ts");
  const plain = { good: (text: string) => text, dim: (text: string) => text } as ScreenStyle;
  const parts = [
    `**Savings** (${markdownText(aboutText(document))})\n`,
    [...sentencesOf(document), ...knownSentences(document)].map((sentence) => `- ${markdownText(sentence)}\n`).join(""),
    ...tablesOf(document, plain).map(markdownTable),
  ];
  return parts.filter((part) => part !== "").join("\n");
}
