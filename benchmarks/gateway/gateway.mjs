/**
 * What a gateway costs: ours with a book, three hard budgets and a virtual key, beside Portkey's without any, and the floor, a bare
 * pass-through. Each in a process of its own, the upstream and the caller too; rounds in turns, medians; CPU from /proc.
 *
 *     node benchmarks/gateway/gateway.mjs [--rounds 5] [--calls 4000] [--slope-minutes 10] [--without portkey]
 *
 * After npm run build; the network once, for the peer. Linux. Traps: the caller and the upstream take processors from the gateway, so
 * what is compared is CPU of the gateway's own process, and latency at one connection; a busy machine shows in the floor's latency.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machine, median } from "../ledger/records.mjs";
import { cpuSeconds, residentMegabytes, startFloor, startOurs, startPortkey, startUpstream } from "./gateways.mjs";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    calls: { type: "string", default: "4000" },
    "slope-minutes": { type: "string", default: "0" },
    without: { type: "string", default: "" },
  },
});
const rounds = Number(values.rounds);
const calls = Number(values.calls);
const slopeMinutes = Number(values["slope-minutes"]);

const body = (bytes, more = {}) => {
  const content = "Tell me what it costs, and why. ".repeat(Math.ceil(bytes / 32)).slice(0, bytes);
  return JSON.stringify({ model: "gpt-5-mini", ...more, max_completion_tokens: 1000, messages: [{ role: "user", content }] });
};
const small = body(1024 - 110);
const stream = body(1024 - 130, { stream: true });
const large = body(84 * 1024);
const works = {
  "JSON 1 KB, 64 connections": { body: small, connections: 64, calls },
  "JSON 1 KB, one connection": { body: small, connections: 1, calls: Math.ceil(calls / 4) },
  "SSE of 62 events, one connection": { body: stream, connections: 1, calls: Math.ceil(calls / 20) },
  "JSON 84 KB, 16 connections": { body: large, connections: 16, calls: Math.ceil(calls / 4) },
};

const folder = mkdtempSync(join(tmpdir(), "tokenledger-gateway-"));
const caller = spawn(process.execPath, [fileURLToPath(new URL("load.mjs", import.meta.url))], { stdio: ["pipe", "pipe", "inherit"] });
const answers = createInterface({ input: caller.stdout })[Symbol.asyncIterator]();
const started = [];
try {
  const upstream = await startUpstream();
  started.push(upstream);
  const gateways = { floor: await startFloor(upstream.url) };
  if (values.without !== "portkey") gateways.portkey = await startPortkey(upstream.url);
  gateways.ours = await startOurs(upstream.url, folder);
  started.push(...Object.values(gateways));
  const direct = { base: `${upstream.url}/v1`, headers: { authorization: "Bearer provider-key" }, child: upstream.child };
  console.log(`${machine}, medians of ${rounds} rounds\n`);
  const idle = Object.entries(gateways).map(([name, gateway]) => [name, residentMegabytes(gateway)]);
  const compared = { direct, ...gateways };
  const none = () => Object.fromEntries(Object.keys(compared).map((name) => [name, []]));
  const seen = Object.fromEntries(Object.keys(works).map((work) => [work, none()]));
  for (let round = 0; round <= rounds; round++) {
    for (const [work, job] of Object.entries(works)) {
      for (const [name, gateway] of Object.entries(compared)) {
        const figures = await measure(gateway, job);
        // The first round compiles, and makes connections and tables' first pages.
        if (round > 0) seen[work][name].push(figures);
      }
    }
  }
  for (const [work, byGateway] of Object.entries(seen)) print(work, byGateway);
  console.log("\n| memory, start | idle MB | loaded MB | start to ready ms |\n|---|---|---|---|");
  for (const [name, megabytes] of idle) {
    const { readyMs } = gateways[name];
    console.log(`| ${name} | ${megabytes.toFixed(0)} | ${residentMegabytes(gateways[name]).toFixed(0)} | ${readyMs.toFixed(0)} |`);
  }
  if (slopeMinutes > 0) await slope(gateways.ours);
} finally {
  caller.kill();
  await Promise.all(started.map(ended));
  rmSync(folder, { recursive: true, force: true });
}

function ended({ child }) {
  return new Promise((resolve) => {
    child.once("exit", resolve);
    child.kill();
  });
}

async function ask(gateway, job) {
  caller.stdin.write(`${JSON.stringify({ url: `${gateway.base}/chat/completions`, headers: gateway.headers, ...job })}\n`);
  const { value } = await answers.next();
  return JSON.parse(value);
}

async function measure(gateway, job) {
  const before = cpuSeconds(gateway);
  const figures = await ask(gateway, job);
  return { ...figures, cpuMicroseconds: ((cpuSeconds(gateway) - before) * 1e6) / figures.calls };
}

function print(work, byGateway) {
  const of = (name, figure) => median(byGateway[name].map(figure));
  const cpu = (name) => of(name, ({ cpuMicroseconds }) => cpuMicroseconds);
  console.log(`\n| ${work} | CPU µs a call | × floor | × Portkey | first byte p50 ms | added p50 | added p99 | calls' p50 ms |`);
  console.log("|---|---|---|---|---|---|---|---|");
  for (const name of Object.keys(byGateway)) {
    if (name === "direct") continue;
    const first = (share) => of(name, ({ firstMs }) => firstMs[share]);
    const added = (share) => first(share) - of("direct", ({ firstMs }) => firstMs[share]);
    const cells = [
      cpu(name).toFixed(0),
      (cpu(name) / cpu("floor")).toFixed(2),
      byGateway.portkey ? (cpu(name) / cpu("portkey")).toFixed(2) : "",
      first("p50").toFixed(2),
      added("p50").toFixed(2),
      added("p99").toFixed(2),
      of(name, ({ wholeMs }) => wholeMs.p50).toFixed(2),
    ];
    console.log(`| ${name} | ${cells.join(" | ")} |`);
  }
}

/** Memory under load, minute by minute: the line through the second half must be flat. */
async function slope(gateway) {
  console.log("\n| minute | MB |\n|---|---|");
  const points = [];
  for (let minute = 1; minute <= slopeMinutes; minute++) {
    await ask(gateway, { body: small, connections: 64, seconds: 60 });
    points.push(residentMegabytes(gateway));
    console.log(`| ${minute} | ${points.at(-1).toFixed(0)} |`);
  }
  const half = points.slice(Math.floor(points.length / 2));
  const middle = (half.length - 1) / 2;
  const mean = half.reduce((sum, one) => sum + one, 0) / half.length;
  const rise = half.reduce((sum, one, at) => sum + (at - middle) * (one - mean), 0);
  const spread = half.reduce((sum, _one, at) => sum + (at - middle) ** 2, 0);
  console.log(`\nslope of the second half: ${(spread === 0 ? 0 : rise / spread).toFixed(2)} MB a minute`);
}
