/** Logs, traces and prices of real programs, which are too large or not ours to keep here: see TOKENLEDGER_DATA in CONTRIBUTING.md. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe } from "vitest";
import { root } from "./house/repository.ts";

export const dataFolder: string = process.env.TOKENLEDGER_DATA ?? join(root, "../shared/data");

/** The path of a data file or folder, there or not. */
export function dataPath(part: string): string {
  return join(dataFolder, part);
}

export function hasData(part: string): boolean {
  return existsSync(dataPath(part));
}

/** A data file's text, unpacked. */
export function readData(part: string): string {
  const bytes = readFileSync(dataPath(part));
  return (part.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}

/** Runs the tests of `suite` with the path of a data file or folder; where there is none, they are skipped by name. */
export function withData(part: string, suite: (path: string) => void): void {
  describe.skipIf(!hasData(part))(`data/${part} (needs TOKENLEDGER_DATA)`, () => suite(dataPath(part)));
}
