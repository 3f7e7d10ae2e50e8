import { expect, test } from "vitest";
import { readTraces } from "../../src/importers/index.ts";
import { parseUsd } from "../../src/money.ts";
import { ask, usageForm } from "./api-client.ts";
import { type RunningGateway, runningGateway } from "./running-gateway.ts";

const USAGE = "/api/v1/usage";

async function allPages(gateway: RunningGateway, query: string, key?: string, between?: () => Promise<void>): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const next: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const { status, body } = await ask(gateway, "GET", `${USAGE}?${query}${next}`, key === undefined ? {} : { key });
    expect(status).toBe(200);
    ids.push(...body.records.map((record: { id: string }) => record.id));
    cursor = body.next_cursor;
    await between?.();
  }
  return ids;
}

test("G18: usage is posted with a result for each record, again without effect, and found by its request id", async () => {
  await using gateway = await runningGateway();
  const records = [usageForm(1, { request_id: "r-1" }), usageForm(2), usageForm(3, { input_tokens: -1 }), usageForm(4, { input_token: 3 })];
  const first = await ask(gateway, "POST", USAGE, { body: { records } });
  expect(first.status).toBe(200);
  expect(first.body.schema).toBe("tokenledger.usage-results/1");
  expect(first.body.results.map(({ status }: { status: string }) => status)).toEqual(["new", "new", "invalid", "invalid"]);
  expect(first.body.results[2].reason).toContain("input_tokens");
  expect(first.body.results[3].reason).toBe('"input_token" is no field of a record; did you mean input_tokens?');

  const again = await ask(gateway, "POST", USAGE, { body: { records: records.slice(0, 2) } });
  expect(again.body.results.map(({ status }: { status: string }) => status)).toEqual(["duplicate", "duplicate"]);

  const other = await ask(gateway, "POST", USAGE, { body: { records: [usageForm(1, { output_tokens: 99 })] } });
  expect(other.status).toBe(409);
  expect(other.body.results).toEqual([expect.objectContaining({ status: "conflict", id: "call-1" })]);
  const mixed = await ask(gateway, "POST", USAGE, { body: { records: [usageForm(1, { output_tokens: 99 }), usageForm(9)] } });
  expect([mixed.status, mixed.body.results[0].status, mixed.body.results[1].status]).toEqual([200, "conflict", "new"]);

  const found = await ask(gateway, "GET", `${USAGE}?request_id=r-1`);
  expect(found.body).toMatchObject({
    schema: "tokenledger.usage/1",
    records: [{ id: "call-1", input_tokens: 1001, source: "api", cost_source: "computed" }],
    next_cursor: null,
  });
});

test("a post of nothing, of more than 1,000 records, of no JSON, or of more than the body may be is refused whole", async () => {
  await using gateway = await runningGateway();
  const form = usageForm(1);
  const bodies: [unknown, number, string][] = [
    [{ records: [] }, 400, "records"],
    [{ records: Array.from({ length: 1001 }, (_, index) => usageForm(index)) }, 400, "records"],
    [{}, 400, "records"],
    [{ record: [form] }, 400, "record"],
    [{ records: form }, 400, "records"],
    ["{", 400, ""],
    ["[]", 400, ""],
    [JSON.stringify({ records: [{ ...form, metadata: { note: "x".repeat(9_000_000) } }] }), 413, ""],
  ];
  for (const [body, status, field] of bodies) {
    const answered = await ask(gateway, "POST", USAGE, { body });
    expect([answered.status, answered.body.error.field ?? ""]).toEqual([status, field]);
    expect(answered.body.error.request_id).toBe(answered.headers.get("x-tokenledger-request-id"));
  }
  const form415 = await ask(gateway, "POST", USAGE, { body: { records: [form] }, headers: { "content-type": "text/plain" } });
  expect(form415.status).toBe(415);
  expect((await allPages(gateway, "")).length).toBe(0);
});

test("what a key posts is its own: its names stand in the records, and what contradicts them, or pretends to be measured, is invalid", async () => {
  await using gateway = await runningGateway();
  const { key } = await gateway.ledger.keys.create("ci", { team: "red" });
  const admin = await gateway.ledger.keys.create("book", { role: "admin" });
  const posted = await ask(gateway, "POST", USAGE, {
    key,
    body: {
      records: [
        usageForm(1),
        usageForm(2, { team: "red", key: "ci" }),
        usageForm(3, { team: "blue" }),
        usageForm(4, { team_id: "blue" }),
        usageForm(5, { key: "other" }),
        usageForm(6, { source: "gateway" }),
        usageForm(7, { source: "claude-code" }),
      ],
    },
  });
  expect(posted.body.results.map(({ status }: { status: string }) => status)).toEqual([
    "new",
    "new",
    ...Array.from({ length: 5 }, () => "invalid"),
  ]);
  const own = await ask(gateway, "GET", USAGE, { key });
  expect(own.body.records).toMatchObject([
    { team: "red", key: "ci", source: "api" },
    { team: "red", key: "ci", source: "api" },
  ]);
  const forged = await ask(gateway, "POST", USAGE, { key: admin.key, body: { records: [usageForm(8, { source: "gateway" })] } });
  expect(forged.body.results).toMatchObject([{ status: "invalid" }]);
});

