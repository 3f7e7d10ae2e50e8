import { claudeCodeImporter } from "../../../src/importers/sources/claude-code/claude-code-importer.ts";
import { PROMPT_TEXT, testImporter } from "../conformance.ts";
import { assistantLine } from "./lines.ts";

testImporter({
  importer: claudeCodeImporter,
  fileName: ".claude/projects/-home-dev-work-app/s-1.jsonl",
  write: (calls) =>
    Array.from({ length: calls }, (_, call) => {
      const said = JSON.stringify({
        type: "user",
        message: { role: "user", content: `${PROMPT_TEXT} ${"and so on ".repeat(40)}` },
        uuid: `u-${call}`,
      });
      return `${said}\n${assistantLine({ id: `msg_${call}`, time: `2026-05-01T12:00:${String(call).padStart(2, "0")}.000Z` })}\n`;
    }).join(""),
  tokens: (calls) => ({ input: 1110 * calls, output: 50 * calls }),
});
