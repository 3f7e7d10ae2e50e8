import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dollars as dollarsOfTheCommand } from "../../src/cli/printing/numbers.ts";
import { formatUsd } from "../../src/money.ts";
import { changeShare, count, countShort, dollars, dollarsMore, dollarsShort, duration, percent } from "../../web/src/format/amounts.ts";

const nano = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });

describe("amounts on the pages", () => {
  test("dollars read as the command prints them, with the minus sign of typography", () => {
    fc.assert(
      fc.property(nano, (amount) => {
        const usd = formatUsd(amount);
        expect(dollars(usd)).toBe(dollarsOfTheCommand(usd).replace("-", "−"));
      }),
    );
  });

  test("no amount above nothing reads as nothing", () => {
    fc.assert(fc.property(fc.bigInt({ min: 1n, max: 10n ** 12n }), (amount) => !/^\$0(?:\.0+)?$/.test(dollars(formatUsd(amount)))));
    expect(dollars("0")).toBe("$0.00");
    expect(dollars("0.000000001")).toBe("<$0.0001");
    expect(dollars("0.0038")).toBe("$0.0038");
  });

  test.each([
    ["4.2", "+$4.20"],
    ["-4.2", "−$4.20"],
    ["0", "$0.00"],
  ])("a change of %s reads %s", (usd, text) => expect(dollarsMore(usd)).toBe(text));

  test.each([
    [0, "$0"],
    [0.004, "$0.004"],
    [0.25, "$0.25"],
    [12.4, "$12"],
    [999.6, "$1K"],
    [1_234_567, "$1.2M"],
    [-45, "−$45"],
  ])("on an axis %d reads %s", (usd, text) => expect(dollarsShort(usd)).toBe(text));

  test.each([
    [0, "0", "0"],
    [999, "999", "999"],
    [999_600, "999,600", "1M"],
    [1_234_567, "1,234,567", "1.2M"],
  ])("%d is counted %s, and %s where there is no room", (value, whole, short) => {
    expect(count(value)).toBe(whole);
    expect(countShort(value)).toBe(short);
  });

  test("a change has a share only where there was something before", () => {
    expect(changeShare("3", "2")).toBe(0.5);
    expect(changeShare("3", "0")).toBeUndefined();
    expect(changeShare(null, "2")).toBeUndefined();
    expect(changeShare("3", null)).toBeUndefined();
    expect(percent(-0.123)).toBe("−12.3%");
  });

  test.each([
    [412, "412 ms"],
    [1_830, "1.83 s"],
    [600_000, "10 min"],
    [9_000_000, "2.5 h"],
  ])("%d ms take %s", (ms, text) => expect(duration(ms)).toBe(text));
});
