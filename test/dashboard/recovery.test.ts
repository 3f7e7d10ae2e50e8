/** S16 and what goes wrong on the way: sign-in, sessions that end while a view is open, servers that go away, come back, or are others. */
import { createServer } from "node:http";
import { type AddressInfo, isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EMPTY_CONFIG } from "../../src/config/config.ts";
import { startScriptedUpstream } from "../../src/testing/index.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { Machine, recordForm } from "../cli/run-command.ts";
import { lastingPort } from "../lasting-port.ts";
import { CHAT } from "../server/running-gateway.ts";
import { breakableWay } from "./breakable-way.ts";
import { inChromium } from "./browser.ts";
import type { OpenedPage } from "./opened-page.ts";
import { DEMO_NOW, type RunningDashboard, serveBuilt, startDashboard } from "./servers.ts";

const ALWAYS = { config: { ...EMPTY_CONFIG, server: { host: "127.0.0.1", port: 0, auth: "always" as const } }, budgets: [] };
/** What the browser itself tells of refusals and lost connections, which these tests are about. */
const OF_THE_NETWORK = [/Failed to load resource/, /net::ERR_/];
const forgiven = { forgiven: OF_THE_NETWORK };

function* recordsOfTwoTeams(): Iterable<UsageRecord> {
  for (const [place, team] of ["engineering", "support"].entries()) {
    for (let hour = 1; hour <= 3; hour++) {
      yield {
        id: `${team}-${hour}`,
        timestampMs: Date.parse(DEMO_NOW) - hour * 3_600_000,
        provider: "openai",
        model: "gpt-4o",
        team,
        source: "api",
        tokens: { input: 100 * hour, output: 10 + place },
        reportedCostNanoUsd: 1_000_000 * hour,
      };
    }
  }
}

const signInDialog = ({ page }: OpenedPage): Locator => page.getByRole("dialog");
const requestRows = ({ page }: OpenedPage): Locator => page.getByRole("table", { name: "Requests" }).locator("tbody tr");
const lostNotice = ({ page }: OpenedPage): Locator => page.getByText("The server can't be reached.");

async function signIn(view: OpenedPage, key: string): Promise<void> {
  await view.page.getByLabel("Key", { exact: true }).fill(key);
  await view.page.getByRole("button", { name: "Sign in" }).click();
}

async function signedIn(view: OpenedPage, key: string): Promise<void> {
  await signIn(view, key);
  await signInDialog(view).waitFor({ state: "detached" });
  await view.settled();
}

/** As if somebody came back to the tab: the page asks at once who it is, which else it does every fifteen seconds. */
function comeBack({ page }: OpenedPage): Promise<unknown> {
  return page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
}

