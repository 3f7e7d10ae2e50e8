/** A program with a pool and a book of its own, before a scripted provider that knows what it bills. */
import { expect } from "vitest";
import { type BudgetDefinition, BudgetPool } from "../../src/budget/index.ts";
import { type Ledger, openLedger, type StoredRecord } from "../../src/ledger/index.ts";
import { type PriceEntry, priceBook } from "../../src/pricing/index.ts";
import { FORMAT_OF } from "../../src/providers/index.ts";
import { type BilledCall, type ScriptedUpstream, startScriptedUpstream } from "../../src/testing/index.ts";
import { until } from "../guarantees/run-program.ts";

export interface BudgetedProgram extends AsyncDisposable {
  upstream: ScriptedUpstream;
  pool: BudgetPool;
  ledger: Ledger;
  /** To be handed to `withBudget`: both must allow a call. */
  budget: { pool: BudgetPool; ledger: Ledger; scope: { team: string } };
  /** Waits until nothing is under way, then: every billed call is one record, to the nano-USD, and the pool has counted the same. */
  expectBookEqualsBill(): Promise<void>;
  records(): Promise<StoredRecord[]>;
  billNanoUsd(): number;
}

/** Far away, and yet one that must hold: calls are held for with all that they can come to. */
const HARD: BudgetDefinition = {
  name: "hard",
  scope: { team: "platform" },
  period: "lifetime",
  amountNanoUsd: 1_000_000_000_000n,
  alerts: [],
  enforcement: "block_requests",
  hard: true,
};

/** Made up, in femto-USD a token: the bundled book knows no prices of pictures and sound. */
const OWN_PRICES: readonly PriceEntry[] = ["gpt-image-1", "gpt-4o-transcribe", "gpt-4o-mini-tts"].map((model) => ({
  provider: "openai",
  model,
  rates: { input: 2_500_000_000, output: 10_000_000_000, audioInput: 6_000_000_000, audioOutput: 12_000_000_000 },
  sources: [],
}));

export async function startBudgetedProgram(
  options: { amountNanoUsd?: bigint; maxCostUsd?: number; book?: string } = {},
): Promise<BudgetedProgram> {
  const { amountNanoUsd, maxCostUsd = 1000, book = "sqlite::memory:" } = options;
  const upstream = await startScriptedUpstream();
  const ledger = await openLedger(book);
  await ledger.budgets.put({ ...HARD, ...(amountNanoUsd === undefined ? {} : { amountNanoUsd }) });
  await ledger.prices.put(OWN_PRICES, "tests");
  const pool = new BudgetPool({ maxCostUsd });
  const isQuiet = async (): Promise<boolean> => {
    const [standing] = await ledger.budgets.status();
    return upstream.inFlight === 0 && pool.totals().reserved.calls === 0 && standing?.reservedNanoUsd === 0n;
  };
  const records = async (): Promise<StoredRecord[]> => {
    const found: StoredRecord[] = [];
    for await (const record of ledger.query({})) found.push(record);
    return found;
  };
  const billNanoUsd = (): number => upstream.calls.reduce((sum, call) => sum + (billed(call).costNanoUsd ?? 0), 0);
  return {
    upstream,
    pool,
    ledger,
    budget: { pool, ledger, scope: { team: "platform" } },
    records,
    billNanoUsd,
    async expectBookEqualsBill() {
      await until(isQuiet);
      const booked = (await records())
        .map(({ model, costNanoUsd }) => ({ model, costNanoUsd }))
        .filter(({ costNanoUsd }) => costNanoUsd !== 0);
      const bill = upstream.calls.map(billed);
      expect(sorted(booked)).toEqual(sorted(bill));
      expect(pool.totals().costNanoUsd).toBe(billNanoUsd());
      expect((await ledger.verify()).differences).toEqual([]);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([ledger.close(), upstream.close()]);
    },
  };
}

interface Priced {
  model: string;
  costNanoUsd: number | null;
}

const BOOK = priceBook().with(OWN_PRICES);

/** At the price book's prices. */
function billed({ operation, model, tokens, serviceTier }: BilledCall): Priced {
  const cost = BOOK.cost({ provider: FORMAT_OF[operation], model, tokens, ...(serviceTier === undefined ? {} : { serviceTier }) });
  return { model, costNanoUsd: "unpriced" in cost ? null : Number(cost.costNanoUsd) };
}

function sorted(list: readonly Priced[]): string[] {
  return list.map((one) => JSON.stringify(one)).sort();
}
