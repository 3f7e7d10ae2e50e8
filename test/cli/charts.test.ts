/** Charts in the terminal: numbers in, text out. */
import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import type { ScreenStyle } from "../../src/cli/printing/answer.ts";
import { brailleLines } from "../../src/cli/printing/braille-lines.ts";
import { heatMap } from "../../src/cli/printing/heat-map.ts";
import { lineChart } from "../../src/cli/printing/line-chart.ts";
import { timeAxis } from "../../src/cli/printing/time-axis.ts";
import { waterfall } from "../../src/cli/printing/waterfall.ts";

const plain = (text: string): string => text;
const style = (width = 80): ScreenStyle => ({ width, bold: plain, dim: plain, warn: plain, good: plain, bad: plain });
const painted = (width = 80): ScreenStyle => ({
  width,
  bold: (text) => `<b ${text}>`,
  dim: plain,
  warn: (text) => `<warn ${text}>`,
  good: (text) => `<good ${text}>`,
  bad: (text) => `<bad ${text}>`,
});
const dollars = (value: number): string => `$${value.toFixed(2)}`;
const DAY_MS = 86_400_000;
const may = (days: number, stepMs = DAY_MS): number[] => Array.from({ length: days }, (_, i) => Date.UTC(2026, 4, 1) + i * stepMs);

const widestOf = (text: string): number => Math.max(0, ...text.split("\n").map((line) => stringWidth(line)));

/** Which of a character's eight dots are set, as a set of "x,y" over all lines. */
function dotsIn(lines: readonly string[]): Set<string> {
  const bits = [0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80];
  const dots = new Set<string>();
  lines.forEach((line, row) => {
    [...line].forEach((character, column) => {
      const code = character === " " ? 0 : (character.codePointAt(0) as number) - 0x2800;
      bits.forEach((bit, i) => {
        if (code & bit) dots.add(`${column * 2 + (i >> 2)},${row * 4 + (i & 3)}`);
      });
    });
  });
  return dots;
}

