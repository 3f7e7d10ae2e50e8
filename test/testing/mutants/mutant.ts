/** A copy of the library with one fault in it, and whether a simulation notices. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");

export interface Mutant {
  fault: string;
  /** Below src. */
  file: string;
  original: string;
  replacement: string;
  /** Where the same rule stands twice. */
  also?: { original: string; replacement: string };
}

/** The source of the mutant's file with the fault in it. @throws where what is to be replaced is no longer there, or there twice */
function faulty({ file, original, replacement, also, fault }: Mutant): string {
  let source = readFileSync(join(root, "src", file), "utf8");
  for (const change of also ? [{ original, replacement }, also] : [{ original, replacement }]) {
    const [before, after, ...more] = source.split(change.original);
    if (after === undefined || more.length > 0)
      throw new Error(`${fault}: src/${file} has ${more.length + (after === undefined ? 0 : 1)} places for it: ${change.original}`);
    source = before + change.replacement + after;
  }
  return source;
}

/** Puts the fault into a copy of the compiled library and simulates there. Answers what the simulation said; undefined: it noticed nothing. */
export async function noticed(mutant: Mutant, compiled: string, kind: "engine" | "ledger", seeds: number): Promise<string | undefined> {
  // Beside the compiled library: its drivers are found from there.
  const folders = join(dirname(compiled), "tokenledger-mutants");
  mkdirSync(folders, { recursive: true });
  const folder = mkdtempSync(join(folders, "mutant-"));
  try {
    cpSync(compiled, folder, { recursive: true });
    const { outputText } = ts.transpileModule(faulty(mutant), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        rewriteRelativeImportExtensions: true,
        verbatimModuleSyntax: true,
      },
      fileName: mutant.file,
    });
    writeFileSync(join(folder, mutant.file.replace(/\.ts$/, ".js")), outputText);
    return await simulated(folder, kind, seeds);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs the simulation of the library in `folder`. Answers its complaint, if it has one. */
export function simulated(folder: string, kind: "engine" | "ledger", seeds: number): Promise<string | undefined> {
  const program = join(root, "test/testing/mutants/simulate.mjs");
  return new Promise((resolve, reject) =>
    execFile(process.execPath, [program, folder, kind, String(seeds)], { timeout: 60_000 }, (error, _printed, complaint) => {
      if (error === null) resolve(undefined);
      else if (error.code === 3) resolve(complaint);
      else if (error.killed) resolve("it never ended");
      else reject(new Error(complaint));
    }),
  );
}
