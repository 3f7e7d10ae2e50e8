/** Compiled code for child processes: Node 20 runs no TypeScript. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const cache = join(root, "node_modules/.cache");
const PREFIX = "tokenledger-test-";

/** Paths of the doors that children import; compiled once for each state of the sources. */
export function compiledRooms(): { ledger: string; testing: string } {
  const name = `${PREFIX}${newestSource()}`;
  const target = join(cache, name);
  if (!existsSync(target)) compile(target);
  for (const old of readdirSync(cache)) {
    if (old.startsWith(PREFIX) && !old.startsWith(name)) rmSync(join(cache, old), { recursive: true, force: true });
  }
  return { ledger: join(target, "ledger/index.js"), testing: join(target, "testing/index.js") };
}

/** Test files run side by side: each compiles for itself, and the first to finish gives the result its name. */
function compile(target: string): void {
  const own = `${target}.${process.pid}`;
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(
    process.execPath,
    [compiler, "-p", root, "--outDir", own, "--isolatedDeclarations", "false", "--declaration", "false", "--noCheck"],
    { stdio: "pipe" },
  );
  writeFileSync(join(own, "package.json"), '{ "type": "module" }');
  try {
    renameSync(own, target);
  } catch (error) {
    // Another was first.
    if (!existsSync(target)) throw error;
    rmSync(own, { recursive: true });
  }
}

function newestSource(): number {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return Math.max(...files.map((name) => statSync(join(root, "src", name)).mtimeMs));
}
