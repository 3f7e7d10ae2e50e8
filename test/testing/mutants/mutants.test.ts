import { dirname } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { compiledRooms } from "../../ledger/compiled-rooms.ts";
import { ENGINE_MUTANTS } from "./engine-mutants.ts";
import { LEDGER_MUTANTS } from "./ledger-mutants.ts";
import { noticed, simulated } from "./mutant.ts";

let compiled = "";
beforeAll(() => {
  compiled = dirname(dirname(compiledRooms().testing));
}, 120_000);

describe.each([
  { kind: "engine", where: "pools and windows", mutants: ENGINE_MUTANTS, seeds: 1000 },
  { kind: "ledger", where: "the book's budgets", mutants: LEDGER_MUTANTS, seeds: 300 },
] as const)("$mutants.length faults in $where", { timeout: 180_000 }, ({ kind, mutants, seeds }) => {
  it("without a fault, the same seeds pass", async () => {
    expect(await simulated(compiled, kind, seeds)).toBeUndefined();
  });

  it.concurrent.each(mutants)("the simulation notices that $fault", async (mutant) => {
    expect(await noticed(mutant, compiled, kind, seeds)).toMatch(/\S/);
  });
});
