#!/usr/bin/env node
import { writeSync } from "node:fs";
import { buildProgram } from "./program.ts";

const words = process.argv.slice(2);
try {
  await (await buildProgram(words)).parseAsync(words, { from: "user" });
} catch (error) {
  await fail(error as { code?: unknown; exitCode?: unknown; stack?: string });
}

async function fail(error: { code?: unknown; exitCode?: unknown; stack?: string }): Promise<void> {
  // Help and version end parsing this way; and whoever closed our output has seen enough.
  if (error.exitCode === 0 || error.code === "EPIPE") {
    process.exitCode = 0;
    return;
  }
  const { describeFailure } = await import("./failures.ts");
  const { message, exitCode } = describeFailure(error);
  process.exitCode = exitCode;
  writeSync(2, `tokenledger: ${message}\n${process.env.TOKENLEDGER_DEBUG ? `${error.stack}\n` : ""}`);
}
