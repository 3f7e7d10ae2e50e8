/** The project's Markdown files, and what tests want from them: links, headings, fenced blocks. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFiles, root } from "../house/repository.ts";

export interface Block {
  file: string;
  line: number;
  language: string;
  code: string;
}

export function markdownFiles(): string[] {
  return projectFiles().filter((path) => path.endsWith(".md") && !path.includes("/fixtures/"));
}

export function readProjectFile(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Fenced blocks of a Markdown text; `firstLine` is the text's first line in its file. */
export function fencedBlocks(file: string, text: string, firstLine = 1): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  let fence = "";
  text.split("\n").forEach((line, index) => {
    const match = /^\s*(`{3,}|~{3,})\s*(\w*)/.exec(line);
    if (open && match?.[1]?.startsWith(fence) && match[2] === "") {
      blocks.push(open);
      open = undefined;
    } else if (open) {
      open.code += `${line}\n`;
    } else if (match) {
      fence = match[1] as string;
      open = { file, line: firstLine + index, language: match[2] as string, code: "" };
    }
  });
  return blocks;
}

/** The text without its fenced blocks, line by line. */
export function proseLines(text: string): string[] {
  let inside = false;
  return text.split("\n").map((line) => {
    const fence = /^\s*(?:`{3,}|~{3,})/.test(line);
    if (fence) inside = !inside;
    return fence || inside ? "" : line;
  });
}

/** The anchors that headings make, as code hosts make them. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const line of proseLines(text)) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const base = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-");
    let anchor = base;
    for (let again = 1; anchors.has(anchor); again++) anchor = `${base}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** `ts` blocks of the docs, and of every `@example` in the source. */
export function typeScriptExamples(): Block[] {
  const fromDocs = markdownFiles().flatMap((file) => fencedBlocks(file, readProjectFile(file)));
  const fromSource = projectFiles()
    .filter((path) => path.startsWith("src/") && path.endsWith(".ts"))
    .flatMap((file) => {
      const text = readProjectFile(file);
      return Array.from(text.matchAll(/\/\*\*[\s\S]*?\*\//g)).flatMap((comment) => {
        const firstLine = text.slice(0, comment.index).split("\n").length;
        return fencedBlocks(file, comment[0].replace(/^[ \t]*\* ?/gm, ""), firstLine);
      });
    });
  return [...fromDocs, ...fromSource].filter(({ language }) => language === "ts" || language === "typescript");
}
