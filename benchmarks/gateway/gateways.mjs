// The gateways that are compared, each as a process of its own.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
/** These versions together, wherever it looks for them: with what npm would choose today, its streams fail. */
const PORTKEY = { "@portkey-ai/gateway": "1.15.2", "@hono/node-server": "1.13.5", hono: "4.9.7" };
const USD = 1_000_000_000n;

export async function startUpstream() {
  return startProgram([join(here, "upstream.mjs")]);
}

export async function startFloor(upstreamUrl) {
  const program = await startProgram([join(here, "floor.mjs"), upstreamUrl]);
  return { ...program, headers: { authorization: "Bearer provider-key" }, base: `${program.url}/v1` };
}

export async function startPortkey(upstreamUrl) {
  const folder = join(root, ".cache", "gateway-peers");
  if (!existsSync(join(folder, "node_modules/@portkey-ai/gateway"))) {
    mkdirSync(folder, { recursive: true });
    const { "@portkey-ai/gateway": _portkey, ...overrides } = PORTKEY;
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies: PORTKEY, overrides }));
    const args = ["install", "--prefix", folder, "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"];
    const { status, stderr } = spawnSync("npm", args, { encoding: "utf8", cwd: folder });
    if (status !== 0) throw new Error(`npm ended with ${status}: ${stderr}`);
  }
  const port = await freePort();
  const startedMs = performance.now();
  const child = spawn(
    process.execPath,
    [join(folder, "node_modules/@portkey-ai/gateway/build/start-server.js"), `--port=${port}`, "--headless"],
    {
      stdio: "ignore",
      env: { ...process.env, NODE_ENV: "production" },
    },
  );
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(url).then(
      (reply) => reply.ok,
      () => false,
    ))
  )
    await new Promise((resolve) => setTimeout(resolve, 5));
  const readyMs = performance.now() - startedMs;
  const headers = { authorization: "Bearer provider-key", "x-portkey-provider": "openai", "x-portkey-custom-host": `${upstreamUrl}/v1` };
  return { child, url, readyMs, headers, base: `${url}/v1` };
}

/** With a book on disk, three hard budgets that count every call, and a virtual key. */
export async function startOurs(upstreamUrl, folder) {
  const { openLedger } = await import("../../dist/ledger/index.js");
  const book = join(folder, "book.db");
  const ledger = await openLedger(book);
  const hard = { period: "monthly", amountNanoUsd: 1_000_000n * USD, alerts: [50, 80, 100], enforcement: "block_requests", hard: true };
  await ledger.budgets.put([
    { name: "all", scope: {}, ...hard },
    { name: "team", scope: { team: "blue" }, ...hard },
    { name: "key", scope: { key: "*" }, ...hard },
  ]);
  const { key } = await ledger.keys.create("bench", { team: "blue" });
  await ledger.close();
  const config = join(folder, "tokenledger.yaml");
  writeFileSync(
    config,
    `server: { auth: always }\nproviders:\n  openai: { api: openai, base_url: "${upstreamUrl}", api_key: "provider-key", models: ["*"] }\n`,
  );
  const program = await startProgram([join(root, "dist/cli/main.js"), "serve", "--config", config, "--db", book, "--port", "0"]);
  return { ...program, headers: { authorization: `Bearer ${key}` }, base: `${program.url}/v1` };
}

export async function startProgram(args) {
  const startedMs = performance.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (url !== undefined) return { child, url, readyMs: performance.now() - startedMs };
  }
  throw new Error(`${args.join(" ")} ended before it was ready`);
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Seconds of CPU, of all threads. */
export function cpuSeconds({ child }) {
  const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Megabytes of resident memory. */
export function residentMegabytes({ child }) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}
