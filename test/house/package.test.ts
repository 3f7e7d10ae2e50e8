import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "./repository.ts";

interface Manifest {
  bin: Record<string, string>;
  exports: Record<string, string | { types: string; default: string }>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

/** The built module behind a subpath of the package: `.` → `dist/index.js`. */
function moduleOf(subpath: string): string {
  const target = manifest.exports[subpath];
  return posix.normalize(typeof target === "object" ? target.default : (target ?? ""));
}

/** All that a built module imports, directly or not, also lazily: own files are followed, others returned. */
function reachable(entry: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const open = [entry];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (files.has(path)) continue;
    files.add(path);
    const code = readFileSync(join(root, path), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
    for (const [, from = ""] of code.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^;"']*?from\s*["']([^"']+)["']|import\s*\(\s*["']([^"']+)["']/g,
    )) {
      if (from.startsWith(".")) open.push(posix.join(posix.dirname(path), from));
      else if (from !== "") packages.add(from);
    }
  }
  return { files, packages };
}

describe("the package", () => {
  test("exports, built files and rooms agree both ways", () => {
    const doors = Object.keys(manifest.exports).filter((subpath) => subpath !== "./package.json");
    for (const subpath of doors) {
      expect(existsSync(join(root, moduleOf(subpath))), moduleOf(subpath)).toBe(true);
      expect(existsSync(join(root, moduleOf(subpath).replace(/\.js$/, ".d.ts")))).toBe(true);
    }
    // What only programs use, and what the package's own door opens, is no subpath; everything else with a door can be imported.
    const inside = ["cli", "config", "usage", "pricing", "budget"];
    const rooms = readdirSync(join(root, "src")).filter(
      (room) => existsSync(join(root, "src", room, "index.ts")) && !inside.includes(room),
    );
    // Of what wraps other people's clients each file is a door: who uses one client needs no other.
    const wrappers = doors.filter((subpath) => moduleOf(subpath).startsWith("dist/integrations/"));
    expect(wrappers.every((subpath) => moduleOf(subpath) === `dist/integrations${subpath.slice(1)}.js`)).toBe(true);
    expect(doors.filter((subpath) => subpath !== "." && !wrappers.includes(subpath)).sort()).toEqual(
      rooms.map((room) => `./${room}`).sort(),
    );
  });

  test('import "tokenledger" reaches no dependency, no Node module and no other room than the pure core', () => {
    const { files, packages } = reachable(moduleOf("."));
    expect([...packages]).toEqual([]);
    expect([...new Set([...files].map((path) => path.split("/")[1]))].filter((part) => !part?.endsWith(".js")).sort()).toEqual([
      "budget",
      "pricing",
      "usage",
    ]);
  });

  test("what the package imports is what it declares, and nothing is declared for nothing", () => {
    const imported = new Set<string>();
    for (const entry of [
      ...Object.keys(manifest.exports)
        .filter((subpath) => subpath !== "./package.json")
        .map(moduleOf),
      ...Object.values(manifest.bin),
    ]) {
      for (const from of reachable(posix.normalize(entry)).packages) if (!from.startsWith("node:")) imported.add(from);
    }
    const { dependencies, optionalDependencies, peerDependencies } = manifest;
    const declared = new Set(Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }));
    expect([...imported].filter((name) => !declared.has(name))).toEqual([]);
  });

  test("npm pack ships the built files, the licence, the readme and the changelog, and no more", () => {
    const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [packed] = JSON.parse(output) as { files: { path: string }[]; unpackedSize: number }[];
    const paths = packed?.files.map(({ path }) => path) ?? [];
    expect(paths.filter((path) => !path.startsWith("dist/")).sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
    const strangers = paths.filter((path) => {
      const source = path.replace(/^dist\//, "src/").replace(/(?:\.d\.ts|\.js)$/, ".ts");
      return path.startsWith("dist/") && !existsSync(join(root, source));
    });
    expect(strangers).toEqual([]);
    expect(packed?.unpackedSize).toBeLessThan(5_000_000);
  });

  test("the command is executable and says which Node runs it", () => {
    for (const path of Object.values(manifest.bin)) {
      const [firstLine] = readFileSync(join(root, path), "utf8").split("\n", 1);
      expect(firstLine).toBe("#!/usr/bin/env node");
      expect(execFileSync(process.execPath, [join(root, path), "--version"], { encoding: "utf8" }).trim()).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  test("dependencies are few, exact, and locked without the address of any registry", () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    // Older versions of other people's clients are developed against under names of their own.
    for (const version of Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies }))
      expect(version).toMatch(/^(?:npm:(?:@[\w-]+\/)?[\w-]+@)?\d+\.\d+\.\d+$/);
    expect(Object.keys(dependencies).length + Object.keys(optionalDependencies).length).toBeLessThanOrEqual(15);
    const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as { packages: Record<string, { resolved?: string }> };
    expect(Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  test("the lock file is whole: npm ci refuses one that lacks the packages of other platforms", () => {
    const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const locked = new Set(Object.keys(lock.packages).map((path) => path.split("node_modules/").at(-1)));
    const wanted = Object.values(lock.packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies));
    expect(wanted.filter((name) => !locked.has(name))).toEqual([]);
  });

  test("examples, benchmarks and scripts find what they need from the repository alone", () => {
    for (const path of ["examples", "scripts"]) {
      for (const name of readdirSync(join(root, path)).filter((file) => file.endsWith(".mjs"))) {
        const code = readFileSync(join(root, path, name), "utf8");
        for (const [, from = ""] of code.matchAll(/from\s+["']([^"']+)["']/g)) {
          if (from.startsWith(".")) expect(existsSync(join(root, path, dirname(name), from)), `${path}/${name}: ${from}`).toBe(true);
          // Beside the package itself, the clients that it wraps.
          else expect(from).toMatch(/^(?:node:|tokenledger(?:\/|$)|(?:openai|ai|@anthropic-ai\/sdk|@ai-sdk\/openai)$)/);
        }
      }
    }
  });
});
