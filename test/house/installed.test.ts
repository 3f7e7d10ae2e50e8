import { type ExecFileSyncOptionsWithStringEncoding, execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "./repository.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-installed-"));
const node24 = process.env.TOKENLEDGER_NODE24;
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const hasSqlite = major > 22 || (major === 22 && minor >= 13);

beforeAll(() => {
  const quiet: ExecFileSyncOptionsWithStringEncoding = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
  const packed = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { ...quiet, cwd: root });
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  writeFileSync(join(folder, "package.json"), "{}");
  const options = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  execFileSync("npm", ["install", ...options, join(folder, filename)], { ...quiet, cwd: folder });
  mkdirSync(join(folder, "home"));
  writeFileSync(
    join(folder, "usage.jsonl"),
    `${JSON.stringify({ id: "1", timestamp: "2026-05-01T09:30:00Z", provider: "openai", model: "gpt-5", input_tokens: 1_000_000, output_tokens: 500_000 })}\n`,
  );
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tokenledger(node: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const command = join(folder, "node_modules/.bin/tokenledger");
  const env = { PATH: process.env.PATH, HOME: join(folder, "home"), TZ: "UTC", NO_COLOR: "1" };
  return spawnSync(node, [command, ...args], { cwd: folder, encoding: "utf8", env });
}

function importAndReport(node: string): void {
  expect(tokenledger(node, "import", "jsonl", "usage.jsonl")).toMatchObject({ status: 0 });
  const { stdout } = tokenledger(node, "report", "--start", "2026-05-01", "--end", "2026-05-01", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ schema: "tokenledger.report/1", totals: { requests: 1, cost_usd: "6.25" } });
}

describe("the package, packed and installed elsewhere with install scripts off", () => {
  test("says its version and its help, and prices a model, on any Node", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(tokenledger(process.execPath, "--version")).toMatchObject({ status: 0, stdout: `${version}\n` });
    expect(tokenledger(process.execPath, "--help").stdout).toContain("Commands:");
    expect(tokenledger(process.execPath, "pricing", "show", "claude-sonnet-4-5").status).toBe(0);
  });

  test("every subpath can be imported, without a test runner", () => {
    const { exports } = JSON.parse(readFileSync(join(folder, "node_modules/tokenledger/package.json"), "utf8")) as {
      exports: Record<string, unknown>;
    };
    for (const subpath of Object.keys(exports).filter((name) => name !== "./package.json")) {
      const code = `const door = await import(${JSON.stringify(subpath.replace(/^\./, "tokenledger"))}); if (Object.keys(door).length === 0) process.exit(1);`;
      const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { cwd: folder, encoding: "utf8" });
      expect({ subpath, status, stderr }).toEqual({ subpath, status: 0, stderr: "" });
    }
  });

  test.runIf(hasSqlite)("keeps a book with the SQLite of Node itself", () => importAndReport(process.execPath));

  test.runIf(!hasSqlite)("on a Node without SQLite and without the compiled driver, one sentence says what to do", () => {
    const { status, stdout, stderr } = tokenledger(process.execPath, "import", "jsonl", "usage.jsonl");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr.trim().split("\n")).toEqual([expect.stringMatching(/Node.*22\.13.*better-sqlite3|better-sqlite3.*Node.*22\.13/)]);
  });

  test.skipIf(node24 === undefined)("keeps a book on Node 24 (where TOKENLEDGER_NODE24 names one)", () =>
    importAndReport(node24 as string),
  );
});
