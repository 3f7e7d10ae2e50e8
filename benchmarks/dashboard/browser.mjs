// One Chromium, and a server with pages, each as a process of its own.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PLACES = [process.env.TOKENLEDGER_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const QUIET = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync", "--js-flags=--expose-gc", "--enable-precise-memory-info"],
];

export async function openBrowser() {
  const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));
  if (executablePath === undefined) throw new Error("There is no Chromium; install Debian's, or say where one is in TOKENLEDGER_CHROMIUM.");
  return chromium.launch({ executablePath, args: QUIET });
}

/** What a view still waits for; what may come after the rest is marked so. */
export const WAITED_FOR = 'main [data-waiting]:not([data-waiting="later"])';
