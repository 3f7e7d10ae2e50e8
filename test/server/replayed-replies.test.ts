/** Replies that real providers gave, through the gateway: their bytes must come out as they went in, and their usage be in the book. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { StoredRecord } from "../../src/ledger/index.ts";
import { priceBook } from "../../src/pricing/index.ts";
import { Chance } from "../../src/testing/index.ts";
import type { TokenCounts } from "../../src/usage/index.ts";
import { type LocalGateway, startLocalGateway } from "../clients/local-gateway.ts";
import { until } from "../guarantees/run-program.ts";
import { hasData, readData, withData } from "../shared-data.ts";

interface Recorded {
  id: string;
  kind: string;
  file: string;
  format: string;
  streaming: boolean;
  http_status: number;
  content_type: string | null;
  path: string;
  request_model: string | null;
  response_model: string | null;
  expected: Expected | null;
}

interface Expected {
  input_total?: number;
  output_total?: number;
  cache_read?: number;
  cache_write?: number;
  reasoning?: number;
  web_search_requests?: number;
  billed_input?: number;
  billed_output?: number;
  /** Passes that the sums of the reply leave out, though they are billed. */
  iterations_by_model?: Readonly<Record<string, { input: number; output: number; cache_read: number; cache_write: number }>>;
}

/** What the record must have: cached tokens are part of the input, so they are never more than it. */
function dueTokens(expected: Expected): TokenCounts {
  const own = expected.iterations_by_model?.primary;
  if (own !== undefined) return { input: own.input + own.cache_read + own.cache_write, output: own.output };
  const { cache_read, cache_write, reasoning, web_search_requests } = expected;
  const input = expected.billed_input ?? Math.max(expected.input_total ?? 0, (cache_read ?? 0) + (cache_write ?? 0));
  return {
    input,
    output: expected.billed_output ?? expected.output_total ?? 0,
    ...(cache_read === undefined ? {} : { cacheRead: cache_read }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(web_search_requests === undefined ? {} : { webSearches: web_search_requests }),
  };
}

const route = (recorded: Recorded): string | undefined => {
  const { kind, path } = recorded;
  const plain = path.replace(/[?#].*$/, "");
  if (
    /^(?:cohere|ollama|writer)-|^bedrock-(?:converse|invoke|count)|interactions|realtime|batches|rerank|audio|images|count-tokens/.test(
      kind,
    )
  )
    return undefined;
  if (plain.endsWith("/chat/completions")) return "/v1/chat/completions";
  if (plain.endsWith("/responses")) return "/v1/responses";
  if (kind.endsWith("-completions")) return "/v1/completions";
  if (kind.endsWith("-embeddings")) return "/v1/embeddings";
  if (plain.endsWith("/messages")) return "/v1/messages";
  if (kind === "gemini-embed") return "/v1beta/models/MODEL:embedContent";
  if (!/^(?:gemini-generate|vertex-gemini)$/.test(kind)) return undefined;
  if (!recorded.streaming) return "/v1beta/models/MODEL:generateContent";
  return `/v1beta/models/MODEL:streamGenerateContent${recorded.format === "sse" ? "?alt=sse" : ""}`;
};

function requestBody(path: string, model: string, streaming: boolean, asksForUsage: boolean): object {
  if (path.includes("embed")) return path.includes("v1beta") ? { content: { parts: [{ text: "springs" }] } } : { model, input: "springs" };
  if (path.includes("v1beta")) return { contents: [{ role: "user", parts: [{ text: "springs" }] }] };
  const stream = streaming ? { stream: true, ...(asksForUsage ? { stream_options: { include_usage: true } } : {}) } : {};
  if (path.endsWith("/responses")) return { model, input: "springs", ...(streaming ? { stream: true } : {}) };
  if (path === "/v1/completions") return { model, prompt: "springs", max_tokens: 100, ...stream };
  const messages = [{ role: "user", content: "springs" }];
  return path.endsWith("/messages")
    ? { model, messages, max_tokens: 100, ...(streaming ? { stream: true } : {}) }
    : { model, messages, ...stream };
}

/** Without the event of a stream that the gateway asked for, and the client did not: one without choices, with usage. */
function withoutUsageEvent(body: Buffer): Buffer {
  const events = body.toString("latin1").split(/(?<=\r?\n\r?\n)/);
  const kept = events.filter((event) => {
    const data = /^data: ?(.*)$/m.exec(event)?.[1] ?? "";
    if (!data.startsWith("{")) return true;
    const { choices, usage } = JSON.parse(Buffer.from(data, "latin1").toString()) as { choices?: unknown[]; usage?: unknown };
    return !(Array.isArray(choices) && choices.length === 0 && usage !== null && usage !== undefined);
  });
  return Buffer.from(kept.join(""), "latin1");
}

function hasPrice({ provider, model, tokens }: StoredRecord): boolean {
  try {
    return !("unpriced" in priceBook().cost({ provider, model, tokens }));
  } catch {
    return false;
  }
}

const recordings = hasData("responses/index.json")
  ? (JSON.parse(readData("responses/index.json")) as Recorded[]).filter(
      (one) => one.expected?.input_total !== undefined && one.http_status === 200 && route(one) !== undefined,
    )
  : [];
const LARGEST_IN_BYTES = 12_000;
const chance = new Chance(7);
const cuts: [string, (bytes: number) => number | readonly number[] | undefined][] = [
  ["whole", () => undefined],
  ["in parts of 1 byte", (bytes) => (bytes <= LARGEST_IN_BYTES ? 1 : undefined)],
  ["in parts of 7 bytes", (bytes) => (bytes <= 7 * LARGEST_IN_BYTES ? 7 : undefined)],
  ["in parts of chance's sizes", () => Array.from({ length: 97 }, () => chance.whole(1, 700))],
];

withData("responses/index.json", (index) => {
  let gateway: LocalGateway;
  beforeAll(async () => {
    gateway = await startLocalGateway();
  });
  afterAll(() => gateway.close());

  async function replay(recorded: Recorded, chunkBytes: number | readonly number[] | undefined, asksForUsage: boolean): Promise<string[]> {
    const bytes = readFileSync(join(index, "..", recorded.file));
    const model = recorded.request_model ?? recorded.response_model ?? "gpt-4o";
    const path = (route(recorded) as string).replace("MODEL", encodeURIComponent(model.replaceAll("/", "-").replaceAll(":", "-")));
    gateway.upstream.script({
      body: bytes,
      contentType: recorded.content_type ?? (recorded.format === "sse" ? "text/event-stream" : "application/json"),
      ...(chunkBytes === undefined ? {} : { chunkBytes }),
    });
    const reply = await fetch(gateway.url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
      body: JSON.stringify(requestBody(path, model, recorded.streaming, asksForUsage)),
    });
    const told = Buffer.from(await reply.arrayBuffer());
    const requestId = reply.headers.get("x-tokenledger-request-id");
    const complaints: string[] = [];
    const complain = (what: string): void =>
      void complaints.push(`${recorded.id} (${path}, ${typeof chunkBytes === "object" ? "mixed" : (chunkBytes ?? "whole")}): ${what}`);
    if (reply.status !== 200) {
      gateway.upstream.forget();
      complain(`answered ${reply.status}: ${told.toString().slice(0, 300)}`);
      return complaints;
    }
    const hides = recorded.format === "sse" && !asksForUsage && /completions$/.test(path);
    const dueBytes = hides ? withoutUsageEvent(bytes) : bytes;
    if (!told.equals(dueBytes)) complain(`${told.length} bytes came of ${dueBytes.length}, or other ones`);
    const found: StoredRecord[] = [];
    // A streamed call is settled after its last byte.
    await until(async () => {
      for await (const record of gateway.ledger.query({ requestId: requestId ?? "" })) found.push(record);
      return found.length > 0;
    }, 30_000);
    const [record] = found;
    if (record === undefined || found.length > 1) {
      complain(`${found.length} records`);
      return complaints;
    }
    const { tokens, usageSource } = record;
    const due = dueTokens(recorded.expected as Expected);
    for (const [name, count] of Object.entries(due)) {
      const has = tokens[name as keyof TokenCounts] ?? 0;
      if (has !== count) complain(`${name}: ${has} instead of ${count}`);
    }
    const written = (tokens.cacheWrite5m ?? 0) + (tokens.cacheWrite1h ?? 0);
    if (
      recorded.expected?.cache_write !== undefined &&
      due.input === recorded.expected.input_total &&
      written !== recorded.expected.cache_write
    )
      complain(`cache writes: ${written} instead of ${recorded.expected.cache_write}`);
    // What can't be priced as it stands may be charged as it was reserved, and says so.
    if (usageSource !== "reported" && hasPrice(record)) complain(`usage is ${usageSource}: ${JSON.stringify(record)}`);
    return complaints;
  }

  it("there are several hundred of them", () => expect(recordings.length).toBeGreaterThan(250));

  it.each(cuts)("every recorded reply comes out byte for byte, %s, and its usage is in the book", { timeout: 120_000 }, async (_, cut) => {
    const complaints: string[] = [];
    for (const recorded of recordings) {
      const chunkBytes = cut(readFileSync(join(index, "..", recorded.file)).length);
      complaints.push(...(await replay(recorded, chunkBytes, true)));
    }
    expect(complaints).toEqual([]);
  });

  it("guarantee G11: a stream whose client asks for no usage shows none, and is metered", { timeout: 120_000 }, async () => {
    const complaints: string[] = [];
    for (const recorded of recordings.filter(({ format }) => format === "sse"))
      for (const chunkBytes of [undefined, 11]) complaints.push(...(await replay(recorded, chunkBytes, false)));
    expect(complaints).toEqual([]);
  });
});
