import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import { compiledRooms } from "./compiled-rooms.ts";

let ledgerDoor = "";
beforeAll(() => {
  ledgerDoor = compiledRooms().ledger;
}, 120_000);

function run(script: string): string {
  return execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

describe("the optional package pg", () => {
  it("is not loaded for a book in SQLite", () => {
    const loaded = run(`
      import Module from "node:module";
      import { openLedger } from ${JSON.stringify(ledgerDoor)};
      const ledger = await openLedger("sqlite::memory:");
      await ledger.record({ id: "1", timestampMs: 0, provider: "p", model: "m", tokens: { input: 1 }, source: "library" });
      await ledger.close();
      const paths = [...Object.keys(Module._cache), ...process.moduleLoadList];
      console.log(paths.filter((path) => /node_modules.pg|node:net|NativeModule net$/.test(path)).join());`);
    expect(loaded.trim()).toBe("");
  });

  it("is asked for in one sentence where it is missing", () => {
    const hook = `export const resolve = (name, context, next) => {
      if (name === "pg") throw Object.assign(new Error("not found"), { code: "ERR_MODULE_NOT_FOUND" });
      return next(name, context);
    };`;
    const told = run(`
      import { register } from "node:module";
      register("data:text/javascript," + encodeURIComponent(${JSON.stringify(hook)}));
      const { openLedger } = await import(${JSON.stringify(ledgerDoor)});
      const error = await openLedger("postgresql://ada:secret@host/book").catch((reason) => reason);
      console.log(error.code, error.message);`);
    expect(told.trim()).toBe(
      "DATABASE_ERROR A book on PostgreSQL needs the package pg, which is not installed; run `npm install pg@8.23.1`.",
    );
  });
});
