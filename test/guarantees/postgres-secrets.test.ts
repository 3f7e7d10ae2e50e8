/** A book on PostgreSQL: what its server, which others administer, gets to see. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EMPTY_CONFIG } from "../../src/config/config.ts";
import { openLedger } from "../../src/ledger/index.ts";
import { hasPostgres, ownServer, type PostgresServer } from "../ledger/postgres-server.ts";
import { ask, usageForm } from "../server/api-client.ts";
import { CHAT, runningGateway } from "../server/running-gateway.ts";
import { canary, filesIn, foundIn } from "./canaries.ts";
import { command } from "./gateway-process.ts";

const CONFIGURED = `tl_${canary("configured-key")}`;
const SECRET_KEY = createHash("sha256").update(canary("sealing-key")).digest("base64");

describe.skipIf(!hasPostgres)("a book on PostgreSQL", () => {
  let server: PostgresServer;
  const folder = mkdtempSync(join(tmpdir(), "tokenledger-dumped-"));
  beforeAll(async () => {
    server = await ownServer();
  });
  afterAll(() => {
    server?.stop();
    rmSync(folder, { recursive: true });
  });

  it("guarantees G30, G31: no dump, no file of its server and no line of its log holds a secret or what was said", async () => {
    const psql = (sql: string): string => execFileSync("psql", [server.url, "-Atc", sql], { encoding: "utf8" }).trim();
    // As an administrator who is looking for something sets it: every statement, with its parameters.
    for (const setting of ["log_statement = 'all'", "log_min_duration_statement = 0", "log_error_verbosity = 'verbose'"])
      psql(`ALTER SYSTEM SET ${setting}`);
    psql("SELECT pg_reload_conf()");
    const hidden: Record<string, string> = {
      ...{ configured: CONFIGURED, secretKey: SECRET_KEY, webhookPath: canary("webhook-path"), webhookSecret: canary("webhook-secret") },
      ...{ prompt: canary("prompt"), answer: canary("answer"), metadataPrompt: canary("metadata-prompt") },
    };
    const config = {
      ...EMPTY_CONFIG,
      server: { host: "127.0.0.1", port: 0, auth: "always" },
      virtualKeys: [{ name: "configured", key: CONFIGURED, role: "admin" }],
    } as const;
    const ledger = await openLedger(server.url, { config, secretKey: SECRET_KEY });
    {
      await using gateway = await runningGateway({ ledger, config });
      gateway.upstream.always({ text: hidden.answer as string });
      const key = CONFIGURED;
      const created = await ask(gateway, "POST", "/api/v1/keys", { key, body: { name: "made" } });
      const rotated = await ask(gateway, "POST", `/api/v1/keys/${created.body.id}/rotate`, { key, body: {} });
      const session = await ask(gateway, "POST", "/api/v1/session", { body: { key }, headers: { origin: gateway.url } });
      Object.assign(hidden, { created: created.body.key, rotated: rotated.body.key });
      hidden.session = (session.headers.get("set-cookie") ?? "").split(/[=;]/)[1] ?? "";
      expect(Object.values(hidden).every((text) => text.length > 10)).toBe(true);
      const budget = { name: "posted", amount_usd: "0.000001", period: "monthly", alerts: [1] };
      const webhook = { webhook: `https://nobody.invalid/${hidden.webhookPath}`, webhook_secret: hidden.webhookSecret };
      expect((await ask(gateway, "POST", "/api/v1/budgets", { key, body: { ...budget, ...webhook } })).status).toBe(201);
      const metadata = { prompt: hidden.metadataPrompt, note: "kept" };
      await ask(gateway, "POST", "/api/v1/usage", { key, body: { records: [usageForm(1, { metadata })] } });
      const messages = [{ role: "user", content: hidden.prompt }];
      for (const who of [key, rotated.body.key])
        for (const stream of [false, true])
          await (await gateway.post("/v1/chat/completions", { ...CHAT, messages, stream }, { authorization: `Bearer ${who}` })).text();
      await gateway.post("/v1/chat/completions", CHAT, { authorization: `Bearer ${hidden.created}x` });
      expect((await ledger.verify()).differences).toEqual([]);
      const [listed] = await ledger.budgets.list();
      expect(listed?.definition).toMatchObject({ webhookSecret: hidden.webhookSecret });
    }
    psql("CHECKPOINT");
    const data = psql("SHOW data_directory");
    const dump = execFileSync("pg_dump", ["--dbname", server.url], { encoding: "utf8" });
    expect(dump).toContain("kept");
    const files = filesIn(dirname(data), (name) => !name.endsWith("postmaster.pid"));
    expect(files.find(([name]) => name === "log")?.[1]).toMatch(/parameters: |Parameters: /);
    const said = ["keys", "budget"].map((what) => command(folder, what, "list", "--json", "--db", server.url));
    const doctor = command(folder, "doctor", "--db", server.url);
    const told = [...said, doctor].map(({ stdout, stderr }) => stdout + stderr).join("\n");
    expect(told).toContain("posted");
    expect(foundIn([["pg_dump", dump], ["the commands", told], ...files], hidden)).toEqual([]);
  });
});
