import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { jsonlImporter } from "../../../src/importers/sources/jsonl/jsonl-importer.ts";
import { PROMPT_TEXT, testImporter } from "../conformance.ts";
import { runImporter } from "../run-importer.ts";

const call = {
  id: "6f0e6f5e-1f3d-4a51-8b6c-2b1f2f7a9c01",
  timestamp: "2026-05-01T09:30:00.250Z",
  provider: "anthropic",
  model: "claude-sonnet-4-5",
  input_tokens: 1000,
  output_tokens: 200,
};

const line = (fields: object): string => `${JSON.stringify({ ...call, ...fields })}\n`;
const read = (text: string | Buffer, settings = {}) => runImporter(jsonlImporter, text, settings);
const reasonFor = async (fields: object): Promise<string | undefined> => {
  const { records, problems } = await read(line(fields));
  expect(records).toEqual([]);
  expect(problems).toHaveLength(1);
  return problems[0]?.reason;
};

testImporter({
  importer: jsonlImporter,
  fileName: "usage.jsonl",
  write: (calls) => Array.from({ length: calls }, (_, n) => line({ id: `r${n}`, source: undefined, prompt: PROMPT_TEXT })).join(""),
  tokens: (calls) => ({ input: 1000 * calls, output: 200 * calls }),
});

describe("layouts", () => {
  const three = [1, 2, 3].map((n) => ({ ...call, id: `r${n}` }));
  const layouts: Record<string, string | Buffer> = {
    "JSON lines": three.map((record) => JSON.stringify(record)).join("\n"),
    "JSON lines with CRLF, blank lines and a byte-order mark": `\ufeff${three.map((record) => JSON.stringify(record)).join("\r\n\r\n")}\r\n`,
    "one array on one line": JSON.stringify(three),
    "an indented array": JSON.stringify(three, null, 2),
    "indented objects one after another": three.map((record) => JSON.stringify(record, null, 2)).join("\n"),
    "two objects glued on a line": `${JSON.stringify(three[0])}${JSON.stringify(three[1])}\n${JSON.stringify(three[2])}\n`,
    "a list of records in a document": JSON.stringify({ schema: "tokenledger.usage/1", records: three }, null, 1),
    "JSON lines packed by gzip": gzipSync(three.map((record) => JSON.stringify(record)).join("\n")),
    "an array packed by gzip": gzipSync(JSON.stringify(three)),
  };
  test.each(Object.entries(layouts))("%s", async (_name, content) => {
    const { records, problems } = await read(content, { name: typeof content === "string" ? "usage.json" : "usage.json.gz" });
    expect(problems).toEqual([]);
    expect(records.map((record) => record.id)).toEqual(["r1", "r2", "r3"]);
    expect(records[0]?.tokens).toEqual({ input: 1000, output: 200 });
  });

  test("bad-input F171, F172: an empty file and one of newlines have no records and no problems", async () => {
    for (const content of ["", "\n", "\r\n\n", "[]", '{"records":[]}']) {
      expect(await read(content)).toMatchObject({ records: [], problems: [] });
    }
  });

  test("sources 3.0: zeros that a crash left around a record are nothing", async () => {
    const { records, problems } = await read(`${"\0".repeat(5000)}${line({ id: "a" })}${line({ id: "b" }).trimEnd()}\0\n`);
    expect(problems).toEqual([]);
    expect(records.map(({ id }) => id)).toEqual(["a", "b"]);
  });

  test("security S11: a record nested too deeply is a problem of its line, and the next one counts", async () => {
    const deep = line({ id: "a", metadata: 1 }).replace('"metadata":1', `"metadata":${"[".repeat(5000)}${"]".repeat(5000)}`);
    const { records, problems } = await read(`${deep}${line({ id: "b" })}`);
    expect(problems).toEqual([{ line: 1, reason: "metadata is […]; an object of texts is needed" }]);
    expect(records.map(({ id }) => id)).toEqual(["b"]);
  });

  test("bad-input F190: a zip archive is one clear sentence", async () => {
    const { problems } = await read(Buffer.from("PK\u0003\u0004rest of the archive"));
    expect(problems).toEqual([{ line: 0, reason: expect.stringContaining("zip archive; unpack it") }]);
  });

  test("bad-input F175: UTF-16 is one clear sentence", async () => {
    const { problems } = await read(Buffer.from(`\ufeff${line({})}`, "utf16le"));
    expect(problems).toEqual([{ line: 0, reason: expect.stringContaining("UTF-16") }]);
  });

  test("damaged gzip keeps what was read and says so", async () => {
    const packed = gzipSync(Array.from({ length: 2000 }, (_, n) => line({ id: `r${Math.sin(n)}` })).join(""));
    const { problems } = await read(packed.subarray(0, packed.length - 200), { name: "usage.jsonl.gz" });
    expect(problems).toEqual([{ line: 0, reason: expect.stringContaining("damaged") }]);
  });
});