inChromium("signing in", ({ open }) => {
  let dashboard: RunningDashboard;
  let admin: string;
  let support: string;
  beforeAll(async () => {
    dashboard = await startDashboard({ ...ALWAYS, records: recordsOfTwoTeams() });
    admin = (await dashboard.ledger.keys.create("admin", { role: "admin" })).key;
    support = (await dashboard.ledger.keys.create("support-viewer", { role: "viewer", team: "support" })).key;
  });
  afterAll(() => dashboard[Symbol.asyncDispose]());

  test("nothing of the book is shown before, and a wrong key is said beside the field", async () => {
    const view = await open(`${dashboard.url}/requests`, forgiven);
    await signInDialog(view).waitFor();
    expect(await view.page.locator("body").innerText()).not.toMatch(/engineering|support|gpt-4o/);
    await signIn(view, "tl_wrong");
    const field = view.page.getByLabel("Key", { exact: true });
    await view.page.getByText("This API key is no virtual key").waitFor();
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    expect(await view.barriers()).toEqual([]);
    // Nobody gets past it by Escape, however often.
    for (let times = 0; times < 3; times++) await view.page.keyboard.press("Escape");
    await signInDialog(view).waitFor();
    await signedIn(view, admin);
    expect(await requestRows(view).count()).toBe(6);
  });

  test("the session is a cookie that scripts can't see, the key is kept nowhere, and a page that is loaded again goes on", async () => {
    const view = await open(`${dashboard.url}/requests`, forgiven);
    await signedIn(view, admin);
    const kept = await view.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    expect(kept).not.toContain(admin);
    expect(await view.page.evaluate(() => document.cookie)).toBe("");
    const [cookie] = await view.page.context().cookies();
    expect(cookie).toMatchObject({ name: "__Host-tokenledger", httpOnly: true, secure: true, sameSite: "Strict" });
    await view.go("/requests");
    expect(await requestRows(view).count()).toBe(6);
  });

  test("a viewer of a team sees that team alone, and no way to change keys", async () => {
    const view = await open(`${dashboard.url}/requests`, forgiven);
    await signedIn(view, support);
    expect(await requestRows(view).count()).toBe(3);
    await view.go("/keys");
    expect(await view.page.getByRole("button", { name: /New key|Rotate|Revoke/ }).count()).toBe(0);
    expect(await view.page.locator("main").innerText()).toContain("support-viewer");
    expect(await view.page.locator("main").innerText()).not.toContain("engineering");
  });

  test("a member is shown its own calls, and which views are not for it", async () => {
    const { key } = await dashboard.ledger.keys.create("a-member", { team: "engineering" });
    const view = await open(`${dashboard.url}/requests`, forgiven);
    await signedIn(view, key);
    expect(await view.page.getByRole("navigation", { name: "Views" }).getByRole("link").allTextContents()).toEqual([
      "Explore",
      "Live",
      "Requests",
    ]);
    await view.go("/keys");
    expect(await view.page.locator("main").innerText()).toContain("This key is a member's");
  });

  test("signing out ends the session at the server, and leaves nothing on the page", async () => {
    const view = await open(`${dashboard.url}/requests`, forgiven);
    await signedIn(view, admin);
    const [cookie] = await view.page.context().cookies();
    await view.page.getByRole("button", { name: "Sign out" }).click();
    await view.page.waitForURL(`${dashboard.url}/`);
    await signInDialog(view).waitFor();
    expect(await view.page.locator("body").innerText()).not.toContain("engineering");
    const asked = await fetch(`${dashboard.url}/api/v1/session`, { headers: { cookie: `${cookie?.name}=${cookie?.value}` } });
    expect(asked.status).toBe(401);
  });

  test("a session that has expired is said over the view; after signing in again everything is where it was", async () => {
    const view = await open(`${dashboard.url}/requests?team=support`, forgiven);
    await signedIn(view, admin);
    await view.page.getByRole("searchbox", { name: "Request id" }).fill("half typed");
    await view.page.context().clearCookies();
    await comeBack(view);
    await view.page.getByRole("heading", { name: "Your session has ended" }).waitFor();
    expect(await requestRows(view).count()).toBe(3);
    await signedIn(view, admin);
    expect(await view.page.getByRole("searchbox", { name: "Request id" }).inputValue()).toBe("half typed");
    expect(new URL(view.page.url()).search).toBe("?team=support");
    expect(await requestRows(view).count()).toBe(3);
  });

  test("where the session's key is revoked and another signs in, nothing stays of what the first was told", async () => {
    const { key, created } = await dashboard.ledger.keys.create("leaving", { role: "admin" });
    const view = await open(`${dashboard.url}/requests`, forgiven);
    await signedIn(view, key);
    expect(await requestRows(view).filter({ hasText: "engineering" }).count()).toBe(3);
    const revoked = await fetch(`${dashboard.url}/api/v1/keys/${created.id}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${admin}` },
    });
    expect(revoked.status).toBe(200);
    await comeBack(view);
    await view.page.getByRole("heading", { name: "Your session has ended" }).waitFor();
    await signedIn(view, support);
    await expect.poll(() => requestRows(view).count()).toBe(3);
    expect(await view.page.locator("body").innerText()).not.toContain("engineering");
    // Nor from what was kept for going back to.
    await view.page.getByRole("link", { name: "Keys" }).click();
    await view.page.getByRole("heading", { name: "Keys", exact: true }).waitFor();
    await view.page.goBack();
    await view.settled();
    expect(await view.page.locator("body").innerText()).not.toContain("engineering");
  });

  test("two tabs are one session: who signs out or in as another in one is noticed by the other", async () => {
    const first = await open(`${dashboard.url}/requests`, forgiven);
    await signedIn(first, admin);
    const second = await first.page.context().newPage();
    await second.goto(`${dashboard.url}/requests`);
    const rows = second.getByRole("table", { name: "Requests" }).locator("tbody tr");
    await rows.first().waitFor();
    expect(await rows.count()).toBe(6);
    await first.page.getByRole("button", { name: "Sign out" }).click();
    await second.getByRole("heading", { name: "Your session has ended" }).waitFor();
    await signInDialog(first).waitFor();
    await signedIn(first, support);
    await second.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(() => rows.count()).toBe(3);
    expect(await second.locator("body").innerText()).not.toContain("engineering");
  });

  test("a page of another server can neither change nor read anything by the session", async () => {
    await using foreign = await foreignPages();
    const view = await open(`${dashboard.url}/requests`, forgiven);
    await signedIn(view, admin);
    const page = await view.page.context().newPage();
    await page.goto(foreign.url);
    const outcomes = await page.evaluate(async (server) => {
      const body = JSON.stringify({ name: "stolen", role: "admin" });
      const tries: RequestInit[] = [
        { method: "POST", mode: "no-cors", headers: { "content-type": "text/plain" }, body },
        { method: "POST", headers: { "content-type": "application/json" }, body },
        {},
      ];
      const readable: boolean[] = [];
      for (const one of tries) {
        const answer = await fetch(`${server}/api/v1/keys`, { ...one, credentials: "include" }).catch(() => undefined);
        readable.push(answer !== undefined && (await answer.text().catch(() => "")) !== "");
      }
      return readable;
    }, dashboard.url);
    expect(outcomes).toEqual([false, false, false]);
    expect((await dashboard.ledger.keys.list()).map(({ name }) => name)).not.toContain("stolen");
    // Nor is it shown within that page.
    const frame = await page.evaluate(async (server) => {
      const element = document.createElement("iframe");
      element.src = server;
      const loaded = new Promise((resolve) => element.addEventListener("load", resolve));
      document.body.append(element);
      await loaded;
      return element.contentDocument === null;
    }, `${dashboard.url}/requests`);
    expect(frame).toBe(true);
    expect(page.frames().some((one) => one.url().startsWith(dashboard.url))).toBe(false);
  });

  const ownAddress = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .find(({ address, internal }) => !internal && isIPv4(address))?.address;

  test.skipIf(ownAddress === undefined)("without TLS the key is held for as long as the page is open, and no longer", async () => {
    await using way = await breakableWay(dashboard.url, ownAddress);
    // Browsers also tell that such a page's isolation from other windows is nothing to them.
    const view = await open(`${way.url}/requests`, { forgiven: [...OF_THE_NETWORK, /Cross-Origin-Opener-Policy header has been ignored/] });
    await view.page.getByText("This page came without TLS").waitFor();
    await signedIn(view, admin);
    expect(await requestRows(view).count()).toBe(6);
    expect(await view.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))).not.toContain(admin);
    await view.go("/requests");
    await signInDialog(view).waitFor();
  });
});

