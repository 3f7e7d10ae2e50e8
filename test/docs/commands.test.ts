import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../house/repository.ts";
import { fencedBlocks, markdownFiles, readProjectFile } from "./markdown.ts";

const SHELLS = ["sh", "bash", "console", "shell", "zsh"];

function help(command: string): string {
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, "dist/cli/main.js"), ...command.split(" ").filter(Boolean), "--help"],
    {
      encoding: "utf8",
      env: { PATH: process.env.PATH, HOME: "/nonexistent", NO_COLOR: "1", COLUMNS: "500" },
    },
  );
  return status === 0 ? stdout : "";
}

const helps = new Map<string, string>();
function helpOf(command: string): string {
  if (!helps.has(command)) helps.set(command, help(command));
  return helps.get(command) ?? "";
}

/** The commands that a help text lists. */
function commandsIn(text: string): string[] {
  const list = text.split(/^Commands:\n/m)[1]?.split(/^\S/m)[0] ?? "";
  return Array.from(list.matchAll(/^ {2}(\S+)/gm), ([, name = ""]) => name.split("|")[0] as string).filter((name) => name !== "help");
}

interface Shown {
  place: string;
  words: string[];
}

/** Every call of tokenledger that a page shows in a block of commands. Pipes and comments end it. */
function shownCalls(): Shown[] {
  return markdownFiles().flatMap((file) =>
    fencedBlocks(file, readProjectFile(file))
      .filter(({ language }) => SHELLS.includes(language))
      .flatMap(({ code, line }) =>
        code
          .replaceAll("\\\n", " ")
          .split("\n")
          .flatMap((text, index) => {
            const call = /^\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(?:npx )?tokenledger\b(.*)$/.exec(text)?.[1];
            if (call === undefined) return [];
            const words = (call.split(/\s(?:[|>#]|&&)/)[0] ?? "").match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
            return [{ place: `${file}:${line + index + 1}`, words }];
          }),
      ),
  );
}

describe("commands in the docs", () => {
  const commands = commandsIn(helpOf(""));

  test("the command lists its commands", () => {
    expect(commands).toEqual(expect.arrayContaining(["import", "report", "costs", "pricing", "verify", "doctor"]));
  });

  test("every command has its page, and every page its command", () => {
    expect(commands.filter((name) => !existsSync(join(root, "docs/commands", `${name}.md`)))).toEqual([]);
    const pages = markdownFiles().flatMap((path) => /^docs\/commands\/([\w-]+)\.md$/.exec(path)?.[1] ?? []);
    expect(pages.filter((name) => name !== "README" && !commands.includes(name))).toEqual([]);
  });

  test("every call that a page shows exists, with every option it uses", () => {
    const wrong = shownCalls().flatMap(({ place, words }) => {
      let command = "";
      for (const word of words) {
        if (word.startsWith("-") || !commandsIn(helpOf(command)).includes(word)) break;
        command = `${command} ${word}`.trim();
      }
      const text = helpOf(command);
      const first = words.find((word) => !word.startsWith("-"));
      const unknown = command === "" && first !== undefined && words[0] === first ? [first] : [];
      const options = words.filter((word) => /^--[a-z]/.test(word)).map((word) => word.split("=")[0] as string);
      return [...unknown, ...options.filter((option) => !new RegExp(`(?:^|[\\s,])${option}\\b(?!-)`, "m").test(text))].map(
        (word) => `${place}: ${word}`,
      );
    });
    expect(wrong).toEqual([]);
  });

  test("every source that can be imported has its page, and every page its source", async () => {
    const { importSources } = await import("../../src/importers/index.ts");
    expect(importSources.filter((source) => !existsSync(join(root, "docs/sources", `${source}.md`)))).toEqual([]);
    const pages = markdownFiles().flatMap((path) => /^docs\/sources\/([\w-]+)\.md$/.exec(path)?.[1] ?? []);
    expect(pages.filter((name) => name !== "README" && !importSources.includes(name))).toEqual([]);
  });
});
