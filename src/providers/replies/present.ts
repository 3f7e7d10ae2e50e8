/** Optional fields that have no value are left out. */

type Undefinable<T> = { [Name in keyof T]: T[Name] | undefined };

/** The same object without its undefined fields. */
export function present<T extends object>(fields: Undefinable<T>): T {
  for (const name of Object.keys(fields)) {
    if (fields[name as keyof T] === undefined) delete fields[name as keyof T];
  }
  return fields as T;
}
