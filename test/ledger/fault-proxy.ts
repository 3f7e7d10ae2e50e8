/** A TCP proxy that does to a connection what networks do. */
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * `pass`: nothing. `blackhole`: what is sent arrives nowhere. `mute`: the server hears, and is not heard. `hold`: what is sent to the
 * server is kept until {@link FaultProxy.letGo}. `reset`: connections are broken, and new ones at once.
 */
export type Fault = "pass" | "blackhole" | "mute" | "hold" | "reset" | { latencyMs: number };

interface Pair {
  client: Socket;
  server: Socket;
  held: Buffer[];
}

export class FaultProxy {
  /** Messages from clients to the server, in whatever became of them. */
  questions = 0;
  connections = 0;
  readonly #target: number;
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  #fault: Fault = "pass";

  static async before(port: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(port);
    await new Promise<void>((resolve) => proxy.#listener.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  private constructor(target: number) {
    this.#target = target;
    this.#listener = createServer((client) => this.#accept(client));
  }

  get port(): number {
    return (this.#listener.address() as { port: number }).port;
  }

  set(fault: Fault): void {
    this.#fault = fault;
    if (fault === "reset") for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.resetAndDestroy();
  }

  /** What was held arrives now, though nobody may be there any more to hear of it. Answers how many messages that were. */
  letGo(): number {
    let messages = 0;
    for (const { server, held } of this.#pairs) {
      for (const chunk of held.splice(0)) {
        server.write(chunk);
        messages++;
      }
    }
    return messages;
  }

  close(): void {
    this.#listener.close();
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.destroy();
  }

  #accept(client: Socket): void {
    this.connections++;
    if (this.#fault === "reset") {
      client.resetAndDestroy();
      return;
    }
    const server = connect(this.#target, "127.0.0.1");
    const pair: Pair = { client, server, held: [] };
    this.#pairs.add(pair);
    for (const socket of [client, server]) socket.setNoDelay(true).on("error", () => {});
    client.on("data", (chunk) => this.#fromClient(pair, chunk));
    server.on("data", (chunk) => {
      if (this.#fault !== "blackhole" && this.#fault !== "mute") this.#pass(client, chunk);
    });
    client.on("close", () => {
      // Of what is held, the network does not know that its sender has gone.
      if (pair.held.length > 0) return;
      server.destroy();
      this.#pairs.delete(pair);
    });
    server.on("close", () => {
      client.destroy();
      this.#pairs.delete(pair);
    });
  }

  #fromClient(pair: Pair, chunk: Buffer): void {
    this.questions++;
    if (this.#fault === "hold") pair.held.push(chunk);
    else if (this.#fault !== "blackhole") this.#pass(pair.server, chunk);
  }

  #pass(to: Socket, chunk: Buffer): void {
    const latencyMs = typeof this.#fault === "object" ? this.#fault.latencyMs / 2 : 0;
    if (latencyMs === 0) to.write(chunk);
    else setTimeout(() => to.writable && to.write(chunk), latencyMs);
  }
}