async function foreignPages(): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((_request, response) =>
    response.setHeader("content-type", "text/html").end("<!doctype html><title>Foreign</title>"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

inChromium("servers that go away and come back", ({ open }) => {
  test("a killed server is said, and once it is there again, everything on the view is asked anew", async () => {
    const machine = new Machine();
    machine.importRecords([recordForm({ timestamp: "2026-02-10T10:00:00Z", team: "before" })]);
    const port = await lastingPort();
    await using first = await serveBuilt(machine, { port });
    const view = await open(`${first.url}/requests`, forgiven);
    expect(await requestRows(view).count()).toBe(1);
    await first.kill();
    await comeBack(view);
    await lostNotice(view).waitFor();
    // What was there stays to be read.
    expect(await requestRows(view).count()).toBe(1);
    machine.importRecords([recordForm({ timestamp: "2026-02-10T11:00:00Z", team: "meanwhile" })]);
    await using _again = await serveBuilt(machine, { port });
    await lostNotice(view).waitFor({ state: "detached" });
    await expect.poll(() => requestRows(view).count()).toBe(2);
    expect(await requestRows(view).first().innerText()).toContain("meanwhile");
  }, 120_000);

  test("a view that is opened for the first time while the server is away comes when it is back", async () => {
    await using dashboard = await startDashboard({ records: recordsOfTwoTeams(), budgets: [] });
    await using way = await breakableWay(dashboard.url);
    const view = await open(`${way.url}/keys`, forgiven);
    way.break();
    await view.page.getByRole("link", { name: "Requests" }).click();
    await lostNotice(view).waitFor();
    way.mend();
    await expect.poll(() => requestRows(view).count(), { timeout: 30_000 }).toBe(6);
  });

  test("a server of another version is said, and its page is one click away", async () => {
    await using dashboard = await startDashboard({ records: recordsOfTwoTeams(), budgets: [] });
    await using newer = await startDashboard({ records: recordsOfTwoTeams(), budgets: [], server: { version: "0.0.1" } });
    await using way = await breakableWay(dashboard.url);
    const view = await open(`${way.url}/requests`, forgiven);
    way.mend(newer.url);
    await comeBack(view);
    await view.page.getByText("The server is of version 0.0.1 now").waitFor();
    await view.page.getByRole("button", { name: "Load the new page" }).click();
    await view.page.getByText("The server is of version").waitFor({ state: "detached" });
    await expect.poll(() => requestRows(view).count()).toBe(6);
  });

  test("a server that has no time now is asked again when it said, and that is told meanwhile", async () => {
    await using dashboard = await startDashboard({ records: recordsOfTwoTeams(), budgets: [] });
    const view = await open(`${dashboard.url}/keys`, forgiven);
    let refused = 0;
    await view.page.route(/\/api\/v1\/usage/, (route) => {
      if (refused++ > 0) return route.continue();
      const error = { code: "overloaded", message: "Too many questions wait." };
      // The notice stands for as long as the page waits: a slow machine must see it, too.
      return route.fulfill({ status: 503, headers: { "retry-after": "6" }, json: { error } });
    });
    await view.page.getByRole("link", { name: "Requests" }).click();
    await view.page.getByText("Too many questions wait. It is asked again by itself.").waitFor();
    await expect.poll(() => requestRows(view).count(), { timeout: 30_000 }).toBe(6);
    expect(refused).toBe(2);
  });
});

inChromium("the live view over what breaks", ({ open }) => {
  const total = ({ page }: OpenedPage, name: string): Promise<string | null> =>
    page.locator(`[data-total=${name}] data`).getAttribute("value");

  test("calls of the time of a broken connection are there once it is mended, each once", async () => {
    await using dashboard = await startDashboard({ records: [], budgets: [] });
    await using way = await breakableWay(dashboard.url);
    const view = await open(`${way.url}/live`, forgiven);
    await view.page.getByText("listening", { exact: true }).waitFor();
    await dashboard.post("/v1/chat/completions", CHAT);
    await expect.poll(() => total(view, "calls")).toBe("1");
    const cost = Number(await total(view, "cost"));
    expect(cost).toBeGreaterThan(0);
    way.break();
    await view.page.getByText("not connected", { exact: true }).waitFor();
    for (let calls = 0; calls < 3; calls++) await dashboard.post("/v1/chat/completions", CHAT);
    way.mend();
    await expect.poll(() => total(view, "calls"), { timeout: 30_000 }).toBe("4");
    expect(Number(await total(view, "cost"))).toBeCloseTo(4 * cost, 12);
    await view.page.getByText("listening", { exact: true }).waitFor();
    expect(await view.page.locator("tr[data-kind=gap]").count()).toBe(0);
  });

  describe("over a killed server", () => {
    test("what can't be known any more is said, and what passes from then on is shown", async () => {
      const upstream = await startScriptedUpstream();
      try {
        const machine = new Machine();
        const config = machine.file(
          "tokenledger.yaml",
          `providers:\n  openai: { api: openai, base_url: "${upstream.url}", api_key: "sk-house", models: ["*"] }\n`,
        );
        const call = (url: string): Promise<Response> =>
          fetch(`${url}/v1/chat/completions`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(CHAT),
          });
        const words = ["--config", config];
        const port = await lastingPort();
        await using first = await serveBuilt(machine, { words, port });
        const view = await open(`${first.url}/live`, forgiven);
        await view.page.getByText("listening", { exact: true }).waitFor();
        await call(first.url);
        await expect.poll(() => total(view, "calls")).toBe("1");
        await first.kill();
        await lostNotice(view).waitFor();
        await using again = await serveBuilt(machine, { words, port });
        await view.page.getByText("listening", { exact: true }).waitFor();
        await view.page.locator("tr[data-kind=gap]").waitFor();
        await call(again.url);
        await expect.poll(() => total(view, "calls")).toBe("2");
        await view.page.getByText("Some events were missed").waitFor();
      } finally {
        await upstream.close();
      }
    }, 120_000);
  });
});
