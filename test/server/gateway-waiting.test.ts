import { expect, test } from "vitest";
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
