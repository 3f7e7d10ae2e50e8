import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ImportSink } from "../../../src/importers/importer.ts";
import { CsvReader } from "../../../src/importers/reading/csv-rows.ts";
import { JsonDocumentReader, JsonLinesReader, jsonReader } from "../../../src/importers/reading/json-values.ts";

function listeningSink(): { sink: ImportSink; problems: [number, string][] } {
  const problems: [number, string][] = [];
  const refuse = (): never => {
    throw new Error("readers only tell problems");
  };
  return {
    sink: { record: refuse, repeated: refuse, skip: refuse, warning: refuse, problem: (line, reason) => problems.push([line, reason]) },
    problems,
  };
}

/** Feeds bytes in chunks of any size: what is read must not depend on where they are cut. */
function feed(reader: { push(chunk: Buffer): void; end(): void }, text: string, chunkBytes: number): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) reader.push(Buffer.from(bytes.subarray(at, at + chunkBytes)));
  reader.end();
}

const record = fc.dictionary(
  fc.string({ unit: "grapheme", maxLength: 6 }),
  fc.oneof(fc.string({ unit: "binary", maxLength: 8 }), fc.integer(), fc.constant(null), fc.array(fc.boolean())),
  {
    maxKeys: 4,
    noNullPrototype: true,
  },
);
const records = fc.array(record, { maxLength: 6 });
const chunkBytes = fc.integer({ min: 1, max: 40 });

describe("JSON documents", () => {
  test("an array, a page, and objects in a row hold the same records, however they are indented and cut", () => {
    fc.assert(
      fc.property(records, fc.constantFrom(0, 1, 2), chunkBytes, (expected, indent, size) => {
        const layouts = [
          JSON.stringify(expected, null, indent),
          JSON.stringify({ object: "page", nested: { data: [1] }, data: expected, more: [{ a: 1 }], end: "data" }, null, indent),
          expected.map((each) => JSON.stringify(each, null, indent)).join("\n"),
        ];
        for (const text of layouts) {
          const { sink, problems } = listeningSink();
          const found: unknown[] = [];
          feed(new JsonDocumentReader(sink, (value) => found.push(value), ["data"]), text, size);
          expect(found).toEqual(expected);
          expect(problems).toEqual([]);
        }
      }),
    );
  });

  test("each record is told with the line where it begins", () => {
    const { sink } = listeningSink();
    const lines: number[] = [];
    feed(new JsonDocumentReader(sink, (_value, line) => lines.push(line), []), '[\n{"a":\n1},\n\n{"b":2}, {"c":3}]', 7);
    expect(lines).toEqual([2, 5, 5]);
  });

  test("a record that is too long is passed over with its line", () => {
    const { sink, problems } = listeningSink();
    const found: unknown[] = [];
    feed(new JsonDocumentReader(sink, (value) => found.push(value), [], 50), `[{"a":1},\n{"b":"${"x".repeat(100)}"},\n{"c":3}]`, 16);
    expect(found).toEqual([{ a: 1 }, { c: 3 }]);
    expect(problems).toEqual([[2, "a value of 108 bytes is too long to read"]]);
  });

  test("bad-input F189: an array of 200 MB is read in the memory of its largest record", () => {
    const { sink, problems } = listeningSink();
    let count = 0;
    const reader = new JsonDocumentReader(sink, () => count++, []);
    const chunk = Buffer.from(`${JSON.stringify({ text: "y".repeat(2000) })},`.repeat(500));
    reader.push(Buffer.from("["));
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 200; i++) reader.push(chunk);
    reader.push(Buffer.from("{}]"));
    reader.end();
    expect(problems).toEqual([]);
    expect(count).toBe(200 * 500 + 1);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 << 20);
  });
});

