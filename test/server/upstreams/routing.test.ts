import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { ProviderConfig } from "../../../src/config/index.ts";
import { priceBook } from "../../../src/pricing/index.ts";
import { authenticationHeaders } from "../../../src/server/upstreams/authentication.ts";
import { openUpstreams, type Upstreams } from "../../../src/server/upstreams/upstreams.ts";
import { FakeClock } from "../../../src/testing/index.ts";

const opened: Upstreams[] = [];
const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((upstreams) => upstreams.close()));
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

function upstreamsOf(
  providers: Record<string, ProviderConfig>,
  log: (line: string) => void = () => {},
  clock = new FakeClock(0),
): Upstreams {
  const upstreams = openUpstreams(
    { providers: new Map(Object.entries(providers)) },
    { clock, note: ({ message }) => log(message), book: priceBook() },
  );
  opened.push(upstreams);
  return upstreams;
}

describe("a call goes to the provider that speaks the path's format and lists the model", () => {
  const names = (upstreams: Upstreams, model: string, api: "openai" | "anthropic" | "gemini" = "openai", provider?: string): string[] =>
    upstreams.choose({ api, model, ...(provider === undefined ? {} : { provider }) }).map(({ name }) => name);

  test("by its list, or by the price book's", () => {
    const upstreams = upstreamsOf({
      openai: { api: "openai" },
      anthropic: { api: "anthropic" },
      gemini: { api: "gemini" },
      mine: { api: "openai", models: ["local-*", "gpt-4o"] },
    });
    expect(names(upstreams, "gpt-4o")).toEqual(["openai", "mine"]);
    expect(names(upstreams, "gpt-4o-mini")).toEqual(["openai"]);
    expect(names(upstreams, "gpt-4o-2024-08-06")).toEqual(["openai"]);
    expect(names(upstreams, "local-llama")).toEqual(["mine"]);
    expect(names(upstreams, "claude-sonnet-4-5", "anthropic")).toEqual(["anthropic"]);
    expect(names(upstreams, "gemini-2.5-pro", "gemini")).toEqual(["gemini"]);
    // Another maker's model isn't OpenAI's because its price is known.
    expect(names(upstreams, "claude-sonnet-4-5")).toEqual([]);
    expect(names(upstreams, "gpt-99")).toEqual([]);
    expect(names(upstreams, "")).toEqual([]);
  });

  test("a name that the price book doesn't know takes what comes, if it has no list", () => {
    const upstreams = upstreamsOf({ here: { api: "openai" } });
    expect(names(upstreams, "anything")).toEqual(["here"]);
    expect(names(upstreams, "anything", "anthropic")).toEqual([]);
  });

  test("x-tokenledger-provider chooses among several, and no other", () => {
    const upstreams = upstreamsOf({
      a: { api: "openai", models: ["m"] },
      b: { api: "openai", models: ["m"] },
      c: { api: "anthropic", models: ["m"] },
    });
    expect(names(upstreams, "m", "openai", "b")).toEqual(["b"]);
    expect(names(upstreams, "m", "openai", "c")).toEqual([]);
    expect(names(upstreams, "m", "openai", "constructor")).toEqual([]);
    expect(names(upstreams, "x", "openai", "a")).toEqual([]);
  });

  test("a fallback follows its provider, whether or not it lists the model", () => {
    const upstreams = upstreamsOf({
      spare: { api: "openai", models: ["other"] },
      a: { api: "openai", models: ["m"], fallback: "spare" },
      b: { api: "openai", models: ["m"] },
    });
    expect(names(upstreams, "m")).toEqual(["a", "spare", "b"]);
    expect(names(upstreams, "m", "openai", "a")).toEqual(["a", "spare"]);
  });

  test("the ids that are known, for the list of models", () => {
    const upstreams = upstreamsOf({ openai: { api: "openai", models: ["gpt-4o*", "ft:x"] }, here: { api: "openai" } });
    expect(upstreams.get("openai")?.models).toContain("gpt-4o-mini");
    expect(upstreams.get("openai")?.models).toContain("ft:x");
    expect(upstreams.get("openai")?.models).not.toContain("gpt-4o*");
    expect(upstreams.get("openai")?.models).not.toContain("gpt-5");
    expect(upstreams.get("here")?.models).toEqual([]);
  });

  test("who takes nothing says why and what to do", () => {
    const upstreams = upstreamsOf({ a: { api: "openai", models: ["m"] } });
    expect(upstreams.whyNone({ api: "gemini", model: "x" })).toBe(
      "No provider of the format gemini is configured: add one under providers in tokenledger.yaml.",
    );
    expect(upstreams.whyNone({ api: "openai", model: "x\u001b" })).toBe(
      'No configured provider of the format openai lists the model "x\\u001b": name it in the models of one in tokenledger.yaml, where * stands for any characters.',
    );
    expect(upstreams.whyNone({ api: "anthropic", model: "m" })).toBe(
      "No provider of the format anthropic is configured: add one under providers in tokenledger.yaml.",
    );
    const both = upstreamsOf({ a: { api: "openai", models: ["m"] }, b: { api: "anthropic", models: ["n"] } });
    expect(both.whyNone({ api: "openai", model: "n" })).toBe(
      'The provider b lists the model "n", but speaks the format anthropic, not openai: formats are not translated.',
    );
    expect(upstreams.whyNone({ api: "openai", model: "x", provider: "a" })).toContain('The provider a doesn\'t list the model "x"');
    expect(upstreams.whyNone({ api: "openai", model: "x", provider: "<b>" })).not.toContain("<b>");
  });
});

