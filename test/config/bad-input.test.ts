import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig, maskSecrets, maskUrl } from "../../src/config/index.ts";
import { parseUsd } from "../../src/money.ts";
import { inFolder, load, refusal } from "./load-text.ts";

/** A file with one budget, its fields changed. */
function budget(fields: Record<string, string>): string {
  const all = { name: "b", amount: "500", period: "monthly", ...fields };
  const lines = Object.entries(all).filter(([, value]) => value !== "");
  return `budgets:\n  - ${lines.map(([key, value]) => `${key}: ${value}`).join("\n    ")}\n`;
}

async function amountOf(written: string): Promise<bigint | undefined> {
  return (await load(budget({ amount: written }))).config.budgets[0]?.amountNanoUsd;
}

describe("bad-input B, the file", () => {
  const read = (cwd: string, file?: string) =>
    loadConfig({
      workingDirectory: cwd,
      variables: {},
      homeDirectory: undefined,
      platform: "linux",
      ...(file === undefined ? {} : { file }),
    });

  test("B37: a file that was named and is missing is an error; a default that is missing is none", async () => {
    await inFolder({}, async (cwd) => {
      await expect(read(cwd, "missing.yaml")).rejects.toThrow('The file "missing.yaml" does not exist.');
      expect(await read(cwd)).toEqual({ config: { providers: new Map(), budgets: [], virtualKeys: [], prices: [] }, warnings: [] });
    });
  });

  test.each([
    ["nothing", ""],
    ["a comment", "# later\n"],
    ["a document mark", "---\n"],
    ["empty sections", "database:\nproviders:\nrate_limits:\nbudgets:\nvirtual_keys:\npricing:\n"],
  ])("B38: a file of %s is an empty configuration", async (_name, content) => {
    const { config } = await load(content);
    expect([config.databaseUrl, config.providers.size, config.budgets, config.prices]).toEqual([undefined, 0, [], []]);
  });

  test("B39: a folder in place of the file", async () => {
    await inFolder({ "tokenledger.yaml/inside": "" }, async (cwd) => {
      await expect(read(cwd)).rejects.toThrow(/tokenledger\.yaml" is a folder/);
    });
  });

  test.skipIf(process.getuid?.() === 0)("B40: a file without read permission (root may read everything, so not as root)", async () => {
    await inFolder({ "tokenledger.yaml": "" }, async (cwd) => {
      chmodSync(join(cwd, "tokenledger.yaml"), 0);
      await expect(read(cwd)).rejects.toThrow(/permission denied/);
    });
  });

  test("B40: a link that leads in a circle, a folder that is a file", async () => {
    await inFolder({ file: "" }, async (cwd) => {
      symlinkSync("tokenledger.yaml", join(cwd, "tokenledger.yaml"));
      await expect(read(cwd, "tokenledger.yaml")).rejects.toThrow(/symbolic link that leads in a circle/);
      await expect(read(cwd, "file/tokenledger.yaml")).rejects.toThrow(/does not exist/);
    });
  });

  test.skipIf(process.platform === "win32")(
    "B40: a pipe is refused without waiting for a writer; /dev/null is an empty file, /dev/zero too large",
    async () => {
      await inFolder({}, async (cwd) => {
        expect(spawnSync("mkfifo", [join(cwd, "pipe.yaml")]).status).toBe(0);
        await expect(read(cwd, "pipe.yaml")).rejects.toThrow(/is not a file/);
        expect((await read(cwd, "/dev/null")).config.budgets).toEqual([]);
        await expect(read(cwd, "/dev/zero")).rejects.toThrow(/larger than 1 MiB/);
      });
    },
  );

  test("B41: a gigabyte or a million lines are refused before they are parsed", async () => {
    await inFolder({}, async (cwd) => {
      writeFileSync(join(cwd, "tokenledger.yaml"), "");
      const { truncateSync } = await import("node:fs");
      truncateSync(join(cwd, "tokenledger.yaml"), 2 ** 30);
      await expect(read(cwd)).rejects.toThrow(/larger than 1 MiB/);
    });
    expect(await refusal("# a line\n".repeat(1_000_000))).toMatch(/larger than 1 MiB/);
  });

  test("B42: a tab that indents is named as such, with its place", async () => {
    expect(await refusal("server:\n\tport: 1\n")).toMatch(/^tokenledger\.yaml:2:\d+: a tab can't indent YAML; use spaces\.$/);
  });

  test("B43: a key that stands twice is refused with both lines", async () => {
    expect(await refusal("timezone: UTC\nserver:\n  port: 1\n  host: a\n  port: 2\n")).toBe(
      'tokenledger.yaml:5:3: the key "port" stands twice, first on line 3; keep one of them.',
    );
    expect(await refusal("budgets: []\nbudgets: []\n")).toMatch(/^tokenledger\.yaml:2:1: .*line 1/);
    expect(await refusal('timezone: UTC\n"timezone": UTC\n')).toMatch(/line 1/);
  });

  test("B44: an alias may repeat a value; a bomb of them is stopped, and so is one inside itself", async () => {
    const { config } = await load("providers:\n  openai: &same\n    models: [a, b]\n  groq: *same\n");
    expect(config.providers.get("groq")).toEqual(config.providers.get("openai"));
    const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 10; i++)
      bomb.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(", ")}]`,
      );
    expect(await refusal(bomb.join("\n"))).toMatch(/more than 100000 values/);
    expect(await refusal("budgets: &all\n  - *all\n")).toMatch(/nested too deeply|no anchor/);
    expect(await refusal("budgets: *nowhere\n")).toMatch(/nowhere/);
    // Where each alias costs a walk through the document, this takes minutes.
    expect(await refusal(`a: &a 1\nb: [${"*a,".repeat(95_000)}]`)).toMatch(/more than 100000 values|not a known key/);
  });

  test("B44: brackets a hundred thousand deep are refused, not a crash", async () => {
    for (const opening of ["[", "{a: ", "- ", "? ", "a: ", "[{", "- - - {x: "]) {
      expect(await refusal(opening.repeat(100_000))).toMatch(/^tokenledger\.yaml:\d+:\d+: values are nested too deeply/);
    }
    expect(await refusal(`budgets: ${"[".repeat(100)}${"]".repeat(100)}`)).toMatch(/nested too deeply/);
  });

  test("B46: a byte order mark and CRLF are read; UTF-16 and broken UTF-8 are named", async () => {
    const text = "timezone: Europe/Berlin\r\nserver:\r\n  port: 99\r\n";
    const { config } = await load(`\ufeff${text}`);
    expect([config.timeZone, config.server?.port]).toEqual(["Europe/Berlin", 99]);
    expect(await refusal(Buffer.from(`\ufeff${text}`, "utf16le"))).toMatch(/UTF-16 perhaps.*save it as UTF-8/);
    expect(await refusal(Buffer.from(text, "utf16le"))).toMatch(/UTF-16 perhaps/);
    expect(await refusal(Buffer.from("timezone: \xff\xfe\n", "latin1"))).toMatch(/not UTF-8/);
  });

  test.each([
    "!!js/function 'function () {}'",
    "!!js/regexp /a/",
    "!custom 1",
    "!!python/object:os.system x",
    "!!binary aGk=",
    "!!set {a}",
  ])("B47: the tag of %j is refused", async (value) => {
    expect(await refusal(`timezone: ${value}\n`)).toMatch(/^tokenledger\.yaml:1:\d+: .*tag/);
  });

  test("B47: a tag that says what the value already is changes nothing; a directive can't turn YAML 1.1 on", async () => {
    expect((await load("timezone: !!str UTC\n")).config.timeZone).toBe("UTC");
    expect(await refusal(`%YAML 1.1\n---\n${budget({ hard: "yes" })}`)).toMatch(/hard is "yes"; write true or false/);
  });

  test("a file that is no map, more than one document, broken YAML, keys that are no text: each a sentence with its place", async () => {
    expect(await refusal("just words\n")).toMatch(/^tokenledger\.yaml:1:1: the file is a single value; a map/);
    expect(await refusal("- a\n- b\n")).toMatch(/^tokenledger\.yaml:1:1: the file is a list; a map/);
    expect(await refusal("timezone: UTC\n---\ntimezone: UTC\n")).toMatch(/one file is one document/);
    expect(await refusal('timezone: "UTC\n')).toMatch(/^tokenledger\.yaml:\d+:\d+: this is not valid YAML/);
    expect(await refusal("database:\n  url: sqlite::memory:\n")).toMatch(
      /^tokenledger\.yaml:2:8: a value can't hold a colon at its end .* put it in quotes/,
    );
    expect(await refusal("? [a]\n: b\n")).toMatch(/key/i);
    expect(await refusal("__proto__:\n  polluted: true\n")).toMatch(/__proto__/);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe("bad-input B, keys and values", () => {
  test("B48: an unknown key names the one that was meant", async () => {
    expect(await refusal("budget:\n  - name: x\n")).toBe(
      "tokenledger.yaml:1:1: budget is not a known key. Did you mean budgets? Accepted here: database, providers, rate_limits, budgets, server, timezone, virtual_keys, unpriced, pricing.",
    );
  });

  test.each([
    ["database:\n  ulr: 'sqlite::memory:'\n", /^tokenledger\.yaml:2:3: database\.ulr is not a known key\. Did you mean url\?/],
    ["providers:\n  openai:\n    apikey: x\n", /^tokenledger\.yaml:3:5: providers\.openai\.apikey .* Did you mean api_key\?/],
    ["rate_limits:\n  by_user:\n    x: 1\n", /^tokenledger\.yaml:2:3: rate_limits\.by_user .* Accepted here: default, by_team\.$/],
    [budget({ amout: "1" }), /budgets\[0\]\.amout is not a known key\. Did you mean amount\?/],
    [budget({ scope: "{ taem: x }" }), /budgets\[0\]\.scope\.taem .* Did you mean team\?/],
    ["server: { prot: 1 }\n", /server\.prot .* Did you mean port\?/],
    ["virtual_keys:\n  - { name: a, key: 01234567890123456789, rol: admin }\n", /virtual_keys\[0\]\.rol .* Did you mean role\?/],
    ["zzzzzzz: 1\n", /^tokenledger\.yaml:1:1: zzzzzzz is not a known key\. Accepted here:/],
  ])("B49: an unknown nested key is refused at its place: %j", async (content, message) => {
    expect(await refusal(content)).toMatch(message);
  });

  test.each([
    ["no", /is "no"; give USD as a plain decimal/],
    ["on", /is "on"/],
    ["012", /leading zero/],
    ["1_000", /is "1_000"/],
    ["1e3", /is "1e3"/],
    ["0x10", /is "0x10"/],
    ["0o17", /is "0o17"/],
    ["2026-01-01", /is "2026-01-01"/],
    ["~", /is nothing/],
    ["null", /is nothing/],
    ["true", /is "true"/],
    [".inf", /is ".inf"/],
    ["-.inf", /is "-.inf"/],
    [".nan", /is ".nan"/],
    ["[1]", /is a list/],
    ["{ usd: 1 }", /is a map/],
  ])("B45: YAML's traps are no amounts: %s", async (written, message) => {
    expect(await refusal(budget({ amount: written }))).toMatch(message);
  });

  test("B45: names keep their text: no, 012 and 1.10 stay what was written; a boolean must be quoted", async () => {
    const nameOf = async (written: string) => (await load(budget({ name: written }))).config.budgets[0]?.name;
    expect(await Promise.all(["no", "012", "1.10", "2026-01-01", "1e3", "'true'"].map(nameOf))).toEqual([
      "no",
      "012",
      "1.10",
      "2026-01-01",
      "1e3",
      "true",
    ]);
    expect(await refusal(budget({ name: "true" }))).toMatch(/name is "true"; a name is needed: put it in quotes/);
    expect(await refusal(budget({ hard: "no" }))).toMatch(/hard is "no"; write true or false/);
  });

  test("B50 to B54: amounts are exact, not negative, plain and within what the book can count", async () => {
    expect(await refusal(budget({ amount: "-5" }))).toMatch(
      /^tokenledger\.yaml:3:13: budgets\[0\]\.amount is "-5"; an amount can't be negative\.$/,
    );
    expect(await refusal(budget({ amount: '"500 USD"' }))).toMatch(/is "500 USD"; give USD as a plain decimal/);
    expect(await refusal(budget({ amount: "500.0000000001" }))).toMatch(/at most nine places/);
    expect(await refusal(budget({ amount: "1e30" }))).toMatch(/is "1e30"/);
    expect(await refusal(budget({ amount: "1000000000000000000000000000000" }))).toMatch(/at most 9000000000 USD/);
    expect(await amountOf("500.000000001")).toBe(500_000_000_001n);
    expect(await amountOf('"12.50"')).toBe(12_500_000_000n);
    expect(await amountOf("0.1")).toBe(100_000_000n);
    expect(await amountOf("8999999999.999999999")).toBe(8_999_999_999_999_999_999n);
  });

  test("B51: an amount of 0 is accepted with a warning that says what it does", async () => {
    const blocking = await load(budget({ amount: "0", enforcement: "block_requests" }));
    expect(blocking.config.budgets[0]).toMatchObject({ amountNanoUsd: 0n, hard: true });
    expect(blocking.warnings[0]).toMatch(/^tokenledger\.yaml:3: budget "b" has an amount of 0: it refuses every call that costs/);
    const sentence = async (fields: Record<string, string>) => (await load(budget({ amount: "0", ...fields }))).warnings[0];
    expect(await sentence({})).toMatch(/it tells of every call that costs anything\.$/);
    expect(await sentence({ enforcement: "rate_limit" })).toMatch(/it refuses every call/);
    expect(await sentence({ enforcement: "rate_limit", shadow: "true" })).toMatch(/it tells of every call/);
  });

  test("B55: a mistyped period names the one that was meant", async () => {
    expect(await refusal(budget({ period: "montly" }))).toBe(
      'tokenledger.yaml:4:13: budgets[0].period is "montly"; did you mean monthly? Accepted: daily, weekly, monthly, quarterly, yearly, lifetime.',
    );
    expect((await load(budget({ period: "lifetime" }))).config.budgets[0]?.period).toBe("lifetime");
    expect(await refusal(budget({ period: "" }))).toMatch(/^tokenledger\.yaml:2:5: budgets\[0\] has neither period nor window/);
  });

  test.each([
    ["[50, 50]", /alerts\[1\] is "50" a second time/],
    ["[90, 75]", /alerts\[1\] is "75" after 90; list thresholds in rising order/],
    ["[0]", /alerts\[0\] is "0"; a percentage without its sign from 1 to 100/],
    ["[101]", /from 1 to 100/],
    ["[0.5]", /from 1 to 100/],
    ['["75%"]', /alerts\[0\] is "75%"/],
    ["[-1]", /from 1 to 100/],
    ["[.nan]", /from 1 to 100/],
    ["50", /alerts is a single value; a list is needed/],
  ])("B56: alerts: %s", async (alerts, message) => {
    expect(await refusal(budget({ alerts }))).toMatch(message);
  });

  test("B57: rate_limit needs no limiter: it refuses until the period ends; an enforcement that is no word of ours is refused", async () => {
    expect((await load(budget({ enforcement: "rate_limit" }))).config.budgets[0]?.enforcement).toBe("rate_limit");
    expect(await refusal(budget({ enforcement: "block" }))).toMatch(
      /is "block"; .*Accepted: notify_only, rate_limit, block_requests, switch_provider/,
    );
    expect(await refusal(budget({ enforcement: "notify_only", hard: "true" }))).toMatch(/notify_only lets every call pass/);
    expect(await refusal(budget({ enforcement: "block_requests", hard: "false" }))).toMatch(/always hard/);
  });

  test("B58: a switch leads to a configured provider, not to itself and not in a circle", async () => {
    const providers = "providers:\n  openai: {}\n  anthropic: {}\n";
    const switching = (from: string, to: string) =>
      budget({ name: `${from}-${to}`, provider: from, enforcement: "switch_provider", switch_to: to });
    expect((await load(providers + switching("openai", "anthropic"))).config.budgets[0]).toMatchObject({ switchTo: "anthropic" });
    expect(await refusal(providers + switching("openai", "gemini"))).toMatch(
      /switch_to is "gemini", which is no provider of this file; configured: openai, anthropic/,
    );
    expect(await refusal(providers + switching("openai", "openai"))).toMatch(/the provider that this budget limits/);
    const circle = providers + switching("openai", "anthropic") + switching("anthropic", "openai").replace("budgets:\n", "");
    expect(await refusal(circle)).toMatch(/budgets\[1\]\.switch_to is "openai", .*circle/);
    expect(await refusal(providers + budget({ enforcement: "switch_provider" }))).toMatch(/needs switch_to/);
    expect(await refusal(providers + budget({ enforcement: "rate_limit", switch_to: "openai" }))).toMatch(/has no effect/);
    const nested = await load(providers + budget({ enforcement: "{ switch_provider: anthropic }" }));
    expect(nested.config.budgets[0]).toMatchObject({ enforcement: "switch_provider", switchTo: "anthropic" });
  });

  test("B59: two budgets of one name are refused with the line of the first", async () => {
    const two = `${budget({})}  - name: b\n    amount: 1\n    period: daily\n`;
    expect(await refusal(two)).toMatch(/^tokenledger\.yaml:5:5: budgets\[1\] has the same name as the budget on line 2/);
  });

  test("B60: a team that nobody has used yet is accepted: teams exist from their first record on", async () => {
    expect((await load(budget({ team: "not-seen-yet" }))).config.budgets[0]?.scope).toEqual({ team: "not-seen-yet" });
    expect(await refusal(`${budget({ team: "a", scope: "{ team: b }" })}`)).toMatch(/scope\.team is told twice/);
  });

  test.each(["0s", "-1m", "1.5h", "400d", "1mo", "60", "1h30m", "1 h", "٣h", "1H"])(
    "B61: the window %s is refused with what is accepted",
    async (window) => {
      expect(await refusal(budget({ period: "", window }))).toMatch(/window is .*; give a whole number of s, m, h or d from 1s to 366d/);
    },
  );

  test("B61: windows are read exactly; a period beside one is refused", async () => {
    const windowOf = async (window: string) => (await load(budget({ period: "", window }))).config.budgets[0]?.windowMs;
    expect(await Promise.all(["1s", "90m", "1h", "7d", "366d"].map(windowOf))).toEqual([
      1000, 5_400_000, 3_600_000, 604_800_000, 31_622_400_000,
    ]);
    expect(await refusal(budget({ window: "1h" }))).toMatch(/can't stand beside period/);
  });
});

describe("bad-input B, what this version adds to budgets", () => {
  const first = async (content: string) => (await load(content)).config.budgets[0];

  test("a cap on tokens stands beside the amount or alone", async () => {
    expect(await first(budget({ amount: "", max_tokens: "1000000" }))).toEqual({
      name: "b",
      scope: {},
      maxTokens: 1_000_000,
      period: "monthly",
      alerts: [],
      enforcement: "notify_only",
      hard: false,
    });
    expect(await first(budget({ max_tokens: "9007199254740991" }))).toMatchObject({
      amountNanoUsd: parseUsd("500"),
      maxTokens: Number.MAX_SAFE_INTEGER,
    });
    expect(await refusal(budget({ amount: "" }))).toMatch(/budgets\[0\] has no amount; give USD .*or a number of tokens/);
  });

  test.each(["0", "-1", "1.5", "9007199254740992", "1e6", "many", "~"])("a cap of %s tokens is refused", async (written) => {
    expect(await refusal(budget({ max_tokens: written }))).toMatch(/max_tokens is .*; a number of tokens from 1 to 9007199254740991/);
  });

  test("weeks begin as told, years too", async () => {
    expect(await first(budget({ period: "weekly", week_start: "sunday" }))).toMatchObject({ weekStart: "sunday" });
    expect(await first(budget({ period: "quarterly", year_start: "04-01" }))).toMatchObject({ yearStart: { month: 4, day: 1 } });
    expect(await first(budget({ period: "yearly", year_start: '"12-28"' }))).toMatchObject({ yearStart: { month: 12, day: 28 } });
    expect(await refusal(budget({ period: "weekly", week_start: "sundy" }))).toMatch(/did you mean sunday\?/);
  });

  test.each(["01-29", "02-30", "01-31"])("a year that begins on %s is refused: not every month has that day", async (day) => {
    expect(await refusal(budget({ period: "yearly", year_start: `"${day}"` }))).toMatch(/from 01 to 28: .*not every month has that day\.$/);
  });

  test.each(["13-01", "00-01", "04-00", "04-32", "4-1", "April", "04/01", "2026-04-01"])("a year can't begin on %s", async (day) => {
    expect(await refusal(budget({ period: "yearly", year_start: `"${day}"` }))).toMatch(/such as "04-01" for the first of April/);
  });

  test("guarantee G20: a beginning that nothing would come of is refused", async () => {
    expect(await refusal(budget({ week_start: "sunday" }))).toMatch(
      /week_start has no effect with period monthly; it belongs to period: weekly/,
    );
    expect(await refusal(budget({ year_start: "04-01" }))).toMatch(/year_start has no effect with period monthly; .*quarterly or yearly/);
    expect(await refusal(budget({ period: "", window: "7d", year_start: "04-01" }))).toMatch(/no effect with a sliding window/);
  });

  test("an override holds until a day begins in the budget's zone, or until an instant", async () => {
    const until = async (written: string, fields: Record<string, string> = {}) =>
      (await first(budget({ override: `{ amount: 800, until: ${written} }`, ...fields })))?.override;
    expect(await until("2026-07-01")).toEqual({ amountNanoUsd: parseUsd("800"), untilMs: Date.parse("2026-07-01T00:00:00Z") });
    expect(await until("2026-07-01", { timezone: "America/New_York" })).toMatchObject({ untilMs: Date.parse("2026-07-01T04:00:00Z") });
    expect(await until('"2026-07-01T18:00:00+02:00"')).toMatchObject({ untilMs: Date.parse("2026-07-01T16:00:00Z") });
    expect(await until('"2026-07-01t18:00:00.5z"')).toMatchObject({ untilMs: Date.parse("2026-07-01T18:00:00.500Z") });
  });

  test.each([
    ["{ amount: 800 }", /override has no end/],
    ["{ until: 2026-07-01 }", /override has no amount/],
    ["{ amount: -1, until: 2026-07-01 }", /can't be negative/],
    ["{ amount: 1, until: 2026-02-30 }", /until is "2026-02-30"; give a day/],
    ["{ amount: 1, until: '2026-02-30T00:00:00Z' }", /give a day/],
    ["{ amount: 1, until: '2026-07-01T18:00:00' }", /a time with its zone/],
    ["{ amount: 1, until: '2026-07-01T24:00:00Z' }", /a time with its zone/],
    ["{ amount: 1, until: tomorrow }", /give a day/],
    ["{ amount: 1, until: 2026-07-01, ends: 1 }", /override\.ends is not a known key/],
    ["800", /override is a single value; a map/],
  ])("the override %s is refused", async (override, message) => {
    expect(await refusal(budget({ override }))).toMatch(message);
  });

  test("an override needs the amount that it takes the place of", async () => {
    expect(await refusal(budget({ amount: "", max_tokens: "5", override: "{ amount: 1, until: 2026-07-01 }" }))).toMatch(
      /needs an amount that it takes the place of/,
    );
  });

  test("a budget without a zone of its own has the file's, wherever it stands in the file; without one, none", async () => {
    expect((await first(`timezone: Asia/Tokyo\n${budget({})}`))?.timeZone).toBe("Asia/Tokyo");
    expect((await first(`${budget({})}timezone: Asia/Tokyo\n`))?.timeZone).toBe("Asia/Tokyo");
    expect((await first(`timezone: Asia/Tokyo\n${budget({ timezone: "UTC" })}`))?.timeZone).toBe("UTC");
    expect(await first(budget({}))).not.toHaveProperty("timeZone");
  });

  test("each value its own; a star without quotes is told so", async () => {
    expect((await first(budget({ user: '"*"', scope: '{ model: "*", team: a }' })))?.scope).toEqual({ user: "*", model: "*", team: "a" });
    expect(await refusal(budget({ user: "*" }))).toMatch(
      /^tokenledger\.yaml:\d+:\d+: a \* that stands for itself must be in quotes: "\*"\.$/,
    );
  });

  test("only a hard budget clamps; only a soft one lets streams run on, and none that lets everything pass has a say", async () => {
    const hard = { enforcement: "block_requests" };
    expect(await first(budget({ ...hard, clamp: "true", stream_overrun: "cut" }))).toMatchObject({ clamp: true, streamOverrun: "cut" });
    expect(await first(budget({ ...hard, clamp: "false" }))).not.toHaveProperty("clamp");
    expect(await first(budget({ enforcement: "rate_limit", stream_overrun: "cut" }))).toMatchObject({ streamOverrun: "cut" });
    expect(await refusal(budget({ ...hard, clamp: "1" }))).toMatch(/clamp is "1"; write true or false/);
    expect(await refusal(budget({ enforcement: "rate_limit", clamp: "true" }))).toMatch(
      /clamp has no effect on a soft .*; write hard: true\.$/,
    );
    expect(await refusal(budget({ ...hard, stream_overrun: "finish" }))).toMatch(/is "finish", but a hard budget is never passed/);
    expect(await refusal(budget({ ...hard, stream_overrun: "cutt" }))).toMatch(/did you mean cut\? Accepted: finish, cut, switch\./);
    expect(await refusal(budget({ stream_overrun: "cut" }))).toMatch(/has no effect with enforcement notify_only/);
    expect(await refusal(budget({ enforcement: "rate_limit", stream_overrun: "switch" }))).toMatch(/write enforcement: switch_provider\.$/);
  });

  test("shadow is true or false; a tolerance is a share; a secret needs its address and enough characters", async () => {
    expect(await first(budget({ shadow: "true", enforcement: "rate_limit", tolerance: "0.1" }))).toMatchObject({
      shadow: true,
      tolerance: 0.1,
    });
    expect(await first(budget({ shadow: "false" }))).not.toHaveProperty("shadow");
    expect(await refusal(budget({ shadow: "yes" }))).toMatch(/shadow is "yes"; write true or false/);
    for (const tolerance of ["-0.1", "1.1", "10%", "10"])
      expect(await refusal(budget({ tolerance }))).toMatch(/a share \(0\.1 is a tenth\) from 0 to 1/);
    expect(await refusal(budget({ webhook_secret: "0123456789abcdef" }))).toMatch(/webhook_secret has no effect without webhook/);
    expect(await refusal(budget({ webhook: "https://h.example/", webhook_secret: "short" }))).toMatch(/fewer than 16 characters/);
    expect(await refusal(budget({ webhook: "hooks.example/x" }))).toMatch(/webhook is no address/);
    const both = await first(budget({ webhook: "https://h.example/x", webhook_secret: "0123456789abcdef" }));
    expect(both).toMatchObject({ webhook: "https://h.example/x", webhookSecret: "0123456789abcdef" });
  });

  test("guarantee G20: every budget that a file can define passes the checks of the book", async () => {
    const { checkBudget } = await import("../../src/budget/index.ts");
    const { config } = await load(
      `providers: { openai: {} }\n${budget({ scope: '{ team: "*" }', max_tokens: "5", override: "{ amount: 1, until: 2026-07-01 }", tolerance: "0.25" })}${budget(
        { name: "c", period: "", window: "7d", enforcement: "switch_provider", switch_to: "openai", alerts: "[33.3, 90]", hard: "true" },
      ).replace("budgets:\n", "")}`,
    );
    for (const each of config.budgets) expect(checkBudget(each)).toBe(each);
  });
});

describe("bad-input B, variables and secrets", () => {
  test("B62: credentials whose variable is not set are left out for those who do not use them, and nothing else is", async () => {
    const known = (content: string) =>
      inFolder({ "tokenledger.yaml": content }, (folder) =>
        loadConfig({
          workingDirectory: folder,
          variables: { SET: "x" },
          homeDirectory: undefined,
          platform: "linux",
          credentials: "known",
        }),
      );
    const { config } = await known(`providers:
  openai: { api_key: "\${UNSET}", models: [a] }
  anthropic: { api_key: "\${SET}" }
  groq: { api_key: "$\${UNSET}" }
virtual_keys:
  - { name: lacking, key: "\${UNSET}" }
  - { name: there, key: a-key-of-twenty-characters }
`);
    expect(Object.fromEntries(config.providers)).toMatchObject({
      openai: { models: ["a"] },
      anthropic: { apiKey: "x" },
      groq: { apiKey: "${UNSET}" },
    });
    expect(config.providers.get("openai")).not.toHaveProperty("apiKey");
    expect(config.virtualKeys.map(({ name }) => name)).toEqual(["there"]);
    await expect(known('providers: { openai: { base_url: "${UNSET}" } }\n')).rejects.toThrow(/UNSET is not set/);
    await expect(known('virtual_keys: [{ name: "${UNSET}", key: a-key-of-twenty-characters }]\n')).rejects.toThrow(/UNSET is not set/);
    await expect(known("virtual_keys: [{ name: a }]\n")).rejects.toThrow(/has no key/);
  });

  test("B62: a variable that is not set is named, with the place; a default takes its place; empty counts as unset for defaults", async () => {
    expect(await refusal('timezone: "${ZONE}"\n')).toBe(
      "tokenledger.yaml:1:11: the environment variable ZONE is not set; set it, or write ${ZONE:-default}.",
    );
    expect((await load("timezone: ${ZONE:-Asia/Tokyo}\n")).config.timeZone).toBe("Asia/Tokyo");
    expect((await load("timezone: ${ZONE:-Asia/Tokyo}\n", { ZONE: "" })).config.timeZone).toBe("Asia/Tokyo");
    expect((await load("timezone: ${ZONE:-Asia/Tokyo}\n", { ZONE: "UTC" })).config.timeZone).toBe("UTC");
    expect(await refusal("timezone: ${toString}\n")).toMatch(/toString is not set/);
  });

  test("B63: what a variable holds is not looked at again", async () => {
    const { config } = await load(budget({ name: '"${A}"' }), { A: "${B} and $$", B: "never" });
    expect(config.budgets[0]?.name).toBe("${B} and $$");
  });

  test.each(["${A", "${", "${}", "${1A}", "${A-B}", "${A B}", "${:-x}", "${A:x}"])("B64: %j is refused, not guessed", async (written) => {
    expect(await refusal(`timezone: '${written}'\n`, { A: "UTC" })).toMatch(/no closing brace|names no variable/);
  });

  test("B65: $$ is a dollar sign; a dollar before anything else stands for itself", async () => {
    const nameOf = async (written: string) => (await load(budget({ name: `'${written}'` }), { A: "x" })).config.budgets[0]?.name;
    expect(await Promise.all(["$$", "$${A}", "$5 and $", "a$$$${A}$$", "${A}${A}"].map(nameOf))).toEqual([
      "$",
      "${A}",
      "$5 and $",
      "a$${A}$",
      "xx",
    ]);
  });

  test("B66: in a key, ${…} is only text", async () => {
    const { config } = await load('rate_limits:\n  by_team:\n    "${TEAM}": 5\n', { TEAM: "engineering" });
    expect(config.rateLimits?.perMinuteByTeam).toEqual(new Map([["${TEAM}", 5]]));
  });

  test.each(["a: b", "x\nserver:\n  port: 1", "'\"", "- y", "# no comment", "{a: 1}", "*alias", "!!js/function x", "| \n z"])(
    "B67: the value %j can't change the file's structure",
    async (value) => {
      const quoted = await load(budget({ name: '"${A}"' }), { A: value });
      const plain = await load(budget({ name: "${A}" }), { A: value });
      expect([quoted.config.budgets[0]?.name, plain.config.budgets[0]?.name]).toEqual([value.trim(), value.trim()]);
      expect(quoted.config.server).toBeUndefined();
    },
  );

  test("B67: numbers and booleans may come from variables", async () => {
    const { config } = await load(
      `server: { port: "\${PORT}" }\n${budget({ amount: "${AMOUNT}", hard: "${HARD}", enforcement: "rate_limit" })}`,
      {
        PORT: "99",
        AMOUNT: "12.5",
        HARD: "true",
      },
    );
    expect([config.server?.port, config.budgets[0]?.amountNanoUsd, config.budgets[0]?.hard]).toEqual([99, parseUsd("12.5"), true]);
  });

  const SECRET = "canary-5f1d9a7c3b";

  test("guarantee G30: B68: no secret is shown, URL passwords included", async () => {
    const { config } = await load(
      `database: { url: "postgresql://ledger:${SECRET}@db.example/book?sslpassword=${SECRET}&connect_timeout=3" }
providers:
  openai: { api_key: ${SECRET}, base_url: "https://proxy.example/v1?token=${SECRET}" }
virtual_keys:
  - { name: ci, key: ${SECRET}-0123456789 }
${budget({ webhook: `"https://hooks.example/services/${SECRET}"`, webhook_secret: SECRET })}`,
    );
    const shown = JSON.stringify(maskSecrets(config));
    expect(shown).not.toContain(SECRET);
    expect(maskSecrets(config)).toMatchObject({
      database: { url: "postgresql://ledger:***@db.example/book?sslpassword=***&connect_timeout=3" },
      providers: { openai: { api_key: "***", base_url: "https://proxy.example/v1?token=***" } },
      virtual_keys: [{ name: "ci", key: "***" }],
      budgets: [{ webhook: "https://hooks.example/***", webhook_secret: "***" }],
    });
  });

  test.each([
    ["/home/ada/book.db", "/home/ada/book.db"],
    ["C:\\books\\a.db", "C:\\books\\a.db"],
    ["sqlite:///a b/c.db", "sqlite:///a b/c.db"],
    [`postgresql://ada:${SECRET}@host/db`, "postgresql://ada:***@host/db"],
    [`postgresql://ada:${SECRET}@[`, "***"],
    [`mysql://host/db?password=${SECRET}`, "mysql://host/db?password=***"],
  ])("B68: the address of a book is shown without its password: %s", (url, shown) => {
    expect(maskUrl(url)).toBe(shown);
  });

  test.each([
    ["timezone: ${SECRET}\n"],
    ["unpriced: ${SECRET}\n"],
    ['server: { port: "${SECRET}" }\n'],
    [budget({ amount: "${SECRET}" })],
    [budget({ period: "${SECRET}" })],
    [budget({ hard: "${SECRET}" })],
    [budget({ alerts: '["${SECRET}"]' })],
    [budget({ window: "${SECRET}", period: "" })],
    [budget({ enforcement: "switch_provider", switch_to: "${SECRET}" })],
    [budget({ max_tokens: "${SECRET}" })],
    [budget({ period: "weekly", week_start: "${SECRET}" })],
    [budget({ period: "yearly", year_start: "${SECRET}" })],
    [budget({ shadow: "${SECRET}" })],
    [budget({ tolerance: "${SECRET}" })],
    [budget({ override: '{ amount: "${SECRET}", until: 2026-07-01 }' })],
    [budget({ override: '{ amount: 1, until: "${SECRET}" }' })],
    [budget({ timezone: "${SECRET}" })],
    [budget({ webhook: "${SECRET}" })],
    [budget({ webhook: "https://hooks.example/x", webhook_secret: "canary-short" })],
    [budget({ webhook_secret: "${SECRET}" })],
    ["database: { url: '${SECRET}' }\n"],
    ["providers: { openai: { base_url: '${SECRET}' } }\n"],
    [`providers: { openai: { base_url: 'https://user:${SECRET}@host' } }\n`],
    [`providers: { openai: { api_key: [${SECRET}] } }\n`],
    [`database: { url: 'mysql://user:${SECRET}@host/db' }\n`],
    [`providers: { openai: ${SECRET} }\n`],
    [`virtual_keys: [{ name: a, key: ${SECRET} }]\n`],
    [`virtual_keys: ${SECRET}\n`],
  ])("B68: an error about a secret does not show it: %j", async (content) => {
    expect(await refusal(content, { SECRET })).not.toContain("canary");
  });

  test.each([
    ["mysql://h/db", /begins with another scheme; accepted: sqlite:\/\/\//],
    ["data.db", /begins with another scheme/],
    ["sqlite:data.db", /names no file/],
    ["sqlite:///", /names no file/],
    ["sqlite:///data/", /names no file/],
    ["sqlite:///data/../../etc/passwd", /parent folder/],
    ["sqlite:///data/%2e%2e/%2E%2E/etc/passwd", /parent folder/],
    ["sqlite:///100%/book.db", /write a % in a file's name as %25/],
    ["postgresql://[", /is no PostgreSQL URL/],
    ["", /is empty/],
  ])("B69: the book's URL %j is refused", async (url, message) => {
    expect(await refusal(`database: { url: '${url}' }\n`)).toMatch(message);
  });

  test("B69: a book in memory is accepted with a warning", async () => {
    const { config, warnings } = await load("database: { url: 'sqlite::memory:' }\n");
    expect([config.databaseUrl, warnings]).toEqual(["sqlite::memory:", [expect.stringMatching(/gone when the command ends/)]]);
  });

  test.each([
    ["{ input: -1, output: 1 }", /negative|-1/],
    ["{ input: 1 }", /output/],
    ["{ input: cheap, output: 1 }", /input/],
    ["{ input: .nan, output: 1 }", /input/],
    ["3", /m/],
  ])("B70: a price file's bad entry is refused, and the file is named: %s", async (entry, message) => {
    const sentence = await refusal(`pricing:\n  providers:\n    openai:\n      m: ${entry}\n`);
    expect(sentence).toMatch(message);
    expect(sentence).toContain("tokenledger.yaml");
  });
});

describe("bad-input A35: places", () => {
  test("the file is searched here, then in config/, then in the user's folder", async () => {
    const zones = { "here/tokenledger.yaml": "timezone: UTC\n", "here/config/tokenledger.yaml": "timezone: Asia/Tokyo\n" };
    await inFolder({ ...zones, "home/.config/tokenledger/tokenledger.yaml": "timezone: Europe/Berlin\n" }, async (folder) => {
      const from = async (cwd: string) =>
        (await loadConfig({ workingDirectory: join(folder, cwd), variables: {}, homeDirectory: join(folder, "home"), platform: "linux" }))
          .config.timeZone;
      mkdirSync(join(folder, "other"));
      mkdirSync(join(folder, "deep/config"), { recursive: true });
      writeFileSync(join(folder, "deep/config/tokenledger.yaml"), "timezone: Asia/Tokyo\n");
      expect([await from("here"), await from("deep"), await from("other")]).toEqual(["UTC", "Asia/Tokyo", "Europe/Berlin"]);
    });
  });
});
