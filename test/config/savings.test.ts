import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AppliedRule, loadConfig, savingsPath } from "../../src/config/index.ts";
import { addSavings, loadSavings, removeSavings } from "../../src/config/savings-file.ts";
import { CACHE_POLICIES, SAVING_KINDS } from "../../src/config/savings-rules.ts";
import { KINDS } from "../../src/insights/optimize/candidate.ts";
import { inFolder } from "./load-text.ts";

const NAME = "tokenledger.savings.yaml";

const route: AppliedRule = {
  id: "model-downgrade-1a2b3c4d",
  kind: "model-downgrade",
  from: "claude-opus-4-1",
  to: "claude-haiku-4-5",
  appliedAtMs: Date.parse("2026-05-01T12:00:00Z"),
  scopes: [{ team: "research", project: "storefront" }, { team: "engineering" }],
  action: {
    type: "route",
    from: { provider: "anthropic", model: "claude-opus-4-1" },
    to: { provider: "anthropic", model: "claude-haiku-4-5" },
    keptShare: 0.05,
  },
  expectedSavingNanoUsd: 12_500_000_000,
};

const cache: AppliedRule = {
  id: "enable-caching-00000001",
  kind: "enable-caching",
  from: "claude-sonnet-4-5",
  to: "second-sight-5m",
  appliedAtMs: Date.parse("2026-05-02T12:00:00Z"),
  scopes: [{}],
  action: { type: "cache", provider: "anthropic", model: "claude-sonnet-4-5", policy: "second-sight-5m" },
};

const byHand: AppliedRule = {
  id: "batch-requests-00000002",
  kind: "batch-requests",
  from: "gpt-4o",
  to: "gpt-4o by the batch API",
  appliedAtMs: Date.parse("2026-05-03T12:00:00Z"),
  scopes: [{ key: "nightly: report" }],
  action: { type: "by_hand", advice: "Send them through the batch API: they wait up to 24 hours." },
};

const has =
  (...ids: string[]) =>
  ({ id }: AppliedRule) =>
    ids.includes(id);

test("the kinds and policies that a file may name are those that recommendations have", () => {
  expect([...SAVING_KINDS]).toEqual([...KINDS]);
  expect(CACHE_POLICIES).toHaveLength(6);
});

describe("what was applied", () => {
  test("is written where people can read it", async () => {
    await inFolder({}, async (folder) => {
      await addSavings(join(folder, NAME), [route, cache]);
      expect(readFileSync(join(folder, NAME), "utf8")).toBe(
        `# Savings in force: \`tokenledger optimize --apply\` writes them here, \`tokenledger optimize --revert ID\` takes them out again.
# The gateway obeys each route and cache; what stands here by hand is for people. \`tokenledger optimize --verify\` tells what came of it.
savings:
  - id: model-downgrade-1a2b3c4d
    kind: model-downgrade
    from: claude-opus-4-1
    to: claude-haiku-4-5
    applied_at: "2026-05-01T12:00:00.000Z"
    scopes:
      - { team: research, project: storefront }
      - { team: engineering }
    route:
      from: { provider: anthropic, model: claude-opus-4-1 }
      to: { provider: anthropic, model: claude-haiku-4-5 }
      kept_share: 0.05
    expected_saving_usd: "12.5" # in a month of 730 hours
  - id: enable-caching-00000001
    kind: enable-caching
    from: claude-sonnet-4-5
    to: second-sight-5m
    applied_at: "2026-05-02T12:00:00.000Z"
    cache: { provider: anthropic, model: claude-sonnet-4-5, policy: second-sight-5m }
`,
      );
    });
  });

  test("is loaded with the configuration beside which it lies, and without any", async () => {
    const read = (workingDirectory: string, file?: string) =>
      loadConfig({ workingDirectory, variables: {}, homeDirectory: undefined, platform: "linux", ...(file && { file }) });
    await inFolder({ "elsewhere/tokenledger.yaml": "timezone: UTC\n" }, async (folder) => {
      expect((await read(folder)).config.savings).toBeUndefined();
      await addSavings(savingsPath(await read(folder), folder), [route]);
      expect((await read(folder)).config.savings).toEqual([route]);
      const loaded = await read(folder, "elsewhere/tokenledger.yaml");
      expect(loaded.config.savings).toBeUndefined();
      await addSavings(savingsPath(loaded, folder), [cache]);
      expect((await read(folder, "elsewhere/tokenledger.yaml")).config.savings).toEqual([cache]);
    });
  });

  test("is in force once: a second time is refused and changes nothing", async () => {
    await inFolder({}, async (folder) => {
      const path = join(folder, NAME);
      await addSavings(path, [route]);
      const before = readFileSync(path, "utf8");
      await expect(addSavings(path, [cache, route])).rejects.toThrow(/^model-downgrade-1a2b3c4d is in force already; take it back first/);
      expect(readFileSync(path, "utf8")).toBe(before);
    });
  });

  test("is looked at beside what others have put there meanwhile: whoever finds it taken changes nothing", async () => {
    await inFolder({}, async (folder) => {
      const path = join(folder, NAME);
      await addSavings(path, [route]);
      const before = readFileSync(path, "utf8");
      const seen: unknown[] = [];
      const taken = (inForce: readonly AppliedRule[]): never => {
        seen.push(inForce);
        throw Object.assign(new Error("Another one is about these calls."), { code: "conflict" });
      };
      await expect(addSavings(path, [cache], taken)).rejects.toThrow(/^Another one is about these calls\.$/);
      expect(seen).toEqual([[route]]);
      expect(readFileSync(path, "utf8")).toBe(before);
      expect(readdirSync(folder)).toEqual([NAME]);
    });
  });

  test("counts in the order of time, whatever the order of lines", async () => {
    await inFolder({}, async (folder) => {
      const path = join(folder, NAME);
      for (const rule of [byHand, cache, route]) await addSavings(path, [rule]);
      expect(await loadSavings(path)).toEqual([route, cache, byHand]);
    });
  });
});

