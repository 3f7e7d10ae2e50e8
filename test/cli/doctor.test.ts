import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { Machine } from "./run-command.ts";

interface Diagnosis {
  gateway: {
    serving: { pid: number; url: string } | null;
    providers: { name: string; has_key: boolean }[];
    keys: number;
    webhooks: { budget: string; address: string; signed: boolean }[];
    warnings: string[];
  };
}

const CONFIG = `
server: { host: 0.0.0.0, port: 8080, auth: always }
providers:
  openai: { api_key: "\${KEY_OF_OPENAI}" }
  anthropic: {}
budgets:
  - { name: signed, amount: 5, period: daily, webhook: "https://hooks.example/secret-path", webhook_secret: 0123456789abcdef }
  - { name: open, amount: 5, period: daily, webhook: "https://hooks.example/other-path" }
`;

function diagnosed(machine: Machine, env: Record<string, string> = {}): Diagnosis {
  const { stdout, stderr } = machine.run(["doctor", "--json"], { env });
  expect(stderr).toBe("");
  const document: unknown = JSON.parse(stdout);
  const validate = new Ajv2020({ strict: true }).compile(machine.json(["schema", "doctor"]));
  expect([validate(document), validate.errors]).toEqual([true, null]);
  return document as Diagnosis;
}

describe("doctor on the gateway", () => {
  it("without a provider there is nothing to warn of: most people have no gateway", () => {
    const { gateway } = diagnosed(new Machine());
    expect(gateway).toEqual({
      ...{ serving: null, host: "127.0.0.1", port: 4180, auth: "loopback", providers: [], keys: 0, webhooks: [], warnings: [] },
    });
  });

  it("does not say of a book on PostgreSQL that nobody serves it: any number may", () => {
    const { stdout } = new Machine().run(["doctor", "--db", "postgresql://nobody@127.0.0.1:1/none"], { env: { COLUMNS: "300" } });
    expect(stdout).toMatch(/^gateway +on PostgreSQL any number may serve; one from here would be at 127\.0\.0\.1:4180; /m);
  });

  it("tells which providers have a key here, which keys are accepted, which webhooks are signed, and what serve would warn of", () => {
    const machine = new Machine();
    writeFileSync(join(machine.folder, "work", "tokenledger.yaml"), CONFIG);
    machine.run(["keys", "create", "--name", "ada"]);
    machine.run(["keys", "create", "--name", "old"]);
    machine.run(["keys", "revoke", "old"]);
    const { gateway } = diagnosed(machine, { KEY_OF_OPENAI: "secret-canary" });
    expect(gateway).toMatchObject({
      serving: null,
      ...{ host: "0.0.0.0", port: 8080, auth: "always", keys: 1 },
      providers: [
        { name: "openai", api: "openai", has_key: true },
        { name: "anthropic", api: "anthropic", has_key: false },
      ],
    });
    expect(gateway.webhooks.toSorted((a, b) => (a.budget < b.budget ? -1 : 1))).toEqual([
      { budget: "open", address: "https://hooks.example", signed: false },
      { budget: "signed", address: "https://hooks.example", signed: true },
    ]);
    expect(gateway.warnings).toEqual([
      expect.stringMatching(/^the provider anthropic has no api_key/),
      expect.stringMatching(/^other machines reach the gateway over plain HTTP: put a proxy with TLS in front/),
      expect.stringMatching(/^the webhook of the budget "open" has no secret.*give it a webhook_secret\.$/),
    ]);
    const screen = machine.run(["doctor"], { env: { KEY_OF_OPENAI: "secret-canary", COLUMNS: "300" } }).stdout;
    expect(screen).toMatch(
      /^gateway +none serves this file; it would be at 0\.0\.0\.0:8080; openai, anthropic \(no key\); 1 key; 2 webhooks$/m,
    );
    expect(screen).toContain("warning: the webhook of the budget");
    expect(JSON.stringify(gateway) + screen).not.toMatch(/canary|secret-path|other-path|0123456789abcdef/);
    // Without the variable the key is not there, and the book can be asked all the same.
    expect(diagnosed(machine).gateway.providers[0]).toEqual({ name: "openai", api: "openai", has_key: false });
  });

  it("tells who serves the book, and nobody when that one is gone", async () => {
    const machine = new Machine();
    const server = machine.start(["serve", "--port", "0", "--json"]);
    const ended = new Promise((resolve) => server.on("close", resolve));
    const url = await new Promise((resolve) => server.stdout?.once("data", (line) => resolve(JSON.parse(String(line)).url)));
    expect(diagnosed(machine).gateway.serving).toMatchObject({ pid: server.pid, url });
    expect(machine.run(["doctor"], { env: { COLUMNS: "300" } }).stdout).toContain(
      `process ${server.pid} at ${url}; no provider configured; 0 keys`,
    );
    server.kill("SIGKILL");
    await ended;
    expect(diagnosed(machine).gateway.serving).toBeNull();
  });
});
