/** The text of the savings file: rules are put in and taken out as whole lines, and all other lines stay as they are. */
import { isDeepStrictEqual } from "node:util";
import { formatUsd } from "../money.ts";
import { notOurForm, readSavings } from "./read-savings.ts";
import type { AppliedAction, AppliedRule, RuledModel, RuleScope } from "./savings-rules.ts";

const HEADER = `# Savings in force: \`tokenledger optimize --apply\` writes them here, \`tokenledger optimize --revert ID\` takes them out again.
# The gateway obeys each route and cache; what stands here by hand is for people. \`tokenledger optimize --verify\` tells what came of it.
savings:
`;
const USUAL_INDENT = "  ";

/** @returns the text with these rules before all others; checked to say what was there, and them */
export async function withRules(text: string | undefined, rules: readonly AppliedRule[], name: string): Promise<string> {
  if (text === undefined) return checked(HEADER + rules.map((rule) => entryText(rule, USUAL_INDENT)).join(""), rules, name);
  const before = await readSavings(text, name);
  const first = before.entries[0];
  const lines = linesOf(text);
  const dash = first && dashBefore(lines, first.place.line, first.place.column);
  if (first && dash === undefined) throw notOurForm(name);
  const at = first ? first.place.line - 1 : lineAfterKey(lines);
  const above = lines.slice(0, at).join("");
  const block = rules.map((rule) => entryText(rule, dash ?? USUAL_INDENT)).join("");
  const start = at === -1 ? `${text}${endOfLine(text)}savings:\n` : above + endOfLine(above);
  return checked(start + block + (at === -1 ? "" : lines.slice(at).join("")), [...rules, ...before.rules], name);
}

/** @returns the text without these rules; undefined where nothing stays but what was written with the first one */
export async function withoutRules(text: string, ids: ReadonlySet<string>, name: string): Promise<string | undefined> {
  const { rules, entries } = await readSavings(text, name);
  const lines = linesOf(text);
  for (const [index, { id }] of [...rules.entries()].reverse()) {
    const { place } = entries[index] as (typeof entries)[number];
    if (!ids.has(id)) continue;
    const dash = dashBefore(lines, place.line, place.column);
    if (dash === undefined) throw notOurForm(name);
    lines.splice(place.line - 1, entryLength(lines, place.line - 1, dash.length));
  }
  const left = lines.join("");
  if (left === HEADER) return undefined;
  return checked(
    left,
    rules.filter(({ id }) => !ids.has(id)),
    name,
  );
}

/** What is written says what was meant, or it is not written. */
async function checked(text: string, rules: readonly AppliedRule[], name: string): Promise<string> {
  const read = await readSavings(text, name).catch(() => undefined);
  if (!isDeepStrictEqual(read?.rules, rules)) throw notOurForm(name);
  return text;
}

/** With their ends. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function endOfLine(text: string): string {
  return text === "" || text.endsWith("\n") ? "" : "\n";
}

function lineAfterKey(lines: readonly string[]): number {
  const key = lines.findIndex((line) => /^savings:/.test(line));
  return key === -1 ? -1 : key + 1;
}

/** What stands before the dash of an entry; undefined where its line begins with something else. */
function dashBefore(lines: readonly string[], line: number, column: number): string | undefined {
  return /^(\uFEFF?\s*)-\s+$/.exec((lines[line - 1] ?? "").slice(0, column - 1))?.[1];
}

/** The entry's own line, and those after it that stand further to the right. */
function entryLength(lines: readonly string[], start: number, dashColumn: number): number {
  let length = 1;
  for (let i = start + 1; i < lines.length; i++) {
    const line = lines[i] as string;
    if (line.trim() === "") continue;
    if (line.length - line.trimStart().length <= dashColumn) break;
    length = i - start + 1;
  }
  return length;
}

function entryText(rule: AppliedRule, indent: string): string {
  const lines = [
    `id: ${scalar(rule.id)}`,
    `kind: ${rule.kind}`,
    `from: ${scalar(rule.from)}`,
    `to: ${scalar(rule.to)}`,
    `applied_at: ${JSON.stringify(new Date(rule.appliedAtMs).toISOString())}`,
    ...scopeLines(rule.scopes),
    ...actionLines(rule.action),
  ];
  const { expectedSavingNanoUsd: expected } = rule;
  if (expected !== undefined) lines.push(`expected_saving_usd: ${JSON.stringify(formatUsd(BigInt(expected)))} # in a month of 730 hours`);
  return lines.map((line, index) => `${indent}${index === 0 ? "- " : "  "}${line}\n`).join("");
}

function scopeLines(scopes: readonly RuleScope[]): string[] {
  if (scopes.some((scope) => Object.keys(scope).length === 0)) return [];
  return ["scopes:", ...scopes.map((scope) => `  - ${flowMap({ ...scope })}`)];
}

function actionLines(action: AppliedAction): string[] {
  if (action.type === "by_hand") return [`by_hand: ${scalar(action.advice)}`];
  if (action.type === "cache") {
    const { provider, model, policy } = action;
    return [`cache: ${flowMap({ provider, model, policy })}`];
  }
  return ["route:", `  from: ${modelText(action.from)}`, `  to: ${modelText(action.to)}`, `  kept_share: ${action.keptShare}`];
}

function modelText({ provider, model }: RuledModel): string {
  return flowMap({ provider, model });
}

function flowMap(fields: Readonly<Record<string, string>>): string {
  return `{ ${Object.entries(fields)
    .map(([key, value]) => `${key}: ${scalar(value)}`)
    .join(", ")} }`;
}

/** Plain where that can't be read as anything else. */
function scalar(value: string): string {
  const text = value.replaceAll("$", "$$$$");
  const isPlain = /^[A-Za-z](?:[\w./@ -]*[\w./@-])?$/.test(text) && !/^(?:true|false|null)$/i.test(text) && text.length < 100;
  return isPlain ? text : JSON.stringify(text).replace(HIDDEN, escaped);
}

/** What a terminal or an editor would not show as it is. */
const HIDDEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

function escaped(character: string): string {
  const code = character.codePointAt(0) as number;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}