describe("JSON lines", () => {
  test("hold the same records wherever they are cut", () => {
    fc.assert(
      fc.property(records, fc.constantFrom("\n", "\r\n", "\n\n"), chunkBytes, (expected, newline, size) => {
        const { sink, problems } = listeningSink();
        const found: unknown[] = [];
        const text = expected.map((each) => JSON.stringify(each)).join(newline);
        const reader = new JsonLinesReader(sink, (value) => found.push(value));
        feed(reader, text, size);
        expect(found).toEqual(expected);
        expect(problems).toEqual([]);
        expect(reader.completeBytes).toBe(Buffer.byteLength(text));
      }),
    );
  });

  test("bad-input F174: a line that is too long is passed over and the next one read", () => {
    const { sink, problems } = listeningSink();
    const found: unknown[] = [];
    feed(new JsonLinesReader(sink, (value) => found.push(value), 0, 50), `{"a":1}\n{"b":"${"x".repeat(100)}"}\n{"c":3}\n`, 16);
    expect(found).toEqual([{ a: 1 }, { c: 3 }]);
    expect(problems).toEqual([[2, "a line of 108 bytes is too long to read"]]);
  });

  test("a page on a line gives its records one by one", () => {
    const { sink } = listeningSink();
    const found: unknown[] = [];
    const text = '{"data":[{"a":1},{"b":2}]}\n{"data":[]}\n{"c":3}\n';
    feed(
      jsonReader(Buffer.from(text), sink, (value) => found.push(value), ["data"]),
      text,
      1000,
    );
    expect(found).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
  });
});

describe("CSV", () => {
  const cell = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 8 }),
    fc.constantFrom('"', ",", ";", "\t", "\n", '""', "=1+1", "a\nb", "x,y"),
  );
  const table = fc
    .integer({ min: 2, max: 4 })
    .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 6 }));
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

  test("bad-input F188: any cells come back, with any delimiter, wherever the file is cut", () => {
    fc.assert(
      fc.property(table, fc.constantFrom(",", ";", "\t"), fc.constantFrom("\n", "\r\n"), chunkBytes, (rows, delimiter, newline, size) => {
        const headings = Array.from({ length: rows[0]?.length ?? 2 }, (_, n) => `Heading ${n}`);
        const heading = headings.join(delimiter) + newline;
        const { sink, problems } = listeningSink();
        const found: unknown[] = [];
        const reader = new CsvReader(sink, () => (row) => found.push(headings.map((name) => row.cell(name))));
        reader.push(Buffer.from(heading));
        feed(reader, rows.map((cells) => cells.map(quoted).join(delimiter)).join(newline), size);
        // Rows without a visible character are blank lines; cells are trimmed.
        const expected = rows.filter((cells) => cells.length > 1).map((cells) => cells.map((each) => each.trim()));
        expect(found).toEqual(expected);
        expect(problems).toEqual([]);
      }),
    );
  });

  const read = (text: string): { rows: (string | undefined)[][]; lines: number[]; problems: [number, string][] } => {
    const { sink, problems } = listeningSink();
    const rows: (string | undefined)[][] = [];
    const lines: number[] = [];
    const visit = (headings: readonly string[]) => (row: { cell(...names: string[]): string | undefined }, line: number) => {
      rows.push(headings.map((name) => row.cell(name)));
      lines.push(line);
    };
    feed(new CsvReader(sink, visit), text, 1000);
    return { rows, lines, problems };
  };

  test("quoted newlines belong to their cell, and lines are still counted", () => {
    const { rows, lines, problems } = read('a,b\n"one\ntwo",1\n\nthree,2\n4\n');
    expect(rows).toEqual([
      ["one\ntwo", "1"],
      ["three", "2"],
    ]);
    expect(lines).toEqual([2, 5]);
    expect(problems).toEqual([[6, "the row has 1 fields where the heading has 2"]]);
  });

  test("a quote inside an unquoted cell is text, and delimiters at the end of a line are nothing", () => {
    expect(read('a,b\n5" disk,1,,\n').rows).toEqual([['5" disk', "1"]]);
  });

  test("a quote that is never closed is told where it was opened", () => {
    const { rows, problems } = read('a,b\n1,2\n"3,4\n5,6\n');
    expect(rows).toEqual([["1", "2"]]);
    expect(problems).toEqual([[3, expect.stringContaining("never closed")]]);
  });

  test("headings are found whatever their case and punctuation, the first of two equal ones", () => {
    const { sink } = listeningSink();
    const found: unknown[] = [];
    const reader = new CsvReader(
      sink,
      () => (row) => found.push(row.cell("input_w_o_cache"), row.cell("missing"), row.cell("missing", "MODEL")),
    );
    feed(reader, "Model,Input (w/o Cache),model\ngpt-5,7,other\n", 1000);
    expect(found).toEqual(["7", undefined, "gpt-5"]);
  });
});
