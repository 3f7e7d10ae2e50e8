import { createHmac } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BudgetDefinition } from "../../src/budget/index.ts";
import { deliverAlerts, NO_MORE_ATTEMPTS_MS } from "../../src/ledger/alert-delivery.ts";
import { openLedger } from "../../src/ledger/index.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { alertOf, BUDGET, Receiver, WaitingAlerts } from "./waiting-alerts.ts";

const NOW = Date.parse("2026-05-20T12:00:01Z");
const SECRET = "a secret of sixteen";

let receiver: Receiver;

beforeEach(async () => {
  receiver = await new Receiver().listen();
});
afterEach(() => receiver.close());

function waiting(definition: Partial<BudgetDefinition>): { clock: FakeClock; store: WaitingAlerts } {
  const clock = new FakeClock(NOW);
  return { clock, store: new WaitingAlerts(clock, { ...BUDGET, ...definition }, [alertOf(1)]) };
}

describe("security S20: outgoing webhooks", () => {
  test("are signed over id, time and body; the time is that of the attempt, so that none can be sent again later", async () => {
    const { clock, store } = waiting({ webhook: receiver.url, webhookSecret: SECRET });
    await deliverAlerts(store, { clock });
    const { headers, body } = receiver.posts[0] as { headers: Record<string, string>; body: string };
    const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = headers;
    expect(Number(timestamp)).toBe(Math.floor(NOW / 1000));
    const signed = (content: string): string => `v1,${createHmac("sha256", SECRET).update(content).digest("base64")}`;
    expect(signature).toBe(signed(`${id}.${timestamp}.${body}`));
    for (const other of [`${id}.${timestamp}.${body} `, `${id}.${Number(timestamp) + 1}.${body}`, `x${id}.${timestamp}.${body}`])
      expect(signature).not.toBe(signed(other));
  });

  test("an answer is waited for five seconds, and no longer", async () => {
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const { clock, store } = waiting({ webhook: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/` });
    const startedMs = performance.now();
    await deliverAlerts(store, { clock });
    const tookMs = performance.now() - startedMs;
    silent.closeAllConnections();
    silent.close();
    expect(tookMs).toBeGreaterThan(4_900);
    expect(tookMs).toBeLessThan(6_500);
    expect(store.alerts[0]?.delivery.lastError).toBe("no answer within 5 s");
  }, 60_000);

  test("an answer that begins and never ends is one: its status is all that is read", async () => {
    const endless = createServer((_request, response) => void response.writeHead(200).write("x")).listen(0, "127.0.0.1");
    await new Promise((resolve) => endless.once("listening", resolve));
    const { clock, store } = waiting({ webhook: `http://127.0.0.1:${(endless.address() as AddressInfo).port}/` });
    expect(await deliverAlerts(store, { clock })).toEqual({ delivered: 1, failed: 0 });
    endless.closeAllConnections();
    endless.close();
  });

  test("are tried again five times at most, whatever goes wrong", async () => {
    const answers = [
      (response: ServerResponse) => void response.writeHead(500).end(),
      (response: ServerResponse) => void response.writeHead(429, { "retry-after": "1" }).end(),
      (response: ServerResponse) => void response.writeHead(302, { location: receiver.url }).end(),
      (response: ServerResponse) => void response.destroy(),
    ];
    for (const answer of answers) {
      const failing = await new Receiver((_post, response) => answer(response)).listen();
      const { clock, store } = waiting({ webhook: failing.url });
      for (let round = 0; round < 20; round++) {
        await deliverAlerts(store, { clock });
        clock.advance(86_400_000);
      }
      expect(failing.posts).toHaveLength(6);
      expect(store.alerts[0]?.delivery.nextAttemptMs).toBe(NO_MORE_ATTEMPTS_MS);
      await failing.close();
    }
    expect(receiver.posts).toEqual([]);
  });

  test.each([
    ["this machine", "http://127.0.0.1/", /^its address is not public$/],
    ["this machine, by a number", "http://2130706433/", /^its address is not public$/],
    ["a network's own addresses", "http://10.0.0.1/", /^its address is not public$/],
    ["a cloud's own service", "http://169.254.169.254/latest/meta-data", /^its address is not public$/],
    ["IPv6 of this machine", "http://[::1]/", /^its address is not public$/],
    ["IPv4 in IPv6", "http://[::ffff:127.0.0.1]/", /^its address is not public$/],
    ["a name of this machine", "http://localhost/", /^no connection: ADDRESS_NOT_PUBLIC$/],
    ["a port of something else", "http://93.184.216.34:6379/", /^its port is none of 80, 443, 8080, 8443$/],
  ])("that came over the network do not lead to %s", async (_what, webhook, why) => {
    const { clock, store } = waiting({ webhook });
    const budgets = await store.budgets();
    const foreign = { ...budgets, budgets: budgets.budgets.map((budget) => ({ ...budget, origin: "api" })) };
    const asked = Object.assign(Object.create(store) as WaitingAlerts, {
      budgets: async () => foreign,
      claimDeliveries: store.claimDeliveries.bind(store),
      deliveryDone: store.deliveryDone.bind(store),
    });
    expect(await deliverAlerts(asked, { clock })).toEqual({ delivered: 0, failed: 1 });
    expect(store.alerts[0]?.delivery.lastError).toMatch(why);
  });

  test("hold nothing that a call said, and no secret", async () => {
    const ledger = await openLedger("sqlite::memory:");
    const canary = "canary-of-a-prompt";
    const definition: BudgetDefinition = {
      ...BUDGET,
      scope: {},
      amountNanoUsd: 1_000_000_000n,
      webhook: receiver.url,
      webhookSecret: SECRET,
    };
    await ledger.budgets.put(definition);
    const call = {
      provider: "openai",
      model: "gpt-5",
      scope: { user: canary, tags: [canary], session: canary },
      estimate: { costUsd: "0.6" },
    };
    const reservation = await ledger.reserve({ requestId: canary, ...call });
    await reservation.settle({ costUsd: "0.6", metadata: { note: canary } });
    await ledger.close();
    expect(receiver.posts.length).toBeGreaterThan(0);
    for (const { path, headers, body } of receiver.posts) {
      const sent = JSON.stringify([path, headers, body]);
      expect(sent).not.toContain(canary);
      expect(sent).not.toContain(SECRET);
    }
  });

  test.each(["", " ", "\t"])("have no secret that is %j", async (secret) => {
    const ledger = await openLedger("sqlite::memory:");
    const definition = { ...BUDGET, webhook: receiver.url, webhookSecret: secret };
    await expect(ledger.budgets.put(definition)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(ledger.budgets.change("engineering", () => definition, { origin: "api" })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
    expect(await ledger.budgets.list()).toEqual([]);
    await ledger.close();
  });
});
