import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../house/repository.ts";
import { CLAIM_CHECK, withClaims } from "./claims.ts";
import { markdownFiles, readProjectFile, typeScriptExamples } from "./markdown.ts";

// Inside the repository, so that `import "tokenledger"` finds the built package by its own name.
const workshop = join(root, ".cache", `doc-examples-${process.pid}`);
const scratch = mkdtempSync(join(tmpdir(), "tokenledger-examples-"));
const examples = typeScriptExamples().map((block, index) => ({
  ...block,
  name: `${block.file}:${block.line}`,
  module: join(workshop, `example-${index}.ts`),
}));

beforeAll(() => {
  mkdirSync(workshop, { recursive: true });
  for (const { code, module } of examples) writeFileSync(module, `${CLAIM_CHECK}${withClaims(code).code}\nexport {};\n`);
});
afterAll(() => {
  rmSync(workshop, { recursive: true, force: true });
  rmSync(scratch, { recursive: true, force: true });
});

/** Runs a module in a folder where it may write, without the user's own book, logs or colours. */
function run(path: string): { status: number | null; stdout: string; stderr: string } {
  const env = { PATH: process.env.PATH, HOME: scratch, TZ: "UTC", NO_COLOR: "1" };
  return spawnSync(process.execPath, [path], { cwd: scratch, encoding: "utf8", env });
}

describe("examples in the docs and in docstrings", () => {
  test("there are some, and nearly all claim a result; the others prove something by not throwing", () => {
    expect(examples.length).toBeGreaterThan(10);
    const claiming = examples.filter(({ code }) => withClaims(code).claims > 0);
    expect(claiming.length).toBeGreaterThan(0.8 * examples.length);
  });

  test("all of them compile against the built package, under the project's own rules", () => {
    const options: ts.CompilerOptions = {
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2023.d.ts"],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck: true,
      types: ["node"],
    };
    const program = ts.createProgram(
      examples.map(({ module }) => module),
      options,
    );
    const complaints = ts.getPreEmitDiagnostics(program).map((diagnostic) => {
      const example = examples.find(({ module }) => module === diagnostic.file?.fileName);
      return `${example?.name ?? diagnostic.file?.fileName}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, " ")}`;
    });
    expect(complaints).toEqual([]);
  });

  test.each(examples.map(({ name, module }) => [name, module]))("%s does what it claims", (_name, module) => {
    const { outputText } = ts.transpileModule(readFileSync(module, "utf8"), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    const path = module.replace(/\.ts$/, ".mjs");
    writeFileSync(path, outputText);
    const { status, stderr } = run(path);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

describe("the files in examples/", () => {
  const files = readdirSync(join(root, "examples")).filter((name) => name.endsWith(".mjs"));

  test("there are some", () => {
    expect(files.length).toBeGreaterThanOrEqual(3);
  });

  test.each(files)("%s prints what it says it prints", (name) => {
    const path = join(root, "examples", name);
    const promised = /\/\* Prints:\n([\s\S]*?)\*\//.exec(readFileSync(path, "utf8"))?.[1];
    const { status, stdout, stderr } = run(path);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: promised, stderr: "" });
  });

  test("each is told about in docs", () => {
    const told = markdownFiles().map(readProjectFile).join("\n");
    expect(files.filter((name) => !told.includes(`examples/${name}`))).toEqual([]);
  });
});
