/** Objects as JSON has them. */

/** Type guard for JSON objects (not arrays, not null). */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object without its undefined fields: absent and undefined are told apart by content identity, so what is absent stays absent. */
export function presentFields<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  const kept: Partial<T> = {};
  for (const field in value) if (value[field] !== undefined) kept[field] = value[field];
  return kept as T;
}
