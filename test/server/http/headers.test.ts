import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { forwardedRequestHeaders, forwardedResponseHeaders, headerValue } from "../../../src/server/http/headers.ts";
import { presentedKey } from "../../../src/server/http/presented-key.ts";
import { forwardedQuery } from "../../../src/server/http/target.ts";

const flat = (headers: Record<string, string>): string[] => Object.entries(headers).flat();

describe("security S5, S10 and bad input D128, D129: what goes to the provider", () => {
  test("what its own clients send about the call", () => {
    const sent = {
      "Content-Type": "application/json",
      Accept: "text/event-stream",
      "Anthropic-Version": "2023-06-01",
      "anthropic-beta": "x",
      "OpenAI-Beta": "y",
      "Idempotency-Key": "k",
      "User-Agent": "u",
    };
    const lower = Object.entries(sent).flatMap(([name, value]) => [name.toLowerCase(), value]);
    expect(forwardedRequestHeaders(flat(sent))).toEqual([...lower, "accept-encoding", "identity"]);
  });

  test.each([
    ...[
      "authorization",
      "x-api-key",
      "x-goog-api-key",
      "api-key",
      "proxy-authorization",
      "cookie",
      "openai-organization",
      "openai-project",
    ],
    ...[
      "host",
      "content-length",
      "transfer-encoding",
      "connection",
      "keep-alive",
      "te",
      "trailer",
      "upgrade",
      "expect",
      "accept-encoding",
      "content-encoding",
    ],
    ...[
      "x-tokenledger-team",
      "x-tokenledger-anything",
      "forwarded",
      "x-forwarded-for",
      "x-forwarded-host",
      "x-real-ip",
      "via",
      "x-original-url",
    ],
    ...[
      "x-rewrite-url",
      "x-http-method-override",
      "x-portkey-config",
      "helicone-target-url",
      "x-target-url",
      "x-base-url",
      "origin",
      "referer",
      "range",
    ],
  ])("never %s", (name) => {
    expect(forwardedRequestHeaders([name, "canary", name.toUpperCase(), "canary"])).toEqual(["accept-encoding", "identity"]);
  });

  test("a header that Connection names ends here, also one that would pass", () => {
    expect(forwardedRequestHeaders(["Connection", "close, Anthropic-Beta", "anthropic-beta", "x", "accept", "y"])).toEqual([
      "accept",
      "y",
      "accept-encoding",
      "identity",
    ]);
  });

  test("of the query what lists and streams need; a key never", () => {
    expect(forwardedQuery("alt=sse&key=tl_secret&limit=3&base_url=http://x&api_base=y&include%5B%5D=a&KEY=z")).toBe(
      "?alt=sse&limit=3&include%5B%5D=a",
    );
    expect(forwardedQuery("key=tl_secret")).toBe("");
    expect(forwardedQuery("")).toBe("");
  });
});

describe("security S10 and bad input D138: what goes to the client", () => {
  test("everything but what belongs to the other connection, or to other sites", () => {
    const raw = [
      "Content-Type",
      "a",
      "X-Request-Id",
      "r",
      "OpenAI-Processing-Ms",
      "3",
      "x-ratelimit-remaining-tokens",
      "7",
      "Retry-After",
      "2",
      "Content-Encoding",
      "gzip",
    ];
    const dropped = [
      "Connection",
      "close, X-Secret",
      "X-Secret",
      "s",
      "Keep-Alive",
      "timeout=5",
      "Set-Cookie",
      "a=b",
      "Transfer-Encoding",
      "chunked",
      "Content-Length",
      "5",
      "Alt-Svc",
      "h3",
      "X-TokenLedger-Cost-Usd",
      "0",
      "Trailer",
      "x",
      "Upgrade",
      "h2",
    ];
    expect(forwardedResponseHeaders([...dropped, ...raw].map((text) => Buffer.from(text)))).toEqual(raw);
    expect(forwardedResponseHeaders(raw, true)).toEqual(raw.slice(0, -2));
  });

  test("bad input E169: so much as clients can read", () => {
    const headers = forwardedResponseHeaders(["x-a", "b", "x-long", "x".repeat(100_000), "content-type", "c", "x-d", "e"]);
    expect(headers).toEqual(["x-a", "b", "content-type", "c", "x-d", "e"]);
  });

  test("bytes stay what they are", () => {
    expect(forwardedResponseHeaders([Buffer.from("x-a"), Buffer.from([0xe9, 0xff])])).toEqual(["x-a", "\u00e9\u00ff"]);
  });

  test("a value is found however it is written", () => {
    expect(headerValue(["X-A", "1", "Retry-After", "2", "retry-after", "3"], "retry-after")).toBe("2");
    expect(headerValue([Buffer.from("Retry-After"), Buffer.from("2")], "retry-after")).toBe("2");
    expect(headerValue([], "retry-after")).toBeUndefined();
  });
});

describe("bad input C107, C108 and security S2: the key that is presented", () => {
  const keyOf = (headers: Record<string, string>, url = "/"): string | undefined =>
    presentedKey({ headers, url } as unknown as IncomingMessage);
  test.each([
    [{ authorization: "Bearer tl_a" }, "/", "tl_a"],
    [{ authorization: "bearer  tl_a" }, "/", "tl_a"],
    [{ "x-api-key": "tl_a" }, "/", "tl_a"],
    [{ "x-goog-api-key": "tl_a" }, "/", "tl_a"],
    [{ "api-key": "tl_a" }, "/", "tl_a"],
    [{}, "/v1beta/models/m:generateContent?alt=sse&key=tl_a", "tl_a"],
    [{ authorization: "Bearer tl_a", "x-api-key": "tl_a" }, "/?key=tl_a", "tl_a"],
    [{}, "/?monkey=b", undefined],
    [{}, "/", undefined],
  ])("%j %s", (headers, url, key) => {
    expect(keyOf(headers as Record<string, string>, url)).toBe(key);
  });

  test.each([
    [{ authorization: "" }],
    [{ authorization: "Bearer" }],
    [{ authorization: "Bearer " }],
    [{ authorization: "tl_a" }],
    [{ authorization: "Basic dGxfYQ==" }],
    [{ authorization: "Bearer tl_a tl_b" }],
    [{ authorization: "Bearer tl_a, Bearer tl_b" }],
    [{ authorization: "Bearer sk-…" }],
    [{ authorization: "Bearer sk' OR 1=1--" }],
    [{ authorization: `Bearer ${"a".repeat(10_000)}` }],
    [{ "x-api-key": "" }],
    [{ "x-api-key": "tl_a, tl_b" }],
    [{ "x-goog-api-key": "\u00e9" }],
  ])("%j is refused, and not taken for none", (headers) => {
    expect(() => keyOf(headers as unknown as Record<string, string>)).toThrow(expect.objectContaining({ status: 401 }));
  });

  test("an empty one in the query is refused, too", () => {
    expect(() => keyOf({}, "/?key=")).toThrow(expect.objectContaining({ status: 401 }));
  });

  test("two that differ", () => {
    for (const [headers, url] of [
      [{ authorization: "Bearer tl_a", "x-api-key": "tl_b" }, "/"],
      [{ "x-api-key": "tl_a" }, "/?key=tl_b"],
      [{}, "/?key=tl_a&key=tl_b"],
    ] as const)
      expect(() => keyOf(headers as Record<string, string>, url)).toThrow(expect.objectContaining({ status: 400 }));
  });
});
