/** Budgets as they were defined, in every form. */
import type { BudgetDefinition } from "../../budget/index.ts";
import { type DefinitionDocument, definitionDocument } from "../../insights/index.ts";
import type { Answer } from "../printing/answer.ts";
import { count, dollars } from "../printing/numbers.ts";
import { type Column, renderTable } from "../printing/table.ts";
import { scopeText, spanText } from "./budget-sentences.ts";

interface DefinedBudget {
  definition: BudgetDefinition;
  origin: string;
}

const ROW_FIELDS = [
  "name",
  "scope",
  "amount_usd",
  "max_tokens",
  "period",
  "window_seconds",
  "time_zone",
  "week_start",
  "year_start",
  "alerts",
  "enforcement",
  "switch_to",
  "tolerance",
  "defined_in",
] as const satisfies readonly (keyof DefinitionDocument)[];

/** @param extra further fields of the document */
export function definitionsAnswer(defined: readonly DefinedBudget[], extra: object = {}): Answer {
  const budgets = defined.map(definitionDocument);
  return {
    document: { schema: "tokenledger.budget-definitions/1", ...extra, budgets },
    rows: {
      fields: ROW_FIELDS,
      records: budgets.map(
        ({ scope, alerts, hard: _hard, clamp: _clamp, shadow: _shadow, override: _override, webhook_signed: _signed, ...same }) => ({
          ...same,
          scope: scopeText(scope),
          alerts: alerts.join(" "),
        }),
      ),
    },
    screen: async (style) => (budgets.length > 0 ? renderTable(definitionColumns(defined), style) : ""),
    markdown: async () => (await import("../printing/markdown.ts")).markdownTable(definitionColumns(defined)),
  };
}

function definitionColumns(defined: readonly DefinedBudget[]): Column[] {
  const documents = defined.map(definitionDocument);
  return [
    { title: "budget", align: "left", cells: documents.map(({ name }) => name) },
    { title: "counts", align: "left", dropOrder: 2, cells: documents.map(({ scope }) => scopeText(scope)) },
    { title: "amount", align: "right", cells: documents.map(amountCell) },
    { title: "window", align: "left", cells: defined.map(({ definition }) => spanText(definition)) },
    { title: "when spent", align: "left", dropOrder: 1, cells: documents.map(enforcementCell) },
    {
      title: "alerts at",
      align: "left",
      dropOrder: 3,
      cells: documents.map(({ alerts }) => alerts.map((alert) => `${alert}%`).join(", ")),
    },
    ...(documents.some(({ webhook }) => webhook !== null)
      ? [{ title: "webhook", align: "left" as const, dropOrder: 4, cells: documents.map(({ webhook }) => webhook ?? "") }]
      : []),
    { title: "defined in", align: "left", dropOrder: 5, cells: documents.map(({ defined_in }) => defined_in.replace(/^config:/, "")) },
  ];
}

function amountCell({ amount_usd: amount, max_tokens: maxTokens, override }: DefinitionDocument): string {
  const caps = [...(amount === null ? [] : [dollars(amount)]), ...(maxTokens === null ? [] : [`${count(maxTokens)} tokens`])].join(", ");
  return override === null ? caps : `${caps} (${dollars(override.amount_usd)} until ${override.until.slice(0, 16).replace("T", " ")} UTC)`;
}

function enforcementCell(definition: DefinitionDocument): string {
  const { enforcement, hard, clamp, stream_overrun: overrun, shadow, tolerance, switch_to: switchTo } = definition;
  const details = [
    ...(switchTo === null ? [] : [`to ${switchTo}`]),
    ...(hard ? ["hard"] : []),
    ...(clamp ? ["clamps"] : []),
    ...(!hard && overrun !== "finish" ? [`streams ${overrun}`] : []),
    ...(tolerance > 0 ? [`${Math.round(tolerance * 1000) / 10}% tolerated`] : []),
    ...(shadow ? ["shadow"] : []),
  ].join(", ");
  return details ? `${enforcement} (${details})` : enforcement;
}
