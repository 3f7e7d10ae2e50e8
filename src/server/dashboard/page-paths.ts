/** The paths that are pages. What is below them is the page's own business: it asks the API, or says that there is nothing. */

/** First segments; the overview has none. */
export const PAGES: readonly string[] = [
  ...["explore", "rhythm", "models", "why", "budgets", "savings", "live", "requests", "keys", "prices"],
];

const KNOWN: ReadonlySet<string> = new Set(PAGES);

export function isPage(path: string): boolean {
  if (path === "/") return true;
  const end = path.indexOf("/", 1);
  return KNOWN.has(path.slice(1, end === -1 ? undefined : end));
}
