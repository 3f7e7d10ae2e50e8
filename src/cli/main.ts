#!/usr/bin/env node
import { writeSync } from "node:fs";
import { runCommandLine } from "./program.ts";

try {
  await runCommandLine(process.argv.slice(2));
} catch (error) {
  await fail(error as { code?: unknown; stack?: string });
}

async function fail(error: { code?: unknown; stack?: string }): Promise<void> {
  // Whoever closed our output has seen enough.
  if (error.code === "EPIPE") return;
  const { describeFailure } = await import("./failures.ts");
  const { message, exitCode } = describeFailure(error);
  process.exitCode = exitCode;
  writeSync(2, `tokenledger: ${message}\n${process.env.TOKENLEDGER_DEBUG ? `${error.stack}\n` : ""}`);
}
