import { describe, expect, test } from "vitest";
import { csvImporter } from "../../../src/importers/sources/csv/csv-importer.ts";
import { PROMPT_TEXT, testImporter } from "../conformance.ts";
import { type Outcome, type RunOptions, runImporter } from "../run-importer.ts";

const read = (text: string, settings: RunOptions = {}): Promise<Outcome> => runImporter(csvImporter, text, settings);
const HEADING = "id,timestamp,provider,model,input_tokens,output_tokens";

testImporter({
  importer: csvImporter,
  fileName: "usage.csv",
  write: (calls) =>
    `${HEADING},prompt\n${Array.from({ length: calls }, (_, n) => `r${n},2026-05-01T10:00:00Z,openai,gpt-5,100,20,${PROMPT_TEXT}\n`).join("")}`,
  tokens: (calls) => ({ input: 100 * calls, output: 20 * calls }),
});

describe("columns", () => {
  test("our own field names are the headings by default", async () => {
    const { records, problems, warnings } = await read(
      `${HEADING},cache_read_tokens,cache_creation_tokens,cost_usd,team,user_id,tags,metadata.region,latency_ms,status\nr1,2026-05-01T10:00:00Z,anthropic,claude-sonnet-4-5,100,20,30,10,0.5,engineering,u1,a;b,eu,12.4,ok\n`,
    );
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(records).toEqual([
      {
        id: "r1",
        timestampMs: Date.UTC(2026, 4, 1, 10),
        provider: "anthropic",
        model: "claude-sonnet-4-5",
        tokens: { input: 100, output: 20, cacheRead: 30, cacheWrite5m: 10 },
        reportedCostNanoUsd: 500_000_000,
        team: "engineering",
        userId: "u1",
        tags: ["a", "b"],
        metadata: { region: "eu" },
        latencyMs: 12,
        status: "ok",
        source: "csv",
      },
    ]);
  });

  test("well-known other names are understood, whatever their case and spaces", async () => {
    const { records, problems } = await read(
      "Created At,Vendor,Model Name,Prompt Tokens,Completion Tokens,Spend\n2026-05-01 10:00,openai,gpt-5,1,2,0.1\n",
    );
    expect(problems).toEqual([]);
    expect(records[0]).toMatchObject({ provider: "openai", tokens: { input: 1, output: 2 }, reportedCostNanoUsd: 100_000_000 });
  });

  test("the user's mapping wins, in any language", async () => {
    const { records, problems } = await read(
      "Zeit;Anbieter;Modell;Eingabe;Ausgabe;input_tokens\n2026-05-01T10:00:00Z;openai;gpt-5;1;2;99\n",
      {
        options: {
          columns: { timestamp: "Zeit", provider: "Anbieter", model: "Modell", input_tokens: "Eingabe", output_tokens: "Ausgabe" },
        },
      },
    );
    expect(problems).toEqual([]);
    expect(records[0]?.tokens).toEqual({ input: 1, output: 2 });
  });

  test("bad-input F188: a missing column is one sentence with what was found and how to map it", async () => {
    const { records, problems } = await read("Zeit;Modell\n1;2\n3;4\n");
    expect(records).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.reason).toMatch(
      /^has no column for timestamp, provider, model, input_tokens, output_tokens; its columns are "Zeit", "Modell".*--map timestamp="Zeit"/,
    );
  });

  test("a mapping to a column or field that isn't there is refused", async () => {
    expect((await read(`${HEADING}\n`, { options: { columns: { model: "Modell" } } })).problems[0]?.reason).toContain(
      'no column "Modell" for model',
    );
    expect((await read(`${HEADING}\n`, { options: { columns: { modell: "model" } } })).problems[0]?.reason).toContain(
      '"modell" is no field',
    );
  });

  test("provider and model may be told from outside", async () => {
    const { records } = await read("timestamp,input_tokens,output_tokens\n2026-05-01T10:00:00Z,1,2\n", {
      options: { provider: "openai", model: "gpt-5" },
    });
    expect(records[0]).toMatchObject({ provider: "openai", model: "gpt-5" });
  });

  test("bad-input F188: an extra column is left out and named", async () => {
    const { records, warnings } = await read(`${HEADING},note\nr1,2026-05-01T10:00:00Z,openai,gpt-5,1,2,hello\n`);
    expect(JSON.stringify(records)).not.toContain("hello");
    expect(warnings).toEqual([{ line: 1, reason: expect.stringContaining('"note"') }]);
  });

  test("--input-excludes-cache, and the column of that name", async () => {
    const text = `${HEADING},cache_read_tokens\nr1,2026-05-01T10:00:00Z,openai,gpt-5,1,2,50\n`;
    expect((await read(text)).problems[0]).toEqual({ line: 2, reason: expect.stringContaining("input_excludes_cache: true") });
    expect((await read(text, { options: { inputExcludesCache: true } })).records[0]?.tokens.input).toBe(51);
    expect(
      (await read(text.replace("_tokens\n", "_tokens,input_excludes_cache\n").replace(",50", ",50,true"))).records[0]?.tokens.input,
    ).toBe(51);
  });
});

