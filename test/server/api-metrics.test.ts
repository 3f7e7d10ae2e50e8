import { expect, test } from "vitest";
import { Figures } from "../../src/server/observing/figures.ts";
import type { CallEvent } from "../../src/server/observing/happenings.ts";
import { keyLines } from "../../src/server/observing/key-lines.ts";
import { Metrics } from "../../src/server/observing/metrics.ts";
import { budgetOf, CHAT, type RunningGateway, runningGateway } from "./running-gateway.ts";

const PATH = "/v1/chat/completions";

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/;

/** Prometheus' text form, read as strictly as Prometheus does. */
function parsed(text: string): Sample[] {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const seen = new Set<string>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (comment !== null) {
      if (comment[1] === "TYPE") {
        expect(types.has(comment[2] as string), `${comment[2]} stands in one place`).toBe(false);
        types.set(comment[2] as string, comment[3] as string);
      }
      continue;
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (sample === null) throw new Error(`no line of Prometheus' text form: ${line}`);
    const [, name = "", labelText = "", value = ""] = sample;
    const labels: Record<string, string> = {};
    for (let rest = labelText; rest !== ""; ) {
      const label = LABEL.exec(rest);
      if (label === null) throw new Error(`no labels: ${rest}`);
      const [whole, labelName = "", labelValue = ""] = label;
      labels[labelName] = labelValue.replaceAll(/\\(.)/g, (_, escaped) => (escaped === "n" ? "\n" : escaped));
      rest = rest.slice(whole.length);
    }
    expect(types.has(name.replace(/_(?:bucket|sum|count)$/, "")) || types.has(name), `${name} has a type`).toBe(true);
    const series = `${name}${JSON.stringify(labels)}`;
    expect(seen.has(series), `${series} is told once`).toBe(false);
    seen.add(series);
    expect(Number.isFinite(Number(value))).toBe(true);
    samples.push({ name, labels, value: Number(value) });
  }
  return samples;
}

async function scraped(gateway: RunningGateway, headers: Record<string, string> = {}): Promise<Sample[]> {
  const response = await fetch(`${gateway.url}/metrics`, { headers });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4; charset=utf-8$/);
  return parsed(await response.text());
}

