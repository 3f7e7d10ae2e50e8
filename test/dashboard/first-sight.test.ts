/** Every view on the sample company: it opens, nothing complains, and it can be read at a desk and on a phone, by day and by night. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { PAGES } from "../../src/server/dashboard/page-paths.ts";
import { inChromium } from "./browser.ts";
import { type RunningDashboard, startDashboard } from "./servers.ts";

const VIEWS = ["overview", ...PAGES].map((name) => ({ name, path: name === "overview" ? "/" : `/${name}` }));
const FORMS = (["light", "dark"] as const).flatMap((theme) => ([390, 1440] as const).map((width) => ({ theme, width })));
const MOST_FIRST_LOAD_BYTES = 350 * 1024;

inChromium("the dashboard at first sight", ({ open }) => {
  let dashboard: RunningDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard[Symbol.asyncDispose]());

  test.each(VIEWS)(
    "$name opens light and dark, 390 and 1440 wide: one heading, no failure, no barrier, nothing beside the window",
    async ({ name, path }) => {
      const found: string[] = [];
      for (const form of FORMS) {
        const view = await open(dashboard.url + path, form);
        const tell = (what: string): number => found.push(`${form.theme}, ${form.width} wide: ${what}`);
        const headings = await view.page.locator("main h1").count();
        if (headings !== 1) tell(`${headings} headings`);
        for (const failure of await view.page.locator("main [role=alert]").allTextContents()) tell(failure);
        const hidden = await view.hiddenBeside();
        if (hidden > 0) tell(`${hidden} pixels lie beside the window`);
        for (const barrier of await view.barriers()) tell(barrier);
        await view.picture(name);
      }
      expect(found).toEqual([]);
    },
    240_000,
  );

  test("at most 350 KB come over the wire until the overview is there", async () => {
    const view = await open(`${dashboard.url}/`);
    const files = [...(await view.received())].filter(([url]) => !new URL(url).pathname.startsWith("/api/"));
    expect(files.map(([url]) => new URL(url).pathname)).toEqual(
      expect.arrayContaining(["/", expect.stringMatching(/^\/assets\/libraries-/)]),
    );
    expect(files.reduce((sum, [, bytes]) => sum + bytes, 0)).toBeLessThanOrEqual(MOST_FIRST_LOAD_BYTES);
  });

  test("a second visit asks for the page, and loads no script and no style again", async () => {
    const view = await open(`${dashboard.url}/`);
    const first = await view.received();
    await view.go("/");
    const again = [...(await view.received())]
      .filter(([url, bytes]) => bytes > (first.get(url) ?? 0))
      .map(([url]) => new URL(url).pathname);
    expect(again).toContain("/");
    expect(again.filter((path) => path.startsWith("/assets/"))).toEqual([]);
  });

  test("what is below no view is said to be not there, with the way on", async () => {
    const view = await open(`${dashboard.url}/explore/nothing/here`);
    expect(await view.page.locator("main").innerText()).toMatch(/nothing|no view|not/i);
    expect(await view.page.locator("nav a").count()).toBeGreaterThanOrEqual(VIEWS.length);
  });
});
