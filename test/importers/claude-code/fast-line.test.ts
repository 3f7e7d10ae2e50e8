/** The fast way of reading a line against the slow one: the same answer, or none. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseValues } from "../../../src/importers/reading/json-lines.ts";
import { FastLine, TOKENS_KEY_END } from "../../../src/importers/sources/claude-code/fast-line.ts";
import { type LoggedCall, loggedCallOf } from "../../../src/importers/sources/claude-code/logged-call.ts";
import { assistantLine, assistantValue, USAGE } from "./lines.ts";

const fastLine = new FastLine();

/** Reads the line where it would lie in a window: with others around it. */
function readFast(text: string): LoggedCall | undefined {
  const before = Buffer.from('{"parentUuid":null}\n');
  const line = Buffer.from(text);
  const window = Buffer.concat([before, line, Buffer.from(`\n${assistantLine({ id: "msg_next" })}\n`)]);
  const end = before.length + line.length;
  const tokensKeyEnd = window.indexOf(TOKENS_KEY_END, before.length);
  return tokensKeyEnd < end ? fastLine.read(window, before.length, end, tokensKeyEnd, 7) : undefined;
}

function readSlow(text: string): unknown {
  const mended: string[] = [];
  let values: unknown[];
  try {
    values = parseValues(text);
  } catch {
    return "not JSON";
  }
  const calls = values.map((value) => {
    try {
      return loggedCallOf(value, 7, (reason) => mended.push(reason));
    } catch (error) {
      return (error as Error).message;
    }
  });
  return calls.length === 1 && mended.length === 0 ? calls[0] : { calls, mended };
}

const text = fc.oneof(
  fc.constantFrom("", "plain", 'quote " and \\', "],", '"usage":{"input_tokens":9}', "é漢", "\u0000", '{"parentUuid":null', "}}", "\\\\"),
  fc.string({ unit: "binary", maxLength: 30 }),
);
/** Mostly what the program writes, now and then what it might. */
const mostly = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<unknown>, weight = 25): fc.Arbitrary<unknown> =>
  fc.oneof({ weight, arbitrary: usual as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: odd });
const count = mostly(fc.nat(2_000_000), fc.constantFrom(0, null, "12", -3, 1.5, 1e15, Number.MAX_SAFE_INTEGER, "x", true));
const plain = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.double({ noNaN: true, noDefaultInfinity: true }));
const usage = fc
  .record(
    {
      input_tokens: count,
      cache_creation_input_tokens: count,
      cache_read_input_tokens: count,
      cache_creation: mostly(
        fc.record({ ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count }, { requiredKeys: [] }),
        plain,
      ),
      output_tokens: count,
      service_tier: mostly(fc.constantFrom("standard", "priority", null), text),
      server_tool_use: fc.oneof(
        fc.record({ web_search_requests: count, web_fetch_requests: count }, { requiredKeys: [] }),
        fc.constant(null),
      ),
      speed: mostly(fc.constantFrom("fast", "standard", null), fc.constant(3)),
      inference_geo: mostly(fc.constantFrom("us", "not_available", null), fc.constant("")),
      iterations: fc.array(
        fc.record({ type: fc.constantFrom("message", "advisor_message"), model: text, input_tokens: count, output_tokens: count }),
        { maxLength: 2 },
      ),
      later: fc.oneof(plain, fc.array(plain, { maxLength: 2 })),
    },
    { requiredKeys: ["input_tokens"] },
  )
  .chain((object) => shuffledSometimes(object));
const decoy = fc.constantFrom<Record<string, unknown>>(
  { type: "tool_use", id: null, name: "t", input: { usage: USAGE } },
  { type: "tool_use", input: { content: [1], stop_reason: null, usage: { input_tokens: 1 } } },
  { type: "tool_use", input: { parentUuid: null } },
  { type: "text", text: "x", message: { id: "m", usage: USAGE } },
);
const content = fc.array(
  fc.oneof({ weight: 6, arbitrary: text.map((said) => ({ type: "text", text: said })) }, { weight: 1, arbitrary: decoy }),
  { maxLength: 3 },
);
const message = fc
  .record(
    {
      model: mostly(fc.constantFrom("claude-sonnet-4-5-20250929", "modèle"), fc.constantFrom("<synthetic>", "", null, 4)),
      id: mostly(fc.constantFrom("msg_1", "msg_2"), fc.constantFrom("", null, 5, 'quoted"')),
      type: fc.constant("message"),
      role: fc.constantFrom("assistant", "user"),
      content: mostly(content, text),
      stop_reason: fc.constantFrom(null, "end_turn", "tool_use"),
      stop_sequence: mostly(fc.constant(null), text),
      usage: mostly(usage, plain),
      context_management: fc.constantFrom<unknown>(null, { applied_edits: [] }, { usage: { input_tokens: 1 } }),
    },
    { requiredKeys: ["model", "id", "content", "stop_reason", "usage"] },
  )
  .chain((object) => shuffledSometimes(object));
