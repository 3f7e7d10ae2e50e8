/** A store of alerts that wait, in memory, and receivers for them. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { BudgetDefinition } from "../../src/budget/index.ts";
import type { Clock } from "../../src/clock.ts";
import type { AlertStore } from "../../src/ledger/alert-delivery.ts";
import type { StoredAlert, StoredBudgets } from "../../src/ledger/store.ts";

export const BUDGET: BudgetDefinition = {
  name: "engineering",
  scope: { team: "engineering" },
  period: "monthly",
  amountNanoUsd: 500_000_000_000n,
  alerts: [50, 75, 90],
  enforcement: "rate_limit",
  hard: false,
};

const MAY = { startMs: Date.parse("2026-05-01T00:00:00Z"), endMs: Date.parse("2026-06-01T00:00:00Z") };

export function alertOf(id: number, changes: Partial<StoredAlert> = {}): StoredAlert {
  return {
    id,
    budgetId: 1,
    budgetName: "engineering",
    value: "",
    window: MAY,
    kind: "threshold",
    threshold: 50,
    spentNanoUsd: 250_000_000_000n,
    spentTokens: 1234n,
    triggeredMs: Date.parse("2026-05-20T12:00:00Z"),
    ...changes,
  };
}

/** What the databases do, without one: each call is one step, so claims are exclusive. */
export class WaitingAlerts implements AlertStore {
  readonly alerts: (StoredAlert & { delivery: NonNullable<StoredAlert["delivery"]> })[];
  readonly #clock: Clock;
  readonly #definition: BudgetDefinition;

  constructor(clock: Clock, definition: BudgetDefinition, alerts: readonly StoredAlert[]) {
    this.#clock = clock;
    this.#definition = definition;
    this.alerts = alerts.map((alert) => ({ ...alert, delivery: { attempts: 0, nextAttemptMs: alert.triggeredMs } }));
  }

  async budgets(): Promise<StoredBudgets> {
    return { revision: 1, budgets: [{ id: 1, definition: this.#definition, origin: "library", countedFromMs: 0 }] };
  }

  async claimDeliveries(limit: number, leaseMs: number): Promise<StoredAlert[]> {
    const nowMs = this.#clock.now();
    const waiting = this.alerts.filter(({ delivery }) => delivery.deliveredMs === undefined && delivery.nextAttemptMs <= nowMs);
    return waiting.slice(0, limit).map((alert) => {
      alert.delivery.attempts++;
      alert.delivery.nextAttemptMs = nowMs + leaseMs;
      return { ...alert, delivery: { ...alert.delivery } };
    });
  }

  async deliveryDone(id: number, outcome: { deliveredMs: number } | { error: string; nextAttemptMs: number }): Promise<void> {
    const alert = this.alerts.find((candidate) => candidate.id === id);
    if (alert === undefined) return;
    if ("error" in outcome) Object.assign(alert.delivery, { lastError: outcome.error, nextAttemptMs: outcome.nextAttemptMs });
    else alert.delivery.deliveredMs = outcome.deliveredMs;
  }
}

export interface ReceivedPost {
  headers: IncomingHttpHeaders;
  path: string;
  body: string;
}

/** An HTTP server on this machine that keeps what it gets. */
export class Receiver {
  readonly posts: ReceivedPost[] = [];
  readonly #server: Server;
  readonly #answer: (post: ReceivedPost, response: ServerResponse, count: number) => void;

  constructor(answer: (post: ReceivedPost, response: ServerResponse, count: number) => void = (_post, response) => response.end()) {
    this.#answer = answer;
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const post = { headers: request.headers, path: request.url ?? "", body: Buffer.concat(chunks).toString("utf8") };
    this.posts.push(post);
    this.#answer(post, response, this.posts.length);
  }
}