test("ids of one team's records never meet another's, whatever they are", async () => {
  await using gateway = await runningGateway();
  const red = await gateway.ledger.keys.create("red", { team: "red" });
  const blue = await gateway.ledger.keys.create("blue", { team: "blue" });
  const statuses: string[] = [];
  for (const [key, tokens] of [
    [red.key, 5],
    [blue.key, 6],
    [red.key, 5],
    [blue.key, 5],
  ] as const) {
    const { body } = await ask(gateway, "POST", USAGE, { key, body: { records: [usageForm(1, { output_tokens: tokens })] } });
    statuses.push(body.results[0].status);
  }
  expect(statuses).toEqual(["new", "new", "duplicate", "conflict"]);
  for (const [key, tokens] of [
    [red.key, 5],
    [blue.key, 6],
  ] as const) {
    const { body } = await ask(gateway, "GET", USAGE, { key });
    expect(body.records.map((record: { output_tokens: number }) => record.output_tokens)).toEqual([tokens]);
  }
  expect((await gateway.ledger.verify()).differences).toEqual([]);
});

test("pages hold each record once and in order, while others write between them", async () => {
  await using gateway = await runningGateway();
  const before = Array.from({ length: 250 }, (_, index) => usageForm(index));
  await ask(gateway, "POST", USAGE, { body: { records: before } });
  let extra = 1000;
  // Some lie before the page that comes next, some after it.
  const write = async (): Promise<void> => {
    const records = [-500, 3, 120, 240, 900].map((second) => ({
      ...usageForm(extra++),
      timestamp: new Date(Date.UTC(2026, 4, 1) + second * 1000).toISOString(),
    }));
    await ask(gateway, "POST", USAGE, { body: { records } });
  };
  const ids = await allPages(gateway, "limit=37", undefined, write);
  const old = ids.filter((id) => Number(id.slice(5)) < 1000);
  expect(old).toEqual(before.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
});

test("206: limits, cursors, parameters and filters that make no sense are refused, each by its name", async () => {
  await using gateway = await runningGateway();
  await ask(gateway, "POST", USAGE, { body: { records: Array.from({ length: 5 }, (_, index) => usageForm(index, { team: "red" })) } });
  const key = (await gateway.ledger.keys.create("look", { role: "viewer" })).key;
  const { body: page } = await ask(gateway, "GET", `${USAGE}?limit=2`);
  const cursor = page.next_cursor as string;
  const wrong: [string, string][] = [
    ["limit=0", "limit"],
    ["limit=-1", "limit"],
    ["limit=1000000000", "limit"],
    ["limit=a", "limit"],
    ["limit=1&limit=2", "limit"],
    ["cursor=", "cursor"],
    ["cursor=abc", "cursor"],
    [`cursor=${cursor}x`, "cursor"],
    [`cursor=${cursor}&team=red`, "cursor"],
    ["sort=team", "sort"],
    ["order=newest", "order"],
    ["teams=red", "teams"],
    ["team[$ne]=red", "team[$ne]"],
    ["tz=Mars/Phobos", ""],
    ["start=2026-02-30", ""],
    ["start=2026-05-02&end=2026-05-01", "start"],
    ["team=%ff", "team"],
    [`team=${"%25".repeat(10_000)}`, ""],
  ];
  for (const [query, field] of wrong) {
    const { status, body } = await ask(gateway, "GET", `${USAGE}?${query}`);
    expect([query.slice(0, 40), status >= 400 && status < 500, body.error.field ?? ""]).toEqual([query.slice(0, 40), true, field]);
  }
  expect((await ask(gateway, "GET", `${USAGE}?teams=red`)).body.error.message).toBe(
    'The parameter "teams" is not known here; did you mean team?',
  );
  expect((await ask(gateway, "GET", `${USAGE}?cursor=${cursor}`, { key })).status).toBe(400);
  expect((await ask(gateway, "GET", `${USAGE}?limit=2&cursor=${cursor}`)).body.records).toHaveLength(2);
  expect((await ask(gateway, "GET", `${USAGE}?team=${"%25".repeat(500)}`)).body.records).toEqual([]);
  expect((await ask(gateway, "GET", `${USAGE}?team=red' OR 1=1 --`)).body.records).toEqual([]);
});

test("days are local, and both of them are meant", async () => {
  const at = (timestamp: string, number: number): object => usageForm(number, { timestamp });
  const body = { records: [at("2026-04-30T23:30:00Z", 1), at("2026-05-01T12:00:00Z", 2), at("2026-05-02T00:00:00Z", 3)] };
  await using gateway = await runningGateway();
  await ask(gateway, "POST", USAGE, { body });
  await using berlin = await runningGateway({ config: { timeZone: "Europe/Berlin" } });
  await ask(berlin, "POST", USAGE, { body });
  expect(await allPages(gateway, "start=2026-05-01&end=2026-05-01")).toEqual(["call-2"]);
  expect(await allPages(berlin, "start=2026-05-01&end=2026-05-01")).toEqual(["call-1", "call-2"]);
  expect(await allPages(gateway, "start=2026-05-01&end=2026-05-01&tz=Europe/Berlin")).toEqual(["call-1", "call-2"]);
  expect(await allPages(gateway, "start=2026-05-02")).toEqual(["call-3"]);
});

test("every answer of the API forbids pages, guesses and caches; HEAD has no body; other methods are 405 and say which", async () => {
  await using gateway = await runningGateway();
  for (const path of ["/health", "/ready", USAGE, "/api/v1/budgets", "/api/v1/nothing"]) {
    const { headers } = await ask(gateway, "GET", path);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-tokenledger-request-id")).not.toBeNull();
  }
  const head = await ask(gateway, "HEAD", "/health");
  expect([head.status, head.body]).toEqual([200, undefined]);
  const wrong = await ask(gateway, "DELETE", USAGE);
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
  expect((await ask(gateway, "GET", "/api/v1/usages")).body.error.message).toContain("did you mean /api/v1/usage?");
});

test("G29: what no call can be is not taken from a key of few, whose sums and spans are everybody's", async () => {
  await using gateway = await runningGateway({ server: { readTraces } });
  const member = (await gateway.ledger.keys.create("member", { team: "red" })).key;
  const unlikely = [
    { timestamp: "9999-12-31T23:00:00.000Z" },
    { timestamp: "1971-01-01T00:00:00.000Z" },
    { input_tokens: Number.MAX_SAFE_INTEGER, cost_usd: "0" },
    { model: "nobody-knows-it", output_tokens: 1_000_000_001 },
    { cost_usd: "9007199" },
  ];
  const records = [usageForm(1, {}), ...unlikely.map((part, index) => usageForm(index + 2, part))];
  const { status, body } = await ask(gateway, "POST", USAGE, { key: member, body: { records } });
  expect([status, body.results.map((result: { status: string }) => result.status)]).toEqual([
    200,
    ["new", ...unlikely.map(() => "invalid")],
  ]);
  for (const [index, field] of ["timestamp", "timestamp", "tokens", "tokens", "cost_usd"].entries()) {
    expect(body.results[index + 1].reason).toMatch(new RegExp(`^${field}`));
  }
  const attributes = { "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o" };
  const counted = [{ key: "gen_ai.usage.input_tokens", value: { intValue: "5" } }];
  const span = {
    ...{ traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174", name: "chat gpt-4o" },
    ...{ startTimeUnixNano: "253402300000000000000", endTimeUnixNano: "253402300000000000000" },
    attributes: [...counted, ...Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }))],
  };
  const traced = await ask(gateway, "POST", "/v1/traces", { key: member, body: { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] } });
  expect(traced.body.partialSuccess.rejectedSpans).toBe("1");
  expect((await allPages(gateway, "")).length).toBe(1);
});

