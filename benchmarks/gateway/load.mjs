/**
 * Calls over raw sockets, in a process of its own: what it costs is not the gateway's. Reads jobs, one JSON a line, from standard input:
 * `{ url, headers, body, connections, calls | seconds }`; answers each with a line of JSON: calls, milliseconds to the first byte of
 * the answer's body (or its head, where that comes later) and to its end.
 */
import { connect } from "node:net";
import { createInterface } from "node:readline";

async function run({ url, headers, body, connections, calls = Number.POSITIVE_INFINITY, seconds }) {
  const address = new URL(url);
  const head = [
    `POST ${address.pathname} HTTP/1.1`,
    `host: ${address.host}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  const bytes = Buffer.from(
    `${head.join("\r\n")}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  const endMs = seconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + seconds * 1000;
  const first = [];
  const whole = [];
  let left = calls;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const caller = new Caller(address);
      while (left-- > 0 && performance.now() < endMs) {
        const answer = await caller.call(bytes);
        if (first.length < 200_000) first.push(answer.firstMs);
        whole.push(answer.wholeMs);
      }
      caller.end();
    }),
  );
  const sorted = (values) => Float64Array.from(values).sort();
  const at = (values, share) => values[Math.min(values.length - 1, Math.floor(values.length * share))];
  const [toFirst, toEnd] = [sorted(first), sorted(whole)];
  return {
    calls: whole.length,
    firstMs: { p50: at(toFirst, 0.5), p99: at(toFirst, 0.99) },
    wholeMs: { p50: at(toEnd, 0.5), p99: at(toEnd, 0.99) },
  };
}

class Caller {
  #socket;
  #received = Buffer.alloc(0);
  #startMs = 0;
  #firstMs = 0;
  #bodyAt = -1;
  #length = -1;
  #done;
  #failed;

  constructor({ hostname, port }) {
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.on("data", (chunk) => this.#take(chunk));
    this.#socket.on("error", (error) => this.#failed?.(error));
    this.#socket.on("close", () => this.#failed?.(new Error("the connection was closed")));
  }

  call(bytes) {
    return new Promise((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
      this.#received = Buffer.alloc(0);
      this.#bodyAt = -1;
      this.#startMs = performance.now();
      this.#socket.write(bytes);
    });
  }

  end() {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #take(chunk) {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    if (this.#bodyAt < 0) {
      const end = this.#received.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = this.#received.toString("latin1", 0, end);
      if (!head.startsWith("HTTP/1.1 200")) {
        this.#failed(new Error(`${head}\n${this.#received.toString("utf8", end)}`));
        return;
      }
      this.#bodyAt = end + 4;
      this.#length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? -1);
      this.#firstMs = 0;
    }
    if (this.#firstMs === 0 && this.#received.length > this.#bodyAt) this.#firstMs = performance.now() - this.#startMs;
    const isWhole =
      this.#length >= 0
        ? this.#received.length >= this.#bodyAt + this.#length
        : this.#received.subarray(-7).equals(Buffer.from("\r\n0\r\n\r\n")) ||
          this.#received.subarray(this.#bodyAt).equals(Buffer.from("0\r\n\r\n"));
    if (isWhole) this.#done({ firstMs: this.#firstMs, wholeMs: performance.now() - this.#startMs });
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await run(JSON.parse(line))));
}
