import { expect, test } from "vitest";
import { FakeClock } from "../../src/testing/index.ts";

test("time passes only when told to, on both clocks", () => {
  const clock = new FakeClock(1000);
  expect([clock.now(), clock.monotonic()]).toEqual([1000, 0]);
  clock.advance(250);
  expect([clock.now(), clock.monotonic()]).toEqual([1250, 250]);
  expect(new FakeClock().now()).toBe(0);
});

test("a wall clock that is set, forwards or back, leaves durations alone", () => {
  const clock = new FakeClock(1000);
  clock.advance(5);
  clock.set(10);
  expect([clock.now(), clock.monotonic()]).toEqual([10, 5]);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])("%s is no time", (ms) => {
  const clock = new FakeClock();
  expect(() => new FakeClock(ms)).toThrow(/milliseconds/);
  expect(() => clock.advance(ms)).toThrow(/milliseconds/);
  expect(() => clock.set(ms)).toThrow(/milliseconds/);
  expect(() => clock.advance(-1)).toThrow(/backwards/);
  expect(clock.now()).toBe(0);
});
