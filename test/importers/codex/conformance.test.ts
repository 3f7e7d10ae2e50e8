import { codexImporter } from "../../../src/importers/sources/codex/codex-importer.ts";
import { PROMPT_TEXT, testImporter } from "../conformance.ts";
import { sessionMeta, tokenCount, turnContext } from "./lines.ts";

testImporter({
  importer: codexImporter,
  fileName: ".codex/sessions/2026/05/01/rollout-2026-05-01T12-00-00-0196fb2c-0000-7000-8000-000000000001.jsonl",
  write: (calls) => {
    const text = [sessionMeta({ instructions: PROMPT_TEXT }), turnContext()];
    for (let call = 1; call <= calls; call++) {
      const said = {
        type: "response_item",
        payload: { type: "message", content: [{ type: "output_text", text: `${PROMPT_TEXT} ${"and so on ".repeat(40)}` }] },
      };
      text.push(JSON.stringify(said), tokenCount({ total: [1000 * call, 600 * call, 50 * call], last: [1000, 600, 50] }));
    }
    return text.map((line) => `${line}\n`).join("");
  },
  tokens: (calls) => ({ input: 1000 * calls, output: 50 * calls }),
});
