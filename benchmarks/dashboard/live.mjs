/**
 * The live view while calls pass: two hundred a second through the gateway, from an upstream that answers at once. How many frames a
 * second the page draws, how long the longest took, and what memory it keeps after garbage was collected.
 *
 *     node benchmarks/dashboard/live.mjs [--rate 200] [--seconds 180]     (after npm run build)
 *
 * The limit is the same page without a call: a browser without a graphics card draws on the processor that the gateway works on, too.
 * Traps: a page in the background draws nothing, so it is the only one; memory is read after a forced collection, since what is
 * thrown away later is not kept.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startOurs, startUpstream } from "../gateway/gateways.mjs";
import { benchmarkOptions, machine } from "../ledger/records.mjs";
import { openBrowser } from "./browser.mjs";

const options = benchmarkOptions(0, { rate: { type: "string", default: "200" }, seconds: { type: "string", default: "180" } });
const [rate, seconds] = [Number(options.rate), Number(options.seconds)];
const IDLE_SECONDS = 10;
const STRETCHES = 6;
const TICK_MS = 50;

const folder = mkdtempSync(join(tmpdir(), "tokenledger-live-"));
const started = [];
let browser;
try {
  console.log(machine);
  const upstream = await startUpstream();
  started.push(upstream);
  const gateway = await startOurs(upstream.url, folder);
  started.push(gateway);
  browser = await openBrowser();
  const page = await livePage(gateway);
  console.log(`without a call: ${told(await watched(page, IDLE_SECONDS))}`);
  const calls = sending(gateway);
  for (let stretch = 0; stretch < STRETCHES; stretch++)
    console.log(`${rate} calls a second: ${told(await watched(page, seconds / STRETCHES))}`);
  const { sent, failed } = await calls.end();
  const shown = await shownCalls(page, sent - failed);
  console.log(`${sent} calls sent, ${failed} failed, ${shown} counted by the page`);
} finally {
  await browser?.close();
  for (const { child } of started) child.kill();
  rmSync(folder, { recursive: true, force: true });
}

/** The gateway asks everybody for a key: the page is signed in by the one that calls, as an admin's would be. */
async function livePage({ url, headers }) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${url}/live`);
  await page.getByLabel("Key").fill(headers.authorization.slice("Bearer ".length));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("h1", { hasText: "Live" }).waitFor();
  return page;
}

/** The page is renewed some times a second: the last calls are counted a moment later. */
async function shownCalls(page, expected) {
  const total = page.locator("[data-total-calls]").first();
  await page
    .waitForFunction((calls) => Number(document.querySelector("[data-total-calls]")?.dataset.totalCalls) >= calls, expected, {
      timeout: 3_000,
    })
    .catch(() => undefined);
  return Number(await total.getAttribute("data-total-calls"));
}

async function watched(page, forSeconds) {
  const frames = await page.evaluate(
    (ms) =>
      new Promise((resolve) => {
        const gaps = [];
        const startMs = performance.now();
        let beforeMs = startMs;
        const frame = (nowMs) => {
          gaps.push(nowMs - beforeMs);
          beforeMs = nowMs;
          if (nowMs - startMs < ms) requestAnimationFrame(frame);
          else resolve({ count: gaps.length, ms: nowMs - startMs, gaps: gaps.sort((a, b) => a - b) });
        };
        requestAnimationFrame(frame);
      }),
    forSeconds * 1000,
  );
  const heapBytes = await page.evaluate(() => {
    globalThis.gc();
    return performance.memory.usedJSHeapSize;
  });
  const at = (share) => frames.gaps[Math.min(frames.gaps.length - 1, Math.floor(frames.gaps.length * share))];
  return { perSecond: (1000 * frames.count) / frames.ms, p99Ms: at(0.99), longestMs: frames.gaps.at(-1), heapBytes };
}

function told({ perSecond, p99Ms, longestMs, heapBytes }) {
  return `${perSecond.toFixed(1)} frames a second (99 % within ${p99Ms.toFixed(0)} ms, longest ${longestMs.toFixed(0)} ms), ${(heapBytes / 1e6).toFixed(1)} MB kept`;
}

/** Calls at an even pace, whether or not earlier ones were answered. */
function sending({ base, headers }) {
  const body = JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content: "What depends on what?" }] });
  const counts = { sent: 0, failed: 0 };
  const open = new Set();
  const startMs = performance.now();
  const timer = setInterval(() => {
    for (const due = ((performance.now() - startMs) * rate) / 1000; counts.sent < due; counts.sent++) {
      const call = fetch(`${base}/chat/completions`, { method: "POST", headers: { ...headers, "content-type": "application/json" }, body })
        .then(async (reply) => {
          await reply.arrayBuffer();
          if (!reply.ok) counts.failed++;
        })
        .catch(() => counts.failed++)
        .finally(() => open.delete(call));
      open.add(call);
    }
  }, TICK_MS);
  return {
    async end() {
      clearInterval(timer);
      await Promise.all(open);
      return counts;
    },
  };
}
