/** A gateway in this process, before a scripted upstream that stands in for every provider, on a book of its own. */
import { expect } from "vitest";
import type { BudgetDefinition } from "../../src/budget/index.ts";
import { type KeyRules, type Ledger, openLedger, type StoredRecord } from "../../src/ledger/index.ts";
import { priceBook } from "../../src/pricing/index.ts";
import { FORMAT_OF } from "../../src/providers/index.ts";
import type { RunningServer } from "../../src/server/index.ts";
import type { BilledCall, ScriptedUpstream, ScriptedUpstreamOptions } from "../../src/testing/index.ts";
import type { TokenCounts } from "../../src/usage/index.ts";
import { isQuiet, PROVIDER_KEY, recordsOf } from "../guarantees/gateway-process.ts";
import { until } from "../guarantees/run-program.ts";
import { runningGateway } from "../server/running-gateway.ts";

const APIS = ["openai", "anthropic", "gemini"] as const;

export interface LocalGateway {
  url: string;
  /** A member's key, of the team `platform`. */
  key: string;
  upstream: ScriptedUpstream;
  ledger: Ledger;
  server: RunningServer;
  /** What the server said of itself. */
  log: readonly string[];
  /** Waits until no call is under way and nothing is set aside. */
  isQuiet(): Promise<boolean>;
  /** Since the last time that all was forgotten. */
  records(): Promise<StoredRecord[]>;
  /** The next comparison begins here. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

export interface LocalGatewayOptions {
  book?: string;
  /** How long a call waits for a book that does not answer. */
  patienceMs?: number;
  budgets?: readonly BudgetDefinition[];
  rules?: KeyRules;
  upstream?: ScriptedUpstreamOptions;
}

export async function startLocalGateway(options: LocalGatewayOptions = {}): Promise<LocalGateway> {
  const ledger = await openLedger(
    options.book ?? "sqlite::memory:",
    options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs },
  );
  if (options.budgets !== undefined) await ledger.budgets.put(options.budgets);
  const { key } = await ledger.keys.create("tests", { team: "platform", ...options.rules });
  const providers = APIS.map((api) => [api, { api, apiKey: PROVIDER_KEY, models: ["*"] }]);
  const gateway = await runningGateway({
    ledger,
    upstream: { apiKey: PROVIDER_KEY, ...options.upstream },
    providers: Object.fromEntries(providers),
    config: { server: { host: "127.0.0.1", port: 0, auth: "always" }, unpriced: "allow" },
  });
  const { url, server, upstream, log } = gateway;
  let forgotten: ReadonlySet<number> = new Set();
  return {
    url,
    key,
    upstream,
    ledger,
    server,
    log,
    isQuiet: () => isQuiet(ledger, upstream),
    records: async () => (await recordsOf(ledger)).filter(({ rowId }) => !forgotten.has(rowId)),
    forget: async () => {
      upstream.forget();
      forgotten = new Set((await recordsOf(ledger)).map(({ rowId }) => rowId));
    },
    close: async () => gateway[Symbol.asyncDispose](),
  };
}

/** A budget that counts everything and refuses nothing in tests: it shows what is set aside. */
export const WATCHING: BudgetDefinition = {
  name: "watching",
  scope: {},
  period: "lifetime",
  amountNanoUsd: 1_000_000_000_000n,
  alerts: [],
  enforcement: "block_requests",
  hard: true,
};

export interface Priced {
  model: string;
  tokens: TokenCounts;
  costNanoUsd: number | null;
}

/** As the provider will bill it, at the price book's prices. */
export function billed({ operation, model, tokens, serviceTier }: BilledCall): Priced {
  const provider = FORMAT_OF[operation];
  const cost = priceBook().cost({ provider, model, tokens, ...(serviceTier === undefined ? {} : { serviceTier }) });
  return { model, tokens: present(tokens), costNanoUsd: "unpriced" in cost ? null : Number(cost.costNanoUsd) };
}

function booked({ model, tokens, costNanoUsd }: StoredRecord): Priced {
  return { model, tokens: present(tokens), costNanoUsd };
}

function present(tokens: TokenCounts): TokenCounts {
  return Object.fromEntries(
    Object.entries(tokens)
      .filter(([, count]) => count !== 0 && count !== undefined)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

function inOrder(priced: readonly Priced[]): string[] {
  return priced.map((one) => JSON.stringify(one)).sort();
}

/** Waits until all is settled, then: every billed call is one record of the same model, tokens and nano-USD, and no record costs more. */
export async function expectBookEqualsBill(gateway: LocalGateway): Promise<void> {
  const { calls } = gateway.upstream;
  expect(await gateway.isQuiet()).toBe(true);
  let costly: StoredRecord[] = [];
  await until(async () => {
    costly = (await gateway.records()).filter(({ tokens }) => Object.keys(present(tokens)).length > 0);
    return costly.length >= calls.length;
  }, 30_000);
  expect(inOrder(costly.map(booked))).toEqual(inOrder(calls.map(billed)));
  expect((await gateway.ledger.verify()).differences).toEqual([]);
}