describe("broken parts stay alone", () => {
  test("bad-input F176: of mixed lines the good ones are read, the bad ones reported by number", async () => {
    const { records, problems } = await read(`${line({ id: "a" })}not json\n${line({ id: "b" })}{"half":\n${line({ id: "c" })}`);
    expect(records.map((record) => record.id)).toEqual(["a", "b", "c"]);
    expect(problems.map((problem) => problem.line)).toEqual([2, 4]);
  });

  test("a broken record inside an array doesn't end the array", async () => {
    const { records, problems } = await read(`[\n${line({ id: "a" })},\n{"input_tokens": NaN},\n7,\n${line({ id: "b" })}]`);
    expect(records.map((record) => record.id)).toEqual(["a", "b"]);
    expect(problems).toEqual([
      { line: 4, reason: "not JSON" },
      { line: 5, reason: expect.stringContaining("a JSON object is needed") },
    ]);
  });

  test("an array that is cut off gives its whole records and one problem", async () => {
    const { records, problems } = await read(`[${line({ id: "a" })},{"id":`);
    expect(records.map((record) => record.id)).toEqual(["a"]);
    expect(problems).toEqual([{ line: 2, reason: "the file ends in the middle of a value" }]);
  });

  test("bad-input F173: a last line that is still being written is left for the next run, which goes on from there", async () => {
    const whole = line({ id: "a" }) + line({ id: "b" });
    const first = await read(whole.slice(0, -40));
    expect(first.records.map((record) => record.id)).toEqual(["a"]);
    expect(first.problems).toEqual([]);
    const grown = `${whole}bad\n`;
    const second = await read(grown, { from: first.checkpoint });
    expect(second.records.map((record) => record.id)).toEqual(["b"]);
    expect(second.problems).toEqual([{ line: 3, reason: "not JSON" }]);
    expect(second.checkpoint.offset).toBe(Buffer.byteLength(grown));
  });

  test("a whole last line needs no newline, and is not read again when the file grows", async () => {
    const first = await read(line({ id: "a" }).trimEnd());
    expect(first.records).toHaveLength(1);
    const second = await read(`${line({ id: "a" })}${line({ id: "b" })}`, { from: first.checkpoint });
    expect(second.records.map((record) => record.id)).toEqual(["b"]);
  });

  test("keys such as __proto__ harm nothing", async () => {
    const { records } = await read(`${JSON.stringify(call).slice(0, -1)},"__proto__":{"team":"x"},"metadata":{"__proto__":"y","a":"b"}}\n`);
    expect(records[0]?.team).toBeUndefined();
    expect(records[0]?.metadata?.a).toBe("b");
    expect(({} as { team?: string }).team).toBeUndefined();
  });
});

