/** Child processes that use the compiled library, as users' programs do. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const programs = join(dirname(fileURLToPath(import.meta.url)), "programs");

export interface Program {
  child: ChildProcess;
  /** Once it has ended, by itself or killed. */
  ended: Promise<{ code: number | null; printed: string; complaint: string }>;
}

/** Starts test/guarantees/programs/`name`.mjs. @param before a command that runs it, such as strace and its arguments */
export function startProgram(name: string, args: readonly (string | number)[], before: readonly string[] = []): Program {
  const command = [...before, process.execPath, join(programs, `${name}.mjs`), ...args.map(String)];
  const child = spawn(command[0] as string, command.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
  const heard = { printed: "", complaint: "" };
  child.stdout?.on("data", (chunk) => {
    heard.printed += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    heard.complaint += chunk;
  });
  const ended = new Promise<{ code: number | null; printed: string; complaint: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, ...heard })),
  );
  return { child, ended };
}

/** Waits until `condition` holds, for so long at most. Answers whether it does. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<boolean> {
  const startMs = performance.now();
  for (;;) {
    if (await condition()) return true;
    if (performance.now() - startMs > withinMs) return false;
    // Asking without a pause would take the processor from those who are waited for.
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The whole lines of a file; a last one without its end was being written when its writer was killed. */
export function linesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8").split("\n").slice(0, -1);
}
