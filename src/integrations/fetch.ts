/**
 * Any `fetch`, with a budget.
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { type BudgetOptions, kindOf } from "./budget-options.ts";
import { BudgetedCalls } from "./budgeted-calls.ts";
import { budgetedFetch, type Fetch } from "./budgeted-fetch.ts";
import { CallPaths } from "./call-paths.ts";

export type { BudgetOptions } from "./budget-options.ts";
export type { Fetch } from "./budgeted-fetch.ts";
export type { CallHold, CallLedger, CallOwnerNames } from "./call-ledger.ts";

/**
 * A fetch whose requests to models are held for in a pool, a ledger's budgets, or both, and settled by what their replies tell. It knows
 * them by their paths, in OpenAI's, Anthropic's and Gemini's formats, at any address; everything else passes, but for what a known
 * provider may bill without telling. So any client that takes a fetch has a budget with it.
 *
 * @throws InvalidInput where the options are none
 * @example
 * ```ts
 * import { BudgetExceeded, BudgetPool } from "tokenledger";
 * import { withBudget } from "tokenledger/fetch";
 * const pool = new BudgetPool({ maxCostUsd: "0.001" });
 * const budgeted = withBudget(fetch, { pool });
 * const body = JSON.stringify({ contents: [{ parts: [{ text: "How many springs?" }] }] });
 * const address = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent";
 * const error = await budgeted(address, { method: "POST", body }).catch((thrown: unknown) => thrown);
 * error instanceof BudgetExceeded; // => true
 * ```
 */
export function withBudget(fetch: Fetch, options: BudgetOptions): Fetch {
  if (typeof fetch !== "function") throw new InvalidInput(`fetch: ${kindOf(fetch)} is no function; give fetch, or what is called like it.`);
  return budgetedFetch(fetch, new BudgetedCalls(options), new CallPaths({ provider: options.provider }));
}
