/** A configuration file written to a folder of its own, then loaded from there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type LoadedConfig, loadConfig } from "../../src/config/index.ts";
import { ConfigError } from "../../src/errors.ts";

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Runs `work` in a new folder that holds `files`, and removes it. */
export async function inFolder<T>(files: Files, work: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "tokenledger-config-"));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Loads `tokenledger.yaml` with this content. */
export function load(content: string | Uint8Array, variables: Record<string, string> = {}, otherFiles: Files = {}): Promise<LoadedConfig> {
  return inFolder({ ...otherFiles, "tokenledger.yaml": content }, (cwd) =>
    loadConfig({ workingDirectory: cwd, variables, homeDirectory: undefined, platform: "linux", file: "tokenledger.yaml" }),
  );
}

/** The sentence with which this content is refused. */
export async function refusal(
  content: string | Uint8Array,
  variables: Record<string, string> = {},
  otherFiles: Files = {},
): Promise<string> {
  try {
    await load(content, variables, otherFiles);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("The file was accepted.");
}
