/**
 * A session's cookie is the browser's own affair. Where it can't keep one (a page that came without TLS from another machine), the key is
 * kept here for as long as the page is open: never in storage, where it would outlive the tab.
 */
let key: string | undefined;

export function presentedKey(): string | undefined {
  return key;
}

export function presentKey(shown: string | undefined): void {
  key = shown;
}
