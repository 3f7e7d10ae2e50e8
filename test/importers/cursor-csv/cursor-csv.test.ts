import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cursorCsvImporter } from "../../../src/importers/sources/cursor-csv/cursor-csv-importer.ts";
import { withData } from "../../shared-data.ts";
import { PROMPT_TEXT, sumsOf, testImporter } from "../conformance.ts";
import { runImporter, runImporterOnFile } from "../run-importer.ts";

const V1 = "Date,Model,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost,Cost to you";
const V2 = "Date,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost";
const V3 =
  "Date,Cloud Agent ID,Automation ID,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost";
const read = (...lines: string[]) => runImporter(cursorCsvImporter, `${lines.join("\n")}\n`);

testImporter({
  importer: cursorCsvImporter,
  fileName: "usage-events.csv",
  write: (calls) =>
    `${V2},Prompt\n${Array.from({ length: calls }, (_, n) => `2026-05-01T10:00:0${n}.000Z,On-Demand,gpt-5,No,100,20,300,40,460,0.01,${PROMPT_TEXT}\n`).join("")}`,
  tokens: (calls) => ({ input: 420 * calls, output: 40 * calls }),
});

describe("sources 3.7: Cursor", () => {
  test("the token columns are disjoint: what stands under w/ Cache Write was written", async () => {
    const { records, warnings } = await read(
      V2,
      '"2025-11-13T18:36:05.846Z","On-Demand","claude-4.5-sonnet","No","28342","775","105891","21282","156290","0.19"',
    );
    expect(warnings).toEqual([]);
    expect(records).toEqual([
      {
        id: expect.any(String),
        timestampMs: Date.parse("2025-11-13T18:36:05.846Z"),
        provider: "anthropic",
        model: "claude-4.5-sonnet",
        tokens: { input: 135_008, output: 21_282, cacheRead: 105_891, cacheWrite5m: 28_342 },
        reportedCostNanoUsd: 190_000_000,
        source: "cursor-csv",
        usageSource: "imported",
        metadata: { kind: "On-Demand" },
        replay: { rank: 0 },
      },
    ]);
  });

  test("all three layouts are read", async () => {
    const v1 = await read(V1, "2025-08-01,gpt-5,0,10,0,5,15,$0.02,$0.00");
    expect(v1.records[0]).toMatchObject({ timestampMs: Date.UTC(2025, 7, 1), provider: "openai", reportedCostNanoUsd: 20_000_000 });
    const v3 = await read(V3, "2026-04-09T18:02:13.576Z,bc-1,auto-1,On-Demand,composer-2,Yes,0,43478,420864,7957,472299,0.11");
    expect(v3.records[0]).toMatchObject({
      provider: "cursor",
      sessionId: "bc-1",
      metadata: { kind: "On-Demand", max_mode: "true", automation_id: "auto-1" },
      tokens: { input: 464_342, output: 7957 },
    });
  });

  test("a cost of Included or - is no cost told, a call that isn't charged costs nothing", async () => {
    const { records } = await read(
      V2,
      "2026-05-01T10:00:00Z,Included,auto,No,0,1,0,1,2,Included",
      "2026-05-01T10:00:01Z,On-Demand,auto,No,0,1,0,1,2,-",
      '2026-05-01T10:00:02Z,"Errored, No Charge",auto,No,0,1,0,1,2,-',
      '2026-05-01T10:00:03Z,"Aborted, Not Charged",auto,No,0,1,0,1,2,0.5',
    );
    expect(records.map((record) => record.reportedCostNanoUsd)).toEqual([undefined, undefined, 0, 0]);
    expect(records.map((record) => record.status)).toEqual([undefined, undefined, "error", "aborted"]);
  });

  test("a total that is not the sum is told", async () => {
    const { records, warnings } = await read(V2, "2026-05-01T10:00:00Z,Included,auto,No,5,1,0,1,2,-");
    expect(records).toHaveLength(1);
    expect(warnings).toEqual([{ line: 2, reason: expect.stringContaining("not the sum") }]);
  });

  test("a row that counts nothing is no call", async () => {
    expect(await read(V2, "2026-05-01T10:00:00Z,Included,auto,No,0,0,0,0,0,-")).toMatchObject({ records: [], skipped: 1, problems: [] });
  });

  test("bad-input F188: another CSV is refused with the columns that it lacks and has", async () => {
    const { records, problems } = await read("Datum;Modell;Kosten", "2026-05-01;gpt-5;1");
    expect(records).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.reason).toMatch(/no Cursor usage export: it has no column "Date", "Model".*only "Datum", "Modell", "Kosten"/);
  });
});

withData("samples/cursor", (folder) => {
  test("acceptance H5: both samples, token by token", async () => {
    const first = await runImporterOnFile(cursorCsvImporter, join(folder, "usage.csv"));
    expect(first.problems).toEqual([]);
    expect(first.warnings).toEqual([]);
    expect(sumsOf(first.records)).toEqual({ input: 28_342 + 775 + 105_891 + 8263 + 66_964, output: 21_282 + 1612 });
    expect(first.records.map((record) => record.reportedCostNanoUsd)).toEqual([190_000_000, 30_000_000]);
    const second = await runImporterOnFile(cursorCsvImporter, join(folder, "usage-2.csv"));
    expect(second.problems).toEqual([]);
    expect(second.warnings).toEqual([]);
    expect(sumsOf(second.records)).toEqual({
      input: 343_446 + 29_045_760 + 43_478 + 420_864 + 104_504 + 985_600,
      output: 915_201 + 7957 + 3666,
    });
    expect(second.records.map((record) => record.reportedCostNanoUsd)).toEqual([undefined, 110_000_000, 0]);
  });
});