test("G29: how long the book is, by others' records, stands in nobody's way", async () => {
  await using gateway = await runningGateway();
  const viewer = (await gateway.ledger.keys.create("viewer", { team: "red", role: "viewer" })).key;
  const records = [usageForm(1, { team: "red" }), usageForm(2, { team: "blue", timestamp: "9999-12-31T23:00:00.000Z" })];
  await ask(gateway, "POST", USAGE, { body: { records } });
  const { status, body } = await ask(gateway, "GET", "/api/v1/costs/aggregate?group_by=hour", { key: viewer });
  expect([status, body.period.end, body.totals.requests]).toEqual([200, "2026-05-01", 1]);
});

test("usage comes newest first where that is asked for, and what is posted meanwhile moves nothing", async () => {
  await using gateway = await runningGateway();
  await ask(gateway, "POST", USAGE, { body: { records: Array.from({ length: 9 }, (_, index) => usageForm(index)) } });
  const oldestFirst = await allPages(gateway, "limit=2");
  expect(await allPages(gateway, "limit=2&order=desc")).toEqual([...oldestFirst].reverse());
  let posted = 100;
  const post = async (): Promise<void> => {
    await ask(gateway, "POST", USAGE, { body: { records: [usageForm(posted++)] } });
  };
  expect(await allPages(gateway, "limit=2&order=desc&team=", undefined, post)).toEqual([...oldestFirst].reverse());
  const { body } = await ask(gateway, "GET", `${USAGE}?limit=2&order=desc`);
  // A place among the newest first is none among the oldest first.
  expect((await ask(gateway, "GET", `${USAGE}?limit=2&cursor=${body.next_cursor}`)).body.error.code).toBe("invalid_cursor");
});

