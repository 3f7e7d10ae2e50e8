/** What the pages of the API show is what it answers: their calls are made, page by page, on a server that is new for each. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { fencedBlocks, readProjectFile } from "../docs/markdown.ts";
import { runningGateway } from "./running-gateway.ts";

const PAGES = ["README", "usage", "costs", "analysis", "budgets", "keys", "alerts"].map((name) => `docs/api/${name}.md`);
const run = promisify(execFile);

test.each(PAGES)("the calls of %s are answered, with the fields that the page shows", async (page) => {
  await using gateway = await runningGateway();
  let last: Record<string, unknown> | undefined;
  let calls = 0;
  for (const { language, code } of fencedBlocks(page, readProjectFile(page))) {
    if (language === "sh") {
      for (const call of code
        .replaceAll("\\\n", " ")
        .split(/^(?=curl )/m)
        .filter((text) => text.trim() !== "")) {
        const command = call
          .replace(/^curl /, "curl --silent --show-error --fail-with-body ")
          .replaceAll("http://127.0.0.1:4180", gateway.url);
        const { stdout } = await run("sh", ["-c", command]);
        last = stdout === "" ? undefined : (JSON.parse(stdout) as Record<string, unknown>);
        calls++;
      }
    } else if (language === "json" && !code.includes('"error"')) {
      expect([page, Object.keys(last ?? {})]).toEqual([page, expect.arrayContaining(Object.keys(JSON.parse(code) as object))]);
    }
  }
  expect(calls).toBeGreaterThan(0);
});
