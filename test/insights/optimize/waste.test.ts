import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/analysis/statistics/random.ts";
import { Recent } from "../../../src/insights/optimize/habits/recent.ts";
import { priceBook } from "../../../src/pricing/index.ts";
import { callsOf, DAY_MS, HOUR_MS, MINUTE_MS, prompt, savingOf, type TestCall, watched } from "./watched-book.ts";

const WASTE = ["duplicate", "retry", "failed", "loop", "truncated"] as const;
const wasteIn = async (calls: readonly TestCall[]): Promise<Record<string, number>> => {
  const { timesOf } = await watched(callsOf(calls));
  return Object.fromEntries(WASTE.map((flag) => [flag, timesOf(flag).length]).filter(([, count]) => count !== 0));
};

/** People who chat, agents that work, and what happens to both: answers that are stopped and drawn again, and a provider that is down. */
function normalWork(seed: number): TestCall[] {
  const random = seededRandom(seed);
  const below = (most: number): number => Math.floor(random() * most);
  const size = (typical: number): number => Math.max(1, Math.round(typical * Math.exp(1.2 * (random() + random() + random() - 1.5))));
  const calls: TestCall[] = [];
  for (let session = 0; session < 40; session++) {
    const isAgent = random() < 0.5;
    const isHashed = random() < 0.5;
    let afterMs = below(3 * DAY_MS);
    let input = isAgent ? 12_000 + below(4000) : 300 + below(300);
    const steps = isAgent ? 5 + below(60) : 1 + below(12);
    for (let step = 0; step < steps; step++) {
      const output = size(isAgent ? 150 : 350);
      const facts = isHashed ? prompt(`${seed}-${session}-${step}`, input) : {};
      const call: TestCall = { afterMs, input, output, facts, sessionId: `s${session}`, user: `u${session % 7}` };
      const happens = random();
      if (happens < 0.03) calls.push({ ...call, output: below(output) + 1, status: "aborted" }, { ...call, afterMs: afterMs + 4000 });
      else if (happens < 0.06) calls.push({ ...call, output: size(300) }, { ...call, afterMs: afterMs + 20_000, output: size(300) + 1 });
      else if (happens < 0.08)
        calls.push({ ...call, tokens: { input: 0, output: 0 }, status: "error" }, { ...call, afterMs: afterMs + 900, attempt: 2 });
      else calls.push(call);
      input += output + size(isAgent ? 400 : 60);
      afterMs += isAgent ? 2000 + below(30_000) : 10_000 + below(180_000);
    }
  }
  return calls;
}

describe("what is no waste is never taken for it", () => {
  test("chats and agents, answers stopped and drawn again, tries after a failure", async () => {
    let calls = 0;
    let copies = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const work = normalWork(seed);
      const { duplicate = 0, retry = 0, ...other } = await wasteIn(work);
      expect(other).toEqual({});
      calls += work.length;
      copies += duplicate + retry;
    }
    // Two answers that are drawn to one question are of one length once in hundreds of draws: far from what is worth telling.
    expect(copies).toBeLessThan(calls / 1000);
  }, 120_000);

  test("calls of one size, in a session or in none, tried again after failures or not", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          input: fc.integer({ min: 1, max: 5000 }),
          output: fc.constantFrom(1, 5, 20, 100, 256, 500, 512, 1000, 4096),
          everyMs: fc.integer({ min: 500, max: 30_000 }),
          session: fc.option(fc.constant("job"), { nil: undefined }),
          failing: fc.double({ min: 0, max: 0.2, noNaN: true }),
          seed: fc.nat(),
        }),
        async ({ input, output, everyMs, session, failing, seed }) => {
          const random = seededRandom(seed);
          const calls = Array.from({ length: 120 }, (_, index) => ({
            afterMs: index * everyMs,
            input,
            output,
            ...(session !== undefined && { sessionId: session }),
            // The failed attempt was not billed, and left no record.
            ...(index > 5 && random() < failing && { attempt: 2 }),
          }));
          expect(await wasteIn(calls)).toEqual({});
        },
      ),
      { numRuns: 25 },
    );
  });

  test("several answers drawn to one question: with a temperature, or by their different lengths", async () => {
    const ask = (index: number, temperature?: number): TestCall => ({
      afterMs: index * 700,
      input: 1203,
      output: temperature === undefined ? 130 + index : 131,
      facts: { ...prompt("q", 1203), ...(temperature !== undefined && { temperature }) },
    });
    expect(await wasteIn(Array.from({ length: 60 }, (_, index) => ask(index, 0.8)))).toEqual({});
    expect(await wasteIn(Array.from({ length: 60 }, (_, index) => ask(index)))).toEqual({});
  });

  test("photographs of one size, whose answers have one of a few forms", async () => {
    const random = seededRandom(5);
    const calls = Array.from({ length: 300 }, (_, index) => ({
      afterMs: index * 3000,
      input: 1361,
      output: [37, 39, 41, 43][Math.floor(random() * 4)] as number,
      sessionId: "photos",
    }));
    const { timesOf } = await watched(callsOf(calls));
    // Two of one form before any of another: chance has that once in a while at the very beginning.
    expect(timesOf("retry").length).toBeLessThanOrEqual(12);
  });
});

