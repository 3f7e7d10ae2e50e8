/** Books that no designer thinks of: every view opens on them, says what it knows, and breaks nothing. */
import { expect, test } from "vitest";
import { PAGES } from "../../src/server/dashboard/page-paths.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { budgetOf } from "../server/running-gateway.ts";
import { inChromium } from "./browser.ts";
import { DEMO_NOW, type RunningDashboard, startDashboard } from "./servers.ts";

const NOW_MS = Date.parse(DEMO_NOW);
const DAY_MS = 86_400_000;
const CALL = { provider: "openai", model: "gpt-4o", source: "api", tokens: { input: 1_000, output: 100 } };

const daily = (change: (place: number) => Partial<UsageRecord>, count = 60): UsageRecord[] =>
  Array.from({ length: count }, (_, place) => ({
    ...CALL,
    id: `call-${place}`,
    timestampMs: NOW_MS - (count - place) * (DAY_MS / 2),
    ...change(place),
  }));

const BOOKS: Readonly<Record<string, () => Iterable<UsageRecord>>> = {
  "nothing at all": () => [],
  "one call": () => [{ ...CALL, id: "one", timestampMs: NOW_MS - 3_600_000 }],
  "one call of ten years ago": () => [{ ...CALL, id: "old", timestampMs: NOW_MS - 3_650 * DAY_MS }],
  "nothing but unpriced calls": () => daily(() => ({ provider: "acme", model: "nobody-knows" })),
  "credits that outweigh the costs": () => daily((place) => ({ reportedCostNanoUsd: place % 2 ? -5_000_000_000 : 1_000_000_000 })),
  "calls of the future": () => daily((place) => ({ timestampMs: NOW_MS + place * DAY_MS })),
  "costs of billions": () =>
    daily(() => ({ reportedCostNanoUsd: 4_000_000_000_000_000, tokens: { input: 900_000_000_000, output: 1 } }), 20),
  "costs of single nano-dollars": () => daily(() => ({ reportedCostNanoUsd: 1 })),
  "calls without a token": () => daily(() => ({ tokens: {} })),
  "names of 512 letters": () => daily((place) => ({ model: `m${place}`.padEnd(512, "x"), team: "t".repeat(512), user: "Ü".repeat(256) })),
  "ten thousand users": () => daily((place) => ({ user: `user-${place}`, timestampMs: NOW_MS - place * 60_000 }), 10_000),
};
const VIEWS = ["/", ...PAGES.map((page) => `/${page}`), "/explore?by=user&period=year", "/requests?sort=cost"];

inChromium("strange books", ({ open }) => {
  async function expectWhole(dashboard: RunningDashboard, width: 390 | 1440): Promise<void> {
    const view = await open(dashboard.url, { width });
    for (const path of VIEWS) {
      await view.go(path);
      expect(await view.page.locator("main h1").count(), path).toBe(1);
      expect(await view.page.locator("main [role=alert]").allTextContents(), path).toEqual([]);
      expect(await view.hiddenBeside(), path).toBe(0);
      const text = await view.page.locator("main").innerText();
      expect(text.match(/\bNaN\b|\bundefined\b|\bInfinity\b|\[object /g), path).toBeNull();
      expect(view.complaints, path).toEqual([]);
    }
    // A page that still asks who looks at it would complain of the server's end.
    await view.close();
  }

  test.each(Object.keys(BOOKS))(
    "%s",
    async (name) => {
      const dashboard = await startDashboard({ records: BOOKS[name]?.() ?? [], budgets: [budgetOf({ name: "all", alerts: [50] })] });
      try {
        await expectWhole(dashboard, name.length % 2 ? 390 : 1440);
      } finally {
        await dashboard[Symbol.asyncDispose]();
      }
    },
    240_000,
  );

  test("five hundred budgets and a thousand keys", async () => {
    const budgets = Array.from({ length: 500 }, (_, place) => budgetOf({ name: `budget ${place}`, scope: { team: `team ${place}` } }));
    const dashboard = await startDashboard({ records: daily((place) => ({ team: `team ${place}` })), budgets });
    try {
      for (let place = 0; place < 1_000; place++) await dashboard.ledger.keys.create(`key ${place}`, { team: `team ${place}` });
      await expectWhole(dashboard, 1440);
    } finally {
      await dashboard[Symbol.asyncDispose]();
    }
  }, 300_000);
});
