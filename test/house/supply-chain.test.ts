/** Security rule S19: what comes along with the package. `test/operating` installs without scripts and runs what that makes. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectFiles, root } from "./repository.ts";

interface Manifest {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
  peerDependencies: Record<string, string>;
  files: string[];
}
interface Locked {
  version: string;
  integrity?: string;
  dev?: boolean;
  optional?: boolean;
  devOptional?: boolean;
  hasInstallScript?: boolean;
  link?: boolean;
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as { packages: Record<string, Locked> };
/** But for our own: the package, its workspace, and the link to that. */
const packages = Object.entries(lock.packages).filter(([path, { link }]) => path !== "" && path !== "web" && !link);
const shipped = packages.filter(([, { dev }]) => !dev);

describe("security S19: the supply chain", () => {
  test("at most fifteen packages run, those that come along with others included", () => {
    const running = shipped.filter(([, { optional, devOptional }]) => !optional && !devOptional).map(([path]) => path);
    expect(running.length).toBeGreaterThanOrEqual(Object.keys(manifest.dependencies).length);
    expect(running.length, running.join(", ")).toBeLessThanOrEqual(15);
  });

  test("each is pinned: an exact version in the manifest, a digest in the lock file", () => {
    for (const version of Object.values({ ...manifest.dependencies, ...manifest.optionalDependencies }))
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(packages.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? "")).map(([path]) => path)).toEqual([]);
  });

  test("no program of what runs is started by installing it, but the driver's, which may be left out", () => {
    const starting = shipped.filter(([, { hasInstallScript }]) => hasInstallScript);
    expect(starting.map(([path, { optional }]) => [path, optional])).toEqual([["node_modules/better-sqlite3", true]]);
    expect(Object.keys(manifest.optionalDependencies)).toEqual(["better-sqlite3"]);
  });

  test("installing the package starts nothing of ours", () => {
    expect(Object.keys(manifest.scripts).filter((name) => /^(?:pre|post)?(?:install|uninstall)$|^(?:pre|post)prepare$/.test(name))).toEqual(
      [],
    );
  });

  test("what wraps other people's clients asks for them, and brings none along", () => {
    expect(Object.keys(manifest.peerDependencies).filter((name) => !manifest.peerDependenciesMeta[name]?.optional)).toEqual([]);
  });

  test("npm pack ships each source built, twice, the dashboard's pages, and four files beside: nothing is missing and nothing else is there", () => {
    const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 1 << 26,
    });
    const [packed] = JSON.parse(output) as { files: { path: string }[] }[];
    const sources = projectFiles().filter((path) => path.startsWith("src/") && path.endsWith(".ts"));
    const built = sources.flatMap((path) => [".js", ".d.ts"].map((ending) => path.replace(/^src\//, "dist/").replace(/\.ts$/, ending)));
    // What the pages are is tested with the package.
    const paths = packed?.files.map(({ path }) => path).filter((path) => !path.startsWith("dist/server/dashboard/pages/"));
    expect(paths?.sort()).toEqual([...built, "CHANGELOG.md", "LICENSE", "README.md", "package.json"].sort());
  });
});
