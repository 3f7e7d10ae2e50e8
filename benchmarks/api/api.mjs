/**
 * What the API costs, asked of a running server, each figure beside its limit: posts of a thousand records beside the book alone and
 * beside HTTP and JSON alone; a month's sums over a large book beside the bare SQL; a scrape with a thousand keys beside /health.
 *
 *     node benchmarks/api/api.mjs [--rounds 5] [--records 10000000] [--book FILE] [--keys 1000]     (after npm run build)
 *
 * Ten million records take some minutes to make; with `--book`, they are made once and kept. Traps: the caller, the server and the
 * disk share the machine, so all of a round is measured in turns, and the first round, which compiles, is not counted.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { recordFromForm, toRecordForm } from "../../dist/index.js";
import { openLedger } from "../../dist/ledger/index.js";
import { cpuSeconds, startProgram, startUpstream } from "../gateway/gateways.mjs";
import { benchmarkOptions, inventRecords, machine, median } from "../ledger/records.mjs";
import { makeYearBook } from "../ledger/year-book.mjs";

const POSTS = 20;
const RECORDS = 1000;
const ASKED = 15;
const HOUR_MS = 3_600_000;
const MONTH = { start: "2025-12-01", end: "2025-12-31", startMs: Date.UTC(2025, 11, 1), endMs: Date.UTC(2026, 0, 1) };

const options = benchmarkOptions(10_000_000, {
  book: { type: "string" },
  rounds: { type: "string", default: "5" },
  keys: { type: "string", default: "1000" },
});
const rounds = Number(options.rounds);
const folder = mkdtempSync(join(tmpdir(), "tokenledger-api-"));
const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const started = [];
try {
  console.log(`${machine}; medians of ${rounds} rounds`);
  await posts();
  await sums();
  await scrapes();
} finally {
  agent.destroy();
  await Promise.all(started.map(ended));
  rmSync(folder, { recursive: true, force: true });
}

/** Every record is new: a thousand in each post. */
async function posts() {
  const server = await serve(join(folder, "posted.db"));
  const bare = await start([fileURLToPath(new URL("bare-server.mjs", import.meta.url))]);
  const ledger = await openLedger(join(folder, "bare.db"));
  let firstIndex = 0;
  const forms = () => {
    const records = inventRecords({ kind: "gateway", count: RECORDS, firstIndex, total: 1_000_000, spanDays: 365 });
    firstIndex += RECORDS;
    return records.map(({ source: _source, usageSource: _usageSource, ...record }) => toRecordForm({ source: "api", ...record }));
  };
  const works = {
    "POST /api/v1/usage, one connection": (bodies) => sent(server.url, "/api/v1/usage", bodies, 1),
    "POST /api/v1/usage, four connections": (bodies) => sent(server.url, "/api/v1/usage", bodies, 4),
    "the book alone: recordEach": async (bodies) => {
      for (const body of bodies) {
        const { records } = JSON.parse(body);
        await ledger.recordEach(records.map((form) => recordFromForm(form, { source: "api" })));
      }
    },
    "HTTP and JSON alone": (bodies) => sent(bare.url, "/", bodies, 1),
  };
  const times = Object.fromEntries(Object.keys(works).map((name) => [name, []]));
  // What a busy machine leaves as it is: the processor's time of the process that works.
  const workers = [server, server, { child: process }, bare];
  const cpu = Object.fromEntries(Object.keys(works).map((name) => [name, []]));
  let bytes = 0;
  for (let round = 0; round <= rounds; round++) {
    for (const [at, [name, work]] of Object.entries(works).entries()) {
      const bodies = Array.from({ length: POSTS }, () => Buffer.from(JSON.stringify({ records: forms() })));
      bytes = bodies[0].length;
      const [startMs, startCpu] = [performance.now(), cpuSeconds(workers[at])];
      await work(bodies);
      if (round === 0) continue;
      times[name].push(performance.now() - startMs);
      cpu[name].push(cpuSeconds(workers[at]) - startCpu);
    }
  }
  await ledger.close();
  console.log(
    `\n| ${RECORDS} records a post, ${Math.round(bytes / RECORDS)} bytes each | records a second | a post ms | CPU µs a record |\n|---|---|---|---|`,
  );
  for (const [name, list] of Object.entries(times)) {
    const perPostMs = median(list) / POSTS;
    const cpuPerRecord = (median(cpu[name]) * 1e6) / (POSTS * RECORDS);
    console.log(`| ${name} | ${Math.round((RECORDS * 1000) / perPostMs)} | ${perPostMs.toFixed(1)} | ${cpuPerRecord.toFixed(1)} |`);
  }
  await Promise.all([server, bare].map(ended));
}

