import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { importFrom, importHome } from "../import-folder.ts";
import { MemoryBook } from "../memory-book.ts";
import { CHILD_ID, CHILD_TURN, PARENT_ID, sessionMeta, tokenCount, turnContext } from "./lines.ts";

const NAME = `rollout-2026-05-01T12-00-00-${PARENT_ID}.jsonl`;
const MAIN = `.codex/sessions/2026/05/01/${NAME}`;
const CHILD = `.codex/sessions/2026/05/01/rollout-2026-05-01T13-00-00-${CHILD_ID}.jsonl`;

const lines = (...texts: string[]): string => texts.map((text) => `${text}\n`).join("");
const begin = [sessionMeta(), turnContext()] as const;
const tokensOf = async (files: Record<string, string | Uint8Array>): Promise<number> => (await importHome("codex", files)).tokens;

const first = tokenCount({ total: [1000, 0, 50], last: [1000, 0, 50] });
const second = tokenCount({ total: [3000, 900, 150], last: [2000, 900, 100] });

describe("Codex", () => {
  test("acceptance H5: three calls of one session, 30 000 in of which 24 000 cached, 1 200 out", async () => {
    const calls = [1, 2, 3].map((call) => tokenCount({ total: [10_000 * call, 8000 * call, 400 * call], last: [10_000, 8000, 400] }));
    const { records, result } = await importHome("codex", { [MAIN]: lines(...begin, ...calls) });
    expect(result.sources).toMatchObject([{ read: 3, new: 3, duplicate: 0, skipped: 0 }]);
    expect(new Set(records.map(({ sessionId }) => sessionId))).toEqual(new Set([PARENT_ID]));
    for (const { model, provider, project, tokens } of records) {
      expect({ model, provider, project, tokens }).toEqual({
        model: "gpt-5-codex",
        provider: "openai",
        project: "app",
        tokens: { input: 10_000, cacheRead: 8000, output: 400, reasoning: 200 },
      });
    }
  });

  test("totals that are repeated, as after a refresh of the rate limits, are no call", async () => {
    const { tokens, result } = await importHome("codex", {
      [MAIN]: lines(...begin, tokenCount({ info: null }), first, first, second, second),
    });
    expect(tokens).toBe(3150);
    expect(result.sources).toMatchObject([{ read: 4, new: 2, duplicate: 2 }]);
  });

  test("where a log gives only totals, the difference counts; where only single calls, each of them", async () => {
    const totals = [tokenCount({ total: [1000, 0, 50] }), tokenCount({ total: [1000, 0, 50] }), tokenCount({ total: [3000, 900, 150] })];
    expect(await tokensOf({ [MAIN]: lines(...begin, ...totals) })).toBe(3150);
    const singles = [tokenCount({ last: [1000, 0, 50] }), tokenCount({ last: [1000, 0, 50] })];
    expect(await tokensOf({ [MAIN]: lines(...begin, ...singles) })).toBe(2100);
  });

  test("totals that go back a little came late, totals that fall far began anew", async () => {
    const late = tokenCount({ total: [2950, 900, 149], last: [1000, 0, 50] });
    expect(await tokensOf({ [MAIN]: lines(...begin, first, second, late) })).toBe(3150);
    const high = tokenCount({ total: [90_000, 900, 150], last: [87_000, 0, 0] });
    const { tokens, records } = await importHome("codex", { [MAIN]: lines(...begin, first, high, first) });
    expect(tokens).toBe(1050 + 87_000 + 1050);
    expect(records).toHaveLength(3);
  });

  test("sources c04 and c05: a fork's repetition of its parent is not counted again, whether the parent's log is there or not", async () => {
    const own = tokenCount({ total: [5000, 900, 250], last: [2000, 0, 100] });
    for (const later of ["2026-05-01T13:00:00.000Z", "2026-05-01T13:00:02.000Z"]) {
      const repeated = [
        tokenCount({ total: [1000, 0, 50], last: [1000, 0, 50], time: later }),
        tokenCount({ total: [3000, 900, 150], last: [2000, 900, 100], time: later }),
      ];
      const child = lines(
        sessionMeta({ id: CHILD_ID, forked_from_id: PARENT_ID }),
        ...begin,
        ...repeated,
        turnContext({ turn_id: CHILD_TURN }),
        repeated[1] as string,
        own,
      );
      expect(await tokensOf({ [MAIN]: lines(...begin, first, second), [CHILD]: child })).toBe(3150 + 2100);
      expect(await tokensOf({ [CHILD]: child })).toBe(2100);
    }
  });

  test("a fork whose turns have no ids is told from its parent by equal totals", async () => {
    const spawn = { subagent: { thread_spawn: { parent_thread_id: PARENT_ID, depth: 1 } } };
    const own = tokenCount({ total: [5000, 900, 250], last: [2000, 0, 100] });
    const child = lines(sessionMeta({ id: CHILD_ID, source: spawn }), turnContext({ turn_id: undefined }), first, second, own);
    expect(await tokensOf({ [MAIN]: lines(...begin, first, second), [CHILD]: child })).toBe(3150 + 2100);
  });

  test("sources c07: of an active and an archived copy the active one counts", async () => {
    const archived = `.codex/archived_sessions/${NAME}`;
    expect(await tokensOf({ [MAIN]: lines(...begin, first), [archived]: lines(...begin, first, second) })).toBe(1050);
    expect(await tokensOf({ [archived]: lines(...begin, first, second) })).toBe(3150);
  });

  test("sources z1: a compressed log is read, unless the plain one lies beside it", async () => {
    const packed = readFileSync(new URL("./fixtures/rollout.jsonl.zst", import.meta.url));
    expect(await tokensOf({ [`${MAIN}.zst`]: packed })).toBe(1050);
    expect(await tokensOf({ [`${MAIN}.zst`]: packed, [MAIN]: lines(...begin, first, second) })).toBe(3150);
  });

  test("the model is what the report says, else the turn, else a guess that says so", async () => {
    const named = tokenCount({ total: [1000, 0, 50], last: [1000, 0, 50], info: { model: "gpt-5.2-codex" } });
    expect((await importHome("codex", { [MAIN]: lines(...begin, named) })).records[0]?.model).toBe("gpt-5.2-codex");
    const { records, result } = await importHome("codex", { [MAIN]: lines(sessionMeta(), first) });
    expect(records[0]).toMatchObject({ model: "gpt-5", metadata: { model: "not logged" } });
    expect(result.notes).toHaveLength(1);
    const reviewed = await importHome("codex", { [MAIN]: lines(sessionMeta(), turnContext({ model: "codex-auto-review" }), first) });
    expect(reviewed.records[0]).toMatchObject({ model: "gpt-5.4", metadata: { model: "logged as codex-auto-review" } });
  });

  test("any originator is read, and another provider keeps its name", async () => {
    const { records } = await importHome("codex", {
      [MAIN]: lines(sessionMeta({ originator: "some_editor", model_provider: "azure" }), turnContext(), first),
    });
    expect(records).toMatchObject([{ provider: "azure" }]);
  });

  test("headless captures count each turn", async () => {
    const turn = (input: number): string =>
      JSON.stringify({
        type: "turn.completed",
        model: "gpt-5-codex",
        usage: { input_tokens: input, cached_input_tokens: 10, output_tokens: 5 },
      });
    const chat = JSON.stringify({
      timestamp: "2026-05-01T12:00:00Z",
      data: { usage: { prompt_tokens: 100, cached_tokens: 40, completion_tokens: 7 } },
    });
    const capture = lines('{"type":"thread.started","thread_id":"t-1"}', turn(100), turn(100), chat);
    const { tokens, records } = await importHome("codex", { ".codex/sessions/capture.jsonl": capture });
    expect(tokens).toBe(105 + 105 + 107);
    expect(records[2]?.tokens).toEqual({ input: 100, cacheRead: 40, output: 7 });
  });

  test("what is appended goes on from the totals before it", async () => {
    const book = new MemoryBook();
    const whole = lines(...begin, tokenCount({ total: [1000, 0, 50] }), tokenCount({ total: [3000, 900, 150] }));
    const cut = whole.lastIndexOf("\n", whole.length - 2) + 1;
    const home = mkdtempSync(join(tmpdir(), "tokenledger-home-"));
    mkdirSync(dirname(join(home, MAIN)), { recursive: true });
    writeFileSync(join(home, MAIN), whole.slice(0, cut));
    expect((await importFrom("codex", home, book)).tokens).toBe(1050);
    writeFileSync(join(home, MAIN), whole);
    const { tokens, result } = await importFrom("codex", home, book);
    rmSync(home, { recursive: true });
    expect(tokens).toBe(3150);
    expect(result.sources).toMatchObject([{ read: 1, new: 1, bytes: whole.length - cut }]);
  });
});
