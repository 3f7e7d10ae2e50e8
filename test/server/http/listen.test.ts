/** The socket itself: addresses, patience, and its end. */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/errors.ts";
import { answer } from "../../../src/server/http/answer.ts";
import { type Listener, type ListenOptions, listen } from "../../../src/server/http/listen.ts";
import { readBody } from "../../../src/server/http/read-body.ts";
import { exchange, openSocket, requestText, statusesOf } from "./raw-socket.ts";

const listeners: Listener[] = [];
afterEach(() => {
  for (const listener of listeners.splice(0)) listener.closeNow();
});

async function listening(options: Partial<ListenOptions> = {}): Promise<Listener> {
  const handle = (request: IncomingMessage, response: ServerResponse): void =>
    answer(request, response, { status: 200, headers: [], body: "served" });
  const listener = await listen({ host: "127.0.0.1", port: 0, handle, ...options });
  listeners.push(listener);
  return listener;
}
const close = requestText({ headers: ["Connection: close"] });

describe("bad input I212: addresses", () => {
  test("port 0 takes a free one, and the url says which", async () => {
    const listener = await listening();
    expect(listener.port).toBeGreaterThan(0);
    expect(await (await fetch(listener.url)).text()).toBe("served");
  });

  test("IPv6", async () => {
    const listener = await listening({ host: "::1" });
    expect(listener.url).toBe(`http://[::1]:${listener.port}`);
    expect(await (await fetch(listener.url)).text()).toBe("served");
  });

  test("a port in use, one that is not allowed, and an address of elsewhere are told in one sentence", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    const failed = listening({ port });
    await expect(failed).rejects.toThrow(ConfigError);
    await expect(failed).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is in use: stop the program that listens there, or take another with --port.`,
    );
    await expect(listening({ host: "192.0.2.1" })).rejects.toThrow(
      "This machine has no address 192.0.2.1: give one that it has with --host.",
    );
    await expect(listening({ host: "no-such-host.invalid" })).rejects.toThrow("This machine has no address");
    taken.close();
  });
});

describe("security S11 and bad input D130, D131: the slow are closed, and hurt nobody", () => {
  const timeouts = { headersMs: 400, requestMs: 800, idleMs: 5_000 };

  test("500 connections that never finish their heads don't keep others from being served, and are closed", async () => {
    const listener = await listening({ timeouts });
    const slow = await Promise.all(Array.from({ length: 500 }, () => openSocket(listener.port)));
    let closed = 0;
    for (const socket of slow) {
      socket.on("error", () => {}).on("close", () => closed++);
      socket.on("end", () => socket.destroy()).resume();
      socket.write("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    }
    for (let index = 0; index < 20; index++) expect((await exchange(listener.port, close)).text).toContain("served");
    await expect.poll(() => closed, { timeout: 30_000 }).toBe(500);
  }, 60_000);

  test("a body that doesn't come in time is answered 408", async () => {
    const listener = await listening({
      timeouts,
      handle: (request, response) => {
        readBody(request, { maxBytes: 100 }).then(
          () => answer(request, response, { status: 200, headers: [] }),
          () => undefined,
        );
      },
    });
    const { statuses, isClosed } = await exchange(listener.port, `${requestText({ method: "POST", headers: ["Content-Length: 10"] })}{`);
    expect(statuses).toEqual([408]);
    expect(isClosed).toBe(true);
  });

  test("more connections than allowed are closed at once", async () => {
    const listener = await listening({ maxConnections: 2 });
    const held = [await openSocket(listener.port), await openSocket(listener.port)];
    const { statuses, isClosed } = await exchange(listener.port, close);
    expect({ statuses, isClosed }).toEqual({ statuses: [], isClosed: true });
    for (const socket of held) socket.destroy();
  });
});

test("bad input D133: a client that closes its side has left", async () => {
  let isGone = false;
  const listener = await listening({
    handle: (_request, response) => {
      response.on("close", () => {
        isGone = true;
      });
    },
  });
  const socket = await openSocket(listener.port);
  socket.write(requestText());
  socket.end();
  await expect.poll(() => isGone).toBe(true);
});

describe("guarantee G7: the socket's end", () => {
  test("replies under way are finished, connections closed after them, and new ones refused", async () => {
    const held: [IncomingMessage, ServerResponse][] = [];
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      if (request.url === "/first") answer(request, response, { status: 200, headers: [] });
      else held.push([request, response]);
    };
    const listener = await listening({ handle });
    const idle = await openSocket(listener.port);
    idle.write(requestText({ target: "/first" }));
    await once(idle, "data");
    const half = await openSocket(listener.port);
    const busy = await openSocket(listener.port);
    half.write("GET / HTTP/1.1\r\n");
    let text = "";
    busy.on("data", (chunk) => (text += chunk.toString()));
    busy.write(requestText());
    await expect.poll(() => held.length).toBe(1);
    const idleEnded = once(idle.resume(), "end");
    const busyEnded = once(busy, "end");
    listener.stopAccepting();
    listener.stopAccepting();
    let isClosed = false;
    const closing = listener.closed().then(() => {
      isClosed = true;
    });
    await idleEnded;
    expect(isClosed).toBe(false);
    await expect(openSocket(listener.port)).rejects.toThrow("ECONNREFUSED");
    const [request, response] = held[0] as [IncomingMessage, ServerResponse];
    answer(request, response, { status: 200, headers: [], body: "finished" });
    await busyEnded;
    await closing;
    expect(text).toContain("finished");
    expect(text.toLowerCase()).toContain("connection: close");
    await expect.poll(() => half.destroyed || half.readableEnded || !half.readable).toBe(true);
  });

  test("without anything under way it is closed at once", async () => {
    const listener = await listening();
    listener.stopAccepting();
    await listener.closed();
  });

  test("at once: whatever is under way", async () => {
    let hasCome = false;
    const listener = await listening({
      handle: () => {
        hasCome = true;
      },
    });
    const busy = exchange(listener.port, requestText());
    await expect.poll(() => hasCome).toBe(true);
    listener.closeNow();
    expect((await busy).statuses).toEqual([]);
  });
});

test("one connection serves many requests", async () => {
  const listener = await listening();
  const requests = `${requestText().repeat(99)}${close}`;
  expect(statusesOf((await exchange(listener.port, requests)).text)).toHaveLength(100);
});
