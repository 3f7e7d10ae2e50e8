/**
 * The `openai` client, with a budget.
 * @module
 */
import type { BudgetOptions } from "./budget-options.ts";
import { wrappedClient } from "./wrapped-client.ts";

export type { BudgetOptions } from "./budget-options.ts";
export type { CallHold, CallLedger, CallOwnerNames } from "./call-ledger.ts";

/**
 * A client like the given one whose costly calls are held for in a pool, a ledger's budgets, or both, and settled by what their replies
 * tell; streams, tools, retries and aborted calls too. What the budget does not allow is not sent: the call throws `BudgetExceeded`. The
 * given client is left as it is.
 *
 * @throws InvalidInput where the client, or the options, are none
 * @example
 * ```ts
 * import OpenAI from "openai";
 * import { BudgetExceeded, BudgetPool } from "tokenledger";
 * import { withBudget } from "tokenledger/openai";
 * const pool = new BudgetPool({ maxCostUsd: "0.001" });
 * const client = withBudget(new OpenAI({ apiKey: "sk-example" }), { pool });
 * const question = { role: "user" as const, content: "How many springs?" };
 * const error = await client.chat.completions.create({ model: "gpt-4o", messages: [question] }).catch((thrown: unknown) => thrown);
 * error instanceof BudgetExceeded; // => true
 * pool.totals().calls; // => 0
 * ```
 */
export function withBudget<Client extends object>(client: Client, options: BudgetOptions): Client {
  return wrappedClient(client, options, { name: "openai", example: "an OpenAI client: new OpenAI(…)" });
}
