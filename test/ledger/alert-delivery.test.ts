import { createHmac } from "node:crypto";
import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import type { BudgetDefinition } from "../../src/budget/index.ts";
import { AlertOutbox, deliverAlerts, NO_MORE_ATTEMPTS_MS } from "../../src/ledger/alert-delivery.ts";
import type { StoredAlert } from "../../src/ledger/store.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { alertOf, BUDGET, type ReceivedPost, Receiver, WaitingAlerts } from "./waiting-alerts.ts";

const NOW = Date.parse("2026-05-20T12:00:01Z");
const HOUR_MS = 3_600_000;

let receivers: Receiver[] = [];

afterEach(async () => {
  await Promise.all(receivers.map((receiver) => receiver.close()));
  receivers = [];
});

async function receiver(answer?: (post: ReceivedPost, response: ServerResponse, count: number) => void): Promise<Receiver> {
  const listening = await new Receiver(answer).listen();
  receivers.push(listening);
  return listening;
}

function waiting(definition: Partial<BudgetDefinition>, alerts: readonly StoredAlert[] = [alertOf(1)]) {
  const clock = new FakeClock(NOW);
  const store = new WaitingAlerts(clock, { ...BUDGET, ...definition }, alerts);
  const deliver = (timeoutMs?: number) => deliverAlerts(store, { clock, chance: () => 0.5, ...(timeoutMs && { timeoutMs }) });
  return { clock, store, deliver, first: () => store.alerts[0]?.delivery };
}

function status(code: number, headers: Record<string, string> = {}): (post: ReceivedPost, response: ServerResponse) => void {
  return (_post, response) => void response.writeHead(code, headers).end();
}

describe("what a receiver gets", () => {
  test("the alert as a document, with the headers of Standard Webhooks and a signature that holds", async () => {
    const { posts, url } = await receiver();
    const { deliver } = waiting({ webhook: `${url}/hook?token=t`, webhookSecret: "long and secret" });
    expect(await deliver()).toEqual({ delivered: 1, failed: 0 });
    const [post] = posts as [ReceivedPost];
    expect(post.path).toBe("/hook?token=t");
    const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = post.headers;
    expect(timestamp).toBe(String(Math.floor(NOW / 1000)));
    expect(signature).toBe(`v1,${createHmac("sha256", "long and secret").update(`${id}.${timestamp}.${post.body}`).digest("base64")}`);
    expect(JSON.parse(post.body)).toEqual({
      schema: "tokenledger.alert/1",
      id,
      kind: "threshold",
      budget: "engineering",
      value: null,
      scope: { team: "engineering" },
      period: "monthly",
      window_seconds: null,
      time_zone: "UTC",
      window: { start: "2026-05-01T00:00:00.000Z", end: "2026-06-01T00:00:00.000Z" },
      threshold: 50,
      spent_usd: "250",
      amount_usd: "500",
      spent_tokens: 1234,
      max_tokens: null,
      utilization_pct: 50,
      zone: "green",
      enforcement: "rate_limit",
      triggered_at: "2026-05-20T12:00:00.000Z",
    });
  });

  test("a secret of Standard Webhooks' own form signs with its bytes", async () => {
    const { posts, url } = await receiver();
    const key = Buffer.from("0123456789abcdef0123456789abcdef");
    await waiting({ webhook: url, webhookSecret: `whsec_${key.toString("base64")}` }).deliver();
    const { headers, body } = posts[0] as ReceivedPost;
    const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    expect(headers["webhook-signature"]).toBe(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
  });

  test("without a secret no signature, and a value for each that is counted by itself", async () => {
    const { posts, url } = await receiver();
    const alert = alertOf(1, { value: '["alice","gpt-5"]' });
    await waiting({ webhook: url, scope: { user: "*", model: "*" } }, [alert]).deliver();
    const { headers, body } = posts[0] as ReceivedPost;
    expect(headers["webhook-signature"]).toBeUndefined();
    expect(JSON.parse(body)).toMatchObject({ value: { user: "alice", model: "gpt-5" }, scope: { user: "*", model: "*" } });
  });

  test("Slack's form where the address is Slack's, with its characters of control made harmless", async () => {
    const { posts, url } = await receiver();
    const webhook = `${url}/services/T000/B000/secret`;
    const alert = alertOf(1, { budgetName: "<!channel> & co", kind: "overage", threshold: 100, spentNanoUsd: 501_500_000_000n });
    await waiting({ webhook, webhookSecret: "unused" }, [alert]).deliver();
    const { headers, body } = posts[0] as ReceivedPost;
    expect(headers["webhook-signature"]).toBeUndefined();
    const { text, blocks } = JSON.parse(body) as { text: string; blocks: { type: string }[] };
    expect(text).toContain("Budget &lt;!channel&gt; &amp; co has passed its amount: $501.5 of $500, team engineering");
    expect(blocks.map(({ type }) => type)).toEqual(["section", "context"]);
    expect(body).not.toContain("<!channel>");
  });

  test("every attempt bears the same id, and no two alerts the same", async () => {
    const { posts, url } = await receiver((_post, response, count) => void response.writeHead(count <= 3 ? 500 : 200).end());
    const alerts = [alertOf(1), alertOf(2, { threshold: 75 }), alertOf(3, { value: '["alice"]' })];
    const { clock, deliver } = waiting({ webhook: url }, alerts);
    await deliver();
    clock.advance(HOUR_MS);
    await deliver();
    const ids = posts.map(({ headers }) => headers["webhook-id"]);
    expect(new Set(ids.slice(0, 3)).size).toBe(3);
    expect(ids.slice(3).sort()).toEqual(ids.slice(0, 3).sort());
  });
});

describe("an alert is delivered once", () => {
  test("by eight deliverers at the same time", async () => {
    const { posts, url } = await receiver();
    const alerts = Array.from({ length: 100 }, (_, index) => alertOf(index + 1, { threshold: (index + 1) / 10 }));
    const { store, deliver } = waiting({ webhook: url }, alerts);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => deliver()));
    expect(outcomes.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(100);
    expect(posts).toHaveLength(100);
    expect(new Set(posts.map(({ headers }) => headers["webhook-id"])).size).toBe(100);
    expect(store.alerts.every(({ delivery }) => delivery.deliveredMs === NOW && delivery.attempts === 1)).toBe(true);
  });

  test("and what is delivered is not posted again", async () => {
    const { posts, url } = await receiver(status(204));
    const { clock, deliver } = waiting({ webhook: url });
    await deliver();
    clock.advance(48 * HOUR_MS);
    expect(await deliver()).toEqual({ delivered: 0, failed: 0 });
    expect(posts).toHaveLength(1);
  });
});

