import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { Machine } from "./run-command.ts";

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

const SPAN = {
  ...{ traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174", startTimeUnixNano: "1770000000000000000" },
  attributes: [
    { key: "gen_ai.operation.name", value: { stringValue: "chat" } },
    { key: "gen_ai.request.model", value: { stringValue: "gpt-4o" } },
    { key: "gen_ai.usage.input_tokens", value: { intValue: "12" } },
  ],
};

/** Serves until the work is done, then is told to end; what it wrote to standard error. */
async function served(machine: Machine, words: string[], work: (url: string) => Promise<void> = async () => undefined): Promise<string> {
  const child = machine.start(["serve", "--port", "0", ...words]);
  running.push(child);
  let stderr = "";
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.once("data", (chunk) => resolve(/http:\/\/[^" ]+/.exec(String(chunk))?.[0] ?? ""));
    child.once("exit", (code) => reject(new Error(`serve ended with ${code}: ${stderr}`)));
  });
  await work(url);
  const exit = new Promise<number | null>((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  expect(await exit).toBe(0);
  return stderr;
}

function configured(text: string): Machine {
  const machine = new Machine();
  writeFileSync(join(machine.folder, "work", "tokenledger.yaml"), text);
  return machine;
}

test("serve --log json: every line of standard error is an object, warnings of the configuration included", async () => {
  const machine = configured("providers:\n  openai: {}\n");
  const stderr = await served(machine, ["--log", "json"]);
  const lines = stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ level, event, kind }) => [level, event, kind])).toEqual([
    ["warn", "note", "start"],
    ["info", "note", "end"],
  ]);
  expect(lines[0]?.message).toMatch(/^the provider openai has no api_key/);
  expect(lines[1]?.message).toMatch(/^SIGTERM: ending/);
});

test("server.log: json does the same, and --log text goes before it", async () => {
  const text = "server: { log: json, log_calls: true }\nproviders:\n  openai: { api_key: none }\n";
  const refused = async (url: string): Promise<void> => {
    await fetch(`${url}/v1/chat/completions`, { method: "POST", headers: { "content-type": "application/json" }, body: "{" });
  };
  const [refusal] = (await served(configured(text), [], refused)).split("\n");
  expect(JSON.parse(refusal ?? "")).toMatchObject({ level: "warn", event: "refusal", status: 400 });
  const [line] = (await served(configured(text), ["--log", "text"], refused)).split("\n");
  expect(line).toMatch(/^\d{4}-\S+Z refusal request_id=\S+ status=400 reason=\w+$/);
});

test("a form that there is not is wrong usage", () => {
  const { exitCode, stderr } = new Machine().run(["serve", "--log", "jsn"]);
  expect(exitCode).toBe(2);
  expect(stderr).toBe('tokenledger: --log "jsn" is unknown; did you mean json? Accepted: text, json.\n');
});

test("serve takes traces, and tells its version in its metrics", async () => {
  const machine = configured("providers:\n  openai: { api_key: none }\n");
  let metrics = "";
  await served(machine, [], async (url) => {
    const response = await fetch(`${url}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [SPAN] }] }] }),
    });
    expect([response.status, await response.json()]).toEqual([200, {}]);
    metrics = await (await fetch(`${url}/metrics`)).text();
  });
  expect(metrics).toMatch(/^tokenledger_info\{version="\d+\.\d+\.\d+"\} 1$/m);
  const { stdout } = machine.run(["report", "--json", "--start", "2026-01-01", "--end", "2026-12-31", "--group-by", "source"]);
  expect(JSON.parse(stdout).rows).toMatchObject([{ source: "otel", requests: 1, input_tokens: 12 }]);
});
