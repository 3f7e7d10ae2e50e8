/** Replies as providers may send them, and what may be known of a request that failed. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { type UpstreamCall, UpstreamConnection } from "../../../src/server/http/upstream-connection.ts";
import { type RawServer, type Received, rawServer, request } from "./raw-server.ts";
import { steady } from "./raw-socket.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function provider(reply: (socket: Socket, text: string) => void): Promise<{ server: RawServer; connection: UpstreamConnection }> {
  const server = await rawServer(reply);
  const connection = new UpstreamConnection(server.origin);
  closing.push(
    () => connection.close(),
    () => server.close(),
  );
  return { server, connection };
}
const answering =
  (bytes: string | Buffer, ends = false) =>
  (socket: Socket): void => {
    socket.write(bytes);
    if (ends) socket.end();
  };
const whole = (body: string, ...headers: string[]): string =>
  ["HTTP/1.1 200 OK", `Content-Length: ${Buffer.byteLength(body)}`, ...headers, "", body].join("\r\n");

describe("what a provider answers is handed over as it is", () => {
  test("head, body and end; the request as it was given, on one connection", async () => {
    const { server, connection } = await provider(answering(whole("hello", "X-Request-Id: r", "Set-Cookie: a=b", "Set-Cookie: c=d")));
    const first = await request(connection, { headers: ["x-a", "b"], body: Buffer.from('{"a":1}') });
    expect(first).toMatchObject({ status: 200, body: "hello", hasEnded: true });
    expect(first.rawHeaders.filter((text) => text === "Set-Cookie")).toHaveLength(2);
    expect(server.requests[0]).toMatch(
      /^POST \/v1\/messages HTTP\/1\.1\r\nhost: 127\.0\.0\.1:[0-9]+\r\nconnection: keep-alive\r\nx-a: b\r\ncontent-length: 7\r\n\r\n\{"a":1\}$/,
    );
    // The connection is free again once the reply has been worked through.
    await new Promise((resolve) => setImmediate(resolve));
    await request(connection);
    expect(server.sockets.size).toBe(1);
  });

  test.each([
    ["chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n", "abcde", false],
    ["until the connection ends", "HTTP/1.1 200 OK\r\n\r\nabc", "abc", true],
    ["nothing", "HTTP/1.1 204 No Content\r\n\r\n", "", false],
    ["nothing with 200", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", false],
    [
      "bad input D138: 102 and 103 before",
      `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${whole("late")}`,
      "late",
      false,
    ],
    [
      "bad input D138: gzip that no header tells of",
      Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\n\r\n"), gzipSync("x")]),
      gzipSync("x").toString("latin1"),
      true,
    ],
    ["bad input E169: headers of 100 kB", whole("paid", `X-Long: ${"x".repeat(100_000)}`), "paid", false],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nold", "old", true],
  ])("%s", async (_what, bytes, body, ends) => {
    const { connection } = await provider(answering(bytes, ends));
    expect(await request(connection)).toMatchObject({ body, hasEnded: true });
  });

  test("bad input D139 and security S6: a redirection is a reply like others, and nobody goes where it points", async () => {
    const elsewhere = await rawServer(answering(whole("secret")));
    closing.push(() => elsewhere.close());
    for (const status of [301, 302, 303, 307, 308]) {
      const { connection } = await provider(
        answering(`HTTP/1.1 ${status} Moved\r\nLocation: ${elsewhere.origin}/x\r\nContent-Length: 0\r\n\r\n`),
      );
      expect(await request(connection)).toMatchObject({ status, hasEnded: true });
    }
    expect(elsewhere.requests).toEqual([]);
  });
});

describe("a reply that fails says how, and whether the request had left", () => {
  test.each([
    ["no HTTP", "hello there, this is no HTTP\r\n\r\n", "malformed"],
    ["length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "malformed"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "malformed"],
    ["a bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello", "malformed"],
    ["a head without end", `HTTP/1.1 200 OK\r\nX-Long: ${"x".repeat(300_000)}\r\n`, "malformed"],
    ["another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "reset"],
  ])("%s", async (_what, bytes, kind) => {
    const { connection } = await provider(answering(bytes));
    expect((await request(connection)).failure).toMatchObject({ kind, wasSent: true });
  });

  test("bad input E157 and E168: cut off at every byte, it never ends well", async () => {
    const bytes = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 26\r\n\r\ndata: {"a":1}\n\ndata: end\n\n'.slice(
      0,
      -1,
    );
    expect(bytes.length).toBeGreaterThan(80);
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    for (const text of [`${bytes}\n`, chunked]) {
      for (const isReset of [false, true]) {
        for (let length = 0; length < text.length; length++) {
          const { server, connection } = await provider((socket) =>
            socket.write(text.slice(0, length), () => (isReset ? socket.resetAndDestroy() : socket.end())),
          );
          const received: Received = await request(connection);
          expect(received.hasEnded, `${length} bytes`).toBe(false);
          expect(received.failure, `${length} bytes`).toMatchObject({ wasSent: true });
          expect(["reset", "malformed"], `${length} bytes`).toContain(received.failure?.kind);
          await connection.close();
          server.close();
        }
      }
    }
  }, 60_000);

  test("nobody listens: not a byte has left", async () => {
    const { server, connection } = await provider(() => {});
    server.close();
    const { failure } = await request(connection);
    expect(failure).toEqual({ kind: "unreachable", wasSent: false, message: "no connection (ECONNREFUSED)" });
  });

  test("a name that doesn't exist, told without it", async () => {
    const connection = new UpstreamConnection("http://no-such-host.invalid:8080");
    closing.push(() => connection.close());
    const { failure } = await request(connection);
    expect(failure).toMatchObject({ kind: "unreachable", wasSent: false });
    expect(failure?.message).not.toContain("invalid");
  });

  test("no head in time, and none of the rest in time", async () => {
    const { connection } = await provider(() => {});
    expect((await request(connection, { headTimeoutMs: 1000 })).failure).toMatchObject({ kind: "head_timeout", wasSent: true });
    const { connection: other } = await provider(answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"));
    expect(await request(other, { idleTimeoutMs: 100 })).toMatchObject({ body: "ab", failure: { kind: "idle_timeout", wasSent: true } });
  });

  test("given up: at once before it was sent, and with the connection after", async () => {
    const { server: unasked, connection: early } = await provider(answering(whole("x")));
    const unsent = await request(early, {}, (call) => call.abort());
    expect(unsent.failure).toMatchObject({ kind: "aborted", wasSent: false });
    const { server, connection } = await provider(answering("HTTP/1.1 200 OK\r\n\r\nab"));
    let call: UpstreamCall | undefined;
    const sent = request(connection, {}, (begun) => {
      call = begun;
    });
    await expect.poll(() => server.requests.length).toBe(1);
    const [socket] = server.sockets;
    call?.abort();
    call?.abort();
    expect((await sent).failure).toMatchObject({ kind: "aborted", wasSent: true });
    await expect.poll(() => socket?.destroyed).toBe(true);
    expect(server.requests).toHaveLength(1);
    expect(unasked.requests).toEqual([]);
  });

  test("a header that can't be sent fails the call after it was begun, not the program", async () => {
    const { connection } = await provider(() => {});
    expect((await request(connection, { headers: ["x-a", "b\r\nc: d"] })).failure).toMatchObject({ wasSent: false });
    expect((await request(connection, { path: "/a b" })).failure).toMatchObject({ wasSent: false });
  });
});

test("bad input D132: paused, nothing more is read from the provider; resumed, all of it comes", async () => {
  const body = Buffer.alloc(64_000_000, "x");
  const { server, connection } = await provider((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body);
  });
  let call: UpstreamCall | undefined;
  let bytes = 0;
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  call = connection.send(
    { method: "GET", path: "/", headers: [], headTimeoutMs: 10_000, idleTimeoutMs: 10_000 },
    {
      head: () => {},
      chunk: (chunk) => {
        if (bytes === 0) call?.pause();
        bytes += chunk.byteLength;
      },
      end,
      failed: end,
    },
  );
  await expect.poll(() => bytes).toBeGreaterThan(0);
  const [socket] = server.sockets;
  const held = bytes;
  // The kernel's buffers fill, and then the provider waits.
  await steady(() => socket?.writableLength ?? 0);
  expect(bytes).toBe(held);
  call.resume();
  await ended;
  expect(bytes).toBe(body.length);
});

describe("bad input D140: a certificate is checked, whatever the environment says", () => {
  test("self-signed is refused before anything is sent", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tokenledger-tls-"));
    closing.push(() => rmSync(folder, { recursive: true, force: true }));
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-keyout",
        key,
        "-out",
        cert,
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
      ],
      { stdio: "ignore" },
    );
    let requests = 0;
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) => {
      requests++;
      response.end("secret");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => server.close());
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    try {
      const connection = new UpstreamConnection(`https://localhost:${(server.address() as AddressInfo).port}`);
      closing.push(() => connection.close());
      expect((await request(connection)).failure).toMatchObject({
        kind: "unreachable",
        wasSent: false,
        message: "no connection (DEPTH_ZERO_SELF_SIGNED_CERT)",
      });
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
    expect(requests).toBe(0);
  });
});
