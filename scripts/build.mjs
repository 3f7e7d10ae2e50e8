/**
 * Builds all that the package ships: src → dist, by the TypeScript compiler alone.
 * Further arguments go to the compiler (`--noCheck`: emit only, for a test run that checks types elsewhere).
 * The old dist stays in place until the new one is whole.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const dist = join(root, "dist");
const staging = join(root, ".cache", `build-${process.pid}`);
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");

mkdirSync(staging, { recursive: true });
try {
  const { status } = spawnSync(process.execPath, [compiler, "-p", root, "--outDir", staging, ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  if (status !== 0) {
    process.exitCode = 1;
  } else {
    const old = `${staging}-old`;
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(staging, dist);
    rmSync(old, { recursive: true, force: true });
    for (const path of Object.values(bin)) chmodSync(join(root, path), 0o755);
  }
} finally {
  rmSync(staging, { recursive: true, force: true });
}
