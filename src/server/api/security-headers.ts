/** What every answer of the API tells browsers. */

/** Nothing that is answered here is a page, and none of it is for a cache or another site. */
export const SECURITY_HEADERS: readonly string[] = [
  ...["content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"],
  ...["x-content-type-options", "nosniff"],
  ...["x-frame-options", "DENY"],
  ...["referrer-policy", "no-referrer"],
  ...["cross-origin-resource-policy", "same-origin"],
  ...["cache-control", "no-store"],
];
