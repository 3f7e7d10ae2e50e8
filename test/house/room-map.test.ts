import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "./repository.ts";

interface Rule {
  name: string;
  comment?: string;
}
const law = createRequire(import.meta.url)(join(root, ".dependency-cruiser.cjs")) as { forbidden: Rule[] };

/** A small project that breaks every rule of the map once: file → what it imports. */
const CRIMES: Readonly<Record<string, readonly string[]>> = {
  "src/index.ts": ["./cli/index.ts"],
  "src/usage/index.ts": ["../pricing/index.ts"],
  "src/usage/a.ts": ["./b.ts", "node:fs"],
  "src/usage/b.ts": ["./a.ts"],
  "src/pricing/index.ts": ["../ledger/index.ts"],
  "src/analysis/index.ts": ["../usage/index.ts"],
  "src/budget/index.ts": ["../pricing/index.ts"],
  "src/ledger/index.ts": ["../importers/index.ts"],
  "src/ledger/ledger.ts": ["./index.ts", "../index.ts"],
  "src/ledger/stores/sqlite/store.ts": ["../../ledger.ts"],
  "src/importers/index.ts": ["../ledger/index.ts", "../usage/a.ts"],
  "src/providers/index.ts": ["../pricing/index.ts"],
  "src/server/index.ts": ["../importers/index.ts"],
  "src/integrations/openai.ts": ["../ledger/index.ts", "prom-client"],
  "src/config/index.ts": ["../cli/index.ts", "vitest"],
  "src/insights/index.ts": ["../config/index.ts", "pg"],
  "src/cli/index.ts": ["../testing/index.ts", "undici"],
  "src/testing/index.ts": ["../cli/index.ts"],
  "src/unmapped/index.ts": ["../usage/index.ts", "../../web/src/main.ts"],
  "web/src/main.ts": [],
  "web/src/format/a.ts": ["../api/a.ts"],
  "web/src/api/a.ts": ["../parts/a.ts"],
  "web/src/parts/a.ts": ["../question/a.ts"],
  "web/src/question/a.ts": ["../charts/a.ts"],
  "web/src/charts/a.ts": ["../question/a.ts"],
  "web/src/views/why/a.ts": ["../live/a.ts", "../../app/a.ts"],
  "web/src/views/live/a.ts": ["../../../../src/usage/index.ts"],
  "web/src/app/a.ts": ["../charts/a.ts"],
};

const folder = mkdtempSync(join(tmpdir(), "tokenledger-rooms-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function brokenRules(files: Readonly<Record<string, readonly string[]>>): Promise<Set<string>> {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", devDependencies: { vitest: "*" } }));
  for (const path of ["node_modules/vitest/index.js", ...Object.keys(files)]) mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, "node_modules/vitest/package.json"), JSON.stringify({ name: "vitest", version: "0.0.0", main: "index.js" }));
  writeFileSync(join(folder, "node_modules/vitest/index.js"), "");
  for (const [path, imports] of Object.entries(files)) {
    writeFileSync(
      join(folder, path),
      imports.map((from, index) => `import * as x${index} from ${JSON.stringify(from)};\nexport { x${index} };\n`).join(""),
    );
  }
  const { output } = await cruise(["src", "web/src"], {
    baseDir: folder,
    ruleSet: { forbidden: law.forbidden as never },
    validate: true,
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
  });
  return new Set((output as ICruiseResult).summary.violations.map(({ rule }) => rule.name));
}

describe("the room map", () => {
  test("every rule catches a violation of itself", async () => {
    const caught = await brokenRules(CRIMES);
    expect(law.forbidden.map(({ name }) => name).filter((name) => !caught.has(name))).toEqual([]);
  });

  test("every rule says its reason", () => {
    expect(law.forbidden.filter(({ comment }) => !comment || comment.length < 30).map(({ name }) => name)).toEqual([]);
  });

  test("every room of src is on the map, and the map names no room that is not there", () => {
    const rooms = readdirSync(join(root, "src"), { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && readdirSync(join(root, "src", entry.name)).length > 0,
    );
    const mapped = law.forbidden.map(({ name }) => name).filter((name) => name.startsWith("room-"));
    expect(mapped.sort()).toEqual(rooms.map(({ name }) => `room-${name}`).sort());
  });
});
