/** Bodies as clients may send them, well or ill. */
import { once } from "node:events";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answer, answerRefusal } from "../../../src/server/http/answer.ts";
import { type Listener, listen } from "../../../src/server/http/listen.ts";
import { readBody } from "../../../src/server/http/read-body.ts";
import { Refusal } from "../../../src/server/http/refusal.ts";
import { exchange, openSocket, requestText, statusesOf } from "./raw-socket.ts";

const MAX_BYTES = 200_000;
let listener: Listener;
/** How each reading of a body ended. */
let outcomes: (number | string)[] = [];

beforeAll(async () => {
  listener = await listen({
    host: "127.0.0.1",
    port: 0,
    handle: async (request, response) => {
      try {
        const body = await readBody(request, { maxBytes: MAX_BYTES, content: request.url === "/bytes" ? "bytes" : "json" });
        outcomes.push(body.byteLength);
        answer(request, response, { status: 200, headers: [], body: `read ${body.byteLength}` });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        outcomes.push(error.status);
        answerRefusal(request, response, error);
      }
    },
  });
});
afterAll(() => listener.closeNow());

async function post(
  headers: string[],
  body: string | Buffer,
  target = "/",
): Promise<{ statuses: number[]; text: string; isClosed: boolean }> {
  outcomes = [];
  const head = requestText({
    method: "POST",
    target,
    headers: [...headers, `Content-Length: ${Buffer.byteLength(body)}`, "Connection: close"],
  });
  return exchange(listener.port, Buffer.concat([Buffer.from(head), Buffer.from(body)]));
}

describe("bad input C78: compressed bodies are undone once, within limits", () => {
  const json = JSON.stringify({ text: "words ".repeat(100) });
  test.each([
    ["gzip", gzipSync(json)],
    ["x-gzip", gzipSync(json)],
    ["GZIP", gzipSync(json)],
    ["deflate", deflateSync(json)],
    ["br", brotliCompressSync(json)],
    ["identity", Buffer.from(json)],
  ])("%s is read", async (encoding, body) => {
    expect((await post([`Content-Encoding: ${encoding}`], body)).text).toContain(`read ${json.length}`);
  });

  test.each([
    ["a bomb of a thousand to one", "gzip", gzipSync(Buffer.alloc(10_000_000)), 413],
    ["another, within the size", "br", brotliCompressSync(Buffer.alloc(10_000_000)), 413],
    ["an unknown coding", "zstd", Buffer.from("x"), 415],
    ["a name of every object", "constructor", Buffer.from("x"), 415],
    ["two codings", "gzip, gzip", gzipSync(gzipSync(json)), 415],
    ["another coding than it says", "br", gzipSync(json), 400],
    ["cut off", "gzip", gzipSync(json).subarray(0, 40), 400],
    ["nothing at all", "gzip", Buffer.alloc(0), 400],
  ])("%s is refused", async (_what, encoding, body, status) => {
    expect((await post([`Content-Encoding: ${encoding}`], body)).statuses).toEqual([status]);
  });
});

describe("bad input C79: a JSON body is UTF-8 and says nothing else", () => {
  test.each([
    ["Content-Type: application/json; charset=utf-16", Buffer.from("{}", "utf16le"), 415],
    ["Content-Type: application/json; charset=iso-8859-1", Buffer.from("{}"), 415],
    ["Content-Type: text/plain", Buffer.from("{}"), 415],
    ["Content-Type: application/x-www-form-urlencoded", Buffer.from("{}"), 415],
    ["Content-Type: application/json", Buffer.from([0x22, 0xff, 0x22]), 400],
    ["Content-Type: application/json", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 400],
    ["Content-Type: application/json", Buffer.from([0x22, 0xc0, 0x80, 0x22]), 400],
    ["Content-Type: application/json", Buffer.from('"é"'), 200],
    ['Content-Type: Application/JSON; charset="UTF-8"', Buffer.from("{}"), 200],
    ["Content-Type: application/vnd.api+json", Buffer.from("{}"), 200],
    ["X-None: 1", Buffer.from("{}"), 200],
  ])("%s", async (header, body, status) => {
    expect((await post([header], body)).statuses).toEqual([status]);
  });

  test("other bodies are not looked into", async () => {
    const { text } = await post(["Content-Type: multipart/form-data; boundary=x"], Buffer.from([0xff, 0xfe]), "/bytes");
    expect(text).toContain("read 2");
  });
});

