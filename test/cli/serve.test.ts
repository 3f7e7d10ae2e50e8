import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterEach, describe, expect, it } from "vitest";
import { startScriptedUpstream } from "../../src/testing/index.ts";
import { emptyBookUrl, hasPostgres } from "../ledger/postgres-server.ts";
import { Machine } from "./run-command.ts";

interface Served {
  child: ChildProcess;
  /** The first line of standard output. */
  line: string;
  url: string;
  stderr: () => string;
  exit: Promise<[code: number | null, signal: NodeJS.Signals | null]>;
}

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

/** Resolves when the line is there by which it says that it is ready. */
async function serve(machine: Machine, ...words: string[]): Promise<Served> {
  const child = machine.start(["serve", "--port", "0", ...words]);
  running.push(child);
  let stdout = "";
  let stderr = "";
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const exit = new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once("exit", (code, signal) => resolve([code, signal])),
  );
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", (chunk) => {
      stdout += chunk;
      if (stdout.includes("\n")) resolve(stdout.slice(0, stdout.indexOf("\n")));
    });
    child.once("exit", (code) => reject(new Error(`serve ended with ${code}: ${stderr}`)));
  });
  const url = /http:\/\/[^" ]+/.exec(line)?.[0] ?? "";
  return { child, line, url, stderr: () => stderr, exit };
}

/** Waits until the log says so: it comes by another pipe than the line. */
async function told({ child, stderr }: Served, sentence: RegExp): Promise<string> {
  while (!sentence.test(stderr())) await new Promise((resolve) => child.stderr?.once("data", resolve));
  return stderr();
}

function configured(machine: Machine, text: string): void {
  writeFileSync(join(machine.folder, "work", "tokenledger.yaml"), text);
}

const ask = (url: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "gpt-4o", messages: [{ role: "user", content: "How many springs?" }], max_tokens: 50 }),
  });

/** Waits until the provider has so many requests; no longer than for the answer. */
async function arrived(upstream: { requests: readonly unknown[] }, count: number, reply: Promise<unknown>): Promise<void> {
  let isAnswered = false;
  const answered = (): void => {
    isAnswered = true;
  };
  reply.then(answered, answered);
  while (upstream.requests.length < count && !isAnswered) await new Promise((resolve) => setImmediate(resolve));
}

