/** Who answers questions, and how many wait. Run from the sources, where there is no built thread to start, but where it says so. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Ledger, openLedger, type VirtualKey } from "../../src/ledger/index.ts";
import { AnswerDesk } from "../../src/server/api/answers/answer-desk.ts";
import type { Question } from "../../src/server/api/answers/question-words.ts";
import { type Caller, LOCAL_ADMIN } from "../../src/server/gateway/access/caller.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-desk-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const question: Question = {
  kind: "costs",
  values: new Map([["group_by", ["team"]]]),
  nowMs: Date.parse("2026-05-17T12:00:00Z"),
  timeZone: "UTC",
};

function callerOf(number: number): Caller {
  return { role: "admin", key: { id: `key-${number}`, name: `key-${number}`, role: "admin" } as VirtualKey };
}

async function bookAt(url: string): Promise<Ledger> {
  const ledger = await openLedger(url);
  const tokens = { input: 1_000_000 };
  await ledger.record({ timestampMs: question.nowMs, provider: "openai", model: "gpt-4o", tokens, team: "core", source: "library" });
  return ledger;
}

describe("the desk that answers", () => {
  it.each(["sqlite::memory:", `sqlite://${join(folder, "book.db")}`])(
    "on %s, where no other thread can read the book or be started, the server's own answers",
    async (url) => {
      const ledger = await bookAt(url);
      const desk = new AnswerDesk(ledger);
      for (let time = 0; time < 2; time++)
        expect(JSON.parse(await desk.ask(question, LOCAL_ADMIN))).toMatchObject({
          groups: [{ team: "core", requests: 1, cost_usd: "2.5" }],
        });
      await desk.close();
      await ledger.close();
    },
  );

  it("so many questions wait and no more: the others are told to come again", async () => {
    const ledger = await bookAt(join(folder, "busy.db"));
    const desk = new AnswerDesk(ledger);
    const asked = await Promise.allSettled(Array.from({ length: 70 }, (_, index) => desk.ask(question, callerOf(index % 10))));
    const refused = asked.filter((outcome) => outcome.status === "rejected").map(({ reason }) => reason);
    expect(refused).toHaveLength(6);
    for (const refusal of refused) expect(refusal).toMatchObject({ status: 503, code: "busy", retryAfterMs: 2000 });
    await desk.close();
    await ledger.close();
  });

  it("who asks a lot leaves room for others, and lets them go first", async () => {
    const built = new URL("../../dist/server/api/answers/answer-desk.js", import.meta.url).href;
    const { AnswerDesk: BuiltDesk } = (await import(built)) as { AnswerDesk: typeof AnswerDesk };
    const ledger = await bookAt(join(folder, "fair.db"));
    const desk = new BuiltDesk(ledger);
    const order: number[] = [];
    const ask = (caller: number) => desk.ask(question, callerOf(caller)).then(() => order.push(caller));
    const many = Promise.allSettled(Array.from({ length: 40 }, () => ask(1)));
    await ask(2);
    expect(order.length).toBeLessThan(8);
    expect((await many).filter(({ status }) => status === "rejected")).toHaveLength(24);
    await desk.close();
    await ledger.close();
  });

  it("a question that nobody waits for any more takes nobody's place, and is not answered", async () => {
    const ledger = await bookAt(join(folder, "left.db"));
    const desk = new AnswerDesk(ledger);
    let isWanted = true;
    const left = Promise.allSettled(Array.from({ length: 16 }, () => desk.ask(question, callerOf(1), () => isWanted)));
    await expect(desk.ask(question, callerOf(1))).rejects.toMatchObject({ status: 503, code: "busy" });
    isWanted = false;
    expect(JSON.parse(await desk.ask(question, callerOf(1)))).toMatchObject({ schema: "tokenledger.costs/1" });
    for (const outcome of await left) expect(outcome).toMatchObject({ status: "rejected", reason: { status: 503 } });
    await desk.close();
    await ledger.close();
  });

  it("when the server closes, whoever waits is told, and nobody is left waiting", async () => {
    const ledger = await bookAt(join(folder, "closing.db"));
    const desk = new AnswerDesk(ledger);
    const waiting = desk.ask(question, LOCAL_ADMIN);
    const refused = expect(waiting).rejects.toMatchObject({ status: 503 });
    await desk.close();
    await refused;
    await expect(desk.ask(question, LOCAL_ADMIN)).rejects.toMatchObject({ status: 503 });
    await ledger.close();
  });

  it("an answer that takes too long is given up, and its thread with it: the next question has another one", async () => {
    const built = new URL("../../dist/server/api/answers/answer-desk.js", import.meta.url).href;
    const { AnswerDesk: BuiltDesk } = (await import(built)) as { AnswerDesk: typeof AnswerDesk };
    const ledger = await bookAt(join(folder, "slow.db"));
    const desk = new BuiltDesk(ledger, { longestAnswerMs: 1 });
    for (let time = 0; time < 2; time++)
      await expect(desk.ask(question, LOCAL_ADMIN)).rejects.toMatchObject({
        status: 503,
        message: expect.stringContaining("takes too long"),
      });
    await desk.close();
    const patient = new BuiltDesk(ledger);
    expect(JSON.parse(await patient.ask(question, LOCAL_ADMIN))).toMatchObject({ groups: [{ team: "core", requests: 1 }] });
    await patient.close();
    await ledger.close();
  });

  it("what is wrong with a question is told as an input's error, and the next one is answered", async () => {
    const ledger = await bookAt("sqlite::memory:");
    const desk = new AnswerDesk(ledger);
    const wrong = { ...question, values: new Map([["group_by", ["teem"]]]) };
    await expect(desk.ask(wrong, LOCAL_ADMIN)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(JSON.parse(await desk.ask(question, LOCAL_ADMIN))).toMatchObject({ totals: { requests: 1 } });
    await desk.close();
    await ledger.close();
  });
});
