/**
 * What a budget adds to a call of a client: the bare client, the same client over a fetch that only passes on, and the wrapped one with a
 * pool, taken in turns within one process; first over a fetch that answers from memory, then over a socket.
 *
 *     node benchmarks/integrations/integrations.mjs [--rounds 15] [--calls 2000]
 *
 * After npm run build. What is told is processor time, which a busy machine does not stretch. Traps: collections of garbage fall on whoever is on, so rounds are short, many and in turns, and medians of their
 * differences are told; over a socket the upstream shares this process, and its time is the larger part of each call's.
 */
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { BudgetPool } from "tokenledger";
import { withBudget as withAnthropicBudget } from "tokenledger/anthropic";
import { withBudget as withFetchBudget } from "tokenledger/fetch";
import { withBudget as withOpenAiBudget } from "tokenledger/openai";
import { machine, median } from "../ledger/records.mjs";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "15" }, calls: { type: "string", default: "2000" } } });
const rounds = Number(values.rounds);
const calls = Number(values.calls);

const content = "Tell me what it costs, and why. ".repeat(28);
const chat = { model: "gpt-5-mini", max_completion_tokens: 1000, messages: [{ role: "user", content }] };
const message = { model: "claude-sonnet-4-6", max_tokens: 1000, messages: [{ role: "user", content }] };
const replies = {
  chat: JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_760_000_000,
    model: "gpt-5-mini-2025-08-07",
    choices: [{ index: 0, message: { role: "assistant", content: content.repeat(2), refusal: null }, finish_reason: "stop" }],
    usage: { prompt_tokens: 220, completion_tokens: 410, total_tokens: 630, prompt_tokens_details: { cached_tokens: 0 } },
  }),
  message: JSON.stringify({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-6",
    content: [{ type: "text", text: content.repeat(2) }],
    stop_reason: "end_turn",
    usage: { input_tokens: 220, output_tokens: 410, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
  }),
};
const headers = { "content-type": "application/json", "x-request-id": "req_1" };
const replyFor = (address) => (String(address).endsWith("/messages") ? replies.message : replies.chat);

const server = createServer((request, response) => {
  request.resume().on("end", () => {
    const body = replyFor(request.url);
    response.writeHead(200, { ...headers, "content-length": Buffer.byteLength(body) }).end(body);
  });
});
server.keepAliveTimeout = 600_000;
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = `http://127.0.0.1:${server.address().port}`;

const inMemory = async (url) => new Response(replyFor(url), { status: 200, headers });
const passing = (inner) => async (url, init) => inner(url, { ...init });

/** A client's ways to make one call over a fetch: bare, passed on, budgeted. */
const clients = {
  openai: (inner) => {
    const make = (fetch) => new OpenAI({ apiKey: "sk-example", baseURL: `${address}/v1`, fetch });
    const call = (client) => () => client.chat.completions.create(chat);
    return [
      call(make(inner)),
      call(make(passing(inner))),
      call(withOpenAiBudget(make(inner), { pool: new BudgetPool({ maxCostUsd: 1e6 }) })),
    ];
  },
  anthropic: (inner) => {
    const make = (fetch) => new Anthropic({ apiKey: "sk-example", baseURL: address, fetch });
    const call = (client) => () => client.messages.create(message);
    return [
      call(make(inner)),
      call(make(passing(inner))),
      call(withAnthropicBudget(make(inner), { pool: new BudgetPool({ maxCostUsd: 1e6 }) })),
    ];
  },
  fetch: (inner) => {
    const body = JSON.stringify(chat);
    const call = (fetch) => async () => (await fetch(`${address}/v1/chat/completions`, { method: "POST", body, headers })).json();
    return [call(inner), call(passing(inner)), call(withFetchBudget(inner, { pool: new BudgetPool({ maxCostUsd: 1e6 }) }))];
  },
};

async function microseconds(call, count) {
  const before = process.cpuUsage();
  for (let number = 0; number < count; number++) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

console.log(machine);
console.log("CPU µs per call          bare   passed on    budgeted   added");
for (const [where, inner, count] of [
  ["in memory", inMemory, calls],
  ["over a socket", fetch, Math.ceil(calls / 4)],
]) {
  for (const [name, ways] of Object.entries(clients)) {
    const all = ways(inner);
    for (const call of all) await microseconds(call, count);
    const taken = all.map(() => []);
    const added = [];
    for (let round = 0; round < rounds; round++) {
      for (const [index, call] of all.entries()) taken[index].push(await microseconds(call, count));
      added.push(taken[2].at(-1) - taken[0].at(-1));
    }
    const row = [...taken.map(median), median(added)].map((value) => value.toFixed(1).padStart(9)).join("  ");
    console.log(`${name.padEnd(10)}${where.padEnd(14)}${row}`);
  }
}
server.closeAllConnections();
server.close();
