/** The outbox: alerts that wait are posted to their budgets' webhooks, each by one process at a time, until the receiver has them. */
import { type BudgetDefinition, isSealed } from "../budget/index.ts";
import { type Clock, END_OF_TIME_MS } from "../clock.ts";
import { alertMessage } from "./alert-message.ts";
import type { BudgetStore, StoredAlert } from "./store.ts";
import { postWebhook } from "./webhook-post.ts";

/** What delivering needs of a store. */
export type AlertStore = Pick<BudgetStore, "budgets" | "claimDeliveries" | "deliveryDone">;

export interface DeliveryOptions {
  clock: Clock;
  /** From 0 up to 1: spreads the retries of many processes. */
  chance?: () => number;
  timeoutMs?: number;
}

/** When an alert is given up, its next attempt is here. */
export const NO_MORE_ATTEMPTS_MS: number = END_OF_TIME_MS;

const TIMEOUT_MS = 5_000;
/** Of posts at a time, all of which end well before their lease. */
const BATCH = 8;
const LEASE_MS = 60_000;

/** The first soon, the last after half a day: few posts, and a receiver that is down for a night still gets its alerts. */
const FIRST_RETRY_MS = 5_000;
const RETRY_GROWTH = 10;
const MOST_RETRIES = 5;
const LONGEST_ASKED_MS = 24 * 3_600_000;
/** How long a timer runs before it is looked anew. */
const LONGEST_TIMER_MS = 3_600_000;

/** How long closing a book waits for what it set off. */
const GRACE_MS = 1_000;

interface RunOptions extends DeliveryOptions {
  signal?: AbortSignal;
  background?: boolean;
}

interface RunOutcome {
  delivered: number;
  failed: number;
  /** The earliest of the attempts that are to follow. */
  nextAttemptMs: number | undefined;
}

/** Posts what waits. Any number of processes may do so at once; whatever the receivers do, it doesn't throw. */
export async function deliverAlerts(store: AlertStore, options: DeliveryOptions): Promise<{ delivered: number; failed: number }> {
  const { delivered, failed } = await run(store, options);
  return { delivered, failed };
}

