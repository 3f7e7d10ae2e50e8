import { dirname } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { compiledRooms } from "../../ledger/compiled-rooms.ts";
import { ENGINE_MUTANTS } from "./engine-mutants.ts";
import { noticed, simulated } from "./mutant.ts";

const ENGINE_SEEDS = 2000;
let compiled = "";
beforeAll(() => {
  compiled = dirname(dirname(compiledRooms().testing));
}, 120_000);

describe(`${ENGINE_MUTANTS.length} faults in pools and windows`, { timeout: 120_000 }, () => {
  it("without a fault, the same seeds pass", async () => {
    expect(await simulated(compiled, "engine", ENGINE_SEEDS)).toBeUndefined();
  });

  it.concurrent.each(ENGINE_MUTANTS)("the simulation notices that $fault", async (mutant) => {
    expect(await noticed(mutant, compiled, "engine", ENGINE_SEEDS)).toMatch(/\S/);
  });
});
