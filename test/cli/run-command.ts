/** Runs the built command as users do: a process of its own, with an environment of its own. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { root } from "../house/repository.ts";

export const MAIN: string = join(root, "dist", "cli", "main.js");

export interface Finished {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A home of its own, removed after the tests of the file. */
export class Machine {
  readonly folder: string = mkdtempSync(join(tmpdir(), "tokenledger-cli-"));
  readonly book: string = join(this.folder, "book.db");

  constructor() {
    afterAll(() => rmSync(this.folder, { recursive: true, force: true }));
    mkdirSync(join(this.folder, "work"));
  }

  get environment(): Record<string, string> {
    return {
      PATH: process.env.PATH ?? "",
      HOME: this.folder,
      TZ: "UTC",
      TOKENLEDGER_DATABASE_URL: `sqlite://${this.book}`,
      TOKENLEDGER_NOW: "2026-02-10T12:00:00Z",
    };
  }

  run(words: readonly string[], more: { env?: Record<string, string | undefined>; timeoutMs?: number } = {}): Finished {
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
      encoding: "utf8",
      cwd: join(this.folder, "work"),
      env: { ...this.environment, ...more.env },
      timeout: more.timeoutMs ?? 60_000,
      maxBuffer: 1 << 28,
    });
    return { exitCode: status, signal, stdout, stderr };
  }

  /** Runs with `--json`, and gives the document back. */
  json(words: readonly string[]): Record<string, never> {
    const { stdout, stderr } = this.run([...words, "--json"]);
    try {
      return JSON.parse(stdout);
    } catch {
      throw new Error(`no JSON from ${words.join(" ")}: ${stderr}`);
    }
  }

  /** Starts without waiting: for signals and closed pipes. */
  start(words: readonly string[]): ReturnType<typeof spawn> {
    return spawn(process.execPath, [MAIN, ...words], {
      cwd: join(this.folder, "work"),
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** A file in the working folder of the commands; gives its path. */
  file(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, "work", name);
    writeFileSync(path, content);
    return path;
  }

  /** Imports records in the record form. */
  importRecords(records: readonly object[]): Finished {
    return this.run(["import", "jsonl", this.file("records.jsonl", records.map((record) => `${JSON.stringify(record)}\n`).join(""))]);
  }
}

let nextId = 0;

/** A record in the record form, with what a test does not care about filled in. */
export function recordForm(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: `record-${nextId++}`,
    timestamp: "2026-01-15T10:00:00Z",
    provider: "openai",
    model: "gpt-4o",
    input_tokens: 1000,
    output_tokens: 100,
    ...fields,
  };
}

/** Acceptance G1's three records, and one on the first instant of the next month. */
export const JANUARY: readonly Record<string, unknown>[] = [
  recordForm({
    id: "g1-a",
    timestamp: "2026-01-01T00:00:00.000Z",
    team: "engineering",
    user: "ada",
    project: "storefront",
    cost_usd: "0.06",
    latency_ms: 1000,
  }),
  recordForm({ id: "g1-b", timestamp: "2026-01-31T23:59:59.999Z", team: "engineering", user: "bruno", cost_usd: "0.04", latency_ms: 2000 }),
  recordForm({
    id: "g1-c",
    timestamp: "2026-01-15T12:00:00.000Z",
    team: "research",
    provider: "anthropic",
    model: "claude-sonnet-4-5",
    cost_usd: "0.1",
  }),
  recordForm({ id: "g1-d", timestamp: "2026-02-01T00:00:00.000Z", team: "research", cost_usd: "7" }),
];