describe("acceptance G6: all fields of a record", () => {
  test("every field of the record form arrives", async () => {
    const { records, problems, warnings } = await read(
      line({
        cache_creation_tokens: 300,
        cache_creation_1h_tokens: 100,
        cache_read_tokens: 400,
        reasoning_tokens: 50,
        latency_ms: 1234,
        cost_usd: "0.012345678",
        user_id: "u-1",
        team_id: "t-1",
        project_id: "p-1",
        user: "ada",
        team: "engineering",
        project: "book",
        request_id: "req-1",
        session_id: "s-1",
        tags: ["a", "b", "a"],
        source: "my-app",
        status: "ok",
        metadata: { region: "eu", retries: 2, cached: false },
      }),
    );
    expect(problems).toEqual([]);
    expect(warnings).toEqual([]);
    expect(records).toEqual([
      {
        id: call.id,
        timestampMs: Date.parse(call.timestamp),
        provider: "anthropic",
        model: "claude-sonnet-4-5",
        tokens: { input: 1000, output: 200, cacheRead: 400, cacheWrite5m: 200, cacheWrite1h: 100, reasoning: 50 },
        latencyMs: 1234,
        reportedCostNanoUsd: 12_345_678,
        userId: "u-1",
        teamId: "t-1",
        projectId: "p-1",
        user: "ada",
        team: "engineering",
        project: "book",
        requestId: "req-1",
        sessionId: "s-1",
        tags: ["a", "b"],
        source: "my-app",
        status: "ok",
        metadata: { region: "eu", retries: "2", cached: "false" },
      },
    ]);
  });

  test("null and absent optional fields are the same", async () => {
    const { records } = await read(
      line({ cost_usd: null, team: null, latency_ms: null, cache_read_tokens: null, tags: null, metadata: null }) + line({}),
    );
    expect(records[0]).toEqual(records[1]);
    expect(records[0]?.source).toBe("jsonl");
  });

  test("provider and model may be told from outside", async () => {
    const { provider: _provider, model: _model, ...bare } = call;
    const { records } = await read(JSON.stringify(bare), { options: { provider: "openai", model: "gpt-5" } });
    expect(records[0]).toMatchObject({ provider: "openai", model: "gpt-5" });
  });

  test("bad-input F183: an unknown provider and model are no problem", async () => {
    const { records, problems } = await read(line({ provider: "nobody", model: "nothing-1" }));
    expect(records).toHaveLength(1);
    expect(problems).toEqual([]);
  });
});

describe("cached tokens", () => {
  test("cache tokens above input are refused with a sentence that names the remedy", async () => {
    const reason = await reasonFor({ input_tokens: 10, cache_read_tokens: 500 });
    expect(reason).toContain("input_excludes_cache: true");
    expect(reason).toContain("--input-excludes-cache");
  });

  test.each([
    ["in the record", { input_excludes_cache: true }, {}],
    ["as an option", {}, { inputExcludesCache: true }],
  ])("input_excludes_cache %s adds cached tokens to input", async (_where, fields, options) => {
    const { records } = await read(
      line({ input_tokens: 10, cache_read_tokens: 500, cache_creation_tokens: 40, cache_creation_1h_tokens: 40, ...fields }),
      { options },
    );
    expect(records[0]?.tokens).toEqual({ input: 550, output: 200, cacheRead: 500, cacheWrite5m: 0, cacheWrite1h: 40 });
  });

  test("the record's own word wins over the option", async () => {
    const { records } = await read(line({ cache_read_tokens: 500, input_excludes_cache: false }), {
      options: { inputExcludesCache: true },
    });
    expect(records[0]?.tokens.input).toBe(1000);
  });

  test("the one-hour part can't be more than all that was written", async () => {
    expect(await reasonFor({ cache_creation_tokens: 5, cache_creation_1h_tokens: 6 })).toContain("of which it is a part");
  });

  test("a one-hour part alone is all that was written", async () => {
    const { records } = await read(line({ cache_creation_1h_tokens: 6 }));
    expect(records[0]?.tokens).toEqual({ input: 1000, output: 200, cacheWrite1h: 6 });
  });

  test("reasoning is a part of output", async () => {
    expect(await reasonFor({ reasoning_tokens: 201 })).toContain("of which it is a part");
  });
});

describe("bad-input F182: a count that is no count is refused", () => {
  const values: unknown[] = ["100", "1,234", 1.5, -1, "", true, [], {}, 2 ** 53, 1e300];
  const fields = [
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "cache_creation_1h_tokens",
    "reasoning_tokens",
    "web_searches",
  ];
  test.each(fields)("%s", async (field) => {
    for (const value of values) {
      const reason = await reasonFor({ [field]: value });
      expect(reason).toContain(field);
      expect(reason).toContain("whole number from 0 up");
    }
  });

  test("input and output must be told", async () => {
    expect(await reasonFor({ input_tokens: null })).toContain("input_tokens is missing");
    expect(await reasonFor({ output_tokens: undefined })).toContain("output_tokens is missing");
  });
});