describe("what was applied and taken back leaves the folder byte for byte as it was", () => {
  const contents = (folder: string): Record<string, string> =>
    Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]));

  test.each([
    ["there was no file", undefined],
    [
      "people commented",
      "# ours\nsavings: # by Ada\n\n    # the first\n    - id: x-1\n      kind: trim-prompt\n      from: a\n      to: b\n      applied_at: 2026-05-01\n      by_hand: |\n        cut it\n\n        down\n    # the end",
    ],
    [
      "it came from Windows",
      "savings:\r\n  - id: x-1\r\n    kind: trim-prompt\r\n    from: a\r\n    to: b\r\n    applied_at: 2026-05-01\r\n    by_hand: cut\r\n",
    ],
    [
      "its list is not indented",
      "savings:\n- id: x-1\n  kind: trim-prompt\n  from: a\n  to: b\n  applied_at: 2026-05-01\n  by_hand: cut\n- id: x-2\n  kind: trim-prompt\n  from: a\n  to: b\n  applied_at: 2026-05-01\n  by_hand: cut",
    ],
  ])("where %s", async (_where, text) => {
    await inFolder({ "tokenledger.yaml": "timezone: UTC\n", ...(text !== undefined && { [NAME]: text }) }, async (folder) => {
      const before = contents(folder);
      const path = join(folder, NAME);
      await addSavings(path, [route]);
      await addSavings(path, [cache, byHand]);
      expect((await loadSavings(path)).length).toBe((text?.match(/- id/g)?.length ?? 0) + 3);
      expect(await removeSavings(path, has(cache.id))).toEqual([cache]);
      expect(await removeSavings(path, has(route.id, byHand.id))).toEqual([route, byHand]);
      expect(contents(folder)).toEqual(before);
      expect(await removeSavings(path, has("unknown"))).toEqual([]);
      expect(contents(folder)).toEqual(before);
    });
  });

  test("whatever the names are", async () => {
    const name = fc.oneof(
      fc.string({ minLength: 1, unit: "grapheme" }),
      fc.constantFrom("true", "~", "012", "${HOME}", "$$", "a: b", "- x", "#", "é", "null", "1e3", "\u2028"),
    );
    const told = name.filter((text) => text.trim() !== "").map((text) => text.trim().normalize("NFC"));
    const rule = fc
      .record({ from: told, to: told, team: name, key: name, advice: told, model: told, kept: fc.integer({ min: 0, max: 90 }) })
      .map(({ from, to, team, key, advice, model, kept }, index = 0): AppliedRule => {
        const action: AppliedRule["action"] =
          kept % 2
            ? { type: "by_hand", advice }
            : { type: "route", from: { provider: "a", model }, to: { provider: "b", model }, keptShare: kept / 100 };
        const scopes = [{ team: team.normalize("NFC") }, { key: key.normalize("NFC") }];
        return { id: `x-${index}`, kind: "trim-prompt", from, to, appliedAtMs: 0, scopes, action };
      });
    await inFolder({}, async (folder) => {
      const path = join(folder, NAME);
      await fc.assert(
        fc.asyncProperty(fc.array(rule, { minLength: 1, maxLength: 4 }), async (drawn) => {
          const rules = drawn.map((one, index) => ({ ...one, id: `x-${index}` }));
          await addSavings(path, rules);
          expect(await loadSavings(path)).toEqual(rules);
          for (const { id } of rules) await removeSavings(path, has(id));
          expect(existsSync(path)).toBe(false);
        }),
        { numRuns: 50 },
      );
    });
  });

  test("a link to the file stays a link, its target keeps its mode", async () => {
    await inFolder({ "store/there.yaml": "savings:\n" }, async (folder) => {
      chmodSync(join(folder, "store/there.yaml"), 0o640);
      symlinkSync("store/there.yaml", join(folder, NAME));
      await addSavings(join(folder, NAME), [route]);
      expect(await loadSavings(join(folder, "store/there.yaml"))).toEqual([route]);
      expect(statSync(join(folder, "store/there.yaml")).mode & 0o777).toBe(0o640);
      expect(readdirSync(join(folder, "store"))).toEqual(["there.yaml"]);
    });
  });
});