describe("braille lines", () => {
  it("a rising line goes from the lowest dot on the left to the highest on the right", () => {
    const dots = dotsIn(brailleLines([{ values: [0, 1, 2, 3, 4, 5, 6, 7] }], { columns: 4, rows: 2, low: 0, high: 7 }));
    expect([...dots].sort()).toEqual(["0,7", "1,6", "2,5", "3,4", "4,3", "5,2", "6,1", "7,0"]);
  });

  it("every value is within a dot of its place, and every column of dots has one, whatever the values", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 2, maxLength: 300 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 8 }),
        (values, columns, rows) => {
          const [low, high] = [Math.min(...values), Math.max(...values)];
          const lines = brailleLines([{ values }], { columns, rows, low, high });
          const dots = dotsIn(lines);
          expect(lines.map((line) => line.length)).toEqual(Array.from({ length: rows }, () => columns));
          for (let x = 0; x < columns * 2; x++) expect([...dots].some((dot) => dot.startsWith(`${x},`))).toBe(true);
          values.forEach((value, i) => {
            const x = Math.round((i * (columns * 2 - 1)) / (values.length - 1));
            const y = high > low ? Math.round(((high - value) / (high - low)) * (rows * 4 - 1)) : Math.round(0.5 * (rows * 4 - 1));
            expect(dots).toContain(`${x},${y}`);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it("a flat line, and zeros, stand in the middle; one point is one dot", () => {
    expect(brailleLines([{ values: [3, 3] }], { columns: 3, rows: 1, low: 3, high: 3 })).toEqual(["⠤⠤⠤"]);
    expect(brailleLines([{ values: [0, 0, 0] }], { columns: 3, rows: 1, low: 0, high: 0 })).toEqual(["⠤⠤⠤"]);
    expect(dotsIn(brailleLines([{ values: [5] }], { columns: 3, rows: 1, low: 0, high: 10 })).size).toBe(1);
  });

  it("what is not known leaves a gap; NaN is never drawn", () => {
    const lines = brailleLines([{ values: [1, 1, null, 1, Number.NaN, Number.POSITIVE_INFINITY] }], {
      columns: 3,
      rows: 1,
      low: 0,
      high: 2,
    });
    expect([...dotsIn(lines)].map((dot) => Number(dot.split(",")[0])).sort()).toEqual([0, 1, 3]);
    expect(brailleLines([{ values: [] }, { values: [null] }], { columns: 3, rows: 1, low: 0, high: 1 })).toEqual(["   "]);
  });

  it("a dotted line has a dot in every third column only", () => {
    const lines = brailleLines([{ values: [1, 1], dotted: true }], { columns: 6, rows: 1, low: 0, high: 2 });
    expect([...dotsIn(lines)].map((dot) => Number(dot.split(",")[0]))).toEqual([0, 3, 6, 9]);
  });

  it("a later curve takes the characters that it crosses, and each is painted as its own", () => {
    const frame = { columns: 2, rows: 1, low: 0, high: 3 };
    const cross = brailleLines([{ values: [3, 3] }, { values: [null, 0] }], frame, (text, curve) => `<${curve}${text}>`);
    expect(cross).toEqual(["<0⠉><1⢀>"]);
  });
});

describe("panels over an axis of time", () => {
  const panels = [
    { title: "spending by day", curves: [{ values: [1, 2, 3, 2, 1, 5, 4] }], rows: 4, include: [0] },
    { title: "noise: the rest", curves: [{ values: [-1, 0, 1, 0, -1, 2, 0] }], rows: 3 },
  ];
  const options = { localMs: may(7), amountText: dollars };

  it("has the range of each panel beside it, curves under each other, and dates below", () => {
    const lines = lineChart(panels, style(50), options).split("\n");
    expect(lines[0]).toBe("spending by day");
    expect(lines[1]?.startsWith(" $5.00 ┤")).toBe(true);
    expect(lines[4]?.startsWith(" $0.00 ┤")).toBe(true);
    expect(lines[6]?.startsWith(" $2.00 ┤")).toBe(true);
    expect(lines[8]?.startsWith("$-1.00 ┤")).toBe(true);
    expect(lines[9]).toMatch(/╵May 1 +╵May 3 +╵May 5/);
    expect(new Set(lines.slice(1, 5).map((line) => line.indexOf("┤")))).toEqual(new Set([7]));
  });

  it.each([40, 41, 60, 80, 120, 200, Number.POSITIVE_INFINITY])(
    "in %d columns no line is wider, and none beyond what an eye follows",
    (width) => {
      const text = lineChart(panels, style(width), options);
      expect(text).not.toBe("");
      expect(widestOf(text)).toBeLessThanOrEqual(Math.min(width, 100));
    },
  );

  it("where there is no room, or nothing known, there is no chart", () => {
    expect(lineChart(panels, style(18), options)).toBe("");
    expect(
      lineChart([{ title: "nothing", curves: [{ values: [null, Number.NaN] }], rows: 2 }], style(), {
        localMs: may(2),
        amountText: dollars,
      }),
    ).toBe("");
    expect(lineChart([{ title: "nothing", curves: [{ values: [] }], rows: 2 }], style(), { localMs: [], amountText: dollars })).toBe("");
  });

  it("a flat panel tells its one value once", () => {
    const text = lineChart([{ title: "flat", curves: [{ values: [7, 7, 7] }], rows: 3 }], style(), {
      localMs: may(3),
      amountText: dollars,
    });
    expect(text.match(/\$7\.00/g)).toHaveLength(1);
    expect(text).not.toContain("NaN");
  });
});

describe("the axis of time", () => {
  it("has as fine dates as fit: days, then Mondays, then months, then years", () => {
    expect(timeAxis(may(7), 70)).toMatch(/^╵May 1 +╵May 2 +╵May 3 +╵May 4 +╵May 5 +╵May 6/);
    expect(timeAxis(may(7), 40)).toMatch(/^╵May 1 +╵May 3 +╵May 5 *$/);
    expect(timeAxis(may(56), 80)).toContain("╵May 4");
    expect(timeAxis(may(56), 80)).not.toContain("May 5");
    expect(timeAxis(may(365), 80)).toContain("╵Jun");
    expect(timeAxis(may(365), 80)).toContain("╵2027");
    expect(timeAxis(may(4000), 80)).toMatch(/╵2027.*╵2030/);
    expect(timeAxis(may(48, 3_600_000), 80)).toMatch(/^╵May 1.*╵12:00.*╵May 2.*╵12:00/);
  });

  it("labels neither touch nor pass the edge, and each stands at its own value", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 0, max: 400 }),
        (length, columns, first) => {
          const localMs = Array.from({ length }, (_, i) => (first * 24 + i) * 3_600_000);
          const line = timeAxis(localMs, columns);
          expect(line.length).toBeLessThanOrEqual(columns);
          expect(line).not.toMatch(/[^ ]╵/);
        },
      ),
      { numRuns: 200 },
    );
    expect(timeAxis([], 50)).toBe("");
  });
});

