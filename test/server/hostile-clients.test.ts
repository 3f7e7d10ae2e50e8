/** What clients and providers do that nobody should: seen from outside. */
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { streamMeter } from "../../src/providers/index.ts";
import { type Decoder, decoderFor } from "../../src/server/gateway/forwarding/decoder.ts";
import { readBody } from "../../src/server/http/read-body.ts";
import { CHAT, runningGateway } from "./running-gateway.ts";

const PATH = "/v1/chat/completions";

test.each([
  ["a length", "content-length: 33554432\r\n\r\n{"],
  ["no length", "transfer-encoding: chunked\r\n\r\n1\r\n{\r\n"],
])("security S11: uploads that promise 32 MB with %s, and send none of it, keep nobody out", async (_what, rest) => {
  await using gateway = await runningGateway();
  const port = Number(new URL(gateway.url).port);
  const sockets = Array.from({ length: 40 }, () => connect(port, "127.0.0.1"));
  for (const socket of sockets) {
    await once(socket, "connect");
    socket.on("error", () => undefined).write(`POST ${PATH} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${rest}`);
  }
  // Whatever was sent before this on other connections has come when it is answered.
  expect((await gateway.post(PATH, CHAT)).status).toBe(200);
  expect((await gateway.post(PATH, CHAT)).status).toBe(200);
  for (const socket of sockets) socket.destroy();
});

test("bad input C78: compressed bodies count by what they unfold to", async () => {
  const text = JSON.stringify({ text: "a".repeat(500_000) });
  let counted = 0;
  const server = createServer(async (request, response) => {
    const body = await readBody(request, { maxBytes: 1_000_000, onBytes: (bytes) => (counted += bytes) });
    response.end(String(body.length));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const headers = { "content-type": "application/json", "content-encoding": "gzip" };
  const answer = await fetch(`http://127.0.0.1:${port}`, { method: "POST", headers, body: gzipSync(text) });
  expect(await answer.text()).toBe(String(text.length));
  expect(counted).toBe(text.length);
  server.close();
});

test.each([400, 404, 422, 429])(
  "security S7: a provider's error %d that shows the gateway's own key does not show it to clients",
  async (status) => {
    await using gateway = await runningGateway();
    gateway.upstream.script({ status, errorMessage: "You sent authorization: Bearer sk-house." });
    const answer = await gateway.post(PATH, CHAT);
    expect(answer.status).toBe(status);
    const text = await answer.text();
    expect(text).toContain("You sent authorization: Bearer ********.");
    expect(gateway.log.join("\n")).not.toContain("sk-house");
  },
);

test("bad input E168: a compressed reply that unfolds a thousandfold waits for its reader", async () => {
  const small = gzipSync(Buffer.alloc(50_000_000));
  let unfolded = 0;
  const waits = unfolding((bytes) => (unfolded += bytes));
  waits.decoder.pause();
  waits.decoder.write(small);
  waits.decoder.end();
  // The work is done in other threads: one that is begun later and ends shows that there was time.
  const free = unfolding(() => undefined);
  free.decoder.write(small);
  free.decoder.end();
  await free.ended;
  expect(unfolded).toBe(0);
  waits.decoder.resume();
  await waits.ended;
  expect(unfolded).toBe(50_000_000);
});

function unfolding(seen: (bytes: number) => void): { decoder: Decoder; ended: Promise<void> } {
  let decoder: Decoder | undefined;
  const ended = new Promise<void>((resolve, reject) => {
    decoder = decoderFor("gzip", { chunk: ({ length }) => seen(length), end: resolve, broken: () => reject(new Error("broken")) });
  });
  return { decoder: decoder as Decoder, ended };
}

test("security S5: what a client says of Google's projects does not reach the provider", async () => {
  await using gateway = await runningGateway();
  await gateway.post(PATH, CHAT, { "x-goog-user-project": "somebody-elses", "openai-project": "somebody-elses" });
  expect(JSON.stringify(gateway.upstream.requests[0]?.headers)).not.toContain("somebody-elses");
});

test("bad input E154: a line that never ends is counted while it comes, not when it has ended", () => {
  const meter = streamMeter({ contentType: "text/event-stream" });
  const piece = Buffer.alloc(1_048_576, "a");
  meter.push(Buffer.from('data: {"choices":[{"delta":{"content":"'));
  for (let index = 0; index < 20; index++) meter.push(piece);
  expect(meter.seen().outputBytes).toBeGreaterThanOrEqual(20 * piece.length);
  meter.push(Buffer.from('"}}]}\n\ndata: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3}}\n\n'));
  meter.end();
  expect(meter.reading().usage?.tokens).toEqual({ input: 12, output: 3 });
  expect(meter.seen().outputBytes).toBeLessThan(20 * piece.length + 1_000);
});
