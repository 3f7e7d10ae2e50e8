/** Runs once before the tests: some of them run the built package, so dist must not be older than what it is made of. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { root } from "./repository.ts";

export default function buildOnce(): void {
  const built = join(root, "dist", "index.js");
  if (existsSync(built) && statSync(built).mtimeMs > Math.max(...["src", "web"].map((folder) => newestChange(join(root, folder))))) return;
  // Types are a check of their own: here a half-finished file elsewhere must not stop the tests of another room.
  const { status, stdout } = spawnSync(process.execPath, [join(root, "scripts", "build.mjs"), "--noCheck"], { encoding: "utf8" });
  if (status !== 0) process.stderr.write(`dist could not be built, so tests of the built package will fail:\n${stdout}`);
}

function newestChange(folder: string): number {
  const times = readdirSync(folder, { withFileTypes: true, recursive: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes(`${sep}node_modules`))
    .map((path) => statSync(path).mtimeMs);
  return Math.max(...times);
}
