import { expect, test } from "vitest";
import { FakeClock } from "../../src/testing/index.ts";
import { budgetOf, CHAT, runningGateway } from "./running-gateway.ts";

test("calls that are only kept out by others' holds wait for them: few are refused, and the cap holds", async () => {
  const amountNanoUsd = 80_000_000n;
  await using gateway = await runningGateway({ budgets: [budgetOf({ amountNanoUsd, enforcement: "block_requests", hard: true })] });
  gateway.upstream.always({ outputTokens: 10, delayMs: 20 });
  const body = { ...CHAT, max_tokens: 1000 };
  const statuses = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const response = await gateway.post("/v1/chat/completions", body);
      await response.text();
      return response.status;
    }),
  );
  expect(statuses.filter((status) => status === 200)).toHaveLength(40);
  const [status] = await gateway.ledger.budgets.status();
  expect(status?.reservedNanoUsd).toBe(0n);
  expect(status?.spentNanoUsd).toBeLessThanOrEqual(amountNanoUsd);
});

test("a call that would not fit without others' holds either is refused at once", async () => {
  await using gateway = await runningGateway({
    budgets: [budgetOf({ amountNanoUsd: 20_000_000n, enforcement: "block_requests", hard: true })],
  });
  gateway.upstream.script({ delayMs: 500, outputTokens: 10 });
  const first = gateway.post("/v1/chat/completions", { ...CHAT, max_tokens: 1000 });
  const startedMs = performance.now();
  const refused = await gateway.post("/v1/chat/completions", { ...CHAT, max_tokens: 4000 });
  expect(refused.status).toBe(402);
  expect(performance.now() - startedMs).toBeLessThan(450);
  expect((await first).status).toBe(200);
});

test("guarantee G3: the hold of a call that lasts is renewed while it lasts, and never charged as expired", async () => {
  const clock = new FakeClock(Date.UTC(2026, 4, 1));
  await using gateway = await runningGateway({ clock, budgets: [budgetOf({ enforcement: "block_requests", hard: true })] });
  gateway.upstream.script({ delayMs: 2500, outputTokens: 10 });
  const answer = gateway.post("/v1/chat/completions", CHAT, { "x-tokenledger-request-id": "lasts" });
  await expect.poll(() => gateway.upstream.inFlight).toBe(1);
  for (let step = 0; step < 4; step++) {
    clock.advance(60_000);
    await new Promise((resolve) => setTimeout(resolve, 400));
    await gateway.ledger.sweep();
    for await (const { status } of gateway.ledger.query({ requestId: "lasts" })) expect.unreachable(`recorded as ${status}`);
  }
  expect((await answer).status).toBe(200);
  expect(await gateway.records("lasts")).toMatchObject([{ status: "ok", usageSource: "reported" }]);
});
