/** A provider as bytes: for replies that no server would send. */
import { createServer, type Server, type Socket } from "node:net";
import type { UpstreamCall, UpstreamConnection, UpstreamReceiver, UpstreamRequest } from "../../../src/server/http/upstream-connection.ts";
import type { UpstreamFailure } from "../../../src/server/http/upstream-failure.ts";

export interface RawServer {
  origin: string;
  /** The requests that came, whole. */
  requests: string[];
  sockets: Set<Socket>;
  close(): void;
}

/** `reply` gets the socket as soon as a request's head and body are there. */
export function rawServer(reply: (socket: Socket, request: string) => void): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const requests: string[] = [];
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      for (;;) {
        const headEnd = text.indexOf("\r\n\r\n");
        const length = Number(/content-length: ([0-9]+)/i.exec(text.slice(0, headEnd))?.[1] ?? 0);
        if (headEnd < 0 || text.length < headEnd + 4 + length) return;
        const request = text.slice(0, headEnd + 4 + length);
        text = text.slice(request.length);
        requests.push(request);
        reply(socket, request);
      }
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      const close = (): void => {
        server.close();
        for (const socket of sockets) socket.destroy();
      };
      resolve({ origin: `http://127.0.0.1:${port}`, requests, sockets, close });
    });
  });
}

export interface Received {
  status?: number;
  rawHeaders: string[];
  body: string;
  hasEnded: boolean;
  failure?: UpstreamFailure;
}

/** One request, and everything that came of it. */
export function request(
  connection: UpstreamConnection,
  options: Partial<UpstreamRequest> = {},
  onCall?: (call: UpstreamCall) => void,
): Promise<Received> {
  return new Promise((resolve) => {
    const received: Received = { rawHeaders: [], body: "", hasEnded: false };
    const receiver: UpstreamReceiver = {
      head(status, rawHeaders) {
        received.status = status;
        received.rawHeaders = rawHeaders.map((value) => value.toString("latin1"));
      },
      chunk(chunk) {
        received.body += chunk.toString("latin1");
      },
      end() {
        received.hasEnded = true;
        resolve(received);
      },
      failed(failure) {
        received.failure = failure;
        resolve(received);
      },
    };
    const call = connection.send(
      {
        method: "POST",
        path: "/v1/messages",
        headers: [],
        body: Buffer.from("{}"),
        headTimeoutMs: 10_000,
        idleTimeoutMs: 10_000,
        ...options,
      },
      receiver,
    );
    onCall?.(call);
  });
}
