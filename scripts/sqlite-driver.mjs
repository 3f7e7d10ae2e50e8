/**
 * Runs at the end of `npm ci` (npm's `prepare`). Node 20 has no SQLite of its own, and npm leaves the optional driver out without a
 * word where its prebuilt file can't be downloaded and its compiler finds no headers. Every Node brings its headers along, so the
 * driver is then compiled against those of the Node that runs.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const DRIVER = "better-sqlite3";
const root = dirname(dirname(fileURLToPath(import.meta.url)));

function driverWorks() {
  try {
    const Database = createRequire(import.meta.url)(DRIVER);
    new Database(":memory:").close();
    return true;
  } catch {
    return false;
  }
}

function compileDriver() {
  const nodeFolder = dirname(dirname(process.execPath));
  if (!existsSync(join(nodeFolder, "include", "node", "node.h"))) return false;
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const options = ["--no-save", "--no-audit", "--no-fund", "--foreground-scripts"];
  const { status } = spawnSync("npm", ["install", ...options, `${DRIVER}@${optionalDependencies[DRIVER]}`], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, npm_config_nodedir: nodeFolder },
    shell: process.platform === "win32",
  });
  return status === 0 && driverWorks();
}

if (!isBuiltin("node:sqlite") && !driverWorks()) {
  console.error(`Compiling ${DRIVER}, the SQLite driver for this Node (about a minute)…`);
  if (!compileDriver()) {
    console.error(
      `${DRIVER} can't be compiled here: a C++ compiler, make and python3 are needed, or Node 22.13 and later, which needs no driver.`,
    );
  }
}
