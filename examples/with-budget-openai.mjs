// OpenAI's client with a budget, before a provider that is made up. Run `npm run build` once, then `node examples/with-budget-openai.mjs`.
import OpenAI from "openai";
import { BudgetPool } from "tokenledger";
import { withBudget } from "tokenledger/openai";
import { startScriptedUpstream } from "tokenledger/testing";

const provider = await startScriptedUpstream({ reply: { text: "Four, all of them cold." } });
const pool = new BudgetPool({ maxCostUsd: "0.004" });
const client = withBudget(new OpenAI({ apiKey: "sk-example", baseURL: `${provider.url}/v1` }), { pool });
const ask = (content, maxTokens) =>
  client.chat.completions.create({ model: "gpt-4o", messages: [{ role: "user", content }], max_tokens: maxTokens });
console.log((await ask("How many springs?", 50)).choices[0].message.content, `$${pool.remaining().costUsd} left.`);
await ask("Tell me everything.", 1000).catch((error) => console.log(error.name, error.message));
await provider.close();

/* Prints:
Four, all of them cold. $0.00392 left.
BudgetExceeded cap cost_usd would be exceeded: attempted 0.0129225 > limit 0.004.
*/
