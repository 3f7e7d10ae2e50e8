/** The shared data, where this checkout has it: TOKENLEDGER_DATA, or ../shared/data beside it. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

export const checkout: string = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const dataFolder: string = process.env.TOKENLEDGER_DATA ?? resolve(checkout, "../shared/data");

/** True where the file exists; else says once what is skipped. */
export function hasData(path: string): boolean {
  const found = existsSync(join(dataFolder, path));
  if (!found) console.warn(`skipped: ${path} is not in ${dataFolder} (set TOKENLEDGER_DATA).`);
  return found;
}

export function readData(path: string): string {
  const bytes = readFileSync(join(dataFolder, path));
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}
