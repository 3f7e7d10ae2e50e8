// What HTTP and JSON alone cost: reads a body, parses it, and says how many records it has. Prints its address.
import { createServer } from "node:http";

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const { records } = chunks.length === 0 ? { records: [] } : JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const body = JSON.stringify({ records: records.length });
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
    response.end(body);
  });
});
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => console.log(`ready http://127.0.0.1:${server.address().port}`));
