/** How budgets look: from the way a budget stands to the lines on the screen. */
import { describe, expect, it } from "vitest";
import type { BudgetDefinition } from "../../src/budget/index.ts";
import { budgetsAnswer } from "../../src/cli/answers/budget-answer.ts";
import { scopeText, spanText } from "../../src/cli/answers/budget-sentences.ts";
import type { ScreenStyle } from "../../src/cli/printing/answer.ts";
import { bar } from "../../src/cli/printing/bar.ts";
import { budgetDocument, definitionDocument } from "../../src/insights/index.ts";
import type { BudgetStatus } from "../../src/ledger/index.ts";

const NOW_MS = Date.parse("2026-05-16T12:00:00Z");
const MAY = { startMs: Date.parse("2026-05-01T00:00:00Z"), endMs: Date.parse("2026-06-01T00:00:00Z") };
const usd = (dollars: number): bigint => BigInt(Math.round(dollars * 1e9));

function status(spent: number, more: Partial<BudgetStatus> = {}, definition: Partial<BudgetDefinition> = {}): BudgetStatus {
  const amountNanoUsd = usd(500);
  return {
    name: "engineering",
    definition: {
      name: "engineering",
      scope: { team: "engineering" },
      amountNanoUsd,
      period: "monthly",
      alerts: [50, 90],
      enforcement: "rate_limit",
      hard: false,
      ...definition,
    },
    window: MAY,
    amountNanoUsd,
    spentNanoUsd: usd(spent),
    reservedNanoUsd: 0n,
    spentTokens: 0n,
    reservedTokens: 0n,
    requests: 1,
    overageNanoUsd: 0n,
    utilizationPct: spent / 5,
    zone: spent > 500 ? "red" : spent > 400 ? "yellow" : "green",
    isExhausted: spent >= 500,
    alerts: [{ threshold: 50, triggeredMs: NOW_MS }, { threshold: 90 }],
    ...more,
  };
}

const plain = (text: string): string => text;
const style = (width = Number.POSITIVE_INFINITY): ScreenStyle => ({
  width,
  bold: plain,
  dim: plain,
  warn: (text) => `<warn ${text}>`,
  good: (text) => `<good ${text}>`,
  bad: (text) => `<bad ${text}>`,
});

const screen = async (statuses: BudgetStatus[], width?: number): Promise<string> =>
  budgetsAnswer({ generatedAtMs: NOW_MS, budgets: statuses.map((each) => budgetDocument(each, NOW_MS)) }).screen(style(width));

describe("the bar", () => {
  it("is empty only at nothing, and full only when all is spent", () => {
    expect([0, 0.001, 0.5, 0.999, 1, 7].map((share) => bar(share, 4))).toEqual(["░░░░", "█░░░", "██░░", "███░", "████", "████"]);
  });
});

describe("the screen", () => {
  it("a green budget is a line with its bar, and nothing more is said", async () => {
    const lines = (await screen([status(249.99)])).split("\n");
    expect(lines[2]).toBe("engineering  team engineering  $249.99  $500.00  <good ██████████░░░░░░░░░░>  49.9%  <good green>  2026-06-01");
    expect(lines.slice(3)).toEqual([""]);
  });

  it("a yellow one tells until when its amount lasts at this pace", async () => {
    expect(await screen([status(450)])).toContain(
      "<warn engineering: $450.00 of $500.00 spent until 2026-06-01; at this pace it is spent on 2026-05-18.>",
    );
  });

  it.each([
    ["rate_limit", {}, "spent; calls are refused until 2026-06-01"],
    ["notify_only", {}, "spent until 2026-06-01; calls still pass"],
    ["switch_provider", { switchTo: "ollama" }, "spent; calls move to ollama until 2026-06-01"],
    ["block_requests", { shadow: true, hard: true }, "spent until 2026-06-01; calls still pass, as a shadow budget lets them"],
  ] as const)("%s: a spent one tells what follows", async (enforcement, definition, told) => {
    const text = await screen([status(500, {}, { enforcement, ...definition })]);
    expect(text).toContain(`<bad engineering: $500.00 of $500.00 ${told}.>`);
  });

  it("what passes the amount within its tolerance is orange, and says that calls still pass", async () => {
    const over = status(520, { zone: "orange", isExhausted: false }, { tolerance: 0.1 });
    expect(budgetDocument(over, NOW_MS).exceeded).toBe(true);
    expect(await screen([over])).toContain("calls still pass, within its tolerance of 10%");
  });

  it.each([40, 60, 80, 120])("fits %i columns", async (width) => {
    const each = status(450, { value: "ada" }, { scope: { user: "*" }, name: "a-budget-with-a-rather-long-name" });
    const text = await screen([status(520), { ...each, name: "a-budget-with-a-rather-long-name" }], width);
    for (const line of text.replaceAll(/<(?:warn|good|bad) |>/g, "").split("\n")) expect(line.length).toBeLessThanOrEqual(width);
    for (const word of ["zone", "used", "red", "yellow"]) expect(text).toContain(word);
  });

  it("a cap on tokens is told in tokens", async () => {
    const { amountNanoUsd: _none, ...tokens } = status(0, { spentTokens: 800_000n, utilizationPct: 80, zone: "green" });
    const { amountNanoUsd: _cap, ...definition } = { ...tokens.definition, maxTokens: 1_000_000 };
    const text = await screen([{ ...tokens, definition }]);
    expect(text).toContain("800,000 tokens  1,000,000");
  });

  it("names from outside can't reach the terminal", async () => {
    const text = await screen([{ ...status(500), name: "\u001b[31mred" }]);
    expect(text).not.toContain("\u001b");
    expect(text).toContain("\\u001b[31mred: $500.00");
  });
});

describe("the document", () => {
  it("has a plain projection only where a window has an end and enough of it has passed", () => {
    expect(budgetDocument(status(250), NOW_MS).runs_out_at).toBeNull();
    expect(budgetDocument(status(310), NOW_MS).runs_out_at).toBe("2026-05-26T00:00:00.000Z");
    expect(budgetDocument(status(310), MAY.startMs + 3_600_000).runs_out_at).toBeNull();
    expect(budgetDocument(status(500), NOW_MS).runs_out_at).toBeNull();
    expect(budgetDocument(status(310, {}, { period: "lifetime" }), NOW_MS).runs_out_at).toBeNull();
  });

  it("all time ends with the last year of four digits", () => {
    const all = budgetDocument(status(1, { window: { startMs: 0, endMs: 253_402_300_800_000 } }), NOW_MS);
    expect(all.window).toEqual({ start: "1970-01-01T00:00:00.000Z", end: "9999-12-31T23:59:59.999Z" });
  });

  it("a webhook's address may be a secret: its host is all that is shown", () => {
    const { definition } = status(1, {}, { webhook: "https://hooks.slack.com/services/T0/B0/secret", webhookSecret: "sixteen-characters" });
    const document = definitionDocument({ definition, origin: "command" });
    expect(document).toMatchObject({ webhook: "https://hooks.slack.com", webhook_signed: true });
    expect(JSON.stringify(document)).not.toMatch(/T0|sixteen/);
  });
});

describe("words", () => {
  it("say what a budget counts, and over which time", () => {
    expect(scopeText({ user: "*", team: "research" })).toBe("team research, each user");
    expect(scopeText({})).toBe("everything");
    expect(spanText({ period: "monthly" })).toBe("monthly");
    expect(spanText({ windowMs: 5_400_000 })).toBe("90m, sliding");
  });
});
