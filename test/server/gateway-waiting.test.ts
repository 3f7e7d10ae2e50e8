import { afterEach, expect, test, vi } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { budgetOf, CHAT, runningGateway } from "./running-gateway.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("calls that are only kept out by others' holds wait for them: few are refused, and the cap holds", async () => {
  const amountNanoUsd = 80_000_000n;
  // How long forty calls take is the machine's affair: the two seconds that they may wait are of a clock that stands.
  vi.spyOn(systemClock, "monotonic").mockReturnValue(systemClock.monotonic());
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
  gateway.upstream.script({ delayMs: 2000, outputTokens: 10 });
  const first = gateway.post("/v1/chat/completions", { ...CHAT, max_tokens: 1000 });
  await expect.poll(() => gateway.upstream.inFlight).toBe(1);
  const refused = await gateway.post("/v1/chat/completions", { ...CHAT, max_tokens: 4000 });
  expect(refused.status).toBe(402);
  // It has not waited for the end of the first.
  expect(gateway.upstream.inFlight).toBe(1);
  expect((await first).status).toBe(200);
});

test("guarantee G3: the hold of a call that lasts is renewed while it lasts, and never charged as expired", async () => {
  const clock = new FakeClock(Date.UTC(2026, 4, 1));
  await using gateway = await runningGateway({ clock, budgets: [budgetOf({ enforcement: "block_requests", hard: true })] });
  gateway.upstream.script({ delayMs: 5000, outputTokens: 10 });
  const answer = gateway.post("/v1/chat/completions", CHAT, { "x-tokenledger-request-id": "lasts" });
  await expect.poll(() => gateway.upstream.inFlight).toBe(1);
  const endsMs = async (): Promise<number | undefined> => (await gateway.ledger.reservations())[0]?.expiresMs;
  for (let step = 0; step < 4; step++) {
    const before = await endsMs();
    clock.advance(60_000);
    await expect.poll(endsMs).toBe((before ?? 0) + 60_000);
    await gateway.ledger.sweep();
    for await (const { status } of gateway.ledger.query({ requestId: "lasts" })) expect.unreachable(`recorded as ${status}`);
  }
  expect(gateway.upstream.inFlight).toBe(1);
  expect((await answer).status).toBe(200);
  expect(await gateway.records("lasts")).toMatchObject([{ status: "ok", usageSource: "reported" }]);
});
