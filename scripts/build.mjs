/**
 * Builds all that the package ships: src → dist by the TypeScript compiler alone, and beside it web → the dashboard's pages by Vite.
 * Further arguments go to the compiler (`--noCheck`: emit only, for a test run that checks types elsewhere).
 * The old dist stays in place until the new one is whole.
 */
import { spawn } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const dist = join(root, "dist");
const staging = join(root, ".cache", `build-${process.pid}`);
const pages = join("server", "dashboard", "pages");
const compilerArguments = process.argv.slice(2);

/** Libraries are built for those who use the pages, whatever this process is for: a run of tests has another NODE_ENV. */
const env = { ...process.env, NODE_ENV: "production" };

/** Resolves to whether it succeeded. */
function run(program, args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, "node_modules", program), ...args], { cwd: root, stdio: "inherit", env });
    child.once("error", () => resolve(false)).once("exit", (status) => resolve(status === 0));
  });
}

/** The server sends what is here as it is: nothing is compressed while it answers calls. */
function compressPages(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !/\.(?:js|css|html|svg|txt)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
  }
}

/** Where types are not looked at either, a page that somebody is in the middle of must not stop the tests of everything else. */
function keepOldPages() {
  if (!compilerArguments.includes("--noCheck")) return false;
  console.error("The pages could not be built; the last ones stay, if there are any.");
  rmSync(join(staging, pages), { recursive: true, force: true });
  if (existsSync(join(dist, pages))) cpSync(join(dist, pages), join(staging, pages), { recursive: true });
  return true;
}

mkdirSync(staging, { recursive: true });
try {
  const [isCompiled, isBundled] = await Promise.all([
    run("typescript/bin/tsc", ["-p", root, "--outDir", staging, ...compilerArguments]),
    run("vite/bin/vite.js", ["build", join(root, "web"), "--outDir", join(staging, pages), "--logLevel", "warn"]),
  ]);
  if (isBundled) compressPages(join(staging, pages));
  if (!isCompiled || !(isBundled || keepOldPages())) {
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
