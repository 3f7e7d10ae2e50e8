/** A way from the browser to a server that a test can break, mend, and lead elsewhere: bytes are passed on as they are. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface BreakableWay extends AsyncDisposable {
  url: string;
  /** Ends what is under way, and lets nobody through. */
  break(): void;
  /** Lets through again; to another server where one is given. */
  mend(target?: string): void;
}

/** @param host where it listens; default this machine alone */
export async function breakableWay(target: string, host = "127.0.0.1"): Promise<BreakableWay> {
  let to = new URL(target);
  let isBroken = false;
  const open = new Set<Socket>();
  const server = createServer((browser) => {
    if (isBroken) {
      browser.destroy();
      return;
    }
    const onward = connect(Number(to.port), to.hostname);
    for (const [socket, other] of [
      [browser, onward],
      [onward, browser],
    ] as const) {
      open.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        open.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen(0, host);
  await once(server, "listening");
  const end = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    break() {
      isBroken = true;
      end();
    },
    mend(elsewhere) {
      if (elsewhere !== undefined) to = new URL(elsewhere);
      end();
      isBroken = false;
    },
    async [Symbol.asyncDispose]() {
      end();
      server.close();
      await once(server, "close");
    },
  };
}
