/** What may not reach a route, sent as bytes. */
import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answer } from "../../../src/server/http/answer.ts";
import { type Listener, listen } from "../../../src/server/http/listen.ts";
import { readBody } from "../../../src/server/http/read-body.ts";
import { readTarget } from "../../../src/server/http/target.ts";
import { exchange, requestText } from "./raw-socket.ts";

let listener: Listener;
/** Method and target of each request that passed. */
let passed: string[] = [];

beforeAll(async () => {
  listener = await listen({
    host: "127.0.0.1",
    port: 0,
    handle: async (request: IncomingMessage, response) => {
      try {
        if (request.method === "POST") await readBody(request, { maxBytes: 1_000, content: "bytes" });
      } catch {
        return;
      }
      passed.push(`${request.method} ${readTarget(request.url ?? "").path}`);
      answer(request, response, { status: 200, headers: ["content-type", "text/plain"], body: "passed" });
    },
  });
});
afterAll(() => listener.closeNow());
beforeEach(() => {
  passed = [];
});

/** Closes after each request, so that one exchange is one reply. */
async function send(options: Parameters<typeof requestText>[0]): Promise<{ status: number | undefined; text: string }> {
  const { statuses, text } = await exchange(
    listener.port,
    requestText({ ...options, headers: [...(options?.headers ?? []), "Connection: close"] }),
  );
  return { status: statuses[0], text };
}

test("requests as real clients write them pass", async () => {
  const targets = [
    "/",
    "/v1/chat/completions",
    "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse&key=tl_x",
    "/v1/models/ft:gpt-4o-mini:acme::abc",
    "/api/v1/budgets/team%20a%C3%A9",
    "/v1/messages?beta=true",
  ];
  for (const target of targets) expect((await send({ target })).status, target).toBe(200);
  expect((await send({ method: "POST", body: "{}", headers: ["Expect: 100-continue"] })).text).toContain("passed");
  expect((await send({ host: "[::1]:4180" })).status).toBe(200);
  expect((await send({ host: "gateway.example.:4180" })).status).toBe(200);
  // Java's client offers this with every request; it may be declined in silence.
  expect((await send({ headers: ["Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"] })).status).toBe(200);
  expect(passed).toContain("GET /api/v1/budgets/team aé");
});

describe("security S10 and bad input C101, C102, D123: a path is read one way, or refused", () => {
  test.each([
    "/v1/../api/v1/keys",
    "/../../etc/passwd",
    "/v1/./chat/completions",
    "/v1/..",
    "//v1//chat/completions",
    "/v1/%2e%2e/api",
    "/v1beta/models/x%2Fy:generateContent",
    "/v1/%63hat/completions",
    "/v1/chat%00",
    "/v1/chat%5Ccompletions",
    "/v1/chat;x=1/completions",
    "/v1/chat%3Bx",
    "/v1/chat\\completions",
    "/v1/chat%zz",
    "/v1/chat%",
    "/v1/chat%25%36%33",
    "/v1/%ff",
    "/v1/%C3%28",
    "/v1/ch\u00e4t",
    '/v1/"chat"',
    "/v1/<chat>",
    "/v1/chat#x",
    "/v1/chat?x=#y",
    "*",
    "v1/chat",
  ])("%s", async (target) => {
    expect((await send({ target })).status).toBe(400);
    expect(passed).toEqual([]);
  });
});

