/** Answers that are given again: never older than asked, never of another reach or under other rules, and never too many. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AppliedRule } from "../../src/config/index.ts";
import { KeptAnswers } from "../../src/server/api/answers/kept-answers.ts";
import type { Question } from "../../src/server/api/answers/question-words.ts";
import { reachOf } from "../../src/server/api/reach.ts";
import type { Caller } from "../../src/server/gateway/access/caller.ts";

const callerOf = (team: string | undefined, id = "k"): Caller =>
  ({ role: "viewer", key: { id, name: id, role: "viewer", ...(team !== undefined && { team }) } }) as Caller;

const ruleOf = (id: string): AppliedRule => ({ id }) as AppliedRule;

function questionOf(part: Partial<Question> = {}): Question {
  return { kind: "analysis", values: new Map(), nowMs: 1_000, timeZone: "UTC", ...part };
}

describe("kept answers", () => {
  it("whatever is asked in whatever order: an answer is of the same question, reach and rules, and at most as old as asked", async () => {
    const asking = fc.record({
      kind: fc.constantFrom<Question["kind"]>("analysis", "receipts"),
      team: fc.constantFrom(undefined, "red", "blue"),
      key: fc.constantFrom("one", "other"),
      last: fc.constantFrom("7d", "8w"),
      timeZone: fc.constantFrom("UTC", "Asia/Kolkata"),
      rule: fc.constantFrom("a", "b"),
      laterMs: fc.integer({ min: -50, max: 400 }),
      maxAgeMs: fc.constantFrom(0, 100, 1_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(asking, { maxLength: 60 }), async (askings) => {
        const kept = new KeptAnswers({ mostAnswers: 4, mostBytes: 4_000 });
        let nowMs = 1_000;
        for (const { kind, team, key, last, timeZone, rule, laterMs, maxAgeMs } of askings) {
          nowMs += laterMs;
          const values = new Map([["last", [last]]]);
          const question = questionOf({ kind, values, nowMs, timeZone, savings: [ruleOf(rule)] });
          const words = [kind, team, last, timeZone, rule];
          const made = { words, madeAtMs: nowMs };
          const text = await kept.ask(question, reachOf(callerOf(team, key)), maxAgeMs, async () => JSON.stringify(made));
          const answered = JSON.parse(text) as typeof made;
          expect(JSON.stringify(answered.words)).toBe(JSON.stringify(words));
          expect(nowMs - answered.madeAtMs).toBeGreaterThanOrEqual(0);
          expect(nowMs - answered.madeAtMs).toBeLessThanOrEqual(maxAgeMs);
          expect(kept.size.answers).toBeLessThanOrEqual(4);
          expect(kept.size.bytes).toBeLessThanOrEqual(4_000);
        }
      }),
    );
  });

  it("one that is being made is wanted for as long as any of those who asked waits", async () => {
    const kept = new KeptAnswers();
    const waits = [true, true];
    const asked: (() => boolean)[] = [];
    let answer = (_text: string): void => undefined;
    const make = (isWanted: () => boolean): Promise<string> => {
      asked.push(isWanted);
      return new Promise((resolve) => {
        answer = resolve;
      });
    };
    const answers = [0, 1].map((who) => kept.ask(questionOf(), reachOf(callerOf("red")), 100, make, () => waits[who] === true));
    expect(asked.map((isWanted) => isWanted())).toEqual([true]);
    waits[0] = false;
    expect(asked.map((isWanted) => isWanted())).toEqual([true]);
    waits[1] = false;
    expect(asked.map((isWanted) => isWanted())).toEqual([false]);
    answer("text");
    expect(await Promise.all(answers)).toEqual(["text", "text"]);
  });

  it("one that is young enough is given again, to another key of the same reach, too", async () => {
    const kept = new KeptAnswers();
    let made = 0;
    const ask = (nowMs: number, maxAgeMs: number, key: string): Promise<string> =>
      kept.ask(questionOf({ nowMs }), reachOf(callerOf("red", key)), maxAgeMs, async () => String(++made));
    expect([await ask(0, 0, "one"), await ask(500, 500, "other"), await ask(501, 500, "one"), await ask(502, 500, "one")]).toEqual([
      "1",
      "1",
      "2",
      "2",
    ]);
  });

  it("while one is made, the same question waits for it; a failure is told to those who wait, and kept for nobody", async () => {
    const kept = new KeptAnswers();
    let made = 0;
    let end: (error?: Error) => void = () => undefined;
    const ask = (): Promise<string> =>
      kept.ask(questionOf(), reachOf(callerOf(undefined)), 60_000, () => {
        made++;
        return new Promise((resolve, reject) => {
          end = (error) => (error === undefined ? resolve("made") : reject(error));
        });
      });
    const failing = Promise.allSettled([ask(), ask()]);
    end(new Error("the book is away"));
    expect((await failing).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect([made, kept.size]).toEqual([1, { answers: 0, bytes: 0 }]);
    const waiting = Promise.all([ask(), ask(), ask()]);
    end();
    expect([await waiting, made]).toEqual([["made", "made", "made"], 2]);
  });

  it("an answer that is larger than all that may be kept is given, and not kept", async () => {
    const kept = new KeptAnswers({ mostBytes: 1_000 });
    const text = "x".repeat(2_000);
    expect(await kept.ask(questionOf(), reachOf(callerOf(undefined)), 0, async () => text)).toBe(text);
    expect(kept.size).toEqual({ answers: 0, bytes: 0 });
  });
});
