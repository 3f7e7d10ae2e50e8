// The least that a gateway can do: node:http on one side, undici on the other, bytes passed through. Takes the upstream's address.
import { createServer } from "node:http";
import { Pool } from "undici";

const pool = new Pool(process.argv[2], { connections: 256, pipelining: 1 });

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const headers = { "content-type": "application/json", authorization: request.headers.authorization };
    pool.dispatch(
      { path: request.url, method: request.method, headers, body: Buffer.concat(chunks) },
      {
        onConnect() {},
        onHeaders(status, raw) {
          const passed = [];
          for (let at = 0; at < raw.length; at += 2) {
            const name = raw[at].toString();
            if (!/^(connection|keep-alive|transfer-encoding)$/i.test(name)) passed.push(name, raw[at + 1].toString());
          }
          response.writeHead(status, passed);
          return true;
        },
        onData: (chunk) => response.write(chunk),
        onComplete: () => response.end(),
        onError: () => response.destroy(),
      },
    );
  });
});
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => console.log(`ready http://127.0.0.1:${server.address().port}`));