test("the dearest records come first with sort=cost, within days, filters and reach, and never those without a price", async () => {
  await using gateway = await runningGateway();
  const told = [
    usageForm(1, { cost_usd: "0.5", cost_source: "reported", team: "red" }),
    usageForm(2, { cost_usd: "2", cost_source: "reported", team: "blue" }),
    usageForm(3, { model: "nobody-sells-this" }),
    usageForm(4, { cost_usd: "0.25", cost_source: "reported", team: "red", timestamp: "2026-05-02T00:00:00.000Z" }),
  ];
  const posted = await ask(gateway, "POST", USAGE, { body: { records: told } });
  expect(posted.body.results.map(({ status }: { status: string }) => status)).toEqual(["new", "new", "new", "new"]);
  const dearest = async (query: string, key?: string): Promise<string[]> => {
    const { status, body } = await ask(gateway, "GET", `${USAGE}?sort=cost${query}`, key === undefined ? {} : { key });
    expect([status, body.schema, body.next_cursor]).toEqual([200, "tokenledger.usage/1", null]);
    return body.records.map(({ id }: { id: string }) => id);
  };
  expect(await dearest("")).toEqual(["call-2", "call-1", "call-4"]);
  expect(await dearest("&limit=1")).toEqual(["call-2"]);
  expect(await dearest("&end=2026-05-01")).toEqual(["call-2", "call-1"]);
  expect(await dearest("&start=2026-05-01&end=2026-05-01&tz=America/New_York")).toEqual(["call-4"]);
  expect(await dearest("&team=red")).toEqual(["call-1", "call-4"]);
  const { key } = await gateway.ledger.keys.create("reads red", { role: "viewer", team: "red" });
  expect(await dearest("", key)).toEqual(["call-1", "call-4"]);
  expect(await dearest("&team=blue", key)).toEqual([]);
  for (const query of ["cursor=x", "order=desc", "request_id=r"]) {
    const refused = await ask(gateway, "GET", `${USAGE}?sort=cost&${query}`);
    expect([refused.status, refused.body.error.message]).toEqual([400, expect.stringContaining("sort=cost")]);
  }
  expect((await ask(gateway, "GET", `${USAGE}?sort=cost&start=2026-05-02&end=2026-05-01`)).body.error.field).toBe("start");
});

test("what one record cost is told in lines that add up, and by what it was known", async () => {
  await using gateway = await runningGateway();
  const records = [
    usageForm(1, { input_tokens: 1001, cache_read_tokens: 333, output_tokens: 7, team: "red" }),
    usageForm(2, { cost_usd: "0.5", cost_source: "reported" }),
    usageForm(3, { model: "nobody-sells-this" }),
  ];
  await ask(gateway, "POST", USAGE, { body: { records } });
  const costOf = async (id: string, key?: string) => ask(gateway, "GET", `${USAGE}/cost?id=${id}`, key === undefined ? {} : { key });
  const { status, body } = await costOf("call-1");
  expect([status, body.schema, body.cost_basis, body.reported_usd, body.reason]).toEqual([
    200,
    "tokenledger.record-cost/1",
    "computed",
    null,
    null,
  ]);
  expect(body.record).toMatchObject({ id: "call-1", team: "red", cost_usd: body.computed_usd });
  expect(body.lines.map(({ kind, tokens }: { kind: string; tokens: number }) => [kind, tokens])).toEqual([
    ["input", 668],
    ["cache_read", 333],
    ["output", 7],
  ]);
  const nano = (usd: string): bigint => parseUsd(usd, "cost");
  expect(body.lines.reduce((sum: bigint, line: { cost_usd: string }) => sum + nano(line.cost_usd), 0n)).toBe(nano(body.computed_usd));
  expect((await costOf("call-2")).body).toMatchObject({ cost_basis: "reported", reported_usd: "0.5" });
  const unpriced = (await costOf("call-3")).body;
  expect([unpriced.cost_basis, unpriced.computed_usd, unpriced.lines]).toEqual(["unpriced", null, []]);
  expect(unpriced.reason).toContain("no price is known");
  const { key } = await gateway.ledger.keys.create("reads blue", { role: "viewer", team: "blue" });
  const [foreign, nobodys] = [await costOf("call-1", key), await costOf("call-9", key)];
  expect([foreign.status, foreign.body.error.message]).toEqual([404, nobodys.body.error.message]);
});
