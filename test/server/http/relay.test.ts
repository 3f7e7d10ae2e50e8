/** The client's side of replies: order, pace, and clients that leave. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { Relay } from "../../../src/server/http/relay.ts";
import { exchange, openSocket, requestText, steady } from "./raw-socket.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serving(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createServer(handle);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
class Source {
  pauses = 0;
  resumes = 0;
  pause(): void {
    this.pauses++;
  }
  resume(): void {
    this.resumes++;
  }
}
const close = requestText({ headers: ["Connection: close"] });

describe("a reply goes out as it comes", () => {
  test("whole, it tells its length; in pieces, it is chunked", async () => {
    const port = await serving((request, response) => {
      const relay = new Relay(response, new Source());
      relay.head(200, ["X-A", "b", "x-a", "c"]);
      if (request.url === "/pieces") relay.write(Buffer.from("hel"));
      relay.end(Buffer.from("lo"));
    });
    const { text } = await exchange(port, requestText({ target: "/whole", headers: ["Connection: close"] }));
    expect(text).toContain("X-A: b\r\nx-a: c\r\n");
    expect(text.toLowerCase()).toContain("content-length: 2\r\n");
    const pieces = await exchange(port, requestText({ target: "/pieces", headers: ["Connection: close"] }));
    expect(pieces.text).toContain("3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n");
  });

  test("the head does not wait for the body, nor one event for the next", async () => {
    let relay: Relay | undefined;
    const port = await serving((_request, response) => {
      relay = new Relay(response, new Source());
      relay.head(200, ["content-type", "text/event-stream"]);
    });
    const socket = await openSocket(port);
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.write(requestText());
    await expect.poll(() => text).toContain("\r\n\r\n");
    relay?.write(Buffer.from("data: 1\n\n"));
    await expect.poll(() => text).toContain("data: 1\n\n");
    relay?.write(Buffer.from("data: 2\n\n"));
    await expect.poll(() => text).toContain("data: 2\n\n");
    socket.destroy();
  });

  test("bad input D135: a hundred requests in one piece are answered in their order", async () => {
    const held: (() => void)[] = [];
    const port = await serving((request, response) => {
      held.push(() => {
        const relay = new Relay(response, new Source());
        relay.head(200, []);
        relay.write(Buffer.from(`<${request.url}`));
        relay.end(Buffer.from(">"));
      });
      // The last comes first.
      if (held.length === 100) for (const send of held.reverse()) send();
    });
    const requests = Array.from({ length: 100 }, (_, index) =>
      requestText({ target: `/${index}`, headers: index === 99 ? ["Connection: close"] : [] }),
    );
    const { text } = await exchange(port, requests.join(""));
    expect([...text.matchAll(/<\/([0-9]+)/g)].map(([, index]) => Number(index))).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  test("broken off, it can't be taken for whole", async () => {
    const port = await serving((_request, response) => {
      const relay = new Relay(response, new Source());
      relay.head(200, []);
      relay.write(Buffer.from("half"));
      setImmediate(() => relay.breakOff());
    });
    const { text } = await exchange(port, close);
    expect(text).not.toContain("0\r\n\r\n");
  });
});

describe("bad input D132: a client that reads slowly", () => {
  test("holds the source back, and lets it on when it reads: memory does not grow", async () => {
    const source = new Source();
    let response: ServerResponse | undefined;
    let written = 0;
    const chunk = Buffer.alloc(65_536, "x");
    const port = await serving((_request, reply) => {
      response = reply;
      const relay = new Relay(reply, source);
      relay.head(200, []);
      const pump = (): void => {
        if (written >= 200 * chunk.byteLength) {
          relay.end();
          return;
        }
        // As a provider would: only while nobody has said pause.
        if (source.pauses === source.resumes) {
          relay.write(chunk);
          written += chunk.byteLength;
        }
        setImmediate(pump);
      };
      pump();
    });
    const socket = await openSocket(port);
    socket.pause();
    socket.write(close);
    await steady(() => written);
    expect(source.pauses).toBe(source.resumes + 1);
    expect(response?.writableLength).toBeLessThan(2 * chunk.byteLength);
    let bytes = 0;
    socket.on("data", (piece) => (bytes += piece.byteLength));
    socket.resume();
    await new Promise((resolve) => socket.once("end", resolve));
    expect(bytes).toBeGreaterThan(200 * chunk.byteLength);
    expect(source.pauses).toBe(source.resumes);
  });

  test("and one that never reads again has left", async () => {
    const source = new Source();
    let gone = 0;
    const port = await serving((_request, response) => {
      const relay = new Relay(response, source, 50);
      relay.onGone = () => gone++;
      relay.head(200, []);
      const pump = (): void => {
        if (relay.isGone) return;
        if (source.pauses === source.resumes) relay.write(Buffer.alloc(1_000_000));
        setImmediate(pump);
      };
      pump();
    });
    const socket = await openSocket(port);
    socket.on("error", () => {}).pause();
    socket.write(close);
    await expect.poll(() => gone).toBe(1);
    expect(source.resumes).toBe(source.pauses);
    socket.destroy();
  });
});

describe("guarantee G10: a client that leaves", () => {
  test("is told once; the source flows on for the meter, and nothing is kept for the client", async () => {
    const source = new Source();
    let gone = 0;
    let relay: Relay | undefined;
    let response: ServerResponse | undefined;
    const port = await serving((_request, reply) => {
      response = reply;
      relay = new Relay(reply, source);
      relay.onGone = () => gone++;
      relay.head(200, []);
      relay.write(Buffer.from("a"));
    });
    const socket = await openSocket(port);
    socket.write(close);
    socket.once("data", () => socket.destroy());
    await expect.poll(() => gone).toBe(1);
    expect(relay?.isGone).toBe(true);
    relay?.write(Buffer.alloc(10_000_000));
    relay?.end();
    expect(response?.writableLength).toBe(0);
    expect(gone).toBe(1);
    expect(source.pauses).toBe(0);
  });

  test("one that leaves while the source waits for it lets the source go", async () => {
    const source = new Source();
    const port = await serving((_request, response) => {
      const relay = new Relay(response, source);
      relay.head(200, []);
      relay.write(Buffer.alloc(20_000_000));
    });
    const socket = await openSocket(port);
    socket.pause();
    socket.write(close);
    await expect.poll(() => source.pauses).toBe(1);
    socket.destroy();
    await expect.poll(() => source.resumes).toBe(1);
  });

  test("one that left before the reply began", async () => {
    let relay: Relay | undefined;
    const port = await serving((_request, response) => {
      response.once("close", () => {
        relay = new Relay(response, new Source());
        relay.head(200, []);
        relay.write(Buffer.from("a"));
        relay.end();
      });
    });
    const socket = await openSocket(port);
    socket.write(close);
    setTimeout(() => socket.destroy(), 20);
    await expect.poll(() => relay?.isGone).toBe(true);
  });

  test("the end of a reply is no leaving", async () => {
    let gone = 0;
    const port = await serving((_request, response) => {
      const relay = new Relay(response, new Source());
      relay.onGone = () => gone++;
      relay.head(200, []);
      relay.end(Buffer.from("a"));
    });
    expect((await exchange(port, close)).text).toContain("a");
    expect(gone).toBe(0);
  });
});
