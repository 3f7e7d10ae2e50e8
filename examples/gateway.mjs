// The gateway in a program, before a provider that is made up. Run `npm run build` once, then `node examples/gateway.mjs`.
import { formatUsd, parseUsd } from "tokenledger";
import { openLedger } from "tokenledger/ledger";
import { startServer } from "tokenledger/server";
import { startScriptedUpstream } from "tokenledger/testing";

const provider = await startScriptedUpstream();
const ledger = await openLedger("sqlite::memory:");
const { key } = await ledger.keys.create("ci", { team: "engineering", maxOutputTokens: 1000 });
const cent = { amountNanoUsd: parseUsd("0.01"), period: "daily", alerts: [], enforcement: "block_requests", hard: true };
await ledger.budgets.put({ name: "a cent a day", scope: { team: "engineering" }, ...cent });

const providers = new Map([["openai", { api: "openai", baseUrl: provider.url, apiKey: "the provider's own key" }]]);
const config = { providers, budgets: [], virtualKeys: [], prices: [] };
const gateway = await startServer({ ledger, config, host: "127.0.0.1", port: 0 });

/** As the provider's own client would. */
async function ask(question, maxTokens) {
  const body = { model: "gpt-4o", messages: [{ role: "user", content: question }], max_tokens: maxTokens };
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", "x-tokenledger-request-id": question };
  return fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", headers, body: JSON.stringify(body) });
}

provider.script({ text: "Four, all of them cold." });
const reply = await ask("How many springs?", 100);
console.log(`${reply.status}: ${(await reply.json()).choices[0].message.content}`);
const tooMuch = await ask("Tell me everything.", 1000);
console.log(`${tooMuch.status}: ${(await tooMuch.json()).error.message}`);

for await (const { team, key: name, tokens, costNanoUsd } of ledger.query({ startMs: 0, endMs: Date.now() + 60_000 }))
  console.log(`${team} by ${name}: ${tokens.input} tokens in, ${tokens.output} out, $${formatUsd(costNanoUsd)}`);
await gateway.close();
await Promise.all([ledger.close(), provider.close()]);

/* Prints:
200: Four, all of them cold.
402: The budget "a cent a day" does not allow this call: what it has left is less than the call may cost. A lower limit of output tokens lowers that.
engineering by ci: 8 tokens in, 6 out, $0.00008
*/
