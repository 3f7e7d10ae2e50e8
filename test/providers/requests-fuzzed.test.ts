import fc from "fast-check";
import { expect, test } from "vitest";
import { InvalidInput } from "../../src/errors.ts";
import { changedBody, dearestTokens, FORMAT_OF, type Operation, readRequest } from "../../src/providers/index.ts";

/** Names that readers look for, so that odd values stand where they are read. */
const NAMES =
  "model messages content role type text image_url url input_audio data format file file_data source media_type tools function max_uses name n best_of stream stream_options include_usage max_tokens max_completion_tokens max_output_tokens input prompt previous_response_id reasoning mode thinking system contents parts inlineData inline_data mimeType fileData generationConfig generation_config maxOutputTokens candidateCount thinkingConfig thinkingBudget cachedContent responseModalities requests params custom_id models fallbacks context_management edits mcp_servers service_tier speed web_search_options plugins prediction audio instances".split(
    " ",
  );
const WORDS = [
  "gpt-4o",
  "claude-sonnet-5",
  "image_url",
  "image",
  "document",
  "base64",
  "tool_result",
  "input_audio",
  "wav",
  "file",
  "text",
  "web_search",
  "pro",
  "AUDIO",
  "data:image/png;base64,AAAA",
  "cache_control",
  "1h",
];
const leaf = fc.oneof(
  fc.constantFrom<unknown>(...WORDS, true, false, null, 0, 1, -1, 1.5, 2 ** 53, 1e300),
  fc.string({ unit: "binary" }),
  fc.integer(),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, depthSize: "medium" },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie("value"), { maxKeys: 6 }),
  ),
}));
const valid = {
  model: "gpt-4o",
  messages: [{ role: "user", content: "Hi" }],
  max_tokens: 5,
  input: "Hi",
  contents: [{ parts: [] }],
  prompt: "Hi",
};

test("bad input C75–C98: whatever stands in a request, it is read into counts or refused with a sentence", () => {
  const operations = (Object.keys(FORMAT_OF) as Operation[]).filter((operation) => operation !== "transcription");
  let readings = 0;
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 8 }), fc.constantFrom(...operations), (fields, operation) => {
      const body = Buffer.from(JSON.stringify({ ...valid, ...fields }));
      const options = FORMAT_OF[operation] === "gemini" ? { modelInPath: "gpt-4o" } : {};
      let reading: ReturnType<typeof readRequest>;
      try {
        reading = readRequest(operation, body, options);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInput);
        expect((error as Error).message).toMatch(/^[^\n]{5,}$/);
        return;
      }
      readings += 1;
      for (const count of [
        reading.input.bound,
        reading.input.likely,
        reading.output.bound,
        reading.output.likely,
        reading.webSearches,
        reading.choices,
      ]) {
        expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
      }
      expect(reading.input.likely).toBeLessThanOrEqual(reading.input.bound);
      expect(dearestTokens(reading).length).toBeGreaterThan(0);
      const changed = Buffer.from(changedBody(body, reading, { model: "gpt-4.1", includeUsage: true }));
      expect(() => JSON.parse(changed.toString())).not.toThrow();
    }),
    { numRuns: 4000 },
  );
  expect(readings).toBeGreaterThan(500);
});

test("bad input C73: a form of any bytes is read or refused with a sentence", () => {
  const piece = fc.constantFrom(
    "--b",
    "--b--",
    "\r\n",
    "\r\n\r\n",
    "Content-Disposition: form-data; ",
    'name="model"',
    'filename="a.mp3"',
    "gpt-4o",
    "\n",
    " ",
    "x",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try {
        readRequest("transcription", Buffer.from(pieces.join("") || "x"), { contentType: "multipart/form-data; boundary=b" });
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInput);
      }
    }),
    { numRuns: 3000 },
  );
});
