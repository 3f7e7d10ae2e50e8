/** The machine, as importers see it. */
import type { ImportEnvironment } from "../importers/index.ts";
import type { Machine } from "./command-context.ts";

export async function importEnvironment(machine: Machine): Promise<ImportEnvironment> {
  const { openSourceDatabase } = await import("../ledger/index.ts");
  return {
    platform: machine.platform,
    homeDirectory: machine.homeDirectory ?? "",
    variables: machine.variables,
    openDatabase: openSourceDatabase,
  };
}
