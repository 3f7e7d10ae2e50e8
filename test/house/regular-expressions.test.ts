/** Security rule S13: no text, whoever wrote it, makes a regular expression take longer than its length allows. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "recheck";
import ts from "typescript";
import { afterAll, describe, expect, test } from "vitest";
import { projectFiles, root } from "./repository.ts";

/** Never asked of texts from outside: why each of these few may stay. */
const OF_OWN_TEXTS: Readonly<Record<string, string>> = {
  "/\\B(?=(\\d{3})+$)/g": "the digits of a number that this program has written: thirty at most",
};
/** The expressions that are put together while the program runs: of the patterns of our own schemas, which are checked here; of a constant. */
const BUILT = ["src/server/api/check-value.ts", "src/testing/scripted-upstream/answer.ts"];

interface Found {
  pattern: string;
  places: string[];
}

const sources = projectFiles().filter((path) => path.startsWith("src/") && path.endsWith(".ts"));

/** A literal, or the pattern of a JSON schema. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isRegularExpressionLiteral(node)) return node.text;
  if (!ts.isPropertyAssignment(node) || node.name.getText() !== "pattern" || !ts.isStringLiteralLike(node.initializer)) return undefined;
  return `/${node.initializer.text}/u`;
}

function expressions(): { literals: Map<string, Found>; built: string[] } {
  const literals = new Map<string, Found>();
  const built: string[] = [];
  for (const path of sources) {
    const file = ts.createSourceFile(path, readFileSync(join(root, path), "utf8"), ts.ScriptTarget.ESNext, true);
    const visit = (node: ts.Node): void => {
      const text = textOf(node);
      if (text !== undefined) {
        const found = literals.get(text) ?? { pattern: text, places: [] };
        found.places.push(`${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`);
        literals.set(text, found);
      }
      if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === "RegExp") built.push(path);
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return { literals, built };
}

async function eachOf<Item>(items: Iterable<Item>, work: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items].values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
}

describe("security S13: regular expressions", () => {
  const { literals, built } = expressions();

  test("each of the source takes time in step with the length of its text", { timeout: 600_000 }, async () => {
    expect(literals.size).toBeGreaterThan(300);
    const slow: string[] = [];
    await eachOf(literals.values(), async ({ pattern, places }) => {
      if (OF_OWN_TEXTS[pattern] !== undefined) return;
      const end = pattern.lastIndexOf("/");
      const { status } = await check(pattern.slice(1, end), pattern.slice(end + 1), { timeout: 300_000, randomSeed: 1 });
      if (status !== "safe") slow.push(`${status}: ${pattern} (${places.join(", ")})`);
    });
    expect(slow).toEqual([]);
  });

  test("the few that are excused are still there, and none is built from a text", () => {
    expect(Object.keys(OF_OWN_TEXTS).filter((pattern) => !literals.has(pattern))).toEqual([]);
    expect(built).toEqual(BUILT);
  });
});

/** Each command with what it needs beside its options. */
const COMMANDS: readonly (readonly string[])[] = [
  ["report"],
  ["costs"],
  ["analyze"],
  ["forecast"],
  ["explain"],
  ["budget", "set", "name"],
  ["budget", "backtest"],
  ["alerts", "list"],
  ["keys", "create", "--name", "name"],
  ["keys", "rotate", "name"],
  ["pricing", "show", "gpt-5"],
  ["import", "jsonl", "none.jsonl"],
  ["serve"],
];
/** 100 kB: letters that fit, and the ends of words, numbers and ranges over and over. */
const LONG = ["x", " \t", "0", ".."].map((part) => part.repeat(25_000 / part.length)).join("");
const MOST_MS = 100;
/** What is repeated of a value is cut. */
const LONGEST_MESSAGE = 2000;

describe("security S13: the command's options", () => {
  const folder = mkdtempSync(join(tmpdir(), "tokenledger-options-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const probe = join(folder, "probe.mjs");
  // Time of the processor, not of the wall: other tests run beside this one.
  writeFileSync(
    probe,
    `import { writeSync } from "node:fs"; process.on("exit", () => { const { user, system } = process.cpuUsage(); writeSync(2, "\\ncpu " + (user + system) / 1000 + "\\n"); });`,
  );

  function run(words: readonly string[]): Promise<{ stdout: string; stderr: string; processorMs: number }> {
    const child = spawn(process.execPath, ["--import", probe, join(root, "dist/cli/main.js"), ...words], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, TZ: "UTC", NO_COLOR: "1", TOKENLEDGER_DATABASE_URL: join(folder, "book.db") },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    return new Promise((resolve) =>
      child.on("close", () => resolve({ stdout, stderr, processorMs: Number(/cpu ([\d.]+)\n$/.exec(stderr)?.[1]) })),
    );
  }

  test(`100 kB after any option cost less than ${MOST_MS} ms beyond a value of three letters`, { timeout: 600_000 }, async () => {
    const cases: { words: readonly string[]; option: string }[] = [];
    const known = new Set<string>();
    await eachOf([[], ...COMMANDS], async (words) => {
      const { stdout } = await run([...words.slice(0, 2), "--help"]);
      for (const [, option = ""] of stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+) <[^>]+>/gm)) {
        if (known.has(option) || option === "--output") continue;
        known.add(option);
        cases.push({ words: words.length === 0 ? ["report"] : words, option });
      }
    });
    expect(cases.length).toBeGreaterThan(45);
    const [slow, wordy]: [string[], string[]] = [[], []];
    await eachOf(cases, async ({ words, option }) => {
      const short = await run([...words, option, "xyz"]);
      // Once more where it was slow: a machine in use has its moments.
      let beyondMs = Number.POSITIVE_INFINITY;
      for (let attempt = 0; attempt < 3 && !(beyondMs < MOST_MS); attempt++) {
        const { stderr, processorMs } = await run([...words, `${option}=${LONG}`]);
        beyondMs = processorMs - short.processorMs;
        if (stderr.length > LONGEST_MESSAGE || /\n\s+at /.test(stderr)) wordy.push(`${words.join(" ")} ${option}`);
      }
      if (!(beyondMs < MOST_MS)) slow.push(`${words.join(" ")} ${option}: ${Math.round(beyondMs)} ms`);
    });
    expect({ slow, wordy }).toEqual({ slow: [], wordy: [] });
  });
});
