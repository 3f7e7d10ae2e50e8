/** Samples and traces of real programs, where this machine has them: see TOKENLEDGER_DATA in CONTRIBUTING.md. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";

const DATA = process.env.TOKENLEDGER_DATA ?? join(import.meta.dirname, "../../../shared/data");

/** Runs `suite` with the path of a data file or folder; where there is none, it is skipped by name. */
export function withData(part: string, suite: (path: string) => void): void {
  const path = join(DATA, part);
  describe.skipIf(!existsSync(path))(`data/${part} (needs TOKENLEDGER_DATA)`, () => suite(path));
}
