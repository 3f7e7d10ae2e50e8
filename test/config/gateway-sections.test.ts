import { describe, expect, test } from "vitest";
import { keyRulesFromWords } from "../../src/config/key-words.ts";
import { load, refusal } from "./load-text.ts";

const KEY = "key-for-tests-0123456789";
const oneKey = (fields: string): string => `virtual_keys:\n  - { name: ci, key: ${KEY}${fields && `, ${fields}`} }\n`;
const firstKey = async (fields: string) => (await load(oneKey(fields))).config.virtualKeys[0];

describe("bad-input B, providers", () => {
  test("a name that is nearly a known one is taken for a slip", async () => {
    expect(await refusal("providers:\n  opnai: { api_key: k }\n")).toMatch(
      /needs api, .*: openai, anthropic, gemini\. Or did you mean openai\?$/,
    );
    expect(await refusal("providers:\n  our-own-house: {}\n")).toMatch(/needs api, .*: openai, anthropic, gemini\.$/);
  });

  test("what happens when a provider fails is read in its units, and absent where it is not told", async () => {
    const { config } = await load(
      "providers:\n  groq: { retries: 2, timeout: 90s, idle_timeout: 30s, fallback: openai, models: [llama-*] }\n  openai: {}\n",
    );
    expect(config.providers.get("groq")).toEqual({
      api: "openai",
      models: ["llama-*"],
      retries: 2,
      timeoutMs: 90_000,
      idleTimeoutMs: 30_000,
      fallback: "openai",
    });
    expect(config.providers.get("openai")).toEqual({ api: "openai" });
  });

  test.each([
    ["retries: -1", /retries is "-1"; a number of further attempts from 0 to 10 is needed/],
    ["retries: 11", /from 0 to 10/],
    ["retries: 1.5", /retries is "1.5"/],
    ["timeout: 30", /timeout is "30"; give a whole number of s, m, h or d from 1s to 1h, such as 30s or 10m/],
    ["timeout: 0s", /timeout is "0s"/],
    ["timeout: 2h", /from 1s to 1h/],
    ["idle_timeout: 500ms", /idle_timeout is "500ms"/],
    ["retrys: 1", /providers\.openai\.retrys is not a known key\. Did you mean retries\?/],
    ["fallback: groq", /fallback is "groq", which is no provider of this file; configured: openai, anthropic\./],
    ["fallback: anthropic", /which speaks anthropic; calls in the format openai can't move there/],
    ["fallback: openai", /fallbacks lead back; they can't lead in a circle/],
  ])("%s is refused", async (field, message) => {
    expect(await refusal(`providers:\n  openai: { ${field} }\n  anthropic: {}\n`)).toMatch(message);
  });

  test("a circle of fallbacks is refused however long it is", async () => {
    const circle = "providers:\n  openai: { fallback: groq }\n  groq: { fallback: xai }\n  xai: { fallback: openai }\n";
    expect(await refusal(circle)).toMatch(
      /^tokenledger\.yaml:2:\d+: providers\.openai\.fallback is "groq", from where fallbacks lead back/,
    );
  });
});

describe("bad-input B, server", () => {
  test("limits are read, and absent where they are not told", async () => {
    const { config } = await load("server: { max_body_bytes: 1048576, max_connections: 50 }\n");
    expect(config.server).toEqual({ host: "127.0.0.1", port: 4180, auth: "loopback", maxBodyBytes: 1_048_576, maxConnections: 50 });
    expect((await load("server: { prompt_hashes: false }\n")).config.server).toMatchObject({ promptHashes: false });
    expect((await load("server: { port: 0 }\n")).config.server).toEqual({ host: "127.0.0.1", port: 0, auth: "loopback" });
  });

  test.each([
    ["max_body_bytes: 1023", /a number of bytes from 1024 to 1073741824 is needed/],
    ["max_body_bytes: 32MB", /max_body_bytes is "32MB"/],
    ["max_connections: 0", /a number of connections from 1 to 1000000 is needed/],
    ["port: 65536", /a port number from 0 to 65535 is needed/],
    ["auth: none", /auth is "none"; accepted: loopback, always\./],
    ["max_bodybytes: 5", /Did you mean max_body_bytes\?/],
  ])("%s is refused", async (field, message) => {
    expect(await refusal(`server: { ${field} }\n`)).toMatch(message);
  });
});

describe("bad-input B, virtual keys", () => {
  test("whose calls they are, what they may do, and when they end", async () => {
    const rules = "role: member, org: acme, team: core, user: ada, project: search, models: [gpt-*, claude-opus-4-5]";
    const limits = "requests_per_minute: 60, tokens_per_minute: 90000, max_concurrent_calls: 4, max_output_tokens: 4096, max_choices: 2";
    expect(await firstKey(`${rules}, ${limits}, expires: 2027-01-01`)).toEqual({
      ...{ name: "ci", key: KEY, role: "member", org: "acme", team: "core", user: "ada", project: "search" },
      models: ["gpt-*", "claude-opus-4-5"],
      ...{ requestsPerMinute: 60, tokensPerMinute: 90_000, maxConcurrentCalls: 4, maxOutputTokens: 4096, maxChoices: 2 },
      expiresMs: Date.parse("2027-01-01T00:00:00Z"),
    });
    expect(await firstKey("")).toEqual({ name: "ci", key: KEY });
  });

  test("a day ends a key with its beginning in the file's zone", async () => {
    const { config } = await load(`timezone: Europe/Berlin\n${oneKey("expires: 2027-01-01")}`);
    expect(config.virtualKeys[0]?.expiresMs).toBe(Date.parse("2026-12-31T23:00:00Z"));
  });

  test.each([
    ["role: owner", /role is "owner"; accepted: member, viewer, admin\./],
    ["requests_per_minute: 0", /requests per minute from 1 to/],
    ["max_output_tokens: 1.5", /max_output_tokens is "1.5"/],
    ["max_choices: many", /max_choices is "many"; a number of answers from 1/],
    ["max_concurrent: 3", /Did you mean max_concurrent_calls\?/],
    ["models: []", /models is an empty list; name at least one, or leave it out for all/],
    ["expires: soon", /expires is "soon"; give a day such as 2026-07-01/],
    ["expires: 2026-02-30", /expires is "2026-02-30"/],
  ])("%s is refused", async (field, message) => {
    expect(await refusal(oneKey(field))).toMatch(message);
  });

  test("security S7: no message shows a key, whatever is wrong with it", async () => {
    const keys = ["canary-too-short", `canary with spaces ${KEY}`, `canary-${"x".repeat(600)}`, `canary-${KEY}-é`];
    const sentences = await Promise.all(keys.map((key) => refusal(`virtual_keys:\n  - { name: ci, key: "${key}" }\n`)));
    expect(sentences.join("\n")).not.toContain("canary");
    expect(sentences).toEqual([
      expect.stringMatching(/has fewer than 20 characters; a key that short can be guessed/),
      expect.stringMatching(/holds a space or another character that no header takes/),
      expect.stringMatching(/has more than 512 characters/),
      expect.stringMatching(/holds a space or another character that no header takes/),
    ]);
  });

  test("two names can't share one key", async () => {
    const sentence = await refusal(`${oneKey("")}  - { name: other, key: ${KEY} }\n`);
    expect(sentence).toMatch(
      /^tokenledger\.yaml:3:\d+: virtual_keys\[1\]\.key is the same as on line 2; each name needs a key of its own\.$/,
    );
    expect(sentence).not.toContain(KEY);
  });

  test("rules that are typed are held to the same sentences, under the names they were typed by", () => {
    const options = { nameOf: (word: string) => `--${word.replaceAll("_", "-")}`, timeZone: "UTC" };
    expect(keyRulesFromWords({ team: "core", models: ["gpt-*"], max_choices: "2", expires: "2027-01-01" }, options)).toEqual({
      team: "core",
      models: ["gpt-*"],
      maxChoices: 2,
      expiresMs: Date.parse("2027-01-01T00:00:00Z"),
    });
    expect(() => keyRulesFromWords({ max_output_tokens: "0" }, options)).toThrow(
      /^--max-output-tokens is "0"; a number of tokens from 1 to 9007199254740991 is needed\.$/,
    );
  });
});
