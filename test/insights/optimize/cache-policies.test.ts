import { expect, test } from "vitest";
import { cacheTermsOf, MOST_BREAKPOINTS } from "../../../src/insights/optimize/caching/cache-policies.ts";

test.each([
  ["claude-fable-5", 512],
  ["claude-opus-5", 512],
  ["claude-opus-4-8", 1024],
  ["claude-sonnet-4-5", 1024],
  ["claude-sonnet-5", 1024],
  ["claude-opus-4-7", 2048],
  ["claude-3-5-haiku", 2048],
  ["claude-opus-4-6", 4096],
  ["claude-haiku-4-5", 4096],
  ["anthropic/claude-opus-4-5", 4096],
  ["gpt-5", 1024],
  ["gemini-2.5-pro", 2048],
  ["gemini-3.5-flash", 4096],
])("%s caches no beginning of fewer than %i tokens", (canonicalModel, minimumTokens) => {
  expect(cacheTermsOf({ canonicalModel }).minimumTokens).toBe(minimumTokens);
});

test("Claude is asked to cache, wherever it is served; others do by themselves, which is no choice between policies", () => {
  expect(cacheTermsOf({ canonicalModel: "claude-sonnet-4-5" })).toMatchObject({ hasBreakpoints: true, policies: { length: 6 } });
  expect(cacheTermsOf({ canonicalModel: "gpt-5" })).toMatchObject({ hasBreakpoints: false, policies: [{ name: "always-5m" }] });
  expect(MOST_BREAKPOINTS).toBe(4);
});
