// Reserve + settle of one hot budget on PostgreSQL, over 8 connections, beside two bare committed updates of one hot row: same
// server, same driver, same durability, in turns. Starts a server of its own in a temporary folder; needs initdb and pg_ctl, and
// the package built.
//   node benchmarks/budget/postgres.mjs [pairs a round, default 2000] [rounds, default 5]
import { execFileSync, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import pg from "pg";
import { openLedger } from "../../dist/ledger/index.js";

const [pairs = 2000, rounds = 5] = process.argv.slice(2).map(Number);
const CONNECTIONS = 8;
const USD = 1_000_000_000n;

const account =
  process.getuid?.() === 0
    ? Object.fromEntries(
        ["uid", "gid"].map((id, i) => [id, Number(execFileSync("id", [["-u", "-g"][i], "postgres"], { encoding: "utf8" }))]),
      )
    : undefined;
const debian = "/usr/lib/postgresql";
const folders = [
  ...(existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, "bin")) : []),
  ...(process.env.PATH ?? "").split(delimiter),
];
const binaries = folders.find((folder) => existsSync(join(folder, "initdb")));
if (binaries === undefined) throw new Error("PostgreSQL's initdb is not installed");

const folder = mkdtempSync(join(tmpdir(), "tokenledger-postgres-"));
if (account) chownSync(folder, account.uid, account.gid);
const data = join(folder, "data");
const control = (...args) => spawnSync(join(binaries, "pg_ctl"), ["-D", data, ...args], { stdio: "ignore", cwd: folder, ...account });

try {
  execFileSync(join(binaries, "initdb"), ["-D", data, "-U", "ledger", "-A", "trust", "-E", "UTF8", "--no-locale"], {
    stdio: "ignore",
    cwd: folder,
    ...account,
  });
  const port = await freePort();
  const settings = { port, listen_addresses: "127.0.0.1", unix_socket_directories: "", synchronous_commit: "on", fsync: "on" };
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
  if (control("start", "-w", "-l", join(folder, "log"), "-o", options.join(" ")).status !== 0) throw new Error("the server did not start");
  await measure(`postgresql://ledger@127.0.0.1:${port}/postgres`);
} finally {
  control("stop", "-m", "immediate");
  rmSync(folder, { recursive: true, force: true });
}

async function measure(url) {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  await pool.query("CREATE TABLE hot (id integer PRIMARY KEY, used bigint NOT NULL) WITH (fillfactor = 50)");
  await pool.query("INSERT INTO hot VALUES (1, 0)");
  const update = { name: "update", text: "UPDATE hot SET used = used + 1 WHERE id = 1 RETURNING used" };
  const ledger = await openLedger(url);
  await ledger.budgets.put({
    name: "hot",
    scope: {},
    period: "monthly",
    amountNanoUsd: 1_000_000n * USD,
    alerts: [50, 80, 100],
    enforcement: "block_requests",
    hard: true,
  });
  let calls = 0;
  const pair = (dispatched) => async () => {
    const reservation = await ledger.reserve({
      requestId: `call-${++calls}`,
      provider: "openai",
      model: "gpt-5",
      scope: { team: "blue", user: "ann" },
      estimate: { inputTokens: 1000, outputTokens: 200, costUsd: "0.004" },
      dispatched,
    });
    await reservation.settle({ inputTokens: 1000, outputTokens: 150, costUsd: "0.003" });
  };
  const works = {
    "two bare updates": async () => {
      await pool.query(update);
      await pool.query(update);
    },
    "reserve + settle": pair(false),
    "reserve as dispatched + settle": pair(true),
  };
  const times = Object.fromEntries(Object.keys(works).map((name) => [name, []]));
  for (const work of Object.values(works)) await perPair(work, 200);
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(works)) times[name].push(await perPair(work, pairs));
  }
  const base = median(times["two bare updates"]);
  for (const [name, of] of Object.entries(times)) {
    console.log(`${name.padEnd(32)} ${median(of).toFixed(0).padStart(6)} us a pair   ${(median(of) / base).toFixed(2)} x`);
  }
  const { differences } = await ledger.verify();
  const { rows } = await pool.query("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
  console.log(`verify: ${differences.length} differences; deadlocks: ${rows[0].deadlocks}`);
  await ledger.close();
  await pool.end();
}

async function perPair(work, count) {
  let begun = 0;
  const start = process.hrtime.bigint();
  const worker = async () => {
    while (begun++ < count) await work();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return Number(process.hrtime.bigint() - start) / 1e3 / count;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