describe("a receiver that fails", () => {
  test("is tried again, after ten times the time with each attempt", async () => {
    const { url } = await receiver(status(500));
    const { clock, deliver, first } = waiting({ webhook: url });
    const delays: number[] = [];
    for (let attempt = 0; attempt < 5; attempt++) {
      expect(await deliver()).toEqual({ delivered: 0, failed: 1 });
      delays.push(((first()?.nextAttemptMs ?? 0) - clock.now()) / 1000);
      expect(await deliver()).toEqual({ delivered: 0, failed: 0 });
      clock.set(first()?.nextAttemptMs ?? 0);
    }
    // Of 5 s, 50 s, 500 s … half, and half of the other half by the chance given.
    expect(delays).toEqual([3.75, 37.5, 375, 3750, 37_500]);
    expect(first()?.lastError).toBe("the receiver answered 500");
  });

  test.each([0, 48])("five times, and then no more, also where nobody had the time for %i hours", async (hours) => {
    const { url, posts } = await receiver(status(503));
    const { clock, deliver, first } = waiting({ webhook: url });
    clock.advance(hours * HOUR_MS);
    while ((first()?.nextAttemptMs ?? 0) < NO_MORE_ATTEMPTS_MS) {
      clock.set(Math.max(clock.now(), first()?.nextAttemptMs ?? 0));
      await deliver();
    }
    expect(posts).toHaveLength(1 + 5);
    clock.advance(1000 * HOUR_MS);
    await deliver();
    expect(posts).toHaveLength(1 + 5);
  });

  test.each([
    ["600", 600],
    ["Wed, 20 May 2026 12:30:01 GMT", 1800],
    ["1", 3.75],
    ["soon", 3.75],
  ])("and asks for time with Retry-After %s gets it", async (retryAfter, seconds) => {
    const { url } = await receiver(status(429, { "retry-after": retryAfter }));
    const { clock, deliver, first } = waiting({ webhook: url });
    await deliver();
    expect(((first()?.nextAttemptMs ?? 0) - clock.now()) / 1000).toBe(seconds);
  });

  test("and comes back gets the alert", async () => {
    const { url, posts } = await receiver((_post, response, count) => void response.writeHead(count < 3 ? 502 : 200).end());
    const { clock, deliver, first } = waiting({ webhook: url });
    for (let attempt = 0; attempt < 3; attempt++) {
      await deliver();
      clock.advance(HOUR_MS);
    }
    expect(posts).toHaveLength(3);
    expect(first()?.deliveredMs).toBeDefined();
  });

  test("by sending elsewhere is not followed there", async () => {
    const elsewhere = await receiver();
    const { url } = await receiver(status(307, { location: `${elsewhere.url}/taken` }));
    const { deliver, first } = waiting({ webhook: url });
    expect(await deliver()).toEqual({ delivered: 0, failed: 1 });
    expect(first()?.lastError).toBe("the receiver answered 307");
    expect(elsewhere.posts).toEqual([]);
  });

  test("by never answering is left after its time", async () => {
    const { url } = await receiver(() => undefined);
    const { deliver, first } = waiting({ webhook: url });
    expect(await deliver(50)).toEqual({ delivered: 0, failed: 1 });
    expect(first()?.lastError).toBe("no answer within 0.05 s");
  });

  test("by refusing or breaking connections, or by not being there, is told in words without address and secret", async () => {
    const closed = await receiver();
    const { url: closedUrl } = closed;
    await closed.close();
    receivers = [];
    const breaking = await receiver((_post, response) => void response.destroy());
    for (const [host, reason] of [
      [closedUrl, /^no connection: ECONNREFUSED$/],
      [breaking.url, /^no connection: ECONNRESET$/],
      ["ftp://127.0.0.1", /^the webhook is no address that begins with https:/],
      ["http://127.0.0.1:99999", /^the webhook is no address/],
    ] as const) {
      const { deliver, first } = waiting({ webhook: `${host}/private-path?key=private-query`, webhookSecret: "private-secret" });
      expect(await deliver()).toEqual({ delivered: 0, failed: 1 });
      expect(first()?.lastError).toMatch(reason);
      expect(first()?.lastError).not.toContain("private");
    }
  });

  test("whose address does not open is called by nobody, and left to those with the key", async () => {
    const { deliver, first } = waiting({ webhook: "sealed:1:0badc0de:AAAA" });
    expect(await deliver()).toEqual({ delivered: 0, failed: 0 });
    expect(first()?.attempts).toBe(0);
  });

  test("whose secret alone does not open is not called either", async () => {
    const { url, posts } = await receiver();
    const { deliver, first } = waiting({ webhook: url, webhookSecret: "sealed:1:0badc0de:AAAA" });
    expect(await deliver()).toEqual({ delivered: 0, failed: 1 });
    expect(first()?.lastError).toMatch(/^the book's secret key does not open its webhook; /);
    expect(posts).toEqual([]);
  });

  test("of a budget that lost its webhook is told so", async () => {
    const { deliver, first } = waiting({});
    expect(await deliver()).toEqual({ delivered: 0, failed: 1 });
    expect(first()?.lastError).toBe("its budget has no webhook any more");
  });
});

describe("in the background", () => {
  test("a kick returns before anything is asked, and delivers", async () => {
    const { promise: delivered, resolve } = signal();
    const { url } = await receiver((_post, response) => {
      response.end();
      resolve();
    });
    const { clock, store, first } = waiting({ webhook: url });
    const outbox = new AlertOutbox(store, { clock });
    outbox.kick();
    outbox.kick();
    expect(first()?.attempts).toBe(0);
    await delivered;
    await outbox.close();
    expect(first()).toMatchObject({ attempts: 1, deliveredMs: NOW });
  });

  test("closing at once still posts what was kicked off: a short command has no other time", async () => {
    const { posts, url } = await receiver();
    const { clock, store, first } = waiting({ webhook: url });
    const outbox = new AlertOutbox(store, { clock });
    outbox.kick();
    await outbox.close();
    expect(posts).toHaveLength(1);
    expect(first()?.deliveredMs).toBe(NOW);
  });

  test("closing gives a post back that is not answered, so that the next opening tries again", async () => {
    const { promise: arrived, resolve } = signal();
    const { url } = await receiver(() => resolve());
    const { clock, store, first } = waiting({ webhook: url });
    const outbox = new AlertOutbox(store, { clock });
    outbox.kick();
    await arrived;
    await outbox.close();
    expect(first()).toMatchObject({ lastError: "given up because the book was closed", nextAttemptMs: NOW });
    outbox.kick();
    expect(first()?.attempts).toBe(1);
  });

  test("a database that fails is nobody's unhandled rejection, and the next kick tries again", async () => {
    const { promise: delivered, resolve } = signal();
    const { url } = await receiver((_post, response) => {
      response.end();
      resolve();
    });
    const { clock, store } = waiting({ webhook: url });
    const { promise: failed, resolve: fail } = signal();
    const claim = store.claimDeliveries.bind(store);
    store.claimDeliveries = async () => {
      fail();
      throw new Error("disk I/O error");
    };
    const outbox = new AlertOutbox(store, { clock });
    outbox.kick();
    await failed;
    await new Promise((next) => setImmediate(next));
    store.claimDeliveries = claim;
    outbox.kick();
    await delivered;
    await outbox.close();
  });
});

function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
