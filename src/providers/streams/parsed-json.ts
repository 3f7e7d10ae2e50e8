/** What can't be parsed tells nothing: `undefined`, which no JSON means. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
