/** The look for webhooks goes on behind the caller's back: it must never keep a book from closing. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { AlertStore } from "../../src/ledger/alert-delivery.ts";
import { AlertKicking } from "../../src/ledger/alert-kicking.ts";
import { FakeClock } from "../../src/testing/index.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function storeAsked(budgets: AlertStore["budgets"]): AlertStore {
  return { budgets } as AlertStore;
}

it("guarantee G17: a question that the database never answers delays the closing by seconds, not for ever", async () => {
  const kicking = new AlertKicking(
    storeAsked(() => new Promise(() => {})),
    new FakeClock(0),
  );
  kicking.kick();
  let isClosed = false;
  const closing = kicking.close().then(() => {
    isClosed = true;
  });
  await vi.advanceTimersByTimeAsync(4_999);
  expect(isClosed).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await closing;
});

it("closes at once where nothing is under way, and leaves no timer behind", async () => {
  const kicking = new AlertKicking(
    storeAsked(async () => ({ budgets: [], revision: 0 }) as never),
    new FakeClock(0),
  );
  kicking.kick();
  await kicking.close();
  expect(vi.getTimerCount()).toBe(0);
});