describe("tokenledger serve", () => {
  it("says on one line where it is, for whom, on which book, and how a client finds it; the call is in the book when it is answered", async () => {
    const machine = new Machine();
    const upstream = await startScriptedUpstream();
    configured(
      machine,
      `providers:\n  openai: { base_url: "${upstream.url}", api_key: secret-canary }\n  anthropic: { base_url: "${upstream.url}" }\n`,
    );
    const served = await serve(machine);
    expect(served.line).toBe(
      `TokenLedger's gateway is at ${served.url} for openai, anthropic; book ${machine.book}; dashboard ${served.url}/; ` +
        `point clients at it with OPENAI_BASE_URL=${served.url}/v1 ANTHROPIC_BASE_URL=${served.url}`,
    );
    const reply = await ask(served.url, { "x-tokenledger-team": "core" });
    expect(reply.status).toBe(200);
    const requestId = reply.headers.get("x-tokenledger-request-id");
    const usage: unknown = await (await fetch(`${served.url}/api/v1/usage?request_id=${requestId}`)).json();
    const validate = new Ajv2020({ strict: true }).compile(machine.json(["schema", "usage"]));
    expect([validate(usage), validate.errors]).toEqual([true, null]);
    expect(usage).toMatchObject({ records: [{ request_id: requestId, team: "core", source: "gateway", status: "ok" }] });
    expect(machine.json(["report", "--group-by", "team"])).toMatchObject({ rows: [{ team: "core", requests: 1 }] });
    served.child.kill("SIGTERM");
    expect(await served.exit).toEqual([0, null]);
    expect(served.line + served.stderr()).not.toContain("canary");
    expect(existsSync(`${machine.book}.serving`)).toBe(false);
    expect(machine.json(["verify"])).toMatchObject({ records: 1, differences: [] });
    await upstream.close();
  });

  it("with --json the first line is a document, of which the address can be read", async () => {
    const machine = new Machine();
    const served = await serve(machine, "--json", "--quiet");
    const validate = new Ajv2020({ strict: true }).compile(machine.json(["schema", "server"]));
    expect([validate(JSON.parse(served.line)), validate.errors]).toEqual([true, null]);
    expect(JSON.parse(served.line)).toMatchObject({
      schema: "tokenledger.server/1",
      ...{ url: served.url, pid: served.child.pid, book: machine.book, auth: "loopback", providers: [] },
    });
    expect((await fetch(`${served.url}/health`)).status).toBe(200);
    const { dashboard } = JSON.parse(served.line) as { dashboard: string };
    expect(await (await fetch(dashboard)).text()).toContain("<title>TokenLedger</title>");
    expect(served.stderr()).toBe("");
  });

  it("cuts days where the command does: by --tz, else the configuration's zone, else the system's", async () => {
    const machine = new Machine();
    const zoneOf = async (...words: string[]): Promise<string> => {
      const { url, child, exit } = await serve(machine, ...words);
      const { time_zone: zone } = (await (await fetch(`${url}/api/v1/session`)).json()) as { time_zone: string };
      child.kill("SIGTERM");
      await exit;
      return zone;
    };
    expect(await zoneOf()).toBe("UTC");
    configured(machine, "timezone: Europe/Berlin\n");
    expect(await zoneOf()).toBe("Europe/Berlin");
    expect(await zoneOf("--tz", "Asia/Kolkata")).toBe("Asia/Kolkata");
  });

  it("writes the configuration's budgets and keys into the book; a key that is no longer named is gone at the next start", async () => {
    const machine = new Machine();
    const budget = "budgets:\n  - { name: all, amount: 5, period: daily, enforcement: block_requests }\n";
    configured(machine, `${budget}virtual_keys:\n  - { name: ci, key: a-key-of-twenty-characters, team: core, max_choices: 2 }\n`);
    const served = await serve(machine);
    expect(machine.json(["keys", "list"])).toMatchObject({ keys: [{ name: "ci", team: "core", max_choices: 2, defined_in: "config" }] });
    expect(machine.json(["budget", "list"])).toMatchObject({ budgets: [{ name: "all" }] });
    served.child.kill("SIGINT");
    expect(await served.exit).toEqual([0, null]);
    configured(machine, budget);
    await serve(machine);
    expect(machine.run(["keys", "list"]).exitCode).toBe(4);
  });

  it("the providers' keys are needed in its own environment, and in nobody else's", async () => {
    const machine = new Machine();
    configured(machine, 'providers:\n  openai: { api_key: "${KEY_OF_OPENAI}" }\n');
    expect(machine.run(["keys", "create", "--name", "ci"])).toMatchObject({ exitCode: 0 });
    expect(machine.run(["budget", "status"]).stderr).not.toContain("KEY_OF_OPENAI");
    const refused = machine.run(["serve", "--port", "0"]);
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toMatch(/tokenledger\.yaml:2:\d+: the environment variable KEY_OF_OPENAI is not set; set it, or write/);
  });

  it("warns where nobody could be called, or everybody could call", async () => {
    const machine = new Machine();
    const served = await serve(machine);
    expect(await told(served, /anthropic/)).toMatch(
      /warning: no provider is configured.*\n\n {2}providers:\n {4}openai: \{ api_key: "\$\{OPENAI_API_KEY\}" \}/,
    );
    configured(machine, "providers: { openai: {} }\nserver: { auth: always }\n");
    const other = await serve(machine, "--host", "0.0.0.0", "--db", "sqlite::memory:");
    expect(other.line).toContain(`OPENAI_BASE_URL=http://127.0.0.1:${new URL(other.url).port}/v1`);
    const warnings = await told(other, /plain HTTP/);
    expect(warnings).toMatch(/warning: the provider openai has no api_key/);
    expect(warnings).toMatch(/warning: the book is in memory: with the gateway, it is gone\./);
    expect(warnings).toMatch(/warning: every request needs a key, and there is none: make one with tokenledger keys create/);
    expect((await ask(`http://127.0.0.1:${new URL(other.url).port}`)).status).toBe(401);
  });

  it("one gateway for each file: the second is refused with the number of the first; commands go on", async () => {
    const machine = new Machine();
    const first = await serve(machine);
    const second = machine.run(["serve", "--port", "0"]);
    expect(second).toMatchObject({ exitCode: 1, stdout: "" });
    expect(second.stderr).toMatch(
      new RegExp(`A gateway serves the book ".*" already at ${first.url}, process ${first.child.pid}; stop it first, or`),
    );
    expect(machine.run(["keys", "create", "--name", "ci"]).exitCode).toBe(0);
  });

  it("bad input I215: the note of a gateway that was killed is taken over, also where another program has its number now", async () => {
    const machine = new Machine();
    const first = await serve(machine);
    first.child.kill("SIGKILL");
    await first.exit;
    expect(existsSync(`${machine.book}.serving`)).toBe(true);
    const second = await serve(machine);
    second.child.kill("SIGTERM");
    await second.exit;
    writeFileSync(`${machine.book}.serving`, JSON.stringify({ pid: process.pid, host: hostname(), began: "1" }));
    await serve(machine);
    expect(JSON.parse(readFileSync(`${machine.book}.serving`, "utf8")).pid).not.toBe(process.pid);
  });

  it("bad input I212: a port that is in use is one sentence", async () => {
    const machine = new Machine();
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(0, "127.0.0.1", resolve));
    const { port } = occupant.address() as AddressInfo;
    const { exitCode, stdout, stderr } = machine.run(["serve", "--port", String(port)]);
    occupant.close();
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(new RegExp(`^tokenledger: Port ${port} on 127\\.0\\.0\\.1 is in use: .*--port\\.\\n$`));
    expect(existsSync(`${machine.book}.serving`)).toBe(false);
  });

  it("guarantee G7: what is under way is answered before it ends; a second signal ends it at once", async () => {
    const machine = new Machine();
    const upstream = await startScriptedUpstream();
    configured(machine, `providers:\n  openai: { base_url: "${upstream.url}", api_key: k }\n`);
    const served = await serve(machine);
    upstream.script({ text: "late", delayMs: 400 });
    const reply = ask(served.url);
    await arrived(upstream, 1, reply);
    served.child.kill("SIGTERM");
    expect((await reply).status).toBe(200);
    expect(await served.exit).toEqual([0, null]);
    expect(machine.json(["report", "--group-by", "day"])).toMatchObject({ totals: { requests: 1 } });

    const other = await serve(machine);
    upstream.script({ text: "never", delayMs: 60_000 });
    const lost = ask(other.url).catch(() => undefined);
    await arrived(upstream, 2, lost);
    other.child.kill("SIGTERM");
    await told(other, /SIGTERM: ending/);
    other.child.kill("SIGTERM");
    expect(await other.exit).toEqual([143, null]);
    await lost;
    expect(machine.json(["verify"])).toMatchObject({ differences: [] });
    await upstream.close();
  });

  it.skipIf(!hasPostgres)("several serve one book on PostgreSQL, with no password in what they say", { timeout: 60_000 }, async () => {
    const machine = new Machine();
    const upstream = await startScriptedUpstream();
    configured(machine, `providers:\n  openai: { base_url: "${upstream.url}", api_key: k }\n`);
    const db = await emptyBookUrl();
    const [one, other] = [await serve(machine, "--db", db), await serve(machine, "--db", db)];
    const replies = await Promise.all([ask(one.url), ask(other.url)]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
    const { password } = new URL(db);
    if (password !== "") expect(one.line).not.toContain(password);
    expect(machine.json(["verify", "--db", db])).toMatchObject({ records: 2, differences: [] });
    await upstream.close();
  });

  it.each([
    [["--port", "65536"], /--port "65536" is no port; give a number from 0 to 65535, where 0 takes a free one\.$/],
    [["--port", "http"], /--port "http" is no port/],
    [["--host", " "], /--host is empty; give an address such as 127\.0\.0\.1\.$/],
    [["--format", "csv"], /--format csv is not available here; accepted: table, json\.$/],
    [["--output", "x"], /prints one line, on standard output; --output is not available here\.$/],
    [["extra"], /takes no arguments/],
  ])("bad input A: serve %j is refused in one sentence", (words, sentence) => {
    const { exitCode, stdout, stderr } = new Machine().run(["serve", ...words]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr.trimEnd()).toMatch(sentence);
  });

  it("a host that this machine does not have is one sentence", () => {
    const { exitCode, stderr } = new Machine().run(["serve", "--host", "192.0.2.7", "--port", "0"]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/This machine has no address 192\.0\.2\.7: give one that it has with --host\.\n$/);
  });
});
