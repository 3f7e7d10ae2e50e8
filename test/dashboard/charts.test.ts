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

  test("the mark of a spike leads from the overview to the rows of its requests in two clicks, by its cause", async () => {
    const view = await open(`${dashboard.url}/`);
    const { page } = view;
    await page.getByRole("button", { name: /^Sat 6 Jun 2026: .* mostly model claude-opus-4-5/ }).click();
    // The loop of one night, of the sample company.
    await page.getByRole("link", { name: "Requests of emeka" }).click();
    await page.waitForURL("**/requests?**");
    await view.settled();
    const rows = page.getByRole("table", { name: "Requests" }).locator("tbody tr");
    await rows.first().waitFor();
    const texts = await rows.allInnerTexts();
    expect(texts.length).toBeGreaterThan(10);
    for (const text of texts) expect(text).toMatch(/6 Jun 2026.*claude-opus-4-5.*emeka/s);
  });

  test("what is dragged over on Explore becomes the period, in whole days", async () => {
    const { page } = await open(`${dashboard.url}/explore`);
    const reader = page.getByRole("slider").first();
    const box = await reader.boundingBox();
    if (box === null) throw new Error("The chart has no area to drag over.");
    const middle = box.y + box.height / 2;
    const hadDays = (await page.getByRole("slider").first().getAttribute("aria-valuemax")) ?? "";
    await page.mouse.move(box.x + box.width * 0.3, middle);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.45, middle, { steps: 5 });
    await page.mouse.move(box.x + box.width * 0.6, middle, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/[?&]start=\d{4}-\d\d-\d\d&end=\d{4}-\d\d-\d\d/);
    const words = new URL(page.url()).searchParams;
    const days = (Date.parse(words.get("end") ?? "") - Date.parse(words.get("start") ?? "")) / 86_400_000 + 1;
    expect(days).toBeGreaterThan(1);
    expect(days).toBeLessThan((Number(hadDays) + 1) / 2);
  });
});
