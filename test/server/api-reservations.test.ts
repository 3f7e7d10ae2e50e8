import { expect, test } from "vitest";
import { FakeClock } from "../../src/testing/index.ts";
import { ask } from "./api-client.ts";
import { budgetOf, runningGateway } from "./running-gateway.ts";

const RESERVATIONS = "/api/v1/reservations";
const NOON_MS = Date.UTC(2026, 4, 1, 12);

test("what calls under way hold is told oldest first, and the totals are those of all", async () => {
  const clock = new FakeClock(NOON_MS);
  await using gateway = await runningGateway({ clock });
  const { ledger } = gateway;
  await ledger.budgets.put([budgetOf({ name: "all" }), budgetOf({ name: "red's", scope: { team: "red" } })]);
  const reserve = (requestId: string, part: object): Promise<unknown> =>
    ledger.reserve({
      requestId,
      provider: "acme",
      model: "acme-1",
      scope: { team: "red" },
      estimate: { costUsd: "0.25" },
      ttlMs: 60_000,
      ...part,
    });
  await reserve("z-first", {
    scope: { team: "red", user: "ann", key: "k" },
    estimate: { costUsd: "0.5", inputTokens: 30, outputTokens: 12 },
  });
  clock.advance(1_000);
  await reserve("second", { dispatched: true });
  clock.advance(1_000);
  await reserve("unpriced", { scope: {}, estimate: { inputTokens: 7 } });
  const { status, body } = await ask(gateway, "GET", RESERVATIONS);
  expect(status).toBe(200);
  const held = { attempt: 1, provider: "acme", model: "acme-1", org: null, project: null };
  expect(body).toEqual({
    schema: "tokenledger.reservations/1",
    generated_at: "2026-05-01T12:00:02.000Z",
    reservations: [
      {
        ...held,
        request_id: "z-first",
        team: "red",
        user: "ann",
        key: "k",
        reserved_usd: "0.5",
        reserved_tokens: 42,
        dispatched: false,
        since: "2026-05-01T12:00:00.000Z",
        expires_at: "2026-05-01T12:01:00.000Z",
        budgets: ["all", "red's"],
      },
      {
        ...held,
        request_id: "second",
        team: "red",
        user: null,
        key: null,
        reserved_usd: "0.25",
        reserved_tokens: 0,
        dispatched: true,
        since: "2026-05-01T12:00:01.000Z",
        expires_at: "2026-05-01T12:01:01.000Z",
        budgets: ["all", "red's"],
      },
      expect.objectContaining({ request_id: "unpriced", team: null, reserved_usd: null, reserved_tokens: 7, budgets: ["all"] }),
    ],
    totals: { open: 3, reserved_usd: "0.75", reserved_tokens: 49, unpriced: 1 },
  });
  const first = await ask(gateway, "GET", `${RESERVATIONS}?limit=1`);
  expect([first.body.reservations.length, first.body.totals]).toEqual([1, body.totals]);
});

test("G29: a key of few sees its own calls, and of the budgets that hold them its own", async () => {
  await using gateway = await runningGateway({ clock: new FakeClock(NOON_MS) });
  const { ledger } = gateway;
  const scopes = [{}, { team: "red" }, { team: "blue" }, { team: "*" }];
  await ledger.budgets.put(scopes.map((scope) => budgetOf({ name: `of ${scope.team ?? "all"}`, scope })));
  const { key: member } = await ledger.keys.create("ann's", { role: "member", team: "red" });
  const { key: viewer } = await ledger.keys.create("reads red", { role: "viewer", team: "red" });
  const estimate = { costUsd: "0.25" };
  for (const [requestId, scope] of [
    ["mine", { team: "red", key: "ann's" }],
    ["my team's", { team: "red" }],
    ["nobody's", {}],
    ["theirs", { team: "blue", key: "ann's" }],
  ] as const)
    await ledger.reserve({ requestId, provider: "acme", model: "acme-1", scope, estimate });
  const seenBy = async (key: string): Promise<unknown> => {
    const { body } = await ask(gateway, "GET", RESERVATIONS, { key });
    type Told = { request_id: string; budgets: string[] };
    return [body.reservations.map(({ request_id, budgets }: Told) => [request_id, budgets]), body.totals.open, body.totals.reserved_usd];
  };
  expect(await seenBy(viewer)).toEqual([
    [
      ["mine", ["of red"]],
      ["my team's", ["of red"]],
    ],
    2,
    "0.5",
  ]);
  expect(await seenBy(member)).toEqual([[["mine", []]], 1, "0.25"]);
});