describe("security S10 and bad input D121, D122: one plain Host, and no other way to say it", () => {
  test.each([
    ["two hosts", { headers: ["Host: other.example"] }],
    ["two hosts that agree", { headers: ["Host: 127.0.0.1"] }],
    ["a path in it", { host: "127.0.0.1/v1" }],
    ["user information", { host: "admin@127.0.0.1" }],
    ["a port that is none", { host: "127.0.0.1:99999" }],
    ["port 0", { host: "127.0.0.1:0" }],
    ["an empty port", { host: "127.0.0.1:" }],
    ["a space", { host: "127.0.0.1 evil.example" }],
    ["a list", { host: "127.0.0.1, evil.example" }],
    ["nothing", { host: "" }],
    ["a query", { host: "127.0.0.1?x" }],
    ["absolute form", { target: "http://evil.example/v1/models" }],
    ["absolute form of its own host", { target: "http://127.0.0.1/v1/models" }],
  ])("%s", async (_what, options) => {
    expect((await send(options)).status).toBe(400);
    expect(passed).toEqual([]);
  });

  test("none at all", async () => {
    const { statuses } = await exchange(listener.port, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    expect(statuses).toEqual([400]);
    expect((await exchange(listener.port, "GET / HTTP/1.0\r\n\r\n")).statuses).toEqual([400]);
    expect(passed).toEqual([]);
  });
});

describe("security S10 and bad input D115 to D120, D124, D137: what two parsers may read in two ways is refused", () => {
  const post = (headers: string[], body = ""): string =>
    ["POST /v1/chat/completions HTTP/1.1", "Host: x", ...headers, "", body].join("\r\n");
  const smuggled = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
  test.each([
    ["length and chunks", post(["Content-Length: 4", "Transfer-Encoding: chunked"], smuggled)],
    ["two lengths", post(["Content-Length: 4", "Content-Length: 5"], "12345")],
    ["two lengths that agree", post(["Content-Length: 4", "Content-Length: 4"], "1234")],
    ["a signed length", post(["Content-Length: +5"], "12345")],
    ["a list of lengths", post(["Content-Length: 5,5"], "12345")],
    ["a negative length", post(["Content-Length: -1"])],
    ["a hexadecimal length", post(["Content-Length: 0x5"], "12345")],
    ["an unknown coding", post(["Transfer-Encoding: xchunked"], smuggled)],
    ["chunked, then something", post(["Transfer-Encoding: chunked, identity"], smuggled)],
    ["chunked twice", post(["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], smuggled)],
    ["a space before the colon", post(["Transfer-Encoding : chunked"], smuggled)],
    ["a folded header", post(["X-A: b\r\n c"])],
    ["line feeds alone", "GET /v1/models HTTP/1.1\nHost: x\n\n"],
    ["NUL in a value", post(["X-A: b\0c"])],
    ["a bare carriage return", post(["X-A: b\rX-B: c"])],
    ["a bad chunk size", post(["Transfer-Encoding: chunked"], "zz\r\n")],
    ["a negative chunk size", post(["Transfer-Encoding: chunked"], "-1\r\n")],
    ["chunks in HTTP/1.0", "POST /v1/chat/completions HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ["not HTTP", "hello\r\n\r\n"],
  ])("%s", async (_what, bytes) => {
    const { statuses, text, isClosed } = await exchange(listener.port, Buffer.from(bytes, "latin1"), {
      until: (seen) => seen.includes("passed"),
    });
    expect(statuses).toEqual([400]);
    expect(isClosed).toBe(true);
    expect(text).toContain('"code"');
    expect(passed.filter((line) => line.includes("smuggled"))).toEqual([]);
  });

  test("a flood of chunk extensions ends the connection", async () => {
    const { statuses, isClosed } = await exchange(
      listener.port,
      post(["Transfer-Encoding: chunked"], `5;${"a=b;".repeat(10_000)}\r\n12345\r\n0\r\n\r\n`),
    );
    expect(isClosed).toBe(true);
    expect(statuses).toEqual([413]);
  });

  test("an authorization in the trailers is none", async () => {
    const headers = ["Transfer-Encoding: chunked", "Trailer: Authorization", "Connection: close"];
    const { text } = await exchange(listener.port, post(headers, "2\r\n{}\r\n0\r\nAuthorization: Bearer tl_x\r\n\r\n"));
    expect(text).toContain("passed");
  });
});

describe("security S11 and bad input D125: heads have limits", () => {
  test.each([
    ["one header of 17 kB", [`X-A: ${"a".repeat(17_000)}`]],
    ["3,000 headers", Array.from({ length: 3_000 }, (_, index) => `X-${index}: a`)],
    ["3,000 headers that fit the size", Array.from({ length: 3_000 }, () => "a:")],
    ["200 headers", Array.from({ length: 200 }, (_, index) => `X-${index}: a`)],
  ])("%s", async (_what, headers) => {
    expect((await send({ headers })).status).toBe(431);
    expect(passed).toEqual([]);
  });

  test("a target of 20 kB", async () => {
    expect((await send({ target: `/${"a".repeat(20_000)}` })).status).toBe(431);
  });
});

describe("bad input C103, C106, D129: what isn't served is refused by the request's own words, not by those about it", () => {
  test.each(["TRACE", "OPTIONS", "PROPFIND", "PURGE"])("%s", async (method) => {
    expect((await send({ method })).status).toBe(405);
    expect(passed).toEqual([]);
  });

  test("CONNECT", async () => {
    const { statuses, isClosed } = await exchange(listener.port, "CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: 169.254.169.254:80\r\n\r\n");
    expect(statuses).toEqual([405]);
    expect(isClosed).toBe(true);
  });

  test("a web socket", async () => {
    const headers = [
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version: 13",
    ];
    const { statuses } = await exchange(listener.port, requestText({ headers }), { until: (text) => text.includes("}}") });
    expect(statuses).toEqual([400]);
  });

  test.each(["GET", "HEAD", "DELETE"])("%s with a body", async (method) => {
    expect((await send({ method, body: "{}" })).status).toBe(400);
    const chunked = `${method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`;
    expect((await exchange(listener.port, chunked)).statuses).toEqual([400]);
    expect((await send({ method, headers: ["Content-Length: 0"] })).status).toBe(200);
  });

  test.each([
    "X-HTTP-Method-Override: DELETE",
    "X-Original-URL: /api/v1/keys",
    "X-Rewrite-URL: /api/v1/keys",
    "Forwarded: for=127.0.0.1;host=x",
    "X-Forwarded-Path: /x",
  ])("%s decides nothing", async (header) => {
    await send({ headers: [header] });
    expect(passed).toEqual(["GET /v1/models"]);
  });

  test.each(["Authorization: Bearer b", "X-Api-Key: b", "Content-Type: a/b", "X-TokenLedger-Team: b", "Origin: http://b"])(
    "%s twice",
    async (header) => {
      expect((await send({ headers: [header, header] })).status).toBe(400);
      expect(passed).toEqual([]);
    },
  );

  test("an expectation that can't be met", async () => {
    expect((await send({ method: "POST", body: "{}", headers: ["Expect: 200-ok"] })).status).toBe(417);
    expect(passed).toEqual([]);
  });
});
