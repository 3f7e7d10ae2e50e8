import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { localDayStart, parseDay } from "../../src/usage/index.ts";
import { bucketText } from "../../web/src/charts/time-axis.ts";
import { type Amount, sumOf } from "../../web/src/views/rhythm/amounts.ts";
import { componentFigures } from "../../web/src/views/rhythm/component-figures.ts";
import { phaseSentence, rhythmSentence } from "../../web/src/views/rhythm/rhythm-words.ts";
import { choiceWords, chosen, seriesChoices } from "../../web/src/views/rhythm/series-choice.ts";
import { marksOf } from "../../web/src/views/rhythm/stand-outs.ts";
import { cellText, weekCells } from "../../web/src/views/rhythm/week-cells.ts";
import { analysisDocument, seriesDocument } from "./made-documents.ts";

const HOUR_MS = 3_600_000;

/** The beginnings of all hours of local days, both included. */
function hoursOf(start: string, end: string, timeZone: string): string[] {
  const endMs = localDayStart(parseDay(end) + 24 * HOUR_MS, timeZone);
  const hours: string[] = [];
  for (let at = localDayStart(parseDay(start), timeZone); at < endMs; at += HOUR_MS) hours.push(new Date(at).toISOString());
  return hours;
}

const usdAmounts = (length: number) =>
  fc.array(
    fc.bigInt({ min: -5_000_000_000n, max: 9_000_000_000_000n }).map((nano) => sumOf([Number(nano) / 1e9], "usd")),
    { minLength: length, maxLength: length },
  );

describe("the average week", () => {
  test.each(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])(
    "in %s, the sums of its cells are the sum of the series, to the last digit",
    (timeZone) => {
      const buckets = hoursOf("2026-03-20", "2026-04-10", timeZone);
      fc.assert(
        fc.property(usdAmounts(buckets.length), (values) => {
          const cells = weekCells({ buckets, values, bucket: "hour", unit: "usd" }, timeZone).flat();
          expect(
            sumOf(
              cells.map(({ sum }) => sum),
              "usd",
            ),
          ).toBe(sumOf(values, "usd"));
          expect(cells.reduce((all, { buckets: many }) => all + many, 0)).toBe(buckets.length);
        }),
        { numRuns: 20 },
      );
    },
  );

  test("every cell's hour is the one on the wall in Berlin, in winter and in summer", () => {
    const buckets = hoursOf("2026-03-23", "2026-04-05", "Europe/Berlin");
    // 09:00 of Wednesday 25 March is 08:00 UTC, 09:00 of Wednesday 1 April 07:00 UTC.
    const values = buckets.map((start): Amount => (["2026-03-25T08:00:00.000Z", "2026-04-01T07:00:00.000Z"].includes(start) ? "1.5" : "0"));
    const cells = weekCells({ buckets, values, bucket: "hour", unit: "usd" }, "Europe/Berlin");
    expect(cells[2]?.[9]).toEqual({ buckets: 2, sum: "3", mean: "1.5" });
    expect(cells.flat().filter(({ sum }) => sum !== "0")).toHaveLength(1);
  });

  test("the hour that the spring leaves out in Berlin is missing from that week, and unknown where there is no other", () => {
    const buckets = hoursOf("2026-03-23", "2026-03-29", "Europe/Berlin");
    const cells = weekCells({ buckets, values: buckets.map(() => "1"), bucket: "hour", unit: "usd" }, "Europe/Berlin");
    expect(buckets).toHaveLength(7 * 24 - 1);
    expect(cells[6]?.[2]).toEqual({ buckets: 0, sum: "0", mean: null });
    expect(cells.flat().filter(({ mean }) => mean === null)).toHaveLength(1);
  });

  test("the hour that comes twice in autumn in Berlin counts twice", () => {
    const buckets = hoursOf("2026-10-19", "2026-10-25", "Europe/Berlin");
    const cells = weekCells({ buckets, values: buckets.map(() => "1"), bucket: "hour", unit: "usd" }, "Europe/Berlin");
    expect(cells[6]?.[2]).toEqual({ buckets: 2, sum: "2", mean: "1" });
    expect(cells.flat().filter(({ buckets: many }) => many !== 1)).toHaveLength(1);
  });

  test("its cells are the hours that the charts name", () => {
    const timeZone = "Europe/Berlin";
    for (const start of hoursOf("2026-10-24", "2026-10-26", timeZone)) {
      const cells = weekCells({ buckets: [start], values: ["1"], bucket: "hour", unit: "usd" }, timeZone);
      const weekday = cells.findIndex((row) => row.some(({ buckets }) => buckets === 1));
      const hour = cells[weekday]?.findIndex(({ buckets }) => buckets === 1) as number;
      const told = cellText({ buckets: 1, sum: "1", mean: "1" }, weekday, hour, "usd");
      const [day = "", time = ""] = [told.slice(0, 3), told.slice(told.indexOf(",") + 2, told.indexOf(":00") + 3)];
      expect(bucketText(Date.parse(start), "hour", timeZone)).toMatch(new RegExp(`^${day} .*, ${time}`));
    }
  });

  test("of days there is one cell for each weekday", () => {
    const buckets = ["2026-03-28", "2026-03-29", "2026-03-30"].map((day) =>
      new Date(localDayStart(parseDay(day), "Europe/Berlin")).toISOString(),
    );
    const cells = weekCells({ buckets, values: [10, 20, 30], bucket: "day", unit: "tokens" }, "Europe/Berlin");
    expect(cells.map(([cell]) => cell?.sum)).toEqual([30, 0, 0, 0, 0, 10, 20]);
    expect(cells.map(([cell]) => cell?.mean ?? null)).toEqual([30, null, null, null, null, 10, 20]);
  });
});

