/** Charts under a reader's hands: keys, another theme, another width. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { inChromium } from "./browser.ts";
import { type RunningDashboard, startDashboard } from "./servers.ts";

inChromium("charts", ({ open }) => {
  let dashboard: RunningDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard[Symbol.asyncDispose]());

  test("arrow keys tell the same figures as the chart's table, from its last bucket to the one before", async () => {
    const { page } = await open(`${dashboard.url}/explore`);
    const chart = page
      .locator("figure")
      .filter({ has: page.getByRole("slider") })
      .first();
    const reader = chart.getByRole("slider");
    await chart.getByText("Show as table").click();
    await chart.locator("table tbody tr").first().waitFor();
    const rows = await chart
      .locator("table tr")
      .evaluateAll((all) => all.map((row) => Array.from(row.children, ({ textContent }) => textContent ?? "")));
    const [names = [], ...buckets] = rows;
    expect(buckets.length).toBeGreaterThan(2);
    await reader.focus();
    for (const [bucket = "", ...values] of [buckets.at(-1) ?? [], buckets.at(-2) ?? []]) {
      await page.keyboard.press("ArrowLeft");
      const figures = values.map((value, column) => `${names[column + 1]} ${value}`);
      await expect.poll(() => reader.getAttribute("aria-valuetext")).toBe(`${bucket}: ${figures.join(", ")}`);
    }
  });

  test.each(["/", "/explore", "/models"])("%s is drawn again in another theme and at 390 pixels, and nothing complains", async (path) => {
    const view = await open(dashboard.url + path);
    await view.page.locator("main canvas").first().waitFor();
    await view.page.emulateMedia({ colorScheme: "dark" });
    await view.settled();
    await view.page.setViewportSize({ width: 390, height: 844 });
    await view.settled();
    await expect.poll(() => view.hiddenBeside()).toBe(0);
    await expect
      .poll(() => view.page.locator("main canvas").evaluateAll((all) => all.every((each) => each.getBoundingClientRect().right <= 390)))
      .toBe(true);
    await view.page.emulateMedia({ colorScheme: "light" });
    await view.settled();
  });
});