async function sums() {
  const path = options.book ?? join(folder, "year.db");
  await makeYearBook(path, options.records);
  const sql = bareSql(path);
  const server = await serve(path);
  const { records } = sql.count();
  console.log(
    `\n| a month over ${records} records, ${Math.round(statSync(path).size / records)} bytes each | median ms | most ms |\n|---|---|---|`,
  );
  const ask = (query) => () => get(server.url, `/api/v1/costs/aggregate?start=${MONTH.start}&end=${MONTH.end}&${query}`);
  const works = {
    "GET /api/v1/costs/aggregate by team": ask("group_by=team"),
    "by model": ask("group_by=model"),
    "by day": ask("group_by=day"),
    "by day and model, America/New_York": ask("group_by=day,model&tz=America/New_York"),
    "by day, of one team": ask("group_by=day&team=team-3"),
    "the bare SQL by team": async () => sql.byTeam(),
    "GET /health": () => get(server.url, "/health"),
  };
  for (const [name, work] of Object.entries(works)) {
    await work();
    tell(name, await timesOf(work, ASKED));
  }
  console.log("\n| not answered from sums by the hour, or computed | ms | longest GET /health meanwhile |\n|---|---|---|");
  for (const path of [
    `costs/aggregate?start=${MONTH.start}&end=${MONTH.end}&group_by=team,model`,
    `costs/aggregate?start=${MONTH.start}&end=${MONTH.end}&group_by=user&team=team-3`,
    `analysis?start=${MONTH.start}&end=${MONTH.end}`,
    "analysis?start=2025-07-01&end=2026-06-30&bucket=day&by=team",
    "explain?from=2025-11&to=2025-12",
    "forecast",
  ]) {
    const startMs = performance.now();
    let isDone = false;
    const answered = get(server.url, `/api/v1/${path}`).then(() => {
      isDone = true;
      return performance.now() - startMs;
    });
    let longestMs = 0;
    while (!isDone) longestMs = Math.max(longestMs, ...(await timesOf(() => get(server.url, "/health"), 1)));
    console.log(`| GET /api/v1/${path} | ${(await answered).toFixed(0)} | ${longestMs.toFixed(1)} |`);
  }
  sql.close();
  await ended(server);
}

/** The rollup's own rows, added up by SQLite: no answer can be faster. */
function bareSql(path) {
  const Database = createRequire(import.meta.url)("better-sqlite3");
  const database = new Database(path, { readonly: true });
  const columns = ["requests", "input_tokens", "output_tokens", "cost_nano_usd"].map((column) => `sum(${column})`).join(", ");
  const byTeam = database.prepare(`SELECT value, ${columns} FROM rollups WHERE dimension = 2 AND hour >= ? AND hour < ? GROUP BY value`);
  return {
    count: () => database.prepare("SELECT count(*) AS records FROM usage_records").get(),
    byTeam: () => byTeam.all(MONTH.startMs / HOUR_MS, MONTH.endMs / HOUR_MS),
    close: () => database.close(),
  };
}

/** Each key has made a call, so that each has its own lines. */
async function scrapes() {
  const upstream = await startUpstream();
  started.push(upstream);
  const path = join(folder, "keys.db");
  const ledger = await openLedger(path);
  const keys = [];
  for (let index = 0; index < Number(options.keys); index++)
    keys.push((await ledger.keys.create(`key-${index}`, { team: `team-${index % 50}` })).key);
  await ledger.close();
  const config = join(folder, "tokenledger.yaml");
  writeFileSync(config, `providers:\n  openai: { base_url: "${upstream.url}", api_key: "provider-key", models: ["*"] }\n`);
  const server = await serve(path, "--config", config);
  const call = Buffer.from(
    JSON.stringify({ model: "gpt-5-mini", max_completion_tokens: 100, messages: [{ role: "user", content: "And now?" }] }),
  );
  for (const key of keys) await exchange(server.url, "/v1/chat/completions", call, { authorization: `Bearer ${key}` });
  const text = await get(server.url, "/metrics");
  const lines = text.split("\n").length;
  console.log(`\n| ${keys.length} keys, ${lines} lines, ${Math.round(text.length / 1024)} KB | median ms | most ms |\n|---|---|---|`);
  for (const path of ["/metrics", "/health"]) tell(`GET ${path}`, await timesOf(() => get(server.url, path), 5 * ASKED));
  await Promise.all([server, upstream].map(ended));
}

function serve(book, ...words) {
  return start([main, "serve", "--port", "0", "--db", book, ...words]);
}

async function start(words) {
  const program = await startProgram(words);
  started.push(program);
  return program;
}

function ended({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  return new Promise((resolve) => {
    child.once("exit", resolve);
    child.kill();
  });
}

/** Posts go out as soon as a connection is free. */
async function sent(url, path, bodies, connections) {
  const left = [...bodies];
  const work = async () => {
    for (let body = left.pop(); body !== undefined; body = left.pop()) await exchange(url, path, body);
  };
  await Promise.all(Array.from({ length: connections }, work));
}

function get(url, path) {
  return exchange(url, path);
}

function exchange(url, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? "GET" : "POST";
    const asked = request(`${url}${path}`, {
      agent,
      method,
      headers: { ...headers, ...(body && { "content-type": "application/json", "content-length": body.length }) },
    });
    asked.on("error", reject);
    asked.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`${path}: ${response.statusCode} ${text.slice(0, 300)}`)),
      );
    });
    asked.end(body);
  });
}

async function timesOf(work, times) {
  const list = [];
  for (let run = 0; run < times; run++) {
    const startMs = performance.now();
    await work();
    list.push(performance.now() - startMs);
  }
  return list;
}

function tell(name, list) {
  console.log(`| ${name} | ${median(list).toFixed(1)} | ${Math.max(...list).toFixed(1)} |`);
}
