/** The server: one socket, the gateway and its small API behind it, and what has to be done every so often. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../clock.ts";
import { Api } from "./api/api.ts";
import { KeptSavings } from "./api/kept-savings.ts";
import { type Dashboard, openDashboard } from "./dashboard/dashboard.ts";
import { GatewayPrices } from "./gateway/admission/gateway-prices.ts";
import { answerInFormat, Gateway } from "./gateway/gateway.ts";
import { refusalOf } from "./gateway/refusal-of.ts";
import { routeOf } from "./gateway/routes.ts";
import { Housekeeping } from "./housekeeping.ts";
import { type Listener, listen } from "./http/listen.ts";
import { Refusal } from "./http/refusal.ts";
import { readTarget } from "./http/target.ts";
import type { NoteEvent } from "./observing/happenings.ts";
import { openObserving } from "./observing/observing.ts";
import type { RunningServer, ServerOptions } from "./server-options.ts";
import { openUpstreams } from "./upstreams/upstreams.ts";

/** Calls under way have so long to end by themselves. */
const DRAIN_MS = 20_000;
const POLL_MS = 25;

/**
 * Starts the gateway on an open book.
 *
 * @throws where the address can't be listened on, or the configuration names what can't be used
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { ledger, config, host, port, clock = systemClock, log = () => undefined, version = "" } = options;
  const dashboard = await openDashboard(options.pagesFolder);
  const logFormat = options.logFormat ?? config.server?.log ?? "text";
  const observing = await openObserving({ clock, version, log, logFormat, logsCalls: config.server?.logsCalls ?? false, ledger });
  const note = (event: NoteEvent): void => observing.note(event);
  const prices = new GatewayPrices(ledger.prices, { estimatesUnknown: config.unpriced === "estimate" });
  await prices.refresh();
  const upstreams = openUpstreams(config, { clock, note, book: prices.book });
  const promptKey = config.server?.promptHashes === false ? undefined : await ledger.promptKey();
  const gateway = new Gateway({ ledger, config, upstreams, prices, clock, observing, promptKey });
  observing.metrics.surroundedBy({
    underWay: () => ({ calls: gateway.underWay, heldNanoUsd: gateway.held }),
    settleQueue: () => gateway.settling.length,
    providers: () => upstreams.all,
    listeners: () => observing.events.listeners,
  });
  const { readTraces } = options;
  const savings = options.savings && new KeptSavings(options.savings, gateway.savings);
  const timeZone = options.timeZone ?? config.timeZone ?? "UTC";
  const api = new Api({ ledger, config, clock, timeZone, upstreams, gateway, observing, version, readTraces, savings });
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    // Errors that nobody expects must end the request, and nothing else.
    route({ gateway, api, dashboard }, request, response).catch((error: unknown) => {
      const requestId = randomUUID();
      const refusal = refusalOf(error, (message) => note({ level: "error", kind: "request", requestId, message }));
      observing.refusal({ requestId, status: refusal.status, reason: refusal.code });
      answerInFormat("openai", refusal, requestId, request, response);
    });
  };
  let listener: Listener;
  try {
    const refused = ({ status, code: reason }: Refusal): void => observing.refusal({ requestId: randomUUID(), status, reason });
    listener = await listen({ host, port, handle, refused, maxConnections: config.server?.maxConnections });
  } catch (error) {
    observing.close();
    await upstreams.close();
    throw error;
  }
  const housekeeping = new Housekeeping({ ledger, gateway, prices, note, savings });
  housekeeping.start();
  let closing: Promise<void> | undefined;
  const stopNow = (): void => {
    gateway.stop();
    listener.closeNow();
  };
  return {
    url: listener.url,
    hasDashboard: dashboard.isBuilt,
    note,
    close() {
      if (closing !== undefined) {
        stopNow();
        return closing;
      }
      closing = drain();
      return closing;
    },
  };

  async function drain(): Promise<void> {
    api.isClosing = true;
    gateway.stopWaiting();
    listener.stopAccepting();
    observing.endListening();
    await Promise.race([listener.closed(), sleep(DRAIN_MS, undefined, { ref: false })]);
    gateway.stop();
    // What was under way is settled by what was seen of it.
    for (let waitedMs = 0; gateway.underWay > 0 && waitedMs < DRAIN_MS / 10; waitedMs += POLL_MS) await sleep(POLL_MS);
    await housekeeping.stop();
    listener.closeNow();
    await api.close();
    await upstreams.close();
    observing.close();
  }
}

interface Parts {
  gateway: Gateway;
  api: Api;
  dashboard: Dashboard;
}

async function route({ gateway, api, dashboard }: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = readTarget(request.url ?? "/");
  const method = request.method ?? "GET";
  const found = routeOf(method, target.path);
  if (found === undefined) {
    if (!dashboard.has(target.path)) return api.answer(target, request, response);
    const refusal = dashboard.answer(target.path, request, response);
    if (refusal !== undefined) api.refuse(refusal, target, request, response);
    return;
  }
  if ("allowed" in found) {
    throw new Refusal(405, "method_not_allowed", `This path takes ${found.allowed}.`, { headers: ["allow", found.allowed] });
  }
  return gateway.answer(found, target, request, response);
}
