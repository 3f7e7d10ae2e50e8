import { describe, expect, test } from "vitest";
import { chat, contents, gemini, message, read, refusal } from "./sample-requests.ts";

describe("requests that are refused", () => {
  test("bad input C71, C72: a body that is no object is refused, and none", () => {
    expect(refusal("chat", "")).toBe("The request has no body; send a JSON object.");
    for (const body of ["null", "[]", '"x"', "42", "true"]) expect(refusal("chat", body)).toMatch(/^The body is .*; send a JSON object\.$/);
  });

  test("bad input C73: a body that is no JSON is refused with the place", () => {
    expect(refusal("chat", '{"model":"m",}')).toBe("The body is not valid JSON: } stands at byte 13, where a name in quotes must be.");
    for (const body of ["{'model':'m'}", '{"model":NaN}', '{"model":"m"', "{", "model=m"])
      expect(refusal("chat", body)).toMatch(/not valid JSON/);
  });

  test("bad input C74: a name that stands twice is refused, however it is written", () => {
    const start = '{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}],';
    expect(refusal("chat", `${start}"max_tokens":1,"max_tokens":9}`)).toBe("max_tokens stands twice in the body; give it once.");
    expect(refusal("chat", `${start}"max_tokens":1,"max\\u005ftokens":9}`)).toMatch(/stands twice/);
    expect(refusal("chat", `${start}"x":1,"x":1}`)).toMatch(/x stands twice/);
    expect(refusal("chat", `${start}"stream":true,"stream_options":{"include_usage":true,"include_usage":false}}`)).toMatch(
      /include_usage stands twice/,
    );
    const config = '{"contents":[{"parts":[{"text":"Hi"}]}],"generationConfig":{"maxOutputTokens":1,"maxOutputTokens":9}}';
    expect(refusal("generate", config, gemini)).toMatch(/maxOutputTokens stands twice/);
    const bothSpellings = { contents, generationConfig: { maxOutputTokens: 1, max_output_tokens: 9 } };
    expect(refusal("generate", bothSpellings, gemini)).toBe("maxOutputTokens and max_output_tokens are the same; give one of them.");
    expect(refusal("generate", { contents, generationConfig: {}, generation_config: {} }, gemini)).toMatch(/are the same/);
  });

  test("bad input C75, security S12: names of prototypes are fields like others", () => {
    const body = `{"model":"gpt-4o","messages":[{"role":"user","content":"Hi","__proto__":{"polluted":1}}],"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`;
    expect(read("chat", body).model).toBe("gpt-4o");
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test("bad input C80, C81: what is no model's id is refused", () => {
    expect(refusal("chat", { messages: chat.messages })).toBe("model is missing; give the model's id.");
    for (const model of [null, 42, ["gpt-4o"], {}, true])
      expect(refusal("chat", { ...chat, model })).toMatch(/^model: .* is not accepted; give the model's id as a text\.$/);
    const odd = [
      "",
      " ",
      "gpt-4o ",
      " gpt-4o",
      "gpt\u00004o",
      "gpt-4о",
      "../gpt-4o",
      "a/../b",
      "a//b",
      "/etc/passwd",
      "a/",
      "a\\b",
      "a%2e%2e",
      "m?key=1",
      "m#x",
      "gpt\n4o",
      "<img>",
      "a/./b",
    ];
    for (const model of odd) expect(refusal("chat", { ...chat, model }), model).toMatch(/^model: .* is not a model's id/);
    expect(refusal("chat", { ...chat, model: "m".repeat(10_240) })).toBe("model has 10240 characters; a model's id has at most 256.");
    for (const model of [
      "gpt-4o",
      "meta-llama/Llama-4",
      "ft:gpt-4o:org::id",
      "@cf/meta/llama",
      "us.anthropic.claude-v1:0",
      "google/gemini:free",
      "claude[1m]",
    ]) {
      expect(read("chat", { ...chat, model }).model).toBe(model);
    }
  });

  test("bad input C82: a limit of the answer is a whole number from 1", () => {
    for (const text of ["0", "-1", "1.5", '"100"', "1e400", "-1e400", "9007199254740992", "true", "[]", "{}"]) {
      for (const name of ["max_tokens", "max_completion_tokens"]) {
        const said = refusal("chat", `{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}],"${name}":${text}}`);
        expect(said, text).toBe(`${name}: ${text} is not accepted; give a whole number from 1 to 9007199254740991.`);
      }
      expect(refusal("messages", `{"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"Hi"}],"max_tokens":${text}}`)).toMatch(
        /^max_tokens: /,
      );
      expect(refusal("responses", `{"model":"gpt-4o","input":"Hi","max_output_tokens":${text}}`)).toMatch(/^max_output_tokens: /);
      const generate = `{"contents":[{"parts":[{"text":"Hi"}]}],"generationConfig":{"maxOutputTokens":${text}}}`;
      expect(refusal("generate", generate, gemini)).toMatch(/^generationConfig\.maxOutputTokens: /);
    }
    expect(read("chat", { ...chat, max_tokens: null })).not.toHaveProperty("outputLimit");
    expect(read("chat", { ...chat, max_tokens: 1 }).outputLimit).toBe(1);
    expect(read("chat", { ...chat, max_tokens: Number.MAX_SAFE_INTEGER }).outputLimit).toBe(Number.MAX_SAFE_INTEGER);
    expect(refusal("messages", { ...message, max_tokens: null })).toBe("max_tokens is missing; Anthropic's format needs it.");
  });

  test("bad input C83: two limits must agree", () => {
    expect(refusal("chat", { ...chat, max_tokens: 10, max_completion_tokens: 20 })).toMatch(/contradict each other/);
    expect(read("chat", { ...chat, max_tokens: 10, max_completion_tokens: 10 }).outputLimit).toBe(10);
    expect(read("chat", { ...chat, max_tokens: null, max_completion_tokens: 10 }).outputLimit).toBe(10);
  });

  test("bad input C84, C85: numbers of answers are whole and at least 1", () => {
    for (const n of [0, -1, 1.5, "2", true]) {
      expect(refusal("chat", { ...chat, n })).toMatch(/^n: /);
      expect(refusal("completions", { model: "m", prompt: "Hi", best_of: n })).toMatch(/^best_of: /);
      expect(refusal("images", { model: "gpt-image-1", prompt: "a cat", n })).toMatch(/^n: /);
      expect(refusal("generate", { contents, generationConfig: { candidateCount: n } }, gemini)).toMatch(/candidateCount: /);
    }
    expect(read("chat", { ...chat, n: 1000, max_tokens: 7 })).toMatchObject({ choices: 1000, output: { bound: 7000 } });
    expect(read("completions", { model: "m", prompt: ["a", "b"], n: 2, best_of: 5, max_tokens: 7 })).toMatchObject({
      choices: 10,
      output: { bound: 70 },
    });
    expect(read("completions", { model: "m", prompt: [1, 2, 3], max_tokens: 7 }).choices).toBe(1);
  });

  test("bad input C86: stream is true or false", () => {
    for (const stream of ["true", 1, "", [], {}])
      expect(refusal("chat", { ...chat, stream })).toMatch(/^stream: .*; give true or false\.$/);
    for (const stream of [null, false]) expect(read("chat", { ...chat, stream }).isStream).toBe(false);
    expect(read("chat", { ...chat, stream: true }).isStream).toBe(true);
    expect(read("generate", { contents }, { ...gemini, isStreamPath: true }).isStream).toBe(true);
  });

  test("bad input C87: stream_options are an object, and only for streams", () => {
    for (const stream_options of [false, "x", 1, []])
      expect(refusal("chat", { ...chat, stream: true, stream_options })).toMatch(/^stream_options: .*; give an object\.$/);
    expect(refusal("chat", { ...chat, stream_options: { include_usage: true } })).toBe(
      "stream_options is only for streams; leave it out, or set stream to true.",
    );
    for (const include_usage of ["true", 1, "no"])
      expect(refusal("chat", { ...chat, stream: true, stream_options: { include_usage } })).toMatch(/include_usage: /);
  });

  test("bad input C88, C98: what a format needs must be there", () => {
    for (const wrong of [undefined, [], "Hi", null, {}]) {
      expect(refusal("chat", { model: "gpt-4o", messages: wrong })).toMatch(/^messages/);
      expect(refusal("messages", { ...message, messages: wrong })).toMatch(/^messages/);
    }
    expect(refusal("messages", chat)).toBe("max_tokens is missing; Anthropic's format needs it.");
    expect(refusal("generate", chat, gemini)).toMatch(/is another model than the path/);
    expect(refusal("chat", { model: "m", contents })).toBe("messages is missing; give a list of at least one.");
    expect(refusal("responses", chat)).toMatch(/^input is missing/);
    expect(refusal("embeddings", { model: "m" })).toMatch(/^input is missing/);
    expect(refusal("speech", { model: "tts-1" })).toMatch(/^input is missing/);
    expect(refusal("chat", `{"model":"m","messages":[${Array(1_000_000).fill("{}").join()}]}`)).toMatch(/more than/);
    expect(read("chat", { ...chat, messages: [{ role: "nobody", content: null }, { content: [[[]]] }] }).choices).toBe(1);
  });

  test("bad input C96, security S5: nobody but the operator says where a call goes and with which key", () => {
    const names = ["api_base", "base_url", "api_key", "organization", "extra_headers", "extra_query", "extra_body", "custom_llm_provider"];
    const spellings = names.flatMap((name) => [
      name,
      name.toUpperCase(),
      name.replaceAll("_", "-"),
      name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    ]);
    for (const name of [...spellings, "baseURL", "apiBase", "_api_key"]) {
      for (const value of ["http://elsewhere.example", null, {}])
        expect(refusal("chat", { ...chat, [name]: value }), name).toMatch(/is not for callers to say/);
    }
    expect(refusal("chat", '{"model":"m","messages":[{}],"api\\u005fbase":"x"}')).toMatch(/api_base is not for callers/);
  });

  test("bad input C97: fields that nobody knows are left alone", () => {
    expect(read("chat", { ...chat, some_new_field: { a: [1, { b: null }] }, metadata: { user: 1 } }).model).toBe("gpt-4o");
  });

  test("a body that names another model than its path is refused", () => {
    expect(read("generate", { contents, model: "models/gemini-2.5-flash" }, gemini).model).toBe("gemini-2.5-flash");
    expect(refusal("generate", { contents, model: "gemini-2.5-pro" }, gemini)).toMatch(/another model than the path's/);
    expect(refusal("embed", { requests: [{ model: "models/other", content: { parts: [] } }] }, gemini)).toMatch(/another model/);
  });

  test("bad input C114: one bad request of a batch refuses it, and says which; so does another model", () => {
    const request = (params: object): object => ({ custom_id: "a", params });
    expect(refusal("message_batches", { requests: [request(message), request({ ...message, max_tokens: 0 })] })).toMatch(
      /^requests\[1\]: max_tokens: 0/,
    );
    expect(refusal("message_batches", { requests: [request(message), request({ ...message, model: "claude-opus-4-5" })] })).toMatch(
      /requests\[1\] names another model/,
    );
    expect(refusal("message_batches", { requests: [] })).toMatch(/^requests/);
    const one = read("messages", message);
    const many = read("message_batches", { requests: Array(50).fill(request(message)) });
    expect(many).toMatchObject({ choices: 50, output: { bound: 5000 }, isBackground: true, serviceTier: "batch", model: message.model });
    expect(many.input.bound).toBeGreaterThanOrEqual(50 * one.input.bound);
  });
});
