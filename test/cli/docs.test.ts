/** The pages say what the command says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/catalogue.ts";
import type { Command } from "../../src/cli/command-line.ts";
import { helpText } from "../../src/cli/help.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { SCHEMA_NAMES } from "../../src/cli/schemas/catalogue.ts";
import { root } from "../house/repository.ts";

const page = (name: string): string => readFileSync(join(root, "docs", name), "utf8");
const program = await buildProgram(COMMANDS.map(({ name }) => name));

function described(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(described);
}

describe("docs/commands", () => {
  it("the overview has the program's help and a line for every command", () => {
    const overview = page("commands/README.md");
    expect(overview).toContain(`\`\`\`text\n${helpText(program).trimEnd()}\n\`\`\``);
    for (const { name } of COMMANDS) expect(overview).toContain(`[${name}](${name}.md)`);
  });

  it.each(program.commands.flatMap((command) => described(command).map((leaf) => [command.name, leaf] as const)))(
    "docs/commands/%s.md has the help as --help prints it",
    (name, command) => {
      expect(page(`commands/${name}.md`)).toContain(`\`\`\`text\n${helpText(command).trimEnd()}\n\`\`\``);
    },
  );

  it("docs/json.md has a line for every schema", () => {
    const rows = [...page("json.md").matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
    expect(rows).toEqual([...SCHEMA_NAMES]);
  });
});