describe("bad input C77 and security S11: a body that is too large, or no body", () => {
  test("exactly the limit is read, one byte more is not", async () => {
    expect((await post([], "x".repeat(MAX_BYTES))).text).toContain(`read ${MAX_BYTES}`);
    expect((await post([], "x".repeat(MAX_BYTES + 1))).statuses).toEqual([413]);
  });

  test("a length that is too large is refused before a byte of it is sent", async () => {
    const { statuses } = await exchange(listener.port, requestText({ method: "POST", headers: ["Content-Length: 34000000"] }), {
      until: (text) => text.includes("}}"),
    });
    expect(statuses).toEqual([413]);
  });

  test("chunks without end are refused at the limit, and the answer arrives although the client still sends", async () => {
    const socket = await openSocket(listener.port);
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("error", () => {});
    socket.write(requestText({ method: "POST", headers: ["Transfer-Encoding: chunked"] }));
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    for (let sent = 0; sent < 40 && !text.includes("}}"); sent++) {
      socket.write(chunk);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => statusesOf(text)).toEqual([413]);
    expect(text.toLowerCase()).toContain("connection: close");
    socket.destroy();
  });

  test("bad input D136: after a refusal the connection never takes a body for a request", async () => {
    const inner = requestText({ method: "POST", target: "/smuggled", body: "{}" });
    const large = `${requestText({ method: "POST", headers: [`Content-Length: ${MAX_BYTES * 3}`] })}${inner.repeat(3_000).slice(0, MAX_BYTES * 3)}`;
    outcomes = [];
    const { statuses, isClosed } = await exchange(listener.port, large);
    expect(statuses).toEqual([413]);
    expect(isClosed).toBe(true);
    expect(outcomes).toEqual([413]);
    // A small one is read to its end and thrown away, and the connection serves on.
    const small = requestText({ method: "POST", headers: ["Content-Type: text/plain"], body: inner });
    const next = requestText({ method: "POST", headers: ["Connection: close"], body: "{}" });
    outcomes = [];
    expect((await exchange(listener.port, small + next)).statuses).toEqual([415, 200]);
    expect(outcomes).toEqual([415, 2]);
  });

  test("bad input D134: an upload that is broken off ends its reading", async () => {
    outcomes = [];
    const socket = await openSocket(listener.port);
    socket.write(requestText({ method: "POST", headers: ["Content-Length: 1000"] }));
    socket.write("{");
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.resetAndDestroy();
    await expect.poll(() => outcomes).toEqual([499]);
  });
});

describe("bad input C104: Expect: 100-continue", () => {
  test("the body is asked for when it is wanted", async () => {
    const socket = await openSocket(listener.port);
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.write(requestText({ method: "POST", headers: ["Expect: 100-continue", "Content-Length: 2", "Connection: close"] }));
    await expect.poll(() => text).toContain("100 Continue");
    expect(statusesOf(text)).toEqual([100]);
    socket.write("{}");
    await once(socket, "end");
    expect(statusesOf(text)).toEqual([100, 200]);
  });

  test("a body that is refused by its head is not asked for, and the connection ends with the answer", async () => {
    const { statuses, isClosed } = await exchange(
      listener.port,
      requestText({ method: "POST", headers: ["Expect: 100-continue", "Content-Length: 34000000"] }),
    );
    expect(statuses).toEqual([413]);
    expect(isClosed).toBe(true);
  });
});