describe("a file that can't be used is refused with line and column, and stays as it is", () => {
  const entry = "  - id: x-1\n    kind: trim-prompt\n    from: a\n    to: b\n    applied_at: 2026-05-01\n";
  test.each([
    ["an unknown key", "saving: []\n", /:1:1: saving is not a known key\. Did you mean savings\?/],
    ["a single value", "savings: yes\n", /:1:10: savings is a single value; a list is needed\./],
    ["no action", `savings:\n${entry}`, /:2:5: savings\[0\] must say one thing to do: route, cache or by_hand\./],
    ["two actions", `savings:\n${entry}    by_hand: x\n    cache: {}\n`, /must say one thing to do/],
    ["an unknown kind", `savings:\n${entry.replace("trim-prompt", "trim-promt")}    by_hand: x\n`, /did you mean trim-prompt/],
    [
      "a share above nine tenths",
      `savings:\n${entry}    route: { from: { provider: a, model: b }, to: { provider: a, model: c }, kept_share: 1 }\n`,
      /:7:\d+: savings\[0\]\.route\.kept_share is "1"/,
    ],
    [
      "a route to where it comes from",
      `savings:\n${entry}    route: { from: { provider: a, model: b }, to: { provider: a, model: b } }\n`,
      /route\.to is the model that the calls come from/,
    ],
    [
      "the same id twice",
      `savings:\n${entry}    by_hand: x\n${entry}    by_hand: x\n`,
      /:8:5: savings\[1\] has the same id as the rule on line 2/,
    ],
    ["no scope", `savings:\n${entry}    by_hand: x\n    scopes: []\n`, /scopes is an empty list/],
    ["a negative saving", `savings:\n${entry}    by_hand: x\n    expected_saving_usd: -1\n`, /can't be negative/],
  ])("%s", async (_what, text, message) => {
    await inFolder({ [NAME]: text }, async (folder) => {
      const path = join(folder, NAME);
      await expect(loadSavings(path)).rejects.toThrow(message);
      await expect(addSavings(path, [route])).rejects.toThrow(message);
      await expect(removeSavings(path, () => true)).rejects.toThrow(message);
      expect(readFileSync(path, "utf8")).toBe(text);
      expect(readdirSync(folder)).toEqual([NAME]);
    });
  });

  test("a list in one line, to which no lines can be added", async () => {
    const text = "savings: [{ id: x-1, kind: trim-prompt, from: a, to: b, applied_at: 2026-05-01, by_hand: cut }]\n";
    await inFolder({ [NAME]: text }, async (folder) => {
      await expect(addSavings(join(folder, NAME), [route])).rejects.toThrow(/write `savings:` as a list/);
      await expect(removeSavings(join(folder, NAME), () => true)).rejects.toThrow(/write `savings:` as a list/);
      expect(readFileSync(join(folder, NAME), "utf8")).toBe(text);
    });
  });

  test("a folder that is not there", async () => {
    await inFolder({}, async (folder) => {
      await expect(addSavings(join(folder, "missing", NAME), [route])).rejects.toThrow(/can't be written: its folder does not exist\./);
    });
  });
});

describe("with processes that are killed at any moment", () => {
  const program = join(dirname(fileURLToPath(import.meta.url)), "programs", "saver.mjs");
  const start = (
    path: string,
    id: string,
    rounds: number | "" = "",
  ): { child: ChildProcess; begun: Promise<void>; ended: Promise<string> } => {
    const child = spawn(process.execPath, [program, path, id, ...(rounds === "" ? [] : [String(rounds)])], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let told = "";
    const begun = new Promise<void>((resolve) =>
      child.stdout?.on("data", (chunk) => {
        told += chunk;
        resolve();
      }),
    );
    child.stderr?.on("data", (chunk) => {
      told += chunk;
    });
    const ended = new Promise<string>((resolve) => child.on("close", () => resolve(told)));
    return { child, begun, ended };
  };

  test("the file is there whole or not at all, and the next one takes it from there", async () => {
    await inFolder({ "tokenledger.yaml": "timezone: UTC\n" }, async (folder) => {
      const path = join(folder, NAME);
      let found = 0;
      for (let round = 0; round < 12; round++) {
        const { child, begun, ended } = start(path, "model-downgrade-1");
        await begun;
        await new Promise((resolve) => setTimeout(resolve, 3 + 7 * round));
        child.kill("SIGKILL");
        await ended;
        const rules = await loadSavings(path);
        expect(rules.map(({ id }) => id)).toEqual(rules.length === 0 ? [] : ["model-downgrade-1"]);
        expect(existsSync(path)).toBe(rules.length > 0);
        found += rules.length;
      }
      await addSavings(path, [cache]);
      await removeSavings(path, () => true);
      expect(readdirSync(folder)).toEqual(["tokenledger.yaml"]);
      expect(found).toBeLessThan(13);
    });
  }, 60_000);

  test("of two that write at once neither loses what the other wrote", async () => {
    await inFolder({}, async (folder) => {
      const path = join(folder, NAME);
      await addSavings(path, [route]);
      const text = readFileSync(path, "utf8");
      const both = [start(path, "trim-prompt-1", 40), start(path, "trim-prompt-2", 40), start(path, "trim-prompt-3", 40)];
      const told = await Promise.all(both.map(({ ended }) => ended));
      expect(told).toEqual(both.map(() => "begun\ndone\n"));
      expect(readFileSync(path, "utf8")).toBe(text);
      expect(readdirSync(folder)).toEqual([NAME]);
    });
  }, 60_000);

  test("a note of a process that is gone, even half written, keeps nobody out for long", async () => {
    await inFolder({}, async (folder) => {
      const path = join(folder, NAME);
      mkdirSync(join(folder, "x"));
      writeFileSync(join(folder, `.${NAME}.lock`), JSON.stringify({ pid: 2 ** 30, host: hostname(), nonce: "x" }));
      writeFileSync(join(folder, `.${NAME}.${2 ** 30}.draft`), "savings:\n  - id");
      await addSavings(path, [route]);
      expect(await loadSavings(path)).toEqual([route]);
      expect(readdirSync(folder)).toEqual([NAME, "x"]);
    });
  });

  test("the note of one who waits at another machine stays: its process has no number here", async () => {
    await inFolder({}, async (folder) => {
      const path = join(folder, NAME);
      const waiting = (host: string): string => {
        const name = `.${NAME}.lock.${host.replaceAll(/\W/g, "_")}.${2 ** 30}.1-0`;
        // Killed before it was written.
        writeFileSync(join(folder, name), "");
        return name;
      };
      const elsewhere = waiting(`not-${hostname()}`);
      waiting(hostname());
      await addSavings(path, [route]);
      expect(readdirSync(folder)).toEqual([elsewhere, NAME]);
    });
  });
});