describe("a provider's key is the configuration's", () => {
  test("each format has its own header for the key", () => {
    const headers = (api: "openai" | "anthropic" | "gemini", base: string): readonly string[] =>
      authenticationHeaders({ api, base: new URL(base), apiKey: "k", organization: "o" });
    expect(headers("openai", "https://api.openai.com")).toEqual(["authorization", "Bearer k", "openai-organization", "o"]);
    expect(headers("openai", "https://x.openai.azure.com")).toEqual(["api-key", "k", "openai-organization", "o"]);
    expect(headers("openai", "https://x.openai.azure.com.evil.example")[0]).toBe("authorization");
    expect(headers("anthropic", "https://api.anthropic.com")).toEqual(["x-api-key", "k"]);
    expect(headers("gemini", "https://x.example")).toEqual(["x-goog-api-key", "k"]);
    expect(authenticationHeaders({ api: "openai", base: new URL("http://x"), apiKey: undefined, organization: undefined })).toEqual([]);
  });
});

describe("acceptance G19: calls move to the second provider and back", () => {
  async function served(reply: () => number): Promise<string> {
    const server = createServer((_request, response) => response.writeHead(reply(), { "retry-after": "3" }).end());
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const call = (upstreams: Upstreams): Promise<string> => {
    const [upstream] = upstreams.choose({ api: "openai", model: "m" });
    return new Promise((resolve) => {
      const end = (): void => resolve(upstream?.name ?? "nobody");
      upstream?.send(
        { method: "POST", path: "/v1/chat/completions", headers: [], body: Buffer.from("{}") },
        { head: () => {}, chunk: () => {}, end, failed: end },
      );
    });
  };

  test("when the first answers 429, is down, or answers errors; all of it logged", async () => {
    let status = 429;
    const lines: string[] = [];
    const clock = new FakeClock(0);
    const first = { api: "openai", models: ["m"], baseUrl: await served(() => status), apiKey: "secret-key" } as const;
    const second = { api: "openai", models: ["m"], baseUrl: await served(() => 200) } as const;
    const upstreams = upstreamsOf({ first, second }, (line) => lines.push(line), clock);
    expect([await call(upstreams), await call(upstreams)]).toEqual(["first", "second"]);
    clock.advance(3_000);
    status = 200;
    expect([await call(upstreams), await call(upstreams)]).toEqual(["first", "first"]);
    status = 503;
    expect([await call(upstreams), await call(upstreams), await call(upstreams), await call(upstreams)]).toEqual([
      "first",
      "first",
      "first",
      "second",
    ]);
    expect(upstreams.get("first")?.state).toBe("open");
    expect(lines).toEqual([
      "Provider first is ailing: it answers 429. For 3 s calls go to others where there are any.",
      "Provider first is back: calls go to it again.",
      "Provider first is ailing: 3 calls in a row failed: it answers 503. For 5 s calls go to others where there are any.",
    ]);
    expect(lines.join()).not.toContain("secret");
    expect(lines.join()).not.toContain("127.0.0.1");
  });

  test("a provider that is alone is asked however it does", async () => {
    const upstreams = upstreamsOf({ only: { api: "openai", models: ["m"], baseUrl: await served(() => 500) } });
    for (let index = 0; index < 6; index++) expect(await call(upstreams)).toBe("only");
  });

  test("a port where nobody listens counts as a failure, and nothing was sent", async () => {
    const upstreams = upstreamsOf({
      gone: { api: "openai", models: ["m"], baseUrl: "http://127.0.0.1:1" },
      here: { api: "openai", models: ["m"], baseUrl: await served(() => 200) },
    });
    for (let index = 0; index < 3; index++) expect(await call(upstreams)).toBe("gone");
    expect(await call(upstreams)).toBe("here");
  });
});
