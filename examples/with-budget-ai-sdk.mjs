// A budget around a model of the `ai` package. Run `npm run build` once, then `node examples/with-budget-ai-sdk.mjs`.
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, wrapLanguageModel } from "ai";
import { BudgetExceeded, BudgetPool } from "tokenledger";
import { budgetMiddleware } from "tokenledger/ai-sdk";
import { startScriptedUpstream } from "tokenledger/testing";

const provider = await startScriptedUpstream(); // stands in for OpenAI: take the apiKey alone, and it is the real one
const openai = createOpenAI({ apiKey: "sk-test", baseURL: `${provider.url}/v1` });
const pool = new BudgetPool({ maxCostUsd: 0.02 });
const model = wrapLanguageModel({ model: openai.chat("gpt-4o"), middleware: budgetMiddleware({ pool }) });

provider.script({ text: "There are four springs." });
console.log((await generateText({ model, prompt: "How many springs are there?", maxOutputTokens: 100 })).text);
console.log(`$${pool.totals().costUsd} spent`);
await generateText({ model, prompt: "Tell me all about them." }).catch((error) => console.log(error instanceof BudgetExceeded));
console.log(`${provider.requests.length} request sent`);
await provider.close();

/* Prints:
There are four springs.
$0.000085 spent
true
1 request sent
*/
