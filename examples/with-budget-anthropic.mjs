// Anthropic's client with a book's budgets, streamed. Run `npm run build` once, then `node examples/with-budget-anthropic.mjs`.
import Anthropic from "@anthropic-ai/sdk";
import { withBudget } from "tokenledger/anthropic";
import { openLedger } from "tokenledger/ledger";
import { startScriptedUpstream } from "tokenledger/testing";

const provider = await startScriptedUpstream({ reply: { text: "Four, all of them cold." } });
const ledger = await openLedger("sqlite::memory:");
const cent = { amountNanoUsd: 10_000_000n, period: "daily", alerts: [], enforcement: "block_requests", hard: true };
await ledger.budgets.put({ name: "a cent a day", scope: { team: "water" }, ...cent });
const client = withBudget(new Anthropic({ apiKey: "sk-example", baseURL: provider.url }), { ledger, scope: { team: "water" } });
const call = { model: "claude-haiku-4-5", max_tokens: 100, messages: [{ role: "user", content: "How many springs?" }] };
for await (const event of await client.messages.create({ ...call, stream: true })) process.stdout.write(event.delta?.text ?? "");
for await (const { team, costNanoUsd } of ledger.query({})) console.log(` ${team}: ${costNanoUsd} nano-dollars`);
await Promise.all([ledger.close(), provider.close()]);

/* Prints:
Four, all of them cold. water: 38000 nano-dollars
*/
