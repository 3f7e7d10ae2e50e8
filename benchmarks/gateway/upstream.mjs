// A provider that answers at once: what is measured is what stands before it. Prints its port.
import { createServer } from "node:http";

const usage = { prompt_tokens: 210, completion_tokens: 330, total_tokens: 540 };
const text = "It depends on what you count. ".repeat(49);
const message = { role: "assistant", content: text, refusal: null };
const reply = { id: "chatcmpl-1", object: "chat.completion", created: 1_770_000_000, model: "gpt-5-mini-2025-08-07" };
const whole = Buffer.from(JSON.stringify({ ...reply, choices: [{ index: 0, message, logprobs: null, finish_reason: "stop" }], usage }));
const chunk = (delta, finish = null, more = {}) =>
  Buffer.from(
    `data: ${JSON.stringify({ ...reply, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`,
  );
const events = [
  chunk({ role: "assistant", content: "" }),
  ...Array.from({ length: 58 }, () => chunk({ content: " and so on" })),
  chunk({}, "stop"),
  Buffer.from(`data: ${JSON.stringify({ ...reply, object: "chat.completion.chunk", choices: [], usage })}\n\n`),
  Buffer.from("data: [DONE]\n\n"),
];

const server = createServer((request, response) => {
  let isStream = false;
  let isFirst = true;
  request.on("data", (bytes) => {
    // Where it is asked for, it stands in the first bytes.
    if (isFirst) isStream = bytes.subarray(0, 200).includes('"stream":true');
    isFirst = false;
  });
  request.on("end", () => {
    if (!isStream) {
      response.writeHead(200, { "content-type": "application/json", "content-length": whole.length });
      response.end(whole);
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    let next = 0;
    const write = () => {
      response.write(events[next++]);
      if (next < events.length) setImmediate(write);
      else response.end();
    };
    write();
  });
});
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => console.log(`ready http://127.0.0.1:${server.address().port}`));
