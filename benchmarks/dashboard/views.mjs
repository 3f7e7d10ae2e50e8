/**
 * How long the dashboard's views take over a large book, in a real browser: opened by their address with nothing in the browser's cache,
 * and gone to from another view. A view is there when nothing in it waits for an answer and what was drawn has been painted.
 * Beside each: the slowest of its questions, asked alone, which no picture of it can beat.
 *
 *     node benchmarks/dashboard/views.mjs [--records 10000000] [--book FILE] [--rounds 5]     (after npm run build)
 *
 * Ten million records take some minutes to make; with --book they are made once and kept. Traps: the browser and the server share the
 * machine; the first round, in which the database's pages come from the disk and the server's code is compiled, is not counted, and the
 * savings, which are computed once an hour, are told apart: the first time, and from then on.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProgram } from "../gateway/gateways.mjs";
import { benchmarkOptions, machine, median } from "../ledger/records.mjs";
import { makeYearBook } from "../ledger/year-book.mjs";
import { openBrowser, WAITED_FOR } from "./browser.mjs";

const VIEWS = {
  Overview: "/",
  Explore: "/explore",
  "Explore, a year": "/explore?period=year&by=team",
  "Explore, by user": "/explore?by=user",
  Rhythm: "/rhythm",
  Models: "/models",
  Why: "/why",
  Budgets: "/budgets",
  Savings: "/savings",
  Live: "/live",
  Requests: "/requests",
  "Requests, dearest": "/requests?sort=cost",
  Keys: "/keys",
  Prices: "/prices",
};
/** The last hour of the invented year. */
const NOW = "2026-06-30T12:00:00Z";

const options = benchmarkOptions(10_000_000, { book: { type: "string" }, rounds: { type: "string", default: "5" } });
const rounds = Number(options.rounds);
const folder = mkdtempSync(join(tmpdir(), "tokenledger-views-"));
const book = options.book ?? join(folder, "book.db");
process.env.TOKENLEDGER_NOW = NOW;
let server;
let browser;
try {
  console.log(`${machine}; medians of ${rounds} rounds`);
  await makeYearBook(book, options.records);
  const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
  server = await startProgram([main, "serve", "--db", book, "--port", "0"]);
  browser = await openBrowser();
  await firstLoad();
  for (const [name, path] of Object.entries(VIEWS)) await view(name, path);
} finally {
  await browser?.close();
  server?.child.kill();
  rmSync(folder, { recursive: true, force: true });
}

/** Bytes over the wire and the time until the page answers clicks, with nothing kept from before. */
async function firstLoad() {
  const times = [];
  let bytes = 0;
  for (let round = 0; round <= rounds; round++) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.enable");
    const paths = new Map();
    let received = 0;
    devtools.on("Network.requestWillBeSent", ({ requestId, request }) => paths.set(requestId, new URL(request.url).pathname));
    devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      if (!paths.get(requestId)?.startsWith("/api/")) received += encodedDataLength;
    });
    const startMs = performance.now();
    await page.goto(server.url, { waitUntil: "commit" });
    await page.locator('nav a[href^="/explore"]').click();
    await page.locator("h1", { hasText: "Explore" }).waitFor();
    if (round > 0) times.push(performance.now() - startMs);
    await page.goto(server.url);
    await page.waitForFunction((waited) => document.querySelector("h1") !== null && document.querySelector(waited) === null, WAITED_FOR);
    bytes = received;
    await context.close();
  }
  console.log(`first load: a click is answered after ${median(times).toFixed(0)} ms; ${(bytes / 1024).toFixed(0)} KB compressed`);
}

async function view(name, path) {
  const opened = [];
  const gone = [];
  const slowest = [];
  let firstMs;
  for (let round = 0; round <= rounds; round++) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    const asked = new Map();
    page.on("request", (request) => asked.set(request.url(), performance.now()));
    const answers = [];
    page.on("requestfinished", (request) => {
      if (request.url().includes("/api/")) answers.push(request.timing().responseEnd - request.timing().requestStart);
    });
    let startMs = performance.now();
    await page.goto(server.url + path, { waitUntil: "commit" });
    await painted(page);
    const openedMs = performance.now() - startMs;
    firstMs ??= openedMs;
    const other = path === "/keys" ? "/prices" : "/keys";
    await page.locator(`nav a[href^="${other}"]`).click();
    await painted(page);
    // What was answered a moment ago would be shown at once: the page is new, and goes to the view by a click.
    await page.goto(server.url + other, { waitUntil: "commit" });
    await painted(page);
    startMs = performance.now();
    await page.evaluate((to) => {
      history.pushState(null, "", to);
      dispatchEvent(new PopStateEvent("popstate", { state: null }));
    }, path);
    await painted(page);
    if (round === 0) continue;
    opened.push(openedMs);
    gone.push(performance.now() - startMs);
    slowest.push(Math.max(0, ...answers));
    await context.close();
  }
  const figures = `opened ${median(opened).toFixed(0)} ms, gone to ${median(gone).toFixed(0)} ms, slowest answer ${median(slowest).toFixed(0)} ms`;
  console.log(`${name.padEnd(20)} ${figures}; the very first time ${firstMs.toFixed(0)} ms`);
}

/** Nothing waits, and two frames have followed. */
async function painted(page) {
  await page.waitForFunction(
    (waited) => document.querySelector("main h1") !== null && document.querySelector(waited) === null,
    WAITED_FOR,
    { polling: "raf", timeout: 60_000 },
  );
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}
