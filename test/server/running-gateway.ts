/** A gateway in this process: over a book in memory, before a provider that follows a script. */

import type { BudgetDefinition } from "../../src/budget/index.ts";
import type { Clock } from "../../src/clock.ts";
import { EMPTY_CONFIG } from "../../src/config/config.ts";
import type { AppliedRule, Config, ProviderConfig } from "../../src/config/index.ts";
import { type Ledger, openLedger, type StoredRecord } from "../../src/ledger/index.ts";
import { type RunningServer, type SavingsFile, type ServerOptions, startServer } from "../../src/server/index.ts";
import { type ScriptedUpstream, type ScriptedUpstreamOptions, startScriptedUpstream } from "../../src/testing/index.ts";

export interface RunningGateway extends AsyncDisposable {
  url: string;
  ledger: Ledger;
  upstream: ScriptedUpstream;
  server: RunningServer;
  log: string[];
  /** The records of a request, once there are so many; waits for them. */
  records(requestId: string, count?: number): Promise<StoredRecord[]>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

export interface RunningGatewayOptions {
  config?: Partial<Config>;
  providers?: Record<string, ProviderConfig>;
  budgets?: readonly BudgetDefinition[];
  clock?: Clock;
  ledger?: Ledger;
  upstream?: ScriptedUpstreamOptions;
  /** What else the server is started with. */
  server?: Partial<Pick<ServerOptions, "logFormat" | "version" | "readTraces" | "savings" | "pagesFolder">>;
}

/** Its providers `openai`, `anthropic` and `gemini` are one scripted upstream, unless others are given. */
export async function runningGateway(options: RunningGatewayOptions = {}): Promise<RunningGateway> {
  const upstream = await startScriptedUpstream(options.upstream);
  const { clock, budgets = [] } = options;
  const providers = new Map(Object.entries(options.providers ?? ownProviders(upstream.url)));
  for (const [name, provider] of providers) if (provider.baseUrl === undefined) providers.set(name, { ...provider, baseUrl: upstream.url });
  const config: Config = { ...EMPTY_CONFIG, ...options.config, providers, budgets };
  const ledger = options.ledger ?? (await openLedger("sqlite::memory:", { config, ...(clock === undefined ? {} : { clock }) }));
  if (config.virtualKeys.length > 0) await ledger.keys.replaceConfigured(config.virtualKeys);
  const log: string[] = [];
  const server = await startServer({
    ledger,
    config,
    host: "127.0.0.1",
    port: 0,
    log: (line) => log.push(line),
    ...options.server,
    ...(clock === undefined ? {} : { clock }),
  });
  return {
    url: server.url,
    ledger,
    upstream,
    server,
    log,
    async records(requestId, count = 1) {
      for (let tries = 0; ; tries++) {
        const records = await recordsOf(ledger, requestId);
        if (records.length >= count || tries === 1200) return records;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
    post: (path, body, headers = {}) =>
      fetch(`${server.url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      await server.close();
      await upstream.close();
      await ledger.close();
    },
  };
}

function ownProviders(baseUrl: string): Record<string, ProviderConfig> {
  return {
    openai: { api: "openai", baseUrl, apiKey: "sk-house" },
    anthropic: { api: "anthropic", baseUrl, apiKey: "sk-house" },
    gemini: { api: "gemini", baseUrl, apiKey: "sk-house" },
  };
}

async function recordsOf(ledger: Ledger, requestId: string): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for await (const record of ledger.query({ requestId })) records.push(record);
  return records;
}

export const CHAT: Readonly<Record<string, unknown>> = {
  model: "gpt-4o",
  messages: [{ role: "user", content: "Say hello." }],
  max_tokens: 100,
};

/** A monthly budget of everything, of one dollar, that only tells; unless it is said otherwise. */
export function budgetOf(part: Partial<BudgetDefinition>): BudgetDefinition {
  return {
    name: "all",
    scope: {},
    period: "monthly",
    amountNanoUsd: 1_000_000_000n,
    alerts: [],
    enforcement: "notify_only",
    hard: false,
    ...part,
  };
}

/** A savings file in memory. */
export function savingsOf(rules: AppliedRule[]): SavingsFile {
  return {
    name: "tokenledger.savings.yaml",
    read: async () => [...rules],
    async add(more) {
      rules.push(...more);
    },
    async remove(which) {
      const removed = rules.filter(which);
      rules.splice(0, rules.length, ...rules.filter((rule) => !which(rule)));
      return removed;
    },
  };
}
