import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PERIODS, SCOPE_KEYS } from "../../src/budget/index.ts";
import { loadSavings } from "../../src/config/savings-file.ts";
import { readProjectFile } from "../docs/markdown.ts";
import { root } from "../house/repository.ts";
import { inFolder, load, refusal } from "./load-text.ts";

const page = readProjectFile("docs/config.md");
const examples = Array.from(page.matchAll(/```yaml\n([\s\S]*?)```/g), (match) => match[1] as string);

describe("docs/config.md", () => {
  const variables = { ANTHROPIC_API_KEY: "sk-ant-0123456789" };

  test("its examples of a configuration load as they stand", async () => {
    const loading = examples.filter((text) => text.includes("budgets:")).map((text) => text.replace(/^pricing: .*$/m, ""));
    expect(loading).toHaveLength(2);
    const [first, second] = await Promise.all(loading.map((text) => load(text, variables)));
    expect(first?.config.budgets.map(({ name }) => name)).toEqual(["engineering-monthly"]);
    expect(second?.config.budgets).toMatchObject([
      { scope: {}, hard: false, timeZone: "Europe/Berlin" },
      { hard: true, yearStart: { month: 4, day: 1 }, override: { untilMs: Date.parse("2026-06-30T22:00:00Z") } },
      { scope: { user: "*" }, windowMs: 604_800_000, tolerance: 0.1 },
      { scope: { project: "search", model: "claude-opus-4-5" }, maxTokens: 2_000_000, shadow: true },
      { weekStart: "sunday", timeZone: "America/New_York", switchTo: "anthropic", webhookSecret: "0123456789abcdef" },
    ]);
  });

  const KEYS = Object.fromEntries(["OPENAI", "ANTHROPIC", "AZURE", "GROQ"].map((name) => [`${name}_API_KEY`, "a-key"]));

  test("the gateway's pages and the keys have examples, and each loads as it stands", async () => {
    const pages = readdirSync(join(root, "docs/gateway")).map((name) => [name, readProjectFile(`docs/gateway/${name}`)] as const);
    const shown = [...pages, ["config.md", page] as const].flatMap(([name, text]) =>
      Array.from(text.matchAll(/```yaml\n([\s\S]*?)```/g), (match) => [name, match[1] as string] as const),
    );
    const sections = shown.filter(([name, text]) => name !== "savings.md" && (name !== "config.md" || text.includes("virtual_keys:")));
    expect(sections.length).toBeGreaterThanOrEqual(5);
    for (const [name, text] of sections) {
      const { warnings } = await load(text, KEYS);
      expect([name, warnings]).toEqual([name, []]);
    }
  });

  test.each(["docs/gateway/savings.md", "docs/commands/optimize.md"])("%s shows savings files that load as they stand", async (path) => {
    const shown = Array.from(readProjectFile(path).matchAll(/```yaml\n(savings:\n[\s\S]*?)```/g), (match) => match[1] as string);
    expect(shown.length).toBeGreaterThanOrEqual(1);
    for (const text of shown)
      await inFolder({ "savings.yaml": text }, async (folder) => {
        expect((await loadSavings(join(folder, "savings.yaml"))).length).toBeGreaterThanOrEqual(1);
      });
  });

  test("it has a line for every key of a provider, of the server and of a virtual key, and for no other", async () => {
    const acceptedIn = async (section: string): Promise<string[]> =>
      /Accepted here: (.*)\.$/.exec(await refusal(section))?.[1]?.split(", ") ?? [];
    const told = Array.from(page.matchAll(/^\| (`[^|]*) \|/gm), (row) =>
      Array.from((row[1] as string).matchAll(/`([^`]+)`/g), (key) => key[1] as string),
    ).flat();
    const of = (prefix: string): string[] => told.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    const providers = await acceptedIn("providers: { openai: { zzz: 1 } }");
    expect([...of("providers.NAME."), "organization"].sort()).toEqual(providers.sort());
    const server = await acceptedIn("server: { zzz: 1 }");
    expect([...of("server."), "port", "auth"].sort()).toEqual(server.sort());
    const keys = await acceptedIn("virtual_keys:\n  - { zzz: 1 }");
    const table = /\n## Virtual keys\n[\s\S]*?\n## /.exec(page)?.[0] ?? "";
    const inTable = Array.from(table.matchAll(/^\| (`[^|]*) \|/gm), (row) =>
      Array.from((row[1] as string).matchAll(/`([^`]+)`/g), (key) => key[1]),
    ).flat();
    expect(inTable.sort()).toEqual(keys.sort());
  });

  test("its table has a line for every key of a budget, and no other", async () => {
    const sentence = await refusal("budgets:\n  - { zzz: 1 }\n");
    const accepted = /Accepted here: (.*)\.$/.exec(sentence)?.[1]?.split(", ") ?? [];
    const table = /All budgets that count[\s\S]*?\n## /.exec(page)?.[0] ?? "";
    const told = Array.from(table.matchAll(/^\| (`[^|]*) \|/gm), (row) =>
      Array.from((row[1] as string).matchAll(/`([^`]+)`/g), (key) => key[1]),
    ).flat();
    // `scope` and `switch_to` are told of within other lines.
    expect(accepted).toContain("year_start");
    expect(told.sort()).toEqual(accepted.filter((key) => !["scope", "switch_to"].includes(key)).sort());
    for (const word of [...PERIODS, ...SCOPE_KEYS, "scope:", "switch_to: PROVIDER"]) expect(table).toContain(`\`${word}\``);
  });
});