describe("the heat map", () => {
  const week = (value: (day: number, hour: number) => number | null): (number | null)[][] =>
    Array.from({ length: 7 }, (_, day) => Array.from({ length: 24 }, (_, hour) => value(day, hour)));
  const options = { amountText: dollars };

  it("is the darker, the more; unknown hours are blank, free ones a dot", () => {
    const text = heatMap(
      week((day, hour) => (day === 6 ? null : hour < 8 ? 0 : day + 1)),
      style(),
      options,
    );
    const lines = text.split("\n");
    expect(lines[0]).toBe("     00    03    06    09    12    15    18    21");
    expect(lines[1]).toMatch(/^Mon {2}(· ){8}(░░){16}$/);
    expect(lines[6]).toMatch(/^Sat {2}(· ){8}(██){16}$/);
    expect(lines[7]).toBe("Sun");
    expect(text).toContain("░ to $2.00   ▒ to $3.00   ▓ to $5.00   █ to $6.00");
  });

  it("one dear hour does not make all others pale", () => {
    const text = heatMap(
      week((day, hour) => (day === 0 && hour === 3 ? 1000 : hour + 1)),
      style(),
      options,
    );
    for (const shade of ["░", "▒", "▓", "█"]) expect(text.split(shade).length).toBeGreaterThan(20);
  });

  it("hours that all cost the same have one shade, told once", () => {
    const text = heatMap(
      week(() => 2),
      style(),
      options,
    );
    expect(text).toContain("░ to $2.00\n");
    expect(text).not.toContain("▒");
  });

  it("the colour says what the shade says", () => {
    const text = heatMap(
      week((day) => day + 1),
      painted(),
      options,
    );
    expect(text).toContain("<bad ██>");
    expect(text).toContain("<warn ▓▓>");
  });

  it.each([29, 40, 52, 53, 60, 80, 200])("in %i columns no line is wider", (width) => {
    const text = heatMap(
      week((day, hour) => day * 1000 + hour),
      style(width),
      options,
    );
    expect(text).not.toBe("");
    expect(widestOf(text)).toBeLessThanOrEqual(width);
  });

  it("where there is no room, or nothing was spent, there is none", () => {
    expect(
      heatMap(
        week(() => 1),
        style(28),
        options,
      ),
    ).toBe("");
    expect(
      heatMap(
        week(() => 0),
        style(),
        options,
      ),
    ).toBe("");
    expect(
      heatMap(
        week(() => null),
        style(),
        options,
      ),
    ).toBe("");
    expect(
      heatMap(
        week(() => Number.NaN),
        style(),
        options,
      ),
    ).toBe("");
  });
});