/** The sum of all series that have these labels. */
function sum(samples: readonly Sample[], name: string, labels: Record<string, string> = {}): number {
  return samples
    .filter((sample) => sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((total, { value }) => total + value, 0);
}

function eventOf(part: Partial<CallEvent> = {}): CallEvent {
  return {
    ...{ requestId: "r", attempt: 1, provider: "openai", model: "gpt-4o", requestedModel: "gpt-4o", operation: "chat", owner: {} },
    ...{ keyId: undefined, status: "ok", inputTokens: 10, outputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 },
    ...{ costNanoUsd: 1_000, usageSource: "reported", latencyMs: 100, firstByteMs: 10, isStream: false },
    ...part,
  };
}

test("what the provider billed is what the metrics tell, by provider, model, operation, status and kind", async () => {
  await using gateway = await runningGateway({ server: { version: "1.2.3" } });
  const { key } = await gateway.ledger.keys.create("house");
  const authorization = { authorization: `Bearer ${key}` };
  gateway.upstream.script(
    { text: "one two three", cacheRead: 2 },
    { status: 500, errorMessage: "broken" },
    { outputTokens: 20, reasoningTokens: 7 },
  );
  for (const stream of [false, false, true]) await (await gateway.post(PATH, { ...CHAT, stream }, authorization)).text();
  let samples = await scraped(gateway);
  // A stream is settled when its client has its end already.
  for (let tries = 0; sum(samples, "tokenledger_requests_total") < 3 && tries < 100; tries++) samples = await scraped(gateway);
  const billed = gateway.upstream.calls;
  const about = { provider: "openai", operation: "chat" };
  expect(sum(samples, "tokenledger_requests_total", about)).toBe(3);
  expect(sum(samples, "tokenledger_requests_total", { ...about, status: "ok" })).toBe(2);
  expect(sum(samples, "tokenledger_requests_total", { ...about, status: "error" })).toBe(1);
  const total = (kind: "input" | "output" | "cacheRead" | "reasoning"): number =>
    billed.reduce((tokens, call) => tokens + (call.tokens?.[kind] ?? 0), 0);
  expect(total("reasoning")).toBe(7);
  expect(total("output")).toBeGreaterThan(20);
  expect(sum(samples, "tokenledger_tokens_total", { kind: "input" })).toBe(total("input"));
  expect(sum(samples, "tokenledger_tokens_total", { kind: "output" })).toBe(total("output"));
  expect(sum(samples, "tokenledger_tokens_total", { kind: "cache_read" })).toBe(total("cacheRead"));
  expect(sum(samples, "tokenledger_tokens_total", { kind: "reasoning" })).toBe(total("reasoning"));
  expect(sum(samples, "tokenledger_key_requests_total", { key: "house" })).toBe(3);
  expect(sum(samples, "tokenledger_key_tokens_total", { key: "house", kind: "output" })).toBe(total("output"));
  const { totals } = await gateway.ledger.aggregate({ timeZone: "UTC", groupBy: [] });
  expect(totals.costNanoUsd).toBeGreaterThan(0n);
  expect(sum(samples, "tokenledger_spend_usd_total")).toBeCloseTo(Number(totals.costNanoUsd) / 1e9, 12);
  expect(sum(samples, "tokenledger_key_spend_usd_total", { key: "house" })).toBeCloseTo(Number(totals.costNanoUsd) / 1e9, 12);
  expect(sum(samples, "tokenledger_request_duration_seconds_count", about)).toBe(3);
  expect(sum(samples, "tokenledger_first_byte_seconds_count", about)).toBe(3);
  expect(sum(samples, "tokenledger_info", { version: "1.2.3" })).toBe(1);
  expect(sum(samples, "tokenledger_provider_state", { provider: "openai", state: "closed" })).toBe(1);
});

test("refusals are told by their reason; unpriced and unmetered calls have a share", async () => {
  await using gateway = await runningGateway({
    providers: { openai: { api: "openai", apiKey: "sk-house", models: ["*"] } },
    budgets: [budgetOf({ name: "tiny", amountNanoUsd: 1n, enforcement: "block_requests", hard: true, scope: { team: "poor" } })],
  });
  gateway.upstream.always({ text: "hello" });
  expect((await gateway.post(PATH, CHAT, { "x-tokenledger-team": "poor" })).status).toBe(402);
  expect((await gateway.post(PATH, CHAT, { authorization: "Bearer nonsense" })).status).toBe(401);
  expect((await gateway.post(PATH, { ...CHAT, model: "nobody-knows-1" })).status).toBe(200);
  expect((await gateway.post(PATH, CHAT)).status).toBe(200);
  expect((await fetch(`${gateway.url}/api/v1/nothing-here`)).status).toBe(404);
  expect((await fetch(`${gateway.url}//v1/models`)).status).toBe(400);
  const samples = await scraped(gateway);
  expect(sum(samples, "tokenledger_refusals_total", { reason: "invalid_path", status: "400" })).toBe(1);
  expect(sum(samples, "tokenledger_refusals_total", { reason: "budget_exceeded", status: "402" })).toBe(1);
  expect(sum(samples, "tokenledger_refusals_total", { reason: "invalid_api_key", status: "401" })).toBe(1);
  expect(sum(samples, "tokenledger_refusals_total", { reason: "not_found", status: "404" })).toBe(1);
  expect(sum(samples, "tokenledger_unpriced_requests_total", { model: "nobody-knows-1" })).toBe(1);
  expect(sum(samples, "tokenledger_unpriced_ratio")).toBe(0.5);
  expect(sum(samples, "tokenledger_metered_requests_total", { usage: "reported" })).toBe(2);
  expect(sum(samples, "tokenledger_reported_ratio")).toBe(1);
});

test("calls under way are told with what is held for them, and nothing is held when they have ended", async () => {
  await using gateway = await runningGateway();
  gateway.upstream.script({ text: "late", delayMs: 2000 });
  const call = gateway.post(PATH, CHAT).then((response) => response.text());
  await expect.poll(() => gateway.upstream.inFlight).toBe(1);
  const during = await scraped(gateway);
  expect(sum(during, "tokenledger_reservations")).toBe(1);
  expect(sum(during, "tokenledger_reserved_usd")).toBeGreaterThan(0);
  await call;
  const after = await scraped(gateway);
  expect(sum(after, "tokenledger_reservations")).toBe(0);
  expect(sum(after, "tokenledger_reserved_usd")).toBe(0);
});

test("only an administrator or viewer of everything may read them, or somebody at this machine", async () => {
  await using gateway = await runningGateway({ config: { server: { host: "127.0.0.1", port: 0, auth: "always" } } });
  const { keys } = gateway.ledger;
  const asked = async (key?: string): Promise<number> =>
    (await fetch(`${gateway.url}/metrics`, { headers: key === undefined ? {} : { authorization: `Bearer ${key}` } })).status;
  expect(await asked()).toBe(401);
  expect(await asked((await keys.create("member")).key)).toBe(403);
  expect(await asked((await keys.create("viewer", { role: "viewer" })).key)).toBe(200);
  expect(await asked((await keys.create("admin", { role: "admin" })).key)).toBe(200);
  expect(await asked((await keys.create("team viewer", { role: "viewer", team: "a" })).key)).toBe(403);
  expect(await asked((await keys.create("team admin", { role: "admin", team: "a" })).key)).toBe(403);
});

test("names that would break the text form are told escaped, and each series once", async () => {
  const metrics = new Metrics("1");
  const hostile = [
    'quo"te',
    "back\\slash",
    "new\nline",
    "\u001b[31mred",
    "\u202Edlrow",
    "{}",
    'x",y="z',
    "\uD800 half",
    "ключ",
    "other",
    "",
  ];
  for (const name of [...hostile, ...hostile]) metrics.call(eventOf({ model: name === "" ? "empty" : name, owner: { key: name } }));
  const text = await metrics.text();
  const samples = parsed(text);
  metrics.close();
  expect(sum(samples, "tokenledger_key_requests_total")).toBe(2 * hostile.length);
  for (const name of ['quo"te', "{}", 'x",y="z', "ключ", "back\\slash", "other"]) {
    expect(sum(samples, "tokenledger_key_requests_total", { key: name }), name).toBe(2);
    expect(sum(samples, "tokenledger_requests_total", { model: name }), name).toBe(2);
  }
  expect(text).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Cs}]/u);
  expect(samples.some(({ labels }) => labels.key === "\\u001b[31mred")).toBe(true);
});