const line = fc
  .record(
    {
      parentUuid: mostly(fc.oneof(fc.constant(null), fc.uuid()), text),
      isSidechain: mostly(fc.boolean(), fc.constantFrom(null, "true")),
      cwd: mostly(fc.constantFrom("/home/dev/app", "/home/dév", "/home/dev/other"), fc.oneof(fc.constantFrom("C:\\work", "", 3), text)),
      sessionId: mostly(fc.constantFrom("s-1", "s-2"), fc.constantFrom("", null)),
      version: mostly(fc.constantFrom("2.1.9", "unknown"), text),
      message,
      requestId: fc.constant("req_1"),
      type: mostly(fc.constant("assistant"), fc.constantFrom("user", "progress", null)),
      uuid: fc.uuid(),
      timestamp: mostly(
        fc.date({ min: new Date(0), max: new Date("2099-12-31"), noInvalidDate: true }).map((date) => date.toISOString()),
        fc.constantFrom("2026-02-30T00:00:00.000Z", "2026-05-01T24:00:00.000Z", "", null, 1.7e9, "2026-05-01T12:00:00+02:00"),
      ),
      more: mostly(
        fc.constant({}),
        fc.constantFrom(
          { costUSD: 0.5 },
          { costUSD: "0.25" },
          { toolUseResult: { usage: USAGE } },
          { toolUseResult: [USAGE] },
          { message: null },
        ),
        8,
      ),
    },
    { requiredKeys: ["parentUuid", "message", "type", "timestamp", "more"] },
  )
  .map(({ more, ...members }) => ({ ...members, ...(more as object) }))
  .chain((object) => shuffledSometimes(object));

/** Mostly as the program writes it, sometimes with its members in another order. */
function shuffledSometimes(object: object): fc.Arbitrary<Record<string, unknown>> {
  const entries = Object.entries(object);
  const shuffled = fc.shuffledSubarray(entries, { minLength: entries.length, maxLength: entries.length });
  return fc
    .oneof({ weight: 9, arbitrary: fc.constant(entries) }, { weight: 1, arbitrary: shuffled })
    .map((list) => Object.fromEntries(list) as Record<string, unknown>);
}

/** JSON in several hands: compact, with blanks, with escapes, with a carriage return, twice on one line. */
const written = fc.tuple(line, fc.nat(19)).map(([value, hand]) => {
  const compact = JSON.stringify(value);
  if (hand === 0) return JSON.stringify(value, undefined, 1).replaceAll("\n", " ");
  if (hand === 1) return compact.replace('"usage":{', '"usage": {');
  if (hand === 2) return compact + compact;
  if (hand === 3) return compact.replace("assistant", "\\u0061ssistant");
  if (hand === 4) return `${compact}\r`;
  return compact;
});

describe("the fast way of reading a Claude Code line", () => {
  test("reads the usual line", () => {
    expect(readFast(assistantLine())).toEqual(readSlow(assistantLine()));
    expect(readFast(assistantLine())).toMatchObject({ id: "msg_1", usage: { input: 10, output: 50 } });
    const advised = { ...USAGE, iterations: [{ type: "advisor_message", model: "m", input_tokens: 5, output_tokens: 6 }] };
    expect(readFast(assistantLine({ usage: advised }))).toEqual(readSlow(assistantLine({ usage: advised })));
  });

  test("gives the slow way's answer or none, in any layout", () => {
    let answered = 0;
    fc.assert(
      fc.property(written, (text) => {
        const fast = readFast(text);
        if (fast === undefined) return;
        answered++;
        expect(fast).toEqual(readSlow(text));
      }),
      { numRuns: 4000 },
    );
    expect(answered).toBeGreaterThan(400);
  });

  test("gives none for a line that is cut, or torn and continued by another", () => {
    const whole = assistantLine({ content: [{ type: "text", text: "a".repeat(50) }] });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (cut) => {
        expect(readFast(whole.slice(0, cut))).toBeUndefined();
        const glued = whole.slice(0, cut) + whole;
        if (cut > 0) expect(readFast(glued)).toBeUndefined();
      }),
    );
  });

  test("does not mistake another object's usage for the message's", () => {
    const value = assistantValue();
    const { usage: _, ...message } = value.message as Record<string, unknown>;
    for (const toolUseResult of [{ usage: USAGE }, { content: "x", usage: USAGE }, [{ usage: USAGE }]]) {
      expect(readFast(JSON.stringify({ ...value, message, toolUseResult }))).toBeUndefined();
    }
  });
});
