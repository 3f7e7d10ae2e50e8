import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { readLines } from "../../../src/importers/reading/lines.ts";
import { tailHashAt } from "../../../src/importers/reading/tail-hash.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-lines-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Reading {
  lines: string[];
  unfinished: string[];
  overlong: [line: number, bytes: number][];
  checkpoints: { offset: number; line: number; tailHash: string }[];
}

function read(
  path: string,
  options: { offset?: number; state?: string; toEnd?: boolean; maxLineBytes?: number; ignores?: boolean } = {},
): Reading {
  const reading: Reading = { lines: [], unfinished: [], overlong: [], checkpoints: [] };
  const { size, mtimeMs } = statSync(path);
  const file = { path, size, modifiedMs: mtimeMs, offset: options.offset ?? 0, state: options.state };
  const handler = {
    line: (window: Buffer, start: number, end: number) => reading.lines.push(window.toString("utf8", start, end)),
    unfinished: (window: Buffer, start: number, end: number) => reading.unfinished.push(window.toString("utf8", start, end)),
    overlong: (line: number, bytes: number) => reading.overlong.push([line, bytes]),
    ignores: () => options.ignores === true,
  };
  for (const position of readLines(file, handler, options.toEnd, options.maxLineBytes)) reading.checkpoints.push(position);
  return reading;
}

const put = (text: string | Uint8Array, name = "log"): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe("lines of a file", () => {
  test("are what splitting at newlines gives, from any earlier checkpoint on", () => {
    const text = fc
      .array(fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.constantFrom("\n", "\n\n", "x".repeat(3000))))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, fc.nat(), (content, at) => {
        const path = put(content);
        const parts = content.split("\n");
        const rest = parts.pop() as string;
        const whole = read(path);
        expect(whole.lines).toEqual(parts);
        expect(whole.unfinished).toEqual(rest === "" ? [] : [rest]);
        expect(whole.checkpoints.at(-1)).toMatchObject({
          offset: Buffer.byteLength(content) - Buffer.byteLength(rest),
          line: parts.length,
        });
        expect(read(path, { toEnd: true }).lines).toEqual(rest === "" ? parts : [...parts, rest]);
        const done = at % (parts.length + 1);
        const offset = Buffer.byteLength(
          parts
            .slice(0, done)
            .map((part) => `${part}\n`)
            .join(""),
        );
        expect(read(path, { offset, state: String(done) }).lines).toEqual(parts.slice(done));
      }),
    );
  });

  test("windows end where they will: a file of many megabytes comes in whole lines, with a fingerprint at each checkpoint", () => {
    const lines = Array.from({ length: 3000 }, (_, index) => `${index} ${"é".repeat(index % 1500)}`);
    const path = put(lines.map((line) => `${line}\n`).join(""));
    const { checkpoints, ...reading } = read(path);
    expect(reading.lines).toEqual(lines);
    expect(checkpoints.length).toBeGreaterThan(3);
    for (const { offset, tailHash } of checkpoints) expect(tailHash).toBe(tailHashAt(path, offset));
  });

  test("bad-input F174: a line that is longer than allowed is passed over and told, its neighbours are read", () => {
    const path = put(`first\n${"x".repeat(6 << 20)}\nlast\n${"y".repeat(5 << 20)}`);
    const reading = read(path, { maxLineBytes: 4 << 20 });
    expect(reading.lines).toEqual(["first", "last"]);
    expect(reading.overlong).toEqual([[2, 6 << 20]]);
    expect(reading.unfinished).toEqual([]);
    expect(reading.checkpoints.at(-1)).toMatchObject({ offset: 6 + (6 << 20) + 1 + 5, line: 3 });
    expect(read(path, { maxLineBytes: 4 << 20, toEnd: true }).overlong).toEqual([
      [2, 6 << 20],
      [4, 5 << 20],
    ]);
  });

  test("a long line that nobody wants is passed over in silence, a long one that is wanted is read whole", () => {
    const long = "x".repeat(6 << 20);
    const path = put(`first\n${long}\nlast\n`);
    expect(read(path, { ignores: true })).toMatchObject({ lines: ["first", "last"], overlong: [] });
    expect(read(path).lines).toEqual(["first", long, "last"]);
  });

  test("gzip and Zstandard are unpacked by their first bytes; damage is an error that says so", () => {
    const text = Array.from({ length: 5000 }, (_, index) => `line ${index}\n`).join("");
    const path = put(gzipSync(text), "log.gz");
    expect(read(path).lines).toHaveLength(5000);
    expect(read(path).checkpoints.at(-1)).toMatchObject({ offset: statSync(path).size });
    expect(() => read(put(gzipSync(text).subarray(0, 200), "cut.gz"))).toThrow("the compressed data is damaged");
    expect(read(put(text, "misnamed.gz")).lines).toHaveLength(5000);
  });
});
