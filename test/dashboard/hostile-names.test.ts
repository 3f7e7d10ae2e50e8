/** S15: names come from whoever calls a model. Whatever they are, they are text on every page, and nothing else. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { UsageRecord } from "../../src/usage/index.ts";
import { budgetOf } from "../server/running-gateway.ts";
import { inChromium } from "./browser.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import type { OpenedPage } from "./opened-page.ts";
import { DEMO_NOW, type RunningDashboard, startDashboard } from "./servers.ts";

const HOUR_MS = 3_600_000;
const DAYS = 20;

/** Each name is a model, a user, a team, a project, a tag, a key, a session and a source, every day. */
function* hostileRecords(): Iterable<UsageRecord> {
  const endMs = Date.parse(DEMO_NOW);
  for (let day = 0; day < DAYS; day++)
    for (const [place, name] of HOSTILE_NAMES.entries()) {
      yield {
        id: `hostile-${day}-${place}`,
        requestId: `request-${day}-${place}`,
        timestampMs: endMs - day * 24 * HOUR_MS - place * 60_000,
        provider: name,
        model: name,
        team: name,
        user: name,
        project: name,
        key: name,
        sessionId: name,
        tags: [name],
        source: "api",
        tokens: { input: 1_000 + place, output: 100 + day },
        ...(place % 3 > 0 && { reportedCostNanoUsd: 1_000_000 * (place + day) }),
        metadata: { note: name },
      };
    }
}

/** Attributes that lead somewhere, or are loaded: on these pages only within them. */
const ADDRESSES = ["href", "src", "action", "formaction", "srcdoc", "xlink:href"];

const PATHS = [
  ...["/", "/rhythm?bucket=day", "/rhythm?by=team", "/rhythm?by=project", "/models", "/models?by=team", "/why?by=team", "/why?by=model"],
  ...["/budgets", "/savings", "/live", "/requests", "/requests?sort=cost", "/keys", "/prices"],
  ...["provider", "model", "team", "user", "project", "key", "session", "source", "tag"].map((by) => `/explore?by=${by}`),
];

inChromium("forty hostile names", ({ open }) => {
  let dashboard: RunningDashboard;
  beforeAll(async () => {
    const named = HOSTILE_NAMES.map((name) => budgetOf({ name, scope: { team: name }, amountNanoUsd: 30_000_000n, alerts: [50] }));
    dashboard = await startDashboard({ records: hostileRecords(), budgets: [] });
    await dashboard.ledger.budgets.put(named);
    for (const name of HOSTILE_NAMES) await dashboard.ledger.keys.create(name, { team: name });
    // What has passed a threshold is an alert with the budget's name.
    const latest = [...hostileRecords()].slice(0, HOSTILE_NAMES.length);
    await dashboard.ledger.record(latest.map((record) => ({ ...record, id: `late-${record.id}`, reportedCostNanoUsd: 40_000_000 })));
  });
  afterAll(() => dashboard[Symbol.asyncDispose]());

  /** Whatever a name has tried, only what we have built is in the page, and nobody else was asked for anything. */
  async function expectHarmless(view: OpenedPage, where: string): Promise<void> {
    const found = await view.page.evaluate(
      (LED_TO) => ({
        scripts: [...document.querySelectorAll("script")].filter(({ src }) => !src.startsWith(`${location.origin}/assets/`)).length,
        strangers: document.querySelectorAll(
          "main iframe, main object, main embed, main base, main meta, main link, main math, main form[action]",
        ).length,
        handlers: [...document.querySelectorAll("main *")].filter((element) =>
          [...element.attributes].some(
            ({ name, value }) => name.startsWith("on") || (LED_TO.includes(name) && !value.startsWith("/") && !value.startsWith("?")),
          ),
        ).length,
        pictures: [...document.images].filter(({ src }) => !src.startsWith(location.origin)).length,
        isAtHome: location.origin,
      }),
      ADDRESSES,
    );
    expect(found, where).toEqual({ scripts: 0, strangers: 0, handlers: 0, pictures: 0, isAtHome: new URL(dashboard.url).origin });
    expect(view.complaints, where).toEqual([]);
  }

  test("are text in every view: no script runs, no policy is violated, nobody else is asked", async () => {
    const view = await open(dashboard.url);
    const foreign: string[] = [];
    view.page.on("request", (request) => {
      if (!request.url().startsWith(dashboard.url)) foreign.push(request.url());
    });
    for (const path of PATHS) {
      await view.go(path);
      await expectHarmless(view, path);
      await view.page.evaluate(() => {
        for (const part of document.querySelectorAll("main details")) (part as HTMLDetailsElement).open = true;
      });
      await view.settled();
      await expectHarmless(view, `${path}, all opened`);
    }
    expect(foreign).toEqual([]);
  }, 180_000);

  test.each(["model", "user", "team", "tag", "key"])(
    "all forty stand on the page as the %s's name, letter by letter",
    async (by) => {
      const view = await open(`${dashboard.url}/explore?by=${by}&period=30d`);
      const text = (await view.page.locator("main").innerText()).normalize("NFC");
      const { groups } = (await (await fetch(`${dashboard.url}/api/v1/costs/aggregate?group_by=${by}`)).json()) as {
        groups: Record<string, string>[];
      };
      // Of models the book keeps the usual spelling: what looks like a version or a region is no part of it.
      const names = groups.map((group) => String(group[by]));
      expect(names.length).toBeGreaterThanOrEqual(by === "model" ? HOSTILE_NAMES.length - 5 : HOSTILE_NAMES.length);
      const squeezed = text.replaceAll(/\s+/g, " ");
      expect(names.filter((name) => !squeezed.includes(name.replaceAll(/\s+/g, " ")))).toEqual([]);
      await expectHarmless(view, by);
    },
    120_000,
  );

  test("as filters in an address they are text, too, and find their own records", async () => {
    const view = await open(dashboard.url);
    for (const name of HOSTILE_NAMES) {
      const query = new URLSearchParams({ team: name, by: "model", period: "30d" });
      await view.go(`/explore?${query}`);
      await expectHarmless(view, name);
      expect(await view.page.locator("main [role=alert]").allTextContents(), name).toEqual([]);
    }
  }, 180_000);

  test("of a record they are text with all its fields open", async () => {
    const view = await open(dashboard.url);
    for (const place of HOSTILE_NAMES.keys()) {
      await view.go(`/requests?request_id=request-0-${place}`);
      await expectHarmless(view, `request ${place}`);
    }
  }, 180_000);

  test("passing by as they are called", async () => {
    const view = await open(`${dashboard.url}/live`);
    for (const [place, name] of HOSTILE_NAMES.entries()) {
      const reply = await dashboard.post(
        "/v1/chat/completions",
        { model: name, messages: [{ role: "user", content: "Hello" }] },
        { "x-tokenledger-request-id": `live-${place}` },
      );
      await reply.arrayBuffer();
    }
    await view.page.waitForFunction(() => document.querySelectorAll("main tbody tr").length > 0);
    await expectHarmless(view, "live");
  }, 120_000);
});
