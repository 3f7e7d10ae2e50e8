import { describe, expect, test } from "vitest";
import { formatUsd } from "../../src/money.ts";
import type { ServerEvent } from "../../web/src/api/event-stream.ts";
import { isWantedBy, KINDS, LiveFeed, MOST_EVENTS } from "../../web/src/views/live/live-feed.ts";
import { sentenceOf } from "../../web/src/views/live/sentences.ts";

const AT = "2026-06-30T12:00:00.000Z";
const NOW_MS = Date.parse(AT);
const all = isWantedBy(new Set(KINDS), "");

function call(part: Record<string, unknown> = {}): ServerEvent {
  const data = { type: "call", at: AT, request_id: "r", model: "gpt-4o", provider: "openai", status: "ok", cost_usd: "0.1", ...part };
  return { id: "1", type: "call", data: { input_tokens: 10, output_tokens: 2, ...data } };
}

const event = (type: string, data: Record<string, unknown> = {}): ServerEvent => ({ id: "1", type, data: { type, at: AT, ...data } });

function fed(...events: readonly ServerEvent[]): LiveFeed {
  const feed = new LiveFeed(() => NOW_MS);
  for (const one of events) feed.take(one);
  return feed;
}

describe("what the live view has heard", () => {
  test("the sum of costs is exact, where binary numbers drift", () => {
    const feed = fed(...Array.from({ length: 1_000 }, () => call()));
    expect(formatUsd(feed.sums.costNanoUsd)).toBe("100");
    expect(feed.sums).toMatchObject({ calls: 1_000, inputTokens: 10_000, outputTokens: 2_000, unpriced: 0, failed: 0 });
  });

  test("a call without a price is counted as such and adds nothing to the cost", () => {
    const { sums } = fed(call(), call({ cost_usd: null }), call({ status: "error" }));
    expect(sums).toMatchObject({ calls: 3, unpriced: 1, failed: 1, costNanoUsd: 200_000_000n });
  });

  test("an attempt at which nothing was sent is no call in the book: it is listed and not counted", () => {
    const feed = fed(call({ status: "unsent", cost_usd: undefined }));
    expect(feed.sums).toMatchObject({ calls: 0, unpriced: 0, failed: 0 });
    expect(feed.newest(10, all)).toHaveLength(1);
  });

  test("however many there were, the last 500 are kept, the newest first", () => {
    const feed = fed(...Array.from({ length: 3 * MOST_EVENTS + 7 }, (_, place) => call({ request_id: `r-${place}` })));
    const kept = feed.newest(10_000, all);
    expect(kept).toHaveLength(MOST_EVENTS);
    expect(kept[0]?.data.request_id).toBe(`r-${3 * MOST_EVENTS + 6}`);
    expect(kept.at(-1)?.data.request_id).toBe(`r-${2 * MOST_EVENTS + 7}`);
    expect(new Set(kept.map(({ number }) => number)).size).toBe(MOST_EVENTS);
    expect(feed.newest(50, all)).toEqual(kept.slice(0, 50));
  });

  test("by kind and by words, all of which must be there; gaps are always told", () => {
    const feed = fed(
      call({ model: "claude-opus", team: "Research" }),
      event("refusal", { status: 402, reason: "budget_exceeded", team: "research" }),
      event("budget", { action: "changed", name: "monthly", actor: "local" }),
      event("key", { action: "revoked", name: "ci", actor: "local" }),
      event("gap"),
    );
    const kindsOf = (kinds: Parameters<typeof isWantedBy>[0], text: string): string[] =>
      feed.newest(10, isWantedBy(kinds, text)).map(({ type }) => type);
    expect(kindsOf(new Set(KINDS), "research")).toEqual(["gap", "refusal", "call"]);
    expect(kindsOf(new Set(KINDS), "RESEARCH opus")).toEqual(["gap", "call"]);
    expect(kindsOf(new Set(["change"]), "")).toEqual(["gap", "key", "budget"]);
    expect(kindsOf(new Set(), "")).toEqual(["gap"]);
  });

  test("what may have been missed makes the seconds of the silence unknown", () => {
    let nowMs = NOW_MS;
    const feed = new LiveFeed(() => nowMs);
    feed.became("listening");
    feed.take(call());
    nowMs += 2_000;
    feed.became("waiting", "The server closes.");
    nowMs += 3_000;
    feed.became("listening");
    feed.take(event("gap", { at: undefined }));
    nowMs += 1_000;
    expect(feed.series().calls.slice(-7)).toEqual([1, 0, null, null, null, null, 0]);
    expect(feed.sums.gaps).toBe(1);
  });
});

describe("what happened, in a sentence", () => {
  test.each([
    ["refusal", { status: 402, reason: "budget_exceeded", team: "research", user: "ada" }, "402 budget_exceeded, for research / ada"],
    [
      "alert",
      { budget: "monthly", value: "", kind: "threshold", threshold: 80, spent_usd: "8.001" },
      "Budget monthly: reached 80%, $8.00 spent.",
    ],
    [
      "alert",
      { budget: "team", value: "blue", kind: "overage", threshold: 100, spent_usd: "9" },
      "Budget team (blue): over its amount, $9.00 spent.",
    ],
    ["key", { action: "revoked", name: "ci", actor: "key:k1" }, "Key ci was revoked by key:k1."],
    ["note", { message: "The provider openai is away." }, "The provider openai is away."],
  ])("%s", (type, data, sentence) => {
    const [heard] = fed(event(type, data)).newest(1, all);
    expect(heard && sentenceOf(heard)).toBe(sentence);
  });
});
