import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { expect, test } from "vitest";
import { BudgetExceeded } from "../../src/errors.ts";
import type { BudgetOptions } from "../../src/integrations/fetch.ts";
import { withBudget } from "../../src/integrations/openai.ts";
import type { ScriptedReply } from "../../src/testing/index.ts";
import { type BudgetedProgram, startBudgetedProgram } from "./budgeted-program.ts";

const DOLLAR_NANO_USD = 1_000_000_000;
const WORKERS = 200;
const CALLS_EACH = 6;

/** What providers do on a bad day. */
function badDay(number: number): ScriptedReply {
  const reply: ScriptedReply = { outputTokens: 380 };
  switch (number % 20) {
    case 3:
      return { ...reply, delayMs: 20 };
    case 4:
      return { ...reply, resetAtByte: 1500 };
    case 5:
      return { status: 500, headers: { "retry-after-ms": "1" } };
    case 6:
      return { ...reply, stallAfterEvents: 20 };
    case 7:
      return { ...reply, usage: "none" };
    case 8:
      return { ...reply, eventDelayMs: 1 };
    default:
      return reply;
  }
}

async function run(program: BudgetedProgram, budget: BudgetOptions): Promise<{ refused: number; answered: number }> {
  program.upstream.always(({ number }) => badDay(number));
  const bare = new OpenAI({ apiKey: "sk-test", baseURL: `${program.upstream.url}/v1`, maxRetries: 1 });
  const client = withBudget(bare, budget);
  let refused = 0;
  let answered = 0;
  const call = async (number: number): Promise<void> => {
    const asked = { model: "gpt-4o", messages: [{ role: "user" as const, content: `How many springs? ${number}` }], max_tokens: 400 };
    const signal = AbortSignal.timeout(number % 7 === 0 ? 15 : 4000);
    if (number % 2 === 0) {
      await client.chat.completions.create(asked, { signal });
    } else {
      let seen = 0;
      for await (const _ of await client.chat.completions.create({ ...asked, stream: true }, { signal }))
        if (++seen === 30 && number % 3 === 0) break;
    }
    answered++;
  };
  const work = async (worker: number): Promise<void> => {
    for (let turn = 0; turn < CALLS_EACH; turn++) {
      await call(worker + turn * WORKERS).catch((error: unknown) => {
        if (error instanceof BudgetExceeded) refused++;
      });
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
  return { refused, answered };
}

test("a program with 200 concurrent calls and a $1 pool: the upstream never bills more than $1", { timeout: 120_000 }, async () => {
  await using program = await startBudgetedProgram({ maxCostUsd: 1 });
  const { refused, answered } = await run(program, { pool: program.pool });
  await expect.poll(() => program.pool.totals().reserved.calls, { timeout: 30_000 }).toBe(0);
  const billed = program.billNanoUsd();
  expect(billed).toBeLessThanOrEqual(DOLLAR_NANO_USD);
  // Nothing that was billed is missing in the pool, and the dollar was there to be spent.
  expect(program.pool.totals().costNanoUsd).toBeGreaterThanOrEqual(billed);
  expect(program.pool.totals().costNanoUsd).toBeLessThanOrEqual(DOLLAR_NANO_USD);
  expect(billed).toBeGreaterThan(0.3 * DOLLAR_NANO_USD);
  expect(refused).toBeGreaterThan(0);
  expect(answered).toBeGreaterThan(0);
});

test("the same with a book on the disk and a hard budget of $1", { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "tokenledger-wrapped-"));
  try {
    await using program = await startBudgetedProgram({ amountNanoUsd: 1_000_000_000n, book: `sqlite:///${join(folder, "book.db")}` });
    const { ledger, scope } = program.budget;
    const { refused, answered } = await run(program, { ledger, scope });
    const standing = async (): Promise<bigint | undefined> => (await ledger.budgets.status())[0]?.reservedNanoUsd;
    await expect.poll(standing, { timeout: 30_000 }).toBe(0n);
    const billed = program.billNanoUsd();
    const [{ spentNanoUsd = 0n } = {}] = await ledger.budgets.status();
    expect(billed).toBeLessThanOrEqual(DOLLAR_NANO_USD);
    expect(Number(spentNanoUsd)).toBeGreaterThanOrEqual(billed);
    expect(Number(spentNanoUsd)).toBeLessThanOrEqual(DOLLAR_NANO_USD);
    expect(billed).toBeGreaterThan(0.3 * DOLLAR_NANO_USD);
    expect(refused).toBeGreaterThan(0);
    expect(answered).toBeGreaterThan(0);
    expect((await ledger.verify()).differences).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
