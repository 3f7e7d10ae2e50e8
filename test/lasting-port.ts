/** Ports for servers that go away and come back. */
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A free port that stays free while its server is away: systems give those below 32768 to nobody who does not name them. Others, which
 * they hand out, may belong to another program's connection by the time a server comes to them.
 */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer().listen(port, "127.0.0.1");
    const isFree = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
