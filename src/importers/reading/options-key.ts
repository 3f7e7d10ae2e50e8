/** Which options a file was read with, kept in its last checkpoint. */
import type { ImportOptions } from "../importer.ts";

/** The options as text; "" for none. */
export function optionsKey(options: ImportOptions): string {
  const { columns, ...rest } = options;
  const entries = [...Object.entries(rest), ...Object.entries(columns ?? {}).map(([field, heading]) => [`columns.${field}`, heading])];
  const told = entries.filter(([, value]) => value !== undefined).sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return told.length === 0 ? "" : JSON.stringify(told);
}

/** For importers whose last checkpoint's state is the key, or begins with something else and a space. */
export function wasReadWith(options: ImportOptions, state: string | undefined): boolean {
  const key = optionsKey(options);
  return key === "" ? !(state ?? "").endsWith("]") : (state ?? "").endsWith(key);
}
