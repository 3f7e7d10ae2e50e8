/**
 * What is read on the pages is what the command answers to the same question: of the sample company, and of a book that was imported
 * from logs and traces of real programs. Both are asked from outside, as the built command.
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseUsd } from "../../src/money.ts";
import { Machine } from "../cli/run-command.ts";
import { dataPath, withData } from "../shared-data.ts";
import { type BrowserOfTests, inChromium } from "./browser.ts";
import { type BuiltServer, serveBuilt } from "./servers.ts";
import { figureIn, shownTable } from "./shown-tables.ts";

/** A machine whose clock stands elsewhere, with the sample company's book as its own. */
class MachineAt extends Machine {
  readonly now: string;

  constructor(now: string) {
    super();
    this.now = now;
  }

  override get environment(): Record<string, string> {
    const book = join(this.folder, ".local", "share", "tokenledger", "tokenledger-demo.db");
    return { ...super.environment, TOKENLEDGER_NOW: this.now, TOKENLEDGER_DATABASE_URL: `sqlite://${book}` };
  }
}

/** Of a row or of totals, by the head that it stands under. */
const FIGURES: Readonly<Record<string, string>> = {
  Cost: "cost_usd",
  Requests: "requests",
  "Total tokens": "total_tokens",
  Input: "input_tokens",
  Output: "output_tokens",
  "Cache read": "cache_read_tokens",
  "Cache write": "cache_write_tokens",
  Reasoning: "reasoning_tokens",
  "Web searches": "web_searches",
  "Cost a request": "avg_cost_usd",
  Latency: "avg_latency_ms",
  Unpriced: "unpriced_requests",
};
type Fields = Record<string, string | number | null>;

function textsOf(fields: Fields): Record<string, string> {
  return Object.fromEntries(
    Object.entries(FIGURES).map(([head, field]) => {
      const value = fields[field];
      if (value !== null) return [head, String(value)];
      return [head, field === "cost_usd" || (field === "avg_cost_usd" && fields.unpriced_requests !== 0) ? "unpriced" : "–"];
    }),
  );
}

interface Report {
  totals: Fields;
  rows: Fields[];
}