describe("what is waste is found, call by call", () => {
  test("copies of a prompt at temperature 0, within an hour of the answer that could have been kept", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            hash: fc.constantFrom("a", "b", "c"),
            minutes: fc.integer({ min: 0, max: 300 }),
            model: fc.constantFrom("claude-sonnet-4-5", "claude-haiku-4-5"),
          }),
          { minLength: 1, maxLength: 80 },
        ),
        async (drawn) => {
          const sorted = [...drawn].sort((a, b) => a.minutes - b.minutes);
          const calls = sorted.map(({ hash, minutes, model }, index) => ({
            afterMs: minutes * MINUTE_MS + index,
            input: 1000,
            output: 100,
            model,
            facts: { ...prompt(hash, 1000), temperature: 0 },
          }));
          const { timesOf, candidates } = await watched(callsOf(calls));
          /** Naively: an answer serves the hour after it was made. */
          const expected = calls.filter((call, index) => {
            let madeMs = Number.NEGATIVE_INFINITY;
            for (const earlier of calls.slice(0, index + 1)) {
              if (earlier.model !== call.model || earlier.facts.promptBlocks?.[0]?.hash !== call.facts.promptBlocks?.[0]?.hash) continue;
              if (earlier.afterMs - madeMs <= HOUR_MS) {
                if (earlier === call) return true;
              } else madeMs = earlier.afterMs;
            }
            return false;
          });
          expect(timesOf("duplicate")).toEqual(expected.map(({ afterMs }) => afterMs));
          for (const candidate of candidates.filter(({ kind }) => kind === "remove-waste")) expect(candidate.grade).toBe("A");
        },
      ),
      { numRuns: 60 },
    );
  });

  test("without a temperature, an answer of the same telling length is the same answer, less surely", async () => {
    const calls = Array.from({ length: 5 }, (_, index) => ({
      afterMs: index * MINUTE_MS,
      input: 1000,
      output: 137,
      facts: prompt("p", 1000),
    }));
    const { timesOf, candidates, timesCoveredBy } = await watched(callsOf(calls));
    expect(timesOf("duplicate")).toEqual([1, 2, 3, 4].map((minutes) => minutes * MINUTE_MS));
    const found = candidates.filter(({ kind }) => kind === "remove-waste");
    expect(found.map(({ grade }) => grade)).toEqual(["B"]);
    expect(timesCoveredBy(found[0] as (typeof found)[number])).toHaveLength(4);
  });

  test("embeddings of one text, which have no answer", async () => {
    const calls = Array.from({ length: 3 }, (_, index) => ({
      afterMs: index * MINUTE_MS,
      input: 900,
      output: 0,
      provider: "openai",
      model: "text-embedding-3-small",
      facts: prompt("e", 900),
    }));
    expect(await wasteIn(calls)).toEqual({ duplicate: 2 });
  });

  test("a further attempt at what was answered counts with the cheaper of the two, each answer once", async () => {
    const pairs = Array.from({ length: 30 }, (_, index) => [
      { afterMs: index * MINUTE_MS, input: 4000, output: 200, sessionId: `s${index}` },
      { afterMs: index * MINUTE_MS + 9000, input: 4000, output: 150, sessionId: `s${index}`, attempt: 2 },
    ]).flat();
    const { timesOf, candidates, digest } = await watched(callsOf(pairs));
    expect(timesOf("retry")).toHaveLength(30);
    const found = candidates.find(({ from }) => from.startsWith("attempts"));
    const cheaper = priceBook().recordCostNanoUsd(callsOf([pairs[1] as TestCall])[0] as never) as number;
    expect(found && savingOf(found, digest)).toBe(30 * cheaper);
  });

  test("a storm in one session, of the same prompt by all its sizes", async () => {
    const storm = Array.from({ length: 20 }, (_, index) => ({ afterMs: index * 2000, input: 8123, output: 211, sessionId: "storm" }));
    expect(await wasteIn(storm)).toEqual({ retry: 19 });
  });

  test("a failure that was billed counts itself, and the try after it does not", async () => {
    const calls = Array.from({ length: 10 }, (_, index) => [
      { afterMs: index * MINUTE_MS, input: 4000, output: 20, sessionId: `s${index}`, status: "failed_billed" },
      { afterMs: index * MINUTE_MS + 9000, input: 4000, output: 150, sessionId: `s${index}`, attempt: 2, status: "ok" },
    ]).flat();
    expect(await wasteIn(calls)).toEqual({ failed: 10 });
  });

  test("a session that takes the same step for the third time goes in a circle from there on", async () => {
    const steps = Array.from({ length: 12 }, (_, index) => ({
      afterMs: index * 5000,
      input: 9000 + index * 347,
      output: 83,
      sessionId: "circle",
    }));
    const { timesOf } = await watched(callsOf(steps));
    // The first call has no step before it, the second is the first one.
    expect(timesOf("loop")).toEqual(steps.slice(3).map(({ afterMs }) => afterMs));
  });

  test("an answer that was cut and asked for again counts once, with what the cheaper one cost", async () => {
    const pairs = Array.from({ length: 10 }, (_, index) => [
      { afterMs: index * HOUR_MS, input: 3000, output: 256, sessionId: `t${index}`, facts: { isTruncated: true } },
      { afterMs: index * HOUR_MS + 20_000, input: 3000, output: 700, sessionId: `t${index}` },
    ]).flat();
    const { timesOf, candidates, digest } = await watched(callsOf(pairs));
    expect(timesOf("truncated")).toEqual(pairs.filter((_, index) => index % 2 === 1).map(({ afterMs }) => afterMs));
    const found = candidates.find(({ from }) => from.startsWith("answers cut"));
    const cut = priceBook().recordCostNanoUsd(callsOf([pairs[0] as TestCall])[0] as never) as number;
    expect(found && savingOf(found, digest)).toBe(10 * cut);
  });

  test("no saving is more than its calls cost, whatever happens", async () => {
    const call = fc.record({
      afterMs: fc.integer({ min: 0, max: 20 * MINUTE_MS }),
      input: fc.constantFrom(0, 17, 1003, 1003, 5000),
      output: fc.constantFrom(0, 37, 100, 133),
      sessionId: fc.constantFrom("a", "b"),
      status: fc.constantFrom("ok", "error", "aborted", "failed_billed"),
      attempt: fc.constantFrom(1, 1, 2, 3),
      isTruncated: fc.boolean(),
      hash: fc.constantFrom(undefined, "x", "y"),
      temperature: fc.constantFrom(undefined, 0, 1),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 60 }), async (drawn) => {
        const calls = drawn.map(({ isTruncated, hash, temperature, ...fields }) => ({
          ...fields,
          facts: {
            ...(isTruncated && { isTruncated }),
            ...(temperature !== undefined && { temperature }),
            ...(hash !== undefined && prompt(hash, fields.input)),
          },
        }));
        const { digest, candidates, timesCoveredBy } = await watched(callsOf(calls));
        let together = 0;
        for (const candidate of candidates) {
          const cost = digest.cells.filter((cell) => candidate.covers(cell)).reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
          const saving = savingOf(candidate, digest);
          expect(saving).toBeGreaterThanOrEqual(0);
          expect(saving).toBeLessThanOrEqual(cost);
          together += timesCoveredBy(candidate).length;
        }
        // Each call is in one kind of waste at most.
        expect(together).toBeLessThanOrEqual(calls.length);
      }),
      { numRuns: 60 },
    );
  });
});

