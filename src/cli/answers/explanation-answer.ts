/** What a change of spending is made of, in every form. */
import type { ExplanationDocument } from "../../insights/index.ts";
import { formatUsd, parseUsd } from "../../money.ts";
import type { Answer, ScreenStyle } from "../printing/answer.ts";
import type { Cell } from "../printing/csv.ts";
import { count, dollars } from "../printing/numbers.ts";
import type { Column } from "../printing/table.ts";
import { waterfall } from "../printing/waterfall.ts";
import { addingUp, changeText } from "./amounts.ts";
import { columnOf, shownName, type Told, toldMarkdown, toldScreen } from "./told-answer.ts";

type Effect = ExplanationDocument["effects"][number];
type Named = ExplanationDocument["names"][number];

/** In the order of CSV columns; and what each is, in words. */
const EFFECTS: Readonly<Record<Effect["effect"], string>> = {
  volume: "number of requests",
  mix: "mix of models",
  length_in: "prompt length",
  length_out: "reply length",
  kind_in: "use of the cache",
  kind_out: "reasoning",
  price: "prices",
  new: "new models",
  retired: "models left behind",
  other: "other",
};
const EFFECT_NAMES = Object.keys(EFFECTS) as Effect["effect"][];

/** More names than this are in the JSON. */
const MOST_ROWS = 20;

export function explanationAnswer(document: ExplanationDocument): Answer {
  return {
    document,
    rows: {
      fields: ["name", "from_usd", "to_usd", "change_usd", ...EFFECT_NAMES.map((name) => `${name}_usd`)],
      records: nameRows(document),
    },
    screen: (style) => toldScreen(toldExplanation(document), style),
    markdown: () => {
      const told = toldExplanation(document);
      return toldMarkdown({ ...told, tables: [effectTable(document), ...told.tables] });
    },
  };
}

function toldExplanation(document: ExplanationDocument): Told {
  const { from, to, tz, findings, warnings } = document;
  const isEmpty = from.requests === 0 && to.requests === 0;
  return {
    title: "Spending explained",
    about: `${daysText(from)} → ${daysText(to)}, ${tz}`,
    sentences: isEmpty ? ["Nothing to report."] : findings.map(({ sentence }) => sentence),
    charts: isEmpty ? [] : [(style) => stepsChart(document, style)],
    tables: isEmpty ? [] : [nameTable(document)],
    warnings,
  };
}

/** Narrower screens have better use for the room that two ranges of days take. */
const WIDE = 72;

const daysText = ({ start, end }: ExplanationDocument["from"]): string => (start === end ? start : `${start} to ${end}`);

function stepsChart({ from, to, effects }: ExplanationDocument, style: ScreenStyle): string {
  const texts = addingUp(
    parseUsd(from.cost_usd),
    effects.map(({ amount_usd: amount }) => parseUsd(amount)),
  );
  const labels = style.width < WIDE ? (["before", "after"] as const) : ([daysText(from), daysText(to)] as const);
  const steps = effects.map(({ effect, amount_usd: amount }, i) => ({
    label: EFFECTS[effect],
    amount: Number(amount),
    text: texts.steps[i] as string,
    isTotal: false,
  }));
  return waterfall(
    [
      { label: labels[0], amount: Number(from.cost_usd), text: texts.start, isTotal: true },
      ...steps.filter(({ text }) => !isNothing(text)),
      { label: labels[1], amount: Number(to.cost_usd), text: texts.end, isTotal: true },
    ],
    style,
  );
}

/** Rounded to nothing: a step of $0.00 explains nothing. */
const isNothing = (text: string): boolean => !/[1-9]/.test(text);

/** What the waterfall draws, for forms without pictures. */
function effectTable({ effects }: ExplanationDocument): Column[] {
  return [
    columnOf(effects, "because of", "left", ({ effect }) => EFFECTS[effect]),
    columnOf(effects, "change", "right", ({ amount_usd: amount }) => changeText(amount, "usd")),
  ];
}

function nameTable({ by, names, from, to, change_usd: change }: ExplanationDocument): Column[] {
  const rows = names.slice(0, MOST_ROWS);
  const all = { from_usd: from.cost_usd, to_usd: to.cost_usd, change_usd: change, effects: [] };
  const column = (
    title: string,
    align: Column["align"],
    dropOrder: number,
    cellOf: (row: Omit<Named, "name" | "names">) => string,
  ): Column => columnOf([...rows, all], title, align, cellOf, dropOrder);
  return [
    { title: by, align: "left", cells: [...rows.map(namesText), names.length > rows.length ? "all, and more" : "all"] },
    column("before", "right", 2, ({ from_usd: before }) => dollars(before)),
    column("after", "right", 3, ({ to_usd: after }) => dollars(after)),
    column("change", "right", 0, ({ change_usd: difference }) => changeText(difference, "usd")),
    column("mostly because of", "left", 1, causeText),
  ];
}

const namesText = ({ name, names }: Named): string => (names > 1 ? `${count(names)} others` : shownName(name));

/** The largest effect in the direction of the change. */
function causeText({ change_usd: change, effects }: Pick<Named, "change_usd" | "effects">): string {
  const sign = Math.sign(Number(change));
  const [cause] = effects
    .filter(({ amount_usd: amount }) => sign * Number(amount) > 0)
    .sort((a, b) => sign * (Number(b.amount_usd) - Number(a.amount_usd)));
  return cause ? `${EFFECTS[cause.effect]} ${changeText(cause.amount_usd, "usd")}` : "";
}

/** A name's effects add up to its change, in every row. */
function nameRows({ names }: ExplanationDocument): Record<string, Cell>[] {
  return names.map(({ name, from_usd, to_usd, change_usd, effects }) => {
    const amounts = new Map<string, bigint>();
    for (const { effect, amount_usd: amount } of effects) amounts.set(effect, (amounts.get(effect) ?? 0n) + parseUsd(amount));
    return {
      name,
      from_usd,
      to_usd,
      change_usd,
      ...Object.fromEntries(EFFECT_NAMES.map((effect) => [`${effect}_usd`, formatUsd(amounts.get(effect) ?? 0n)])),
    };
  });
}
