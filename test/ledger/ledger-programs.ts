/** Programs that use the ledger in processes of their own: written as text in the test, run against the compiled rooms. */
import { type ChildProcess, spawn } from "node:child_process";
import { beforeAll } from "vitest";
import { compiledRooms } from "./compiled-rooms.ts";

export type RunProgram = (body: string, args: readonly (string | number)[]) => ChildProcess;

/** @param prelude stands before every program; `openLedger` is imported already */
export function ledgerPrograms(prelude: string): RunProgram {
  let ledgerDoor = "";
  beforeAll(() => {
    ledgerDoor = compiledRooms().ledger;
  }, 120_000);
  return (body, args) => {
    const script = `import { openLedger } from ${JSON.stringify(ledgerDoor)};${prelude}\n${body}`;
    return spawn(process.execPath, ["--input-type=module", "-e", script, ...args.map(String)], { stdio: ["ignore", "ignore", "pipe"] });
  };
}

/** How a program ended, and what it said on the way. */
export function ended(child: ChildProcess): Promise<{ code: number | null; complaint: string }> {
  let complaint = "";
  child.stderr?.on("data", (chunk) => {
    complaint += chunk;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, complaint })));
}

export async function complaintOf(child: ChildProcess): Promise<string> {
  return (await ended(child)).complaint;
}

export async function until(condition: () => boolean): Promise<void> {
  // Asking without a pause would take the processor from those who are waited for.
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
