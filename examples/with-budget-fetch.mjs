// Any fetch with a budget, here for Gemini's format. Run `npm run build` once, then `node examples/with-budget-fetch.mjs`.
import { BudgetPool } from "tokenledger";
import { withBudget } from "tokenledger/fetch";
import { startScriptedUpstream } from "tokenledger/testing";

const provider = await startScriptedUpstream({ reply: { text: "Four, all of them cold." } });
const budgeted = withBudget(fetch, { pool: new BudgetPool({ maxCostUsd: "0.001" }) });
async function ask(question, maxOutputTokens) {
  const body = JSON.stringify({ contents: [{ parts: [{ text: question }] }], generationConfig: { maxOutputTokens } });
  const reply = await budgeted(`${provider.url}/v1beta/models/gemini-2.5-flash:generateContent`, { method: "POST", body });
  return (await reply.json()).candidates[0].content.parts[0].text;
}
for (const limit of [50, 1000]) console.log(await ask("How many springs?", limit).catch((error) => error.message));
await provider.close();

/* Prints:
Four, all of them cold.
cap cost_usd would be exceeded: attempted 0.002863 > limit 0.001.
*/