/** Delivery in the background of a program that reserves and settles. Nothing waits for it but {@link AlertOutbox.close}. */
export class AlertOutbox {
  readonly #store: AlertStore;
  readonly #options: RunOptions;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #isWanted = false;
  #isClosed = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(store: AlertStore, options: DeliveryOptions) {
    this.#store = store;
    this.#options = { ...options, signal: this.#closing.signal, background: true };
  }

  /** There may be something to deliver. Returns at once, and never throws. */
  kick(): void {
    if (this.#isClosed) return;
    this.#isWanted = true;
    this.#running ??= this.#work();
  }

  /**
   * Ends the work: what waits gets a moment, so that a short command can post what it set off; posts that are under way then are
   * given back for another process or the next opening.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    if (this.#running === undefined) return;
    const grace = setTimeout(() => this.#closing.abort(), GRACE_MS);
    await this.#running;
    clearTimeout(grace);
  }

  async #work(): Promise<void> {
    // The kick comes from within a settle, whose caller must not wait for the first steps either.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (this.#isWanted && !this.#closing.signal.aborted) {
        this.#isWanted = false;
        const { nextAttemptMs } = await run(this.#store, this.#options);
        if (nextAttemptMs !== undefined && !this.#isClosed) this.#retryAt(nextAttemptMs);
      }
    } catch {
      // The database failed; the alerts wait in it, and the next kick tries again.
    } finally {
      this.#running = undefined;
    }
  }

  #retryAt(attemptMs: number): void {
    clearTimeout(this.#retry);
    const delayMs = Math.min(Math.max(0, attemptMs - this.#options.clock.now()), LONGEST_TIMER_MS);
    this.#retry = setTimeout(() => this.kick(), delayMs).unref();
  }
}

async function run(store: AlertStore, options: RunOptions): Promise<RunOutcome> {
  const outcome: RunOutcome = { delivered: 0, failed: 0, nextAttemptMs: undefined };
  for (;;) {
    if (options.signal?.aborted) return outcome;
    const { budgets } = await store.budgets();
    if (isForOthers(budgets)) return outcome;
    const alerts = await store.claimDeliveries(BATCH, LEASE_MS);
    if (alerts.length === 0) return outcome;
    const byId = new Map(budgets.map((budget) => [budget.id, budget]));
    const ends = await Promise.allSettled(alerts.map((alert) => deliver(store, alert, byId.get(alert.budgetId), options)));
    for (const end of ends) {
      if (end.status === "rejected") throw end.reason;
      const { nextAttemptMs } = end.value;
      if (nextAttemptMs === undefined) outcome.delivered++;
      else outcome.failed++;
      if (nextAttemptMs !== undefined && nextAttemptMs < (outcome.nextAttemptMs ?? NO_MORE_ATTEMPTS_MS))
        outcome.nextAttemptMs = nextAttemptMs;
    }
  }
}

/** Budgets that came over the network: whoever may set them need not be who may reach what this machine can. */
const API = "api";

interface DefinedBudget {
  definition: BudgetDefinition;
  origin: string;
}

const SEALED = "the book's secret key does not open its webhook; give programs the key it was set with, or set the webhook anew";

/** What stands sealed here did not open: nobody is called, and nothing is signed with it. */
function canBePosted({ webhook, webhookSecret }: BudgetDefinition): boolean {
  return !isSealed(webhook) && !isSealed(webhookSecret);
}

/** Whether somebody else, with the book's key, could post what can't be posted here: then it is left for them. */
function isForOthers(budgets: readonly DefinedBudget[]): boolean {
  const withWebhook = budgets.filter(({ definition }) => definition.webhook !== undefined);
  return withWebhook.length > 0 && withWebhook.every(({ definition }) => isSealed(definition.webhook));
}

/** One attempt. Without `nextAttemptMs` the receiver has the alert. */
async function deliver(
  store: AlertStore,
  alert: StoredAlert,
  budget: DefinedBudget | undefined,
  options: RunOptions,
): Promise<{ nextAttemptMs?: number }> {
  const { clock } = options;
  const { error, retryAfter } = await attempt(alert, budget, options);
  if (error === undefined) {
    await store.deliveryDone(alert.id, { deliveredMs: clock.now() });
    return {};
  }
  const nextAttemptMs = options.signal?.aborted ? clock.now() : nextAttemptOf(alert, retryAfter, options);
  await store.deliveryDone(alert.id, { error, nextAttemptMs });
  return { nextAttemptMs };
}

async function attempt(
  alert: StoredAlert,
  budget: DefinedBudget | undefined,
  { clock, timeoutMs = TIMEOUT_MS, signal, background }: RunOptions,
): Promise<{ error?: string; retryAfter?: string | undefined }> {
  const definition = budget?.definition;
  if (!definition?.webhook) return { error: "its budget has no webhook any more" };
  if (!canBePosted(definition)) return { error: SEALED };
  const url = URL.canParse(definition.webhook) ? new URL(definition.webhook) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "http:")
    return { error: "the webhook is no address that begins with https:// or http://" };
  const answer = await postWebhook({
    url,
    ...alertMessage(alert, definition, url, clock.now()),
    timeoutMs,
    signal,
    background,
    isForeign: budget?.origin === API,
  });
  if ("error" in answer) return { error: answer.error };
  if (answer.status >= 200 && answer.status < 300) return {};
  return { error: `the receiver answered ${answer.status}`, retryAfter: answer.retryAfter };
}

/** Ten times as long after each attempt, half of it by chance; what the receiver asks for, if that is longer. */
function nextAttemptOf(alert: StoredAlert, retryAfter: string | undefined, { clock, chance = Math.random }: RunOptions): number {
  const nowMs = clock.now();
  const attempts = Math.max(1, alert.delivery?.attempts ?? 1);
  if (attempts > MOST_RETRIES) return NO_MORE_ATTEMPTS_MS;
  const longestMs = FIRST_RETRY_MS * RETRY_GROWTH ** (attempts - 1);
  return nowMs + Math.max(longestMs / 2 + Math.floor(chance() * (longestMs / 2)), askedDelayMs(retryAfter, nowMs));
}

/** `Retry-After`: seconds, or a date; a day at most. */
function askedDelayMs(retryAfter: string | undefined, nowMs: number): number {
  if (retryAfter === undefined) return 0;
  const askedMs = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - nowMs;
  return askedMs > 0 ? Math.min(askedMs, LONGEST_ASKED_MS) : 0;
}
