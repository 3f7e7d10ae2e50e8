import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidInput } from "../../src/errors.ts";
import { scanJson } from "../../src/providers/requests/json-scan.ts";

const accepts = (text: string | Buffer): boolean => {
  try {
    scanJson(Buffer.from(text as string));
    return true;
  } catch (error) {
    if (error instanceof InvalidInput) return false;
    throw error;
  }
};
const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
/** Puts `text` at another place of a larger buffer, as bodies are: words of memory then begin elsewhere in it. */
const shifted = (text: string, by: number): Buffer => {
  const bytes = Buffer.from(text);
  const memory = Buffer.alloc(bytes.length + 16, 0x22);
  bytes.copy(memory, by);
  return memory.subarray(by, by + bytes.length);
};

describe("scanning JSON", () => {
  test("bad input C73: what is accepted is what JSON.parse accepts, for valid documents and ones with one wrong byte", () => {
    const documents = fc.json({ maxDepth: 6, stringUnit: "binary" });
    const mutations = fc.tuple(documents, fc.nat(), fc.constantFrom(...'{}[]",:\\0-.eE+tfnu \n\t\u0001a1', "", "\u00e9"));
    fc.assert(
      fc.property(mutations, ([text, at, insert]) => {
        // Through bytes and back: lone surrogates can't be sent.
        const sent = Buffer.from(text).toString();
        expect(accepts(sent)).toBe(true);
        const place = at % (sent.length + 1);
        for (const changed of [sent.slice(0, place) + insert + sent.slice(place), sent.slice(0, place) + insert + sent.slice(place + 1)]) {
          const bytes = Buffer.from(changed).toString();
          expect(accepts(bytes), bytes).toBe(parses(bytes));
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("bad input C73: numbers, words and texts that are almost JSON are refused", () => {
    const wrong = [
      "01",
      "+1",
      ".5",
      "1.",
      "1e",
      "-",
      "NaN",
      "Infinity",
      "tru",
      "nulll",
      "'a'",
      '"a',
      '"\\x"',
      '"\\u12g4"',
      '"\u0001"',
      '"a\nb"',
    ];
    const structure = ["", " ", "{", "[1,]", '{"a":1,}', '{"a"}', "{a:1}", "[1 2]", "[1]]", '{"a":1 "b":2}', "\ufeff{}", "{}x", ",", "[,]"];
    for (const text of [...wrong, ...structure]) expect(accepts(text), text).toBe(parses(text));
    expect([...wrong, ...structure].filter(accepts)).toEqual([]);
  });

  test("long texts are passed at any place in memory, and every byte in them counts", () => {
    for (let by = 0; by < 8; by++) {
      for (let length = 0; length < 40; length++) {
        const plain = "é".repeat(3) + "x".repeat(length);
        const document = scanJson(shifted(`["${plain}",1]`, by));
        expect(document.text(1)).toBe(plain);
        expect(document.number(2)).toBe(1);
        for (const [wrong, isFine] of [
          ["\u0001", false],
          ["\n", false],
          ["\u007f", true],
          ["\\n", true],
          ["\\q", false],
        ] as const) {
          const text = `["${plain}${wrong}${plain}"]`;
          expect(accepts(shifted(text, by)), JSON.stringify(text)).toBe(isFine);
        }
      }
    }
  });

  test("bad input C76: 64 levels are read and 65, 100,000 and 5,000,000 refused", () => {
    const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
    expect(accepts(nested(64))).toBe(true);
    expect(accepts('{"a":'.repeat(64).concat("1", "}".repeat(64)))).toBe(true);
    for (const levels of [65, 100_000, 5_000_000])
      expect(() => scanJson(Buffer.from(nested(levels)))).toThrow(/nested deeper than 64 levels/);
  });

  test("security S11: an object has at most 10,000 fields, a list 100,000 items, a text 16 MB, the whole a million values", () => {
    const fields = (count: number): string => `{${Array.from({ length: count }, (_, i) => `"k${i}":0`).join()}}`;
    const items = (count: number, item = "0"): string => `[${Array(count).fill(item).join()}]`;
    expect(accepts(fields(10_000))).toBe(true);
    expect(() => scanJson(Buffer.from(fields(10_001)))).toThrow(/more than 10000 fields/);
    expect(accepts(items(100_000))).toBe(true);
    expect(() => scanJson(Buffer.from(items(100_001)))).toThrow(/more than 100000 items/);
    expect(() => scanJson(Buffer.from(items(20, items(60_000))))).toThrow(/more than 1000000 values/);
    const text = Buffer.alloc(16 * 1024 * 1024 + 2, "a");
    text[0] = text[text.length - 1] = 0x22;
    expect(accepts(text)).toBe(true);
    expect(() => scanJson(Buffer.concat([Buffer.from('["a'), text.subarray(1), Buffer.from("]")]))).toThrow(/text of more than/);
  });

  test("bad input C79: text in another encoding is refused, escapes of all kinds are read", () => {
    expect(() => scanJson(Buffer.from('{"a":1}', "utf16le"))).toThrow(InvalidInput);
    expect(() => scanJson(Buffer.from([0x22, 0xff, 0xfe, 0x22]))).toThrow(/not UTF-8/);
    const document = scanJson(Buffer.from('{"\\u006dodel":"a\\ud83d\\ude00\\u0000\\/"}'));
    expect(document.field(0, "model")).toBe(2);
    expect(document.text(2)).toBe("a😀\u0000/");
    expect(accepts('"\\ud800"')).toBe(true);
  });

  test("a value is found where it stands, whatever stands around it", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 8 }), (object) => {
        const text = Buffer.from(JSON.stringify(object, null, 1)).toString();
        const expected = JSON.parse(text) as Record<string, unknown>;
        const document = scanJson(Buffer.from(text));
        const found = [...document.fields(0)].map(([name, node]) => [name, JSON.parse(document.source(node))]);
        expect(new Map(found as [string, unknown][])).toEqual(new Map(Object.entries(expected)));
      }),
      { numRuns: 500 },
    );
  });
});