test("calls that were given up are told of, and nothing is said to be saved by them", async () => {
  const random = seededRandom(9);
  const calls = Array.from({ length: 200 }, (_, index) => ({
    afterMs: index * 5 * MINUTE_MS,
    input: 1000 + Math.floor(random() * 1000),
    output: 100 + Math.floor(random() * 400),
    status: index % 2 === 0 ? "aborted" : "ok",
  }));
  const { candidates, observations } = await watched(callsOf(calls));
  expect(candidates.filter(({ kind }) => kind === "remove-waste")).toEqual([]);
  expect(observations.filter(({ kind }) => kind === "aborted-calls").map(({ requests }) => requests)).toEqual([100]);
});

test("what was seen lately is found, what was not is forgotten, and memory is bounded", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ key: fc.nat(40), wait: fc.nat(30) }), { maxLength: 200 }), (steps) => {
      const recent = new Recent<number, number>({ keptMs: 50, most: 1000 });
      const lastAt = new Map<number, number>();
      let now = 0;
      for (const { key, wait } of steps) {
        now += wait;
        recent.at(now);
        const last = lastAt.get(key);
        const age = last === undefined ? Number.POSITIVE_INFINITY : now - last;
        if (age < 50) expect(recent.get(key)).toBe(last);
        if (age > 100 + 30) expect(recent.get(key)).toBeUndefined();
        recent.set(key, now);
        lastAt.set(key, now);
      }
    }),
  );
  const small = new Recent<number, number>({ keptMs: 1000, most: 100 });
  for (let key = 0; key < 10_000; key++) {
    small.at(1);
    small.set(key, key);
  }
  expect(small.size).toBeLessThanOrEqual(100);
});
