import { existsSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../house/repository.ts";
import { anchorsOf, markdownFiles, proseLines, readProjectFile } from "./markdown.ts";

interface Link {
  from: string;
  line: number;
  target: string;
}

const files = markdownFiles();
const links: Link[] = files.flatMap((from) =>
  proseLines(readProjectFile(from)).flatMap((text, index) =>
    Array.from(text.replace(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g), ([, target = ""]) => ({
      from,
      line: index + 1,
      target,
    })),
  ),
);

describe("links in the docs", () => {
  test("every internal link leads to a file, every anchor to a heading of it", () => {
    const broken = links.filter(({ from, target }) => {
      if (/^[a-z]+:/i.test(target)) return false;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? from : normalize(join(dirname(from), decodeURIComponent(path)));
      if (file.startsWith("..") || !existsSync(join(root, file))) return true;
      return anchor !== undefined && (statSync(join(root, file)).isDirectory() || !anchorsOf(readProjectFile(file)).has(anchor));
    });
    expect(broken.map(({ from, line, target }) => `${from}:${line} → ${target}`)).toEqual([]);
  });

  test("every page of docs can be reached from its index", () => {
    const seen = new Set<string>();
    const open = ["docs/README.md"];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      for (const { target } of links.filter(({ from }) => from === at)) {
        const path = normalize(join(dirname(at), target.split("#")[0] ?? ""));
        if (files.includes(path)) open.push(path);
        if (files.includes(join(path, "README.md"))) open.push(join(path, "README.md"));
      }
    }
    expect(files.filter((path) => path.startsWith("docs/") && !seen.has(path))).toEqual([]);
  });
});