describe("the waterfall", () => {
  const step = (label: string, amount: number, isTotal = false) => ({ label, amount, text: dollars(amount), isTotal });
  const steps = [step("April", 40, true), step("number of calls", 30), step("prices", -20), step("May", 50, true)];
  const barOf = (line: string): [number, number] => {
    const bar = line.slice(0, line.lastIndexOf("  "));
    const first = bar.search(/[█▌▐]/);
    return [first, Math.max(bar.lastIndexOf("█"), bar.lastIndexOf("▌"), bar.lastIndexOf("▐"))];
  };

  it("each bar begins where the one before ended, and the last total reaches as far as they lead", () => {
    const lines = waterfall(steps, style(60)).trimEnd().split("\n");
    const [april, calls, prices, may] = lines.map(barOf) as [[number, number], [number, number], [number, number], [number, number]];
    expect(april[0]).toBe(may[0]);
    expect(Math.abs(calls[0] - april[1])).toBeLessThanOrEqual(1);
    expect(Math.abs(prices[1] - calls[1])).toBeLessThanOrEqual(1);
    expect(Math.abs(prices[0] - may[1])).toBeLessThanOrEqual(1);
    expect(lines.map((line) => line.slice(-7).trim())).toEqual(["$40.00", "$30.00", "$-20.00", "$50.00"]);
  });

  it("what all have in common is cut off where the steps would hardly show, and the totals say so", () => {
    const lines = waterfall([step("April", 1000, true), step("calls", 30), step("prices", -10), step("May", 1020, true)], style(60)).split(
      "\n",
    );
    expect(lines.map((line) => line.slice(8, 9))).toEqual(["≈", " ", " ", "≈", ""]);
    const [april, calls, prices, may] = lines.slice(0, 4).map(barOf) as [
      [number, number],
      [number, number],
      [number, number],
      [number, number],
    ];
    expect(calls[1] - calls[0]).toBeGreaterThan(20);
    expect(Math.abs(calls[0] - april[1])).toBeLessThanOrEqual(1);
    expect(Math.abs(prices[0] - may[1])).toBeLessThanOrEqual(1);
    expect(waterfall([step("a", 7, true), step("b", 7, true)], style(60))).not.toContain("≈");
  });

  it("what rises is painted as bad, what falls as good", () => {
    const text = waterfall(steps, painted(60));
    expect(text).toMatch(/number of calls +<bad /);
    expect(text).toMatch(/prices +<good /);
  });

  it("below nothing and back, a step too small to see, and no step at all", () => {
    const text = waterfall(
      [step("a", -5, true), step("up", 15), step("tiny", 0.0001), step("none", 0), step("b", 10.0001, true)],
      style(60),
    );
    const lines = text.trimEnd().split("\n");
    expect(barOf(lines[0] as string)[0]).toBeLessThan(barOf(lines[4] as string)[0]);
    expect(lines[2]).toMatch(/[▌▐]/);
    expect(lines[3]).not.toMatch(/[█▌▐]/);
    expect(text).not.toContain("NaN");
    expect(waterfall([step("a", 0, true), step("b", 0, true)], style(60))).toBe(
      `a${" ".repeat(60 - 6)}$0.00\nb${" ".repeat(60 - 6)}$0.00\n`,
    );
    expect(waterfall([], style())).toBe("");
  });

  it.each([40, 60, 80, 200, Number.POSITIVE_INFINITY])("in %d columns no line is wider", (width) => {
    expect(widestOf(waterfall(steps, style(width)))).toBeLessThanOrEqual(Math.min(width, 100));
    expect(waterfall(steps, style(width))).toContain("█");
  });

  it("without room for bars, labels and amounts stay", () => {
    expect(waterfall(steps, style(25))).toBe(
      "April             $40.00\nnumber of calls   $30.00\nprices           $-20.00\nMay               $50.00\n",
    );
  });

  it("bars fill no more than their share, whatever the amounts", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 8 }),
        fc.integer({ min: 30, max: 110 }),
        (amounts, width) => {
          const text = waterfall([step("from", 100, true), ...amounts.map((amount, i) => step(`step ${i}`, amount))], style(width));
          expect(widestOf(text)).toBeLessThanOrEqual(width);
          expect(text).not.toContain("NaN");
        },
      ),
      { numRuns: 100 },
    );
  });
});