test("names that never end make no more series than there may be: the rest is told as other", async () => {
  const metrics = new Metrics("1");
  for (let index = 0; index < 5_000; index++) metrics.call(eventOf({ model: `made-up-${index}`, owner: { key: `key-${index}` } }));
  const samples = parsed(await metrics.text());
  metrics.close();
  const series = (name: string): number => samples.filter((sample) => sample.name === name).length;
  expect(series("tokenledger_requests_total")).toBe(301);
  expect(series("tokenledger_key_requests_total")).toBe(2_001);
  expect(sum(samples, "tokenledger_requests_total")).toBe(5_000);
  expect(sum(samples, "tokenledger_key_requests_total", { key: "other" })).toBe(3_000);
});

test("what is estimated, and what was never told, is kept apart from what was reported", () => {
  const figures = new Figures();
  figures.call(eventOf());
  figures.call(eventOf({ usageSource: "estimated", status: "aborted" }));
  figures.call(eventOf({ usageSource: "estimated", status: "unmetered", costNanoUsd: undefined }));
  figures.call(eventOf({ usageSource: undefined, status: "unsent" }));
  const models = [...figures.providers.entries()].flatMap(([, series]) => [...series.entries()]);
  expect(models).toHaveLength(1);
  expect(models[0]?.[1]).toMatchObject({ reported: 1, estimated: 1, unmetered: 1, unpriced: 1, nanoUsd: 2_000 });
  expect([figures.recorded, figures.reported, figures.unpriced]).toEqual([3, 1, 1]);
});

test("a scrape with a thousand keys takes no more than 20 ms", async () => {
  const metrics = new Metrics("1");
  for (let index = 0; index < 10_000; index++)
    metrics.call(eventOf({ model: `model-${index % 50}`, owner: { key: `team key ${index % 1_000}` } }));
  const tookMs: number[] = [];
  for (let scrape = 0; scrape < 15; scrape++) {
    const startedMs = performance.now();
    const text = await metrics.text();
    tookMs.push(performance.now() - startedMs);
    expect(text).toContain('key="team key 999"');
  }
  metrics.close();
  // The least: what else runs on the machine only adds to it.
  expect(Math.min(...tookMs)).toBeLessThan(20);
});

test("the lines of keys are those that a Prometheus reads", () => {
  const figures = new Figures();
  figures.call(eventOf({ owner: { key: "a" }, costNanoUsd: 1_500_000_000 }));
  expect(parsed(keyLines(figures.keys))).toEqual([
    { name: "tokenledger_key_requests_total", labels: { key: "a" }, value: 1 },
    { name: "tokenledger_key_tokens_total", labels: { key: "a", kind: "input" }, value: 10 },
    { name: "tokenledger_key_tokens_total", labels: { key: "a", kind: "output" }, value: 5 },
    { name: "tokenledger_key_spend_usd_total", labels: { key: "a" }, value: 1.5 },
  ]);
});

test("work that goes on at the provider is pending first, and counted with its tokens and cost when it is settled", async () => {
  await using gateway = await runningGateway();
  const { key } = await gateway.ledger.keys.create("house");
  const headers = { authorization: `Bearer ${key}` };
  const body = { model: "gpt-4o", input: "hello", background: true, max_output_tokens: 200 };
  const { id } = (await (await gateway.post("/v1/responses", body, headers)).json()) as { id: string };
  expect(sum(await scraped(gateway), "tokenledger_requests_total", { operation: "responses", status: "pending" })).toBe(1);
  expect(sum(await scraped(gateway), "tokenledger_tokens_total")).toBe(0);
  for (let poll = 0; poll < 4; poll++) await (await fetch(`${gateway.url}/v1/responses/${id}`, { headers })).json();
  const samples = await scraped(gateway);
  expect(sum(samples, "tokenledger_requests_total", { operation: "responses", status: "ok" })).toBe(1);
  expect(sum(samples, "tokenledger_tokens_total", { kind: "output" })).toBe(gateway.upstream.calls[0]?.tokens.output);
  expect(sum(samples, "tokenledger_key_tokens_total", { key: "house", kind: "output" })).toBe(gateway.upstream.calls[0]?.tokens.output);
  expect(sum(samples, "tokenledger_request_duration_seconds_count")).toBe(1);
});
