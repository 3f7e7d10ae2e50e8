/** What every case of a store of budgets has at hand. */
import { deepStrictEqual as equal, fail } from "node:assert";
import type { BudgetDefinition } from "../../budget/index.ts";
import { TokenLedgerError } from "../../errors.ts";
import type { BudgetStatus, Ledger, LedgerReservation, ReserveCall } from "../../ledger/index.ts";
import type { UsageRecord } from "../../usage/index.ts";
import type { FakeClock } from "../fake-clock.ts";

export interface Bench {
  ledger: Ledger;
  /** Moves the store's clock, where the store has one of its own only in cases that need none. */
  clock: FakeClock;
}

export type BudgetCase = (bench: Bench) => Promise<void>;

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
/** A Friday, noon. */
export const NOON_MS: number = Date.UTC(2026, 4, 1, 12);
export const USD = 1_000_000_000n;

/** A hard budget of 1 USD a month over everything, but for the fields given. */
export function budget(name: string, fields: Partial<BudgetDefinition> = {}): BudgetDefinition {
  const period = fields.windowMs === undefined ? { period: "monthly" as const } : {};
  const amount = fields.maxTokens === undefined ? { amountNanoUsd: USD } : {};
  return { name, scope: {}, ...amount, ...period, alerts: [], enforcement: "block_requests", hard: true, ...fields };
}

export function soft(name: string, fields: Partial<BudgetDefinition> = {}): BudgetDefinition {
  return budget(name, { hard: false, enforcement: "rate_limit", ...fields });
}

/** A call of team `blue` that may cost this many USD. */
export function call(requestId: string, costUsd: number | string, fields: Partial<ReserveCall> = {}): ReserveCall {
  return { requestId, provider: "acme", model: "acme-1", scope: { team: "blue" }, estimate: { costUsd }, ...fields };
}

/** A call that may use this many tokens and costs nothing. */
export function tokensCall(requestId: string, inputTokens: number, fields: Partial<ReserveCall> = {}): ReserveCall {
  return call(requestId, 0, { estimate: { inputTokens, costUsd: 0 }, ...fields });
}

/** A record of team `blue` that cost this much. */
export function record(id: string, timestampMs: number, costNanoUsd: bigint, fields: Partial<UsageRecord> = {}): UsageRecord {
  return {
    id,
    timestampMs,
    provider: "acme",
    model: "acme-1",
    tokens: { input: 100, output: 10 },
    reportedCostNanoUsd: Number(costNanoUsd),
    team: "blue",
    source: "library",
    ...fields,
  };
}

export async function records(ledger: Ledger): Promise<UsageRecord[]> {
  const stored: UsageRecord[] = [];
  for await (const one of ledger.query({})) stored.push(one);
  return stored;
}

/** How the budget stands; `value` where it counts each by itself. */
export async function status(ledger: Ledger, name: string, value?: string): Promise<BudgetStatus> {
  const all = (await ledger.budgets.status()).filter((one) => one.name === name && one.value === value);
  equal(all.length, 1, `${all.length} states of budget ${name} ${value ?? ""}`);
  return all[0] as BudgetStatus;
}

/** What a budget counts, as spent and reserved nano-USD. */
export async function money(ledger: Ledger, name: string, value?: string): Promise<[bigint, bigint]> {
  const { spentNanoUsd, reservedNanoUsd } = await status(ledger, name, value);
  return [spentNanoUsd, reservedNanoUsd];
}

/** Everything that a program can see of the book. */
export async function dump(ledger: Ledger): Promise<unknown> {
  const { totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: [] });
  return [await ledger.budgets.status(), await ledger.budgets.list(), await ledger.alerts.list(), await records(ledger), totals];
}

/** A refusal as programs read it: what is told beside the code depends on the code. */
export interface Refusal extends TokenLedgerError {
  cap: string;
  limit: number;
  attempted: number;
  retryAfterMs?: number;
  breaches: readonly {
    budget?: string;
    cap: string;
    limit: number;
    attempted: number;
    reserved?: number;
    reservedNanoUsd?: bigint | number;
    refuses: boolean;
    switchTo?: string;
  }[];
}

/** The error of this code with which `work` fails; any other outcome breaks the promise. */
export async function refused(work: Promise<unknown>, code: TokenLedgerError["code"] = "BUDGET_EXCEEDED"): Promise<Refusal> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (TokenLedgerError.is(error) && error.code === code) return error as Refusal;
  if (error !== undefined) throw error;
  return fail(`was let pass, where ${code} was due`);
}

/** The names of the budgets that refuse, in alphabetical order. */
export function refusing({ breaches }: Refusal): string[] {
  return breaches.flatMap(({ refuses, budget: name }) => (refuses && name !== undefined ? [name] : [])).sort();
}

/** Lets the time of a reservation pass and sweeps until it has ended. A store with a clock of its own is asked until it says so. */
export async function sweepAfter(
  bench: Bench,
  { expiresMs, reservedMs }: LedgerReservation,
): Promise<{ charged: number; released: number }> {
  bench.clock.advance(expiresMs - reservedMs);
  for (let asked = 0; asked < 100_000; asked++) {
    const swept = await bench.ledger.sweep();
    if (swept.charged + swept.released > 0) return swept;
  }
  return fail("a reservation whose time is over was never swept");
}
