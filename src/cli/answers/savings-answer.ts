/** What was written down or taken back, in every form. */
import type { AppliedRule } from "../../config/index.ts";
import { type ChangedSavings, type RuleDocument, ruleDocument, savingsDocument } from "../../insights/index.ts";
import { formatUsd } from "../../money.ts";
import type { Answer } from "../printing/answer.ts";
import type { Cell } from "../printing/csv.ts";
import { dollars } from "../printing/numbers.ts";
import { escapeControls } from "../printing/text.ts";
import { changeOf, scopesText } from "./savings-texts.ts";
import { type Told, toldMarkdown, toldScreen } from "./told-answer.ts";

type WrittenSavings = ChangedSavings & { path: string };

const ROW_FIELDS = ["change", "id", "kind", "from", "to", "applied_at", "expected_saving_usd"] as const;

export function savingsAnswer(changed: WrittenSavings): Answer {
  const { applied, reverted } = changed;
  const row = (change: string, { id, kind, from, to, applied_at, expected_saving_usd }: RuleDocument): Record<string, Cell> => ({
    change,
    id,
    kind,
    from,
    to,
    applied_at,
    expected_saving_usd,
  });
  return {
    document: savingsDocument(changed),
    rows: {
      fields: ROW_FIELDS,
      records: [
        ...applied.map((rule) => row("applied", ruleDocument(rule))),
        ...reverted.map((rule) => row("reverted", ruleDocument(rule))),
      ],
    },
    screen: (style) => toldScreen(toldChange(changed), style),
    markdown: () => toldMarkdown(toldChange(changed)),
  };
}

function toldChange({ path, applied, reverted, inForce }: WrittenSavings): Told {
  const kept = inForce.length - applied.length;
  return {
    title: "Savings in force",
    about: path,
    sentences: [
      ...applied.map((rule) => `Written down: ${ruleText(rule)}`),
      ...reverted.map((rule) => `Taken back: ${ruleText(rule)}`),
      ...(applied.length === 0 && reverted.length === 0 ? ["Nothing was changed."] : []),
      ...(kept > 0
        ? [
            `In force besides: ${inForce
              .slice(0, kept)
              .map(({ id }) => id)
              .join(", ")}.`,
          ]
        : []),
      ...nextSentences(applied, reverted),
    ],
    charts: [],
    tables: [],
    warnings: [],
  };
}

function nextSentences(applied: readonly AppliedRule[], reverted: readonly AppliedRule[]): string[] {
  const isObeyed = ({ action }: AppliedRule): boolean => action.type !== "by_hand";
  const sentences = [...applied, ...reverted].some(isObeyed) ? ["A gateway that is running obeys within a few seconds."] : [];
  const [first] = applied;
  if (first === undefined) return sentences;
  return [
    ...sentences,
    `To see what comes of it: tokenledger optimize --verify. To take it back: tokenledger optimize --revert ${applied.length === 1 ? first.id : "all"}`,
  ];
}

/** What is about to be written, for whoever is asked. */
export function toldRules(rules: readonly AppliedRule[], path: string): string {
  return escapeControls(`Into ${path}:`) + rules.map((rule) => `\n  ${escapeControls(ruleText(rule))}`).join("");
}

function ruleText(rule: AppliedRule): string {
  const { id, action, scopes, expectedSavingNanoUsd: expected } = rule;
  const saving = expected === undefined ? "" : `, expected to save ${dollars(formatUsd(BigInt(expected)))} a month`;
  const whose = scopesText(scopes);
  if (action.type === "by_hand") return `${id}, for ${whose}, by hand${saving}: ${action.advice}`;
  const does =
    action.type === "cache"
      ? `${action.policy} caching of ${action.model} at ${action.provider}`
      : `${changeOf(rule)}, ${Math.round(1000 * action.keptShare) / 10} % of them kept for comparison`;
  return `${id}: ${does}, for ${whose}${saving}.`;
}
