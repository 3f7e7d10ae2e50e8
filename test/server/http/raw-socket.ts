/** HTTP as bytes: for requests that no client would send. */
import { connect, type Socket } from "node:net";

export interface RawExchange {
  /** All that came until the connection closed, or until `isEnough`. */
  text: string;
  /** The status lines, in order. */
  statuses: number[];
  isClosed: boolean;
}

export function openSocket(port: number, host = "127.0.0.1"): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host, allowHalfOpen: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Sends `bytes` and reads until the server closes, or `replies` status lines and `settledMs` of silence have passed. */
export async function exchange(
  port: number,
  bytes: string | Buffer,
  options: { until?: (text: string) => boolean } = {},
): Promise<RawExchange> {
  const socket = await openSocket(port);
  return new Promise((resolve) => {
    let text = "";
    const end = (isClosed: boolean): void => {
      socket.destroy();
      resolve({ text, statuses: statusesOf(text), isClosed });
    };
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (options.until?.(text)) end(false);
    });
    socket.on("end", () => end(true));
    socket.on("close", () => end(true));
    socket.on("error", () => {});
    socket.write(bytes);
  });
}

export function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 ([0-9]{3}) /g)].map(([, status]) => Number(status));
}

/** A request whose head is fine, for variations of it. */
export function requestText(options: { method?: string; target?: string; headers?: string[]; body?: string; host?: string } = {}): string {
  const { method = "GET", target = "/v1/models", headers = [], body = "", host = "127.0.0.1" } = options;
  const length = body === "" ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...headers, ...length, "", body].join("\r\n");
}

/** Waits until a figure has grown from nothing and grows no more: buffers between two processes fill in jumps. */
export async function steady(figure: () => number): Promise<number> {
  let before = -1;
  for (;;) {
    const now = figure();
    if (now > 0 && now === before) return now;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