describe("a series taken apart", () => {
  const flat = Array.from({ length: 200 }, (_, index) => String(index === 77 ? 41.28 : 0.5 + (index % 10) / 10));
  const zeros = flat.map(() => "0");
  const parts = { values: flat, trend: zeros, oscillation: zeros, noise: flat, levels: 3 };

  test("its three charts hold the exact texts of the document, cut off or not", () => {
    for (const isCut of [true, false]) {
      const [spending, oscillation, noise] = componentFigures(parts, { isCut, isPriced: true });
      expect(spending?.series[0]?.exact).toEqual(parts.values);
      expect(spending?.series[1]?.exact).toEqual(parts.trend);
      expect(oscillation?.series[0]?.exact).toEqual(parts.oscillation);
      expect(noise?.series[0]?.exact).toEqual(parts.noise);
    }
  });

  test("what would press all others flat is cut off, and how much is told", () => {
    const [spending] = componentFigures(parts, { isCut: true, isPriced: true });
    expect(spending?.cut).toMatchObject({ values: 1, farthest: "41.28" });
    const drawn = (spending?.series[0]?.values ?? []).map(Number);
    expect(Math.max(...drawn)).toBe(spending?.cut?.at);
    expect(componentFigures(parts, { isCut: false, isPriced: true }).map(({ cut }) => cut)).toEqual([undefined, undefined, undefined]);
  });

  test("where nothing is far higher than the rest, everything is drawn", () => {
    const even = { ...parts, values: zeros.map((_, index) => String(1 + (index % 3))) };
    expect(componentFigures(even, { isCut: true, isPriced: true })[0]?.cut).toBeUndefined();
  });
});

describe("whose series", () => {
  const document = analysisDocument({
    series: [
      seriesDocument({ name: "total" }),
      seriesDocument({ name: null }),
      seriesDocument({ name: "gpt-5" }),
      seriesDocument({ names: 4 }),
    ],
  });
  const choices = seriesChoices(document);

  test("every choice is found again by what it puts into the address, a name like the whole's too", () => {
    for (const choice of choices) {
      const words: Record<string, string | undefined> = choiceWords(choice.value);
      expect(chosen(choices, (name) => words[name])).toBe(choice);
    }
    expect(new Set(choices.map(({ value }) => value)).size).toBe(choices.length);
  });

  test("a name that these days don't have is no other", () => {
    expect(chosen(choices, (name) => (name === "series" ? "gone" : undefined))).toBeUndefined();
  });
});

describe("the words of the tests", () => {
  const phase = { direction: "rising", volatile: true, percent_per_week: 2.46, p: 0.001 } as const;
  const values = Array.from({ length: 56 }, () => "1");
  const components = { values, trend: values, oscillation: values, noise: values, levels: 1 };

  test.each([
    [{}, "Spending rises 2.5 % a week (p = 0.001), with wide swings."],
    [{ phase: { ...phase, direction: "falling", percent_per_week: -12.3 } }, "Spending falls 12 % a week (p = 0.001), with wide swings."],
    [{ phase: { direction: "steady", volatile: false, percent_per_week: 0.1, p: 0.4 } }, "Spending is steady: no trend (p = 0.40)."],
    [{ insufficient: "fewer than two weeks" }, "Nothing is said of trend and rhythm: fewer than two weeks."],
  ] as const)("a phase is told as the command tells it", (part, sentence) => {
    expect(phaseSentence(seriesDocument({ phase, components, ...part }), "Spending", "day")).toBe(sentence);
  });

  test("a rhythm that was not found claims nothing", () => {
    const rhythm = { name: "weekly", period_seconds: 604_800, p: 0.3, strength: null, peak: null, peak_excess: null };
    expect(rhythmSentence({ ...rhythm, found: false }, "usd")).toBe("Not found: chance alone may make as much (p = 0.30).");
    expect(rhythmSentence({ ...rhythm, found: true, p: 1e-9, peak: "Monday", peak_excess: "5.67392" }, "usd")).toBe(
      "Found (p < 0.001): Mondays cost $5.67 more than other days.",
    );
  });

  test("what stands out and where the level changes is marked at its time, in the zone of the book", () => {
    const series = seriesDocument({
      anomalies: [
        {
          start: "2026-10-29T20:00:00.000Z",
          end: "2026-10-29T21:00:00.000Z",
          value: "41.28",
          expected: "0",
          impact: "41.28",
          p: 0.004,
          causes: [],
        },
      ],
      change_points: [{ at: "2026-10-01T22:00:00.000Z", before: "1", after: "2" }],
    });
    const marks = marksOf(series, { unit: "usd", bucket: "hour", timeZone: "Europe/Berlin" });
    expect(marks.map(({ timeMs }) => timeMs)).toEqual([Date.parse("2026-10-01T22:00:00Z"), Date.parse("2026-10-29T20:00:00Z")]);
    expect(marks.map(({ label }) => label)).toEqual([
      "2 Oct, 00:00: another level, $1.00 per hour before, $2.00 after",
      "29 Oct, 21:00: $41.28 stands out, $0.00 was to be expected",
    ]);
  });
});