describe("bad-input F188: cells and rows", () => {
  const row = (cells: string): string =>
    `${HEADING},cost_usd\nr0,2026-05-01T10:00:00Z,openai,gpt-5,1,2,\n${cells}\nr9,2026-05-01T10:00:00Z,openai,gpt-5,1,2,\n`;
  const reasonFor = async (cells: string): Promise<string | undefined> => {
    const { records, problems } = await read(row(cells));
    expect(records.map((record) => record.id)).toEqual(["r0", "r9"]);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.line).toBe(3);
    return problems[0]?.reason;
  };

  test.each(['"1,234"', "1.234.567", "1.5", "-1", "=1+1", "1e3", "NaN", "1 234"])("a count of %s is refused by line", async (cell) => {
    expect(await reasonFor(`r1,2026-05-01T10:00:00Z,openai,gpt-5,${cell},2,`)).toMatch(
      /^input_tokens is .*whole number without separators/,
    );
  });

  test.each(["€ 2", "2 €", "$2", '"0,25"', "=2", "USD 2"])("a cost of %s is refused by line", async (cell) => {
    expect(await reasonFor(`r1,2026-05-01T10:00:00Z,openai,gpt-5,1,2,${cell}`)).toMatch(/^cost_usd is .*without a currency sign/);
  });

  test("lines that end in a carriage return alone are lines", async () => {
    const text = row("r1,2026-05-01T10:00:00Z,openai,gpt-5,1,x,").replaceAll("\n", "\r");
    const { records, problems } = await read(text);
    expect(records.map(({ id }) => id)).toEqual(["r0", "r9"]);
    expect(problems).toEqual([{ line: 3, reason: expect.stringContaining("output_tokens") }]);
  });

  test("two columns for one field are refused, not chosen from", async () => {
    const { records, problems } = await read(`${HEADING},Model\nr1,2026-05-01T10:00:00Z,openai,gpt-5,1,2,gpt-4\n`);
    expect(records).toEqual([]);
    expect(problems).toEqual([{ line: 1, reason: 'has two columns "Model" for model; rename the one that is not meant' }]);
  });

  test("an empty count is missing, not zero", async () => {
    expect(await reasonFor("r1,2026-05-01T10:00:00Z,openai,gpt-5,,2,")).toBe("input_tokens is missing; a whole number from 0 up is needed");
  });

  test("a credit needs its status", async () => {
    expect(await reasonFor("r1,2026-05-01T10:00:00Z,openai,gpt-5,1,2,-0.5")).toContain('"status": "adjustment"');
  });

  test("a row of another width is refused by line", async () => {
    expect(await reasonFor("r1,2026-05-01T10:00:00Z,openai")).toBe("the row has 3 fields where the heading has 7");
    expect(await reasonFor("r1,2026-05-01T10:00:00Z,openai,gpt-5,1,2,0.1,more")).toBe("the row has 8 fields where the heading has 7");
  });

  test("floats that are whole, and small costs with an exponent, are read", async () => {
    const { records, problems } = await read(row("r1,2026-05-01T10:00:00Z,openai,gpt-5,100.0,20.0,1.25e-05"));
    expect(problems).toEqual([]);
    expect(records[1]).toMatchObject({ tokens: { input: 100, output: 20 }, reportedCostNanoUsd: 12_500 });
  });

  test("a formula in a name stays text", async () => {
    const { records } = await read(`${HEADING},team\nr1,2026-05-01T10:00:00Z,openai,gpt-5,1,2,=cmd|' /C calc'!A0\n`);
    expect(records[0]?.team).toBe("=cmd|' /C calc'!A0");
  });

  test("JSON is no CSV", async () => {
    expect((await read('{"a":1}')).problems).toEqual([{ line: 0, reason: "is JSON, where a CSV file is needed" }]);
  });
});
