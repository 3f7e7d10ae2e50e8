import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { gunzipSync } from "node:zlib";
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

/** What Vite builds of web/. */
const PAGES = "dist/server/dashboard/pages/";

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

  test("npm pack ships the built files, the dashboard's pages, the licence, the readme and the changelog, and no more", () => {
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
      return path.startsWith("dist/") && !path.startsWith(PAGES) && !existsSync(join(root, source));
    });
    expect(strangers).toEqual([]);
    expect(packed?.unpackedSize).toBeLessThan(8_000_000);
  });

  test("of the dashboard, npm pack ships what browsers load, each compressed beside, and the licences of what is in it", () => {
    const pages = readdirSync(join(root, PAGES), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(join(root, PAGES), join(entry.parentPath, entry.name)).split(sep).join("/"));
    const plain = pages.filter((path) => !path.endsWith(".gz"));
    expect(plain.filter((path) => !/^(?:index\.html|icon\.svg|licences\.txt|assets\/[\w.-]+-[0-9a-z]{8}\.(?:js|css))$/.test(path))).toEqual(
      [],
    );
    expect(plain).toEqual(expect.arrayContaining(["index.html", "icon.svg", "licences.txt"]));
    expect(pages.filter((path) => path.endsWith(".gz")).sort()).toEqual(plain.map((path) => `${path}.gz`).sort());
    for (const path of plain)
      expect(gunzipSync(readFileSync(join(root, PAGES, `${path}.gz`))).equals(readFileSync(join(root, PAGES, path))), path).toBe(true);
  });

  test("the pages' libraries go along with the text of each one's licence", () => {
    const text = readFileSync(join(root, PAGES, "licences.txt"), "utf8");
    const { devDependencies } = JSON.parse(readFileSync(join(root, "web", "package.json"), "utf8")) as Manifest;
    const bundled = Object.entries(devDependencies).filter(([name]) => !/^(?:@types\/|vite$|@vitejs\/)/.test(name));
    for (const [name, version] of bundled) expect(text).toContain(`${name} ${version} (`);
    const sections = text.split(/\n={80}\n/);
    expect(sections.length).toBeGreaterThanOrEqual(bundled.length);
    for (const section of sections) expect(section.trim().length, section.slice(0, 60)).toBeGreaterThan(400);
    // Apache-2.0 asks for the notice, too.
    expect(text).toContain("This product includes software developed at");
  });

  test("no page holds a script or a style of its own, the address of another site to load from, or a map to its source", () => {
    const folder = join(root, PAGES);
    const document = readFileSync(join(folder, "index.html"), "utf8");
    expect(document).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:|https?:/i);
    for (const [, attributes = "", content = ""] of document.matchAll(/<script([^>]*)>([^<]*)</g)) {
      expect(attributes).toMatch(/src="\/assets\//);
      expect(content).toBe("");
    }
    for (const name of readdirSync(join(folder, "assets")).filter((file) => /\.(?:js|css)$/.test(file))) {
      const code = readFileSync(join(folder, "assets", name), "utf8");
      expect(code, name).not.toMatch(/sourceMappingURL|(?:@import|url\()\s*["']?(?:https?:)?\/\/|\beval\(|new Function\(/);
    }
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
    const ofPages = JSON.parse(readFileSync(join(root, "web", "package.json"), "utf8")) as Pick<Manifest, "devDependencies">;
    // Older versions of other people's clients are developed against under names of their own.
    for (const version of Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies, ...ofPages.devDependencies }))
      expect(version).toMatch(/^(?:npm:(?:@[\w-]+\/)?[\w-]+@)?\d+\.\d+\.\d+$/);
    expect(Object.keys(dependencies).length + Object.keys(optionalDependencies).length).toBeLessThanOrEqual(15);
    const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
      packages: Record<string, { resolved?: string; link?: boolean }>;
    };
    // The workspace is a link to a folder of this repository.
    const resolved = Object.values(lock.packages).filter((locked) => locked.resolved !== undefined);
    expect(resolved).toEqual([{ resolved: "web", link: true }]);
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
