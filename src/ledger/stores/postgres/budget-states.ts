/** How budgets stand, now or at another time. */
import { counterSpanOf, EACH_VALUE, windowOf } from "../../../budget/index.ts";
import type { BudgetState, StoredBudget } from "../../store.ts";
import { readBudgets } from "./budget-table.ts";
import { countedAnew } from "./counted-anew.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Row } from "./driver.ts";
import { arrayOf, givenText, type Transaction } from "./transaction.ts";

/** To be called on one snapshot. @param atMs another time than now */
export async function budgetStates(
  transaction: Transaction,
  dictionary: Dictionary,
  atMs: number | undefined,
): Promise<{ nowMs: number; states: BudgetState[] }> {
  const { budgets } = await readBudgets(transaction);
  const [clock] = await transaction.query("SELECT now_ms() AS now");
  const nowMs = Number(clock?.now);
  const rows = await counterRows(transaction, budgets, atMs ?? nowMs);
  const states: BudgetState[] = [];
  for (const budget of budgets) {
    const window = windowOf(atMs ?? nowMs, budget.definition);
    // Of such a time no counters are kept, or more than counted then: only records tell.
    const isSlidingThen = budget.definition.windowMs !== undefined && atMs !== undefined;
    const byValue =
      isSlidingThen || window.startMs < budget.countedFromMs
        ? await fromRecords(transaction, dictionary, budget, window)
        : fromCounters(budget, window, rows.get(budget.id) ?? []);
    const isPlain = !Object.values(budget.definition.scope).includes(EACH_VALUE);
    if (byValue.size === 0 && isPlain) byValue.set("", emptyState(budget, "", window));
    states.push(...[...byValue.values()].sort((a, b) => (a.value < b.value ? -1 : 1)));
  }
  return { nowMs, states };
}

/** Later parts of a sliding window count too: a clock that was put back frees nothing. */
async function counterRows(transaction: Transaction, budgets: readonly StoredBudget[], atMs: number): Promise<Map<number, Row[]>> {
  const rows = await transaction.query(
    `SELECT c.* FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS w (budget, first_ms, last_ms)
     JOIN budget_counters c ON c.budget = w.budget AND c.start_ms BETWEEN w.first_ms AND w.last_ms AND c.start_ms >= 0 ORDER BY c.start_ms`,
    [
      arrayOf(budgets.map(({ id }) => id)),
      arrayOf(budgets.map(({ definition }) => windowOf(atMs, definition).startMs)),
      arrayOf(
        budgets.map(({ definition }) =>
          definition.windowMs === undefined ? counterSpanOf(atMs, definition).startMs : Number.MAX_SAFE_INTEGER,
        ),
      ),
    ],
  );
  const byBudget = new Map<number, Row[]>();
  for (const row of rows) {
    const id = Number(row.budget);
    const known = byBudget.get(id);
    if (known) known.push(row);
    else byBudget.set(id, [row]);
  }
  return byBudget;
}

function fromCounters(budget: StoredBudget, window: BudgetState["window"], rows: readonly Row[]): Map<string, BudgetState> {
  const states = new Map<string, BudgetState>();
  for (const row of rows) {
    const value = givenText(String(row.value));
    const state = states.get(value) ?? emptyState(budget, value, window);
    const [used, reserved, usedTokens, reservedTokens] = [
      row.used_nano_usd,
      row.reserved_nano_usd,
      row.used_tokens,
      row.reserved_tokens,
    ].map((sum) => BigInt(sum as number | bigint)) as [bigint, bigint, bigint, bigint];
    state.usedNanoUsd += used;
    state.reservedNanoUsd += reserved;
    state.usedTokens += usedTokens;
    state.reservedTokens += reservedTokens;
    state.requests += Number(row.requests);
    state.overageNanoUsd += BigInt(row.overage_nano_usd as number | bigint);
    if (budget.definition.windowMs !== undefined) {
      const bucket = { startMs: Number(row.start_ms), nanoUsd: used + reserved, tokens: usedTokens + reservedTokens };
      state.buckets = [...(state.buckets ?? []), bucket];
    }
    states.set(value, state);
  }
  return states;
}

async function fromRecords(
  transaction: Transaction,
  dictionary: Dictionary,
  budget: StoredBudget,
  window: BudgetState["window"],
): Promise<Map<string, BudgetState>> {
  const states = new Map<string, BudgetState>();
  for (const { value, nanoUsd, tokens, requests } of await countedAnew(transaction, dictionary, budget, window)) {
    const state = states.get(value) ?? emptyState(budget, value, window);
    state.usedNanoUsd += nanoUsd;
    state.usedTokens += tokens;
    state.requests += requests;
    states.set(value, state);
  }
  return states;
}

function emptyState(budget: StoredBudget, value: string, window: BudgetState["window"]): BudgetState {
  const sums = { usedNanoUsd: 0n, reservedNanoUsd: 0n, usedTokens: 0n, reservedTokens: 0n, requests: 0, overageNanoUsd: 0n };
  return { budget, value, window, ...sums };
}
