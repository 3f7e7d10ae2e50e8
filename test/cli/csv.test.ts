import { array, assert, constantFrom, oneof, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { csvLine } from "../../src/cli/printing/csv.ts";

/** RFC 4180, read as simply as it is written down. */
function readLine(line: string): string[] {
  const cells: string[] = [];
  let at = 0;
  while (at <= line.length - 2) {
    let cell = "";
    if (line[at] === '"') {
      for (at++; line[at] !== '"' || line[at + 1] === '"'; at++) {
        if (line[at] === '"') at++;
        cell += line[at];
      }
      at++;
    } else {
      while (line[at] !== "," && !line.startsWith("\r\n", at)) cell += line[at++];
    }
    cells.push(cell);
    at++;
  }
  return cells;
}

/** The rule of the apostrophe, undone. */
function withoutApostrophe(cell: string): string {
  return /^'+[=+\-@\t\r\n＝＋－＠]/.test(cell) ? cell.slice(1) : cell;
}

const names = oneof(
  string(),
  array(constantFrom(..."=+-@'\t\r\n,\" a1．＝.")).map((characters) => characters.join("")),
);

describe("CSV", () => {
  it("acceptance G3: whatever a name holds, what is read is what was written", () => {
    assert(
      property(array(names, { minLength: 1 }), (cells) => {
        expect(readLine(csvLine(cells)).map(withoutApostrophe)).toEqual(cells);
      }),
    );
  });

  it("acceptance G3: no text begins like a formula, and no number is touched", () => {
    assert(
      property(names, (name) => {
        const [cell = ""] = readLine(csvLine([name]));
        expect(/^[=+\-@\t\r\n]/.test(cell)).toBe(/^[+-]\d+(\.\d+)?$/.test(name));
      }),
    );
    expect(csvLine([-5, "-5.25", "+1", 0, null, ""])).toBe('-5,-5.25,+1,0,,""\r\n');
  });
});
