import { expect, test } from "vitest";
import { ENGINE_EVENTS, Sometimes, simulateEngine } from "../../src/testing/index.ts";

const SEEDS = 15_000;

test(`simulation: ${SEEDS} lives of pools and windows, safe and conserving in every state, all events reached`, {
  timeout: 180_000,
}, () => {
  const events = new Sometimes(ENGINE_EVENTS);
  for (let seed = 1; seed <= SEEDS; seed++) events.add(simulateEngine(seed));
  expect(events.missed()).toEqual([]);
});