describe("bad-input F181: timestamps", () => {
  const at = async (timestamp: unknown, options = {}): Promise<string | undefined> => {
    const { records } = await read(line({ timestamp }), { options });
    return records[0] && new Date(records[0].timestampMs).toISOString();
  };

  test.each([
    ["2026-05-01T09:30:00+02:00", "2026-05-01T07:30:00.000Z"],
    ["2026-05-01 09:30:00", "2026-05-01T09:30:00.000Z"],
    ["2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"],
    [1_777_627_800, "2026-05-01T09:30:00.000Z"],
    [1_777_627_800_250, "2026-05-01T09:30:00.250Z"],
    [1_777_627_800_250_000, "2026-05-01T09:30:00.250Z"],
    ["1777627800250000000", "2026-05-01T09:30:00.250Z"],
    ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"],
  ])("%s is %s", async (timestamp, instant) => {
    expect(await at(timestamp)).toBe(instant);
  });

  test.each([["yesterday"], ["2026-02-30T00:00:00Z"], [-1], [Number.NaN], [0], [true], ["1969-12-31T23:59:59Z"], [{}]])(
    "%s is refused",
    async (timestamp) => {
      expect(await reasonFor({ timestamp })).toMatch(/^timestamp .*(is no time|is missing)/);
    },
  );

  test("a missing time is refused", async () => {
    expect(await reasonFor({ timestamp: undefined })).toContain("timestamp is missing");
  });

  test("a time without a zone is one of the given zone; in the skipped hour, the instant after it", async () => {
    expect(await at("2026-05-01 09:30:00", { timeZone: "America/New_York" })).toBe("2026-05-01T13:30:00.000Z");
    expect(await at("2026-05-01 09:30:00Z", { timeZone: "America/New_York" })).toBe("2026-05-01T09:30:00.000Z");
    expect(await at("2026-03-08 02:30:00", { timeZone: "America/New_York" })).toBe("2026-03-08T07:00:00.000Z");
  });
});

describe("money", () => {
  test.each([
    ["0.2", 200_000_000],
    [0.1 + 0.2, 300_000_000],
    [0, 0],
    [1.23e-7, 123],
  ])("%s USD", async (cost_usd, nanoUsd) => {
    const { records } = await read(line({ cost_usd }));
    expect(records[0]?.reportedCostNanoUsd).toBe(nanoUsd);
  });

  test.each([["0.0000000001"], ["1,5"], ["€ 2"], ["1e-3"], [""], [true], ["99999999"], [1e300]])("%s is refused", async (cost_usd) => {
    expect(await reasonFor({ cost_usd })).toContain("cost_usd");
  });

  test("bad-input F191: money comes back only as an adjustment", async () => {
    expect(await reasonFor({ cost_usd: "-1" })).toContain('"status": "adjustment"');
    const { records } = await read(line({ cost_usd: "-1", status: "adjustment" }));
    expect(records[0]?.reportedCostNanoUsd).toBe(-1_000_000_000);
  });
});

describe("other fields", () => {
  test("unknown fields are left out and named once a file", async () => {
    const { records, warnings } = await read(line({ prompt: "secret words", currency: "EUR" }).repeat(2));
    expect(JSON.stringify(records)).not.toContain("secret");
    expect(warnings.map((warning) => warning.reason)).toEqual([expect.stringContaining('"prompt"'), expect.stringContaining('"currency"')]);
  });

  test("bad-input F194: what was said is not kept as metadata either", async () => {
    const { records, warnings } = await read(
      line({ metadata: { prompt: "secret words", nested: { messages: ["secret"] }, long: "secret".repeat(500), app: "x" } }),
    );
    expect(records[0]?.metadata).toEqual({ app: "x" });
    expect(warnings).toHaveLength(3);
  });

  test.each(["Text", "question", "answer", "system_prompt", "user_message", "response_text", "transcript"])(
    "bad-input F194: metadata called %s is not kept",
    async (name) => {
      expect((await read(line({ metadata: { [name]: "secret words", app: "x" } }))).records[0]?.metadata).toEqual({ app: "x" });
    },
  );

  test.each([
    ["team", 7],
    ["model", ["x"]],
    ["model", "x".repeat(600)],
    ["tags", "a,b"],
    ["tags", [1]],
    ["metadata", "x"],
    ["attempt", 0],
    ["latency_ms", -1],
    ["usage_source", "guessed"],
    ["cost_source", "guessed"],
    ["input_excludes_cache", "yes"],
  ])("%s of %j is refused by name", async (field, value) => {
    expect(await reasonFor({ [field]: value })).toContain(field);
  });

  test.each(["provider", "model"])("a missing or empty %s is refused", async (field) => {
    expect(await reasonFor({ [field]: "" })).toContain(`${field} is missing`);
  });
});
