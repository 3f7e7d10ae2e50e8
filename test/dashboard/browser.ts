/**
 * The dashboard in a real Chromium: pages that notice every complaint of the browser. What a page complains of fails the test that
 * opened it, unless the test says that it had to be.
 */
import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { OpenedPage } from "./opened-page.ts";

export interface PageOptions {
  /** Default: light. */
  theme?: "light" | "dark";
  /** 390 is a phone, 1440 (default) a desk. */
  width?: 390 | 768 | 1440;
  /** Where the reader is. Default: far from where any server of the tests is, as what is shown is told in the server's zone. */
  timeZone?: string;
  /** Complaints that this test is about. */
  forgiven?: readonly RegExp[];
  context?: BrowserContextOptions;
}

/** A Chromium for the tests of one `describe`. */
export interface BrowserOfTests {
  /** Waits until the view is there. The page is closed after the test. */
  open(url: string, options?: PageOptions): Promise<OpenedPage>;
}

const PLACES = [
  process.env.TOKENLEDGER_CHROMIUM,
  ...["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];
const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));
/** No network but the tests' own servers. */
const ARGUMENTS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--force-color-profile=srgb"],
];
/** Read from a cold disk, with every core at work, it takes its time. */
const LAUNCH_MS = 100_000;
const HEIGHTS = { 390: 844, 768: 1024, 1440: 900 } as const;

/** The tests of `suite` with a browser; where there is none they are skipped by name, and fail where every check must run. */
export function inChromium(name: string, suite: (browser: BrowserOfTests) => void): void {
  if (executablePath === undefined && process.env.CI) {
    test(`${name}: there is a Chromium, as .ci/run installs one`, () =>
      expect.fail(`None of ${PLACES.filter(Boolean).join(", ")} is there.`));
    return;
  }
  describe.skipIf(executablePath === undefined)(`${name}${executablePath ? "" : " (needs Chromium, or TOKENLEDGER_CHROMIUM)"}`, () => {
    let browser: Browser;
    const opened: OpenedPage[] = [];
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: executablePath ?? "", args: ARGUMENTS, timeout: LAUNCH_MS });
    });
    afterEach(async () => {
      const pages = opened.splice(0);
      for (const page of pages) await page.close();
      expect(pages.flatMap(({ complaints }) => complaints)).toEqual([]);
    });
    afterAll(() => browser?.close());
    suite({
      async open(url, options = {}) {
        const { theme = "light", width = 1440, timeZone = "Pacific/Auckland", forgiven = [] } = options;
        const context = await browser.newContext({
          viewport: { width, height: HEIGHTS[width] },
          colorScheme: theme,
          timezoneId: timeZone,
          locale: "en-US",
          reducedMotion: "reduce",
          ...(width === 390 && { isMobile: true, hasTouch: true }),
          ...options.context,
        });
        const page = await OpenedPage.in(context, { name: `${width}-${theme}`, forgiven });
        opened.push(page);
        await page.go(url);
        return page;
      },
    });
  });
}
