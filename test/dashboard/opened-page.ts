/** One page of a test: what the browser has to say about it, what it loaded, and when it is there. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";
import { root } from "../house/repository.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Looked at by people, never compared: fonts differ from machine to machine. */
const PICTURES = join(root, ".cache", "dashboard");
/** What a view still waits for; what may come after the rest is marked as later. */
const WAITED_FOR = 'main [data-waiting]:not([data-waiting="later"])';
/** A browser tells violations of its policy in a console message and in an event; what either says counts. */
const REPORT = "reportViolationToTest";

export class OpenedPage {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #name: string;
  readonly #forgiven: RegExp[];
  readonly #told: string[] = [];
  readonly #received = new Map<string, number>();
  /** Addresses of requests whose end has not been told. */
  readonly #underWay = new Map<string, string>();

  private constructor(context: BrowserContext, page: Page, name: string, forgiven: readonly RegExp[]) {
    this.#context = context;
    this.page = page;
    this.#name = name;
    this.#forgiven = [...forgiven];
  }

  static async in(context: BrowserContext, { name, forgiven }: { name: string; forgiven: readonly RegExp[] }): Promise<OpenedPage> {
    const page = await context.newPage();
    const opened = new OpenedPage(context, page, name, forgiven);
    await opened.#listen();
    return opened;
  }

  async #listen(): Promise<void> {
    const { page } = this;
    const tell = (what: string): void => {
      this.#told.push(`${what} (at ${new URL(page.url()).pathname})`);
    };
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning")
        tell(`console ${message.type()}: ${message.text()} ${message.location().url}`);
    });
    page.on("pageerror", (error) => tell(`error: ${error.stack ?? error.message}`));
    page.on("crash", () => tell("the page crashed"));
    page.on("dialog", (dialog) => {
      tell(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.exposeBinding(REPORT, (_source, violation: string) => tell(`policy violation: ${violation}`));
    await page.addInitScript((report) => {
      document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
        const told = (window as unknown as Record<string, (text: string) => void>)[report];
        told?.(`${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`);
      });
    }, REPORT);
    const developers = await this.#context.newCDPSession(page);
    developers.on("Network.requestWillBeSent", ({ requestId, request }) => this.#underWay.set(requestId, request.url));
    developers.on("Network.loadingFailed", ({ requestId }) => this.#underWay.delete(requestId));
    developers.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      const url = this.#underWay.get(requestId);
      if (url !== undefined) this.#received.set(url, (this.#received.get(url) ?? 0) + encodedDataLength);
      this.#underWay.delete(requestId);
    });
    await developers.send("Network.enable");
  }

  /** Errors and warnings of the console, uncaught errors, dialogs and violations of the policy, but for those that are forgiven. */
  get complaints(): string[] {
    return this.#told.filter((told) => !this.#forgiven.some((pattern) => pattern.test(told)));
  }

  /** From now on, and of what was told before: for what a test does to the page on purpose. */
  forgive(...patterns: readonly RegExp[]): void {
    this.#forgiven.push(...patterns);
  }

  /** What came over the wire, with the heads of the replies, by address: compressed as it was. Waits until nothing more is on its way. */
  async received(): Promise<ReadonlyMap<string, number>> {
    await expect.poll(() => [...this.#underWay.values()]).toEqual([]);
    return new Map(this.#received);
  }

  /** To another address, or path of the same server, until the view is there. */
  async go(address: string): Promise<void> {
    const { page } = this;
    await page.goto(address.startsWith("/") ? new URL(address, page.url()).href : address, { waitUntil: "load" });
    await this.settled();
  }

  /** A heading is there, nothing waits for an answer, and that has been painted. */
  async settled(): Promise<void> {
    await this.page.waitForFunction(
      (waitedFor) => document.querySelector("h1, [role=dialog] h2") !== null && document.querySelector(waitedFor) === null,
      WAITED_FOR,
      { polling: "raf" },
    );
    // What was there in one frame has been painted by the second after it.
    await this.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  }

  /** How many pixels of the page lie beside the window: on a phone nobody finds them. */
  async hiddenBeside(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  }

  /** What axe-core finds serious or critical, a sentence each. */
  async barriers(): Promise<string[]> {
    await this.page.evaluate(AXE);
    const results = await this.page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run(): Promise<AxeResults> } };
      return axe.run();
    });
    return results.violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, help, nodes }) => nodes.map(({ target, html }) => `${id}: ${help}, at ${target.join(" ")} ${html.slice(0, 160)}`));
  }

  /** For people to look at: `.cache/dashboard/NAME-1440-dark.png`. */
  async picture(name: string): Promise<string> {
    const path = join(PICTURES, `${name}-${this.#name}.png`);
    await this.page.screenshot({ path, fullPage: true });
    return path;
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}