function suite(name: string, { now, days, fill }: { now: string; days: { start: string; end: string }; fill: (machine: Machine) => void }) {
  inChromium(name, ({ open }: BrowserOfTests) => {
    const machine = new MachineAt(now);
    let server: BuiltServer;
    const period = `start=${days.start}&end=${days.end}`;
    const within = ["--start", days.start, "--end", days.end];
    const report = (by: string): Report => machine.json(["report", ...within, "--group-by", by]) as unknown as Report;
    beforeAll(async () => {
      fill(machine);
      server = await serveBuilt(machine);
    }, 240_000);
    afterAll(() => server?.[Symbol.asyncDispose]());

    test.each(["model", "team", "user", "project", "provider", "source", "key", "tag", "session", "day", "week", "month"])(
      "Explore by %s shows the rows and totals of report, figure by figure",
      async (by) => {
        const { rows, totals } = report(by);
        const { page } = await open(`${server.url}/explore?by=${by}&${period}`);
        await shownTable(page, `Figures by ${by}`);
        const rest = page.getByRole("button", { name: /^Show all/ });
        if (await rest.isVisible()) await rest.click();
        const shown = await shownTable(page, `Figures by ${by}`);
        const figures = shown.map((row) => Object.fromEntries(Object.keys(FIGURES).map((head) => [head, figureIn(row[head])])));
        const byText = (one: object, other: object): number => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
        const most = Math.min(rows.length, 200);
        expect(figures.pop()).toEqual(textsOf(totals));
        const expected = rows.map(textsOf);
        // What is not among the two hundred first is not on the page; what is, is a row of the report.
        if (rows.length <= most) expect(figures.sort(byText)).toEqual(expected.sort(byText));
        else expect(figures.filter((row) => !expected.some((one) => JSON.stringify(one) === JSON.stringify(row)))).toEqual([]);
        expect(figures).toHaveLength(most);
      },
      180_000,
    );

    test("the overview shows the periods of the summary and the dearest models, teams and projects of report", async () => {
      const summary = machine.json([]) as unknown as { periods: { totals: Fields }[] };
      const { page } = await open(`${server.url}/?${period}`);
      const figures = page.getByRole("region", { name: "Spending now" });
      const shown = await figures.locator("data").evaluateAll((all) => all.map((one) => one.getAttribute("value")));
      for (const { totals } of summary.periods) {
        if (totals.cost_usd !== null) expect(shown).toContain(totals.cost_usd);
        expect(shown).toContain(String(totals.requests));
      }
      for (const [by, caption] of [
        ["model", "Models by cost"],
        ["team", "Teams by cost"],
        ["project", "Projects by cost"],
      ] as const) {
        const { rows, totals } = report(by);
        if (rows.every((row) => row[by] === null)) continue;
        const bars = await shownTable(page, caption);
        const costs = bars.map((row) => row.Cost?.values[0]).filter((usd): usd is string => usd !== undefined);
        const priced = rows.filter(({ cost_usd: usd }) => usd !== null);
        for (const { cost_usd: usd } of priced.slice(0, 6)) expect(costs).toContain(usd);
        expect(costs.reduce((sum, usd) => sum + parseUsd(usd), 0n)).toBe(parseUsd(String(totals.cost_usd ?? "0")));
      }
    });

    test("Rhythm shows the series of analyze", async () => {
      const analysis = machine.json(["analyze", ...within]) as unknown as { series: { cost_usd: string | null; requests: number }[] };
      const { page } = await open(`${server.url}/rhythm?${period}`);
      const shown = await shownTable(page, "Each model");
      const pairs = shown.map((row) => [figureIn(row.Cost), figureIn(row.Requests)]);
      for (const { cost_usd: usd, requests } of analysis.series.slice(0, 25))
        expect(pairs).toContainEqual([usd ?? "unpriced", String(requests)]);
    });

    test("Models shows the other prices of analyze", async () => {
      const { alternatives } = machine.json(["analyze", ...within]) as unknown as {
        alternatives: { cost_usd: string; alternative_cost_usd?: string }[];
      };
      const { page } = await open(`${server.url}/models?${period}`);
      if (alternatives.length === 0) return;
      const shown = await shownTable(page, "Other prices");
      expect(shown.map((row) => figureIn(row.Cost))).toEqual(alternatives.map(({ cost_usd: usd }) => usd));
    });

    test("Why shows the effects of explain, which add up to the change", async () => {
      const month = days.end.slice(0, 7);
      const { effects, change_usd: change } = machine.json(["explain", "--to", month]) as unknown as {
        effects: { amount_usd: string }[];
        change_usd: string;
      };
      const { page } = await open(`${server.url}/why?to=${month}`);
      const shown = (await shownTable(page, "Effects")).map((row) => figureIn(row["Change, exactly"]));
      expect(shown.pop()).toBe(change);
      expect(shown).toEqual(effects.map(({ amount_usd: usd }) => usd));
    });

    test("Budgets shows how those of the calendar stand by budget status", async () => {
      const { budgets } = machine.json(["budget", "status"]) as unknown as {
        budgets: { name: string; period: string | null; spent_usd: string; zone: string }[];
      };
      // A sliding window goes on while the server runs.
      const calendar = budgets.filter(({ period: window }) => window !== null);
      expect(calendar.length).toBeGreaterThan(0);
      const { page } = await open(`${server.url}/budgets`);
      const shown = await shownTable(page, "Budgets");
      const figures = shown.map((row) => [row.Zone?.text, row.Spent?.values[0]]);
      for (const { spent_usd: usd, zone } of calendar) expect(figures).toContainEqual([zone, usd]);
    });

    test("Savings shows what optimize recommends, in its order, with its intervals", async () => {
      const { recommendations, portfolio } = machine.json(["optimize"]) as unknown as {
        recommendations: { from: string; to: string; saving: { low_usd: string; expected_usd: string; high_usd: string } }[];
        portfolio: { saving_usd: string };
      };
      const { page } = await open(`${server.url}/savings`);
      const cards = await page
        .locator("article")
        .evaluateAll((all) =>
          all.map((card) => [
            card.querySelector("h3")?.textContent ?? "",
            ...[...card.querySelectorAll("data")].map((figure) => figure.getAttribute("value") ?? ""),
          ]),
        );
      expect(cards).toHaveLength(recommendations.length);
      for (const { from, to, saving } of recommendations) {
        const card = cards.find(
          ([title = "", ...values]) => title.includes(from) && title.includes(to) && values.includes(saving.expected_usd),
        );
        expect(card, `${from} → ${to}`).toEqual(expect.arrayContaining([saving.low_usd, saving.expected_usd, saving.high_usd]));
      }
      if (recommendations.length === 0) return;
      const values = await page.locator("main data").evaluateAll((all) => all.map((one) => one.getAttribute("value")));
      expect(values).toContain(portfolio.saving_usd);
    }, 180_000);

    test("Requests shows the newest records as they are exported", async () => {
      const { stdout } = machine.run(["export", "records", ...within]);
      const records = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { timestamp: string; cost_usd?: string | null; model: string });
      const { page } = await open(`${server.url}/requests?${period}`);
      const shown = await shownTable(page, "Requests");
      const newest = records.toSorted((one, other) => (one.timestamp < other.timestamp ? 1 : -1)).slice(0, shown.length);
      const costs = (all: (string | null | undefined)[]): string[] => all.map((usd) => usd ?? "unpriced").sort();
      expect(costs(shown.map((row) => row.Cost?.values[0]))).toEqual(costs(newest.map(({ cost_usd: usd }) => usd)));
    });

    test("the CSV that Explore offers is what report writes, byte for byte", async () => {
      const { page } = await open(`${server.url}/explore?by=model&${period}`);
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByText("Download CSV").click()]);
      const chunks: Buffer[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
      const { stdout } = machine.run(["report", ...within, "--group-by", "model", "--format", "csv"]);
      expect(Buffer.concat(chunks).toString("utf8")).toBe(stdout);
    });
  });
}

suite("the figures of the sample company", {
  now: "2026-02-10T12:00:00Z",
  days: { start: "2026-01-01", end: "2026-02-10" },
  fill(machine) {
    const { exitCode, stderr } = machine.run(["demo"], { timeoutMs: 120_000 });
    if (exitCode !== 0) throw new Error(stderr);
  },
});

withData("agent-logs", (logs) =>
  withData("traces", () =>
    suite("the figures of logs and traces of real programs", {
      now: "2026-06-25T12:00:00Z",
      days: { start: "2025-06-01", end: "2026-06-25" },
      fill(machine) {
        machine.run(["import", "claude-code", logs], { timeoutMs: 120_000 });
        machine.run(["import", "codex", logs], { timeoutMs: 120_000 });
        machine.run(["import", "trace-csv", dataPath("traces/exgentic_agent_calls.jsonl.gz")], { timeoutMs: 120_000 });
        machine.run(["budget", "set", "everything", "--amount", "50", "--period", "yearly"]);
      },
    }),
  ),
);
