/** What every file of the dashboard tells browsers (security S15). */

/** Scripts and styles are files of this server; nothing within a page runs, and no other site may show a page or be sent a form. */
const POLICY = [
  ...["default-src 'self'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "object-src 'none'"],
  ...["frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"],
].join("; ");

/** A chart needs none of them. */
const NO_DEVICES = ["camera", "display-capture", "geolocation", "microphone", "midi", "payment", "serial", "usb"]
  .map((device) => `${device}=()`)
  .join(", ");

export const PAGE_HEADERS: readonly string[] = [
  ...["content-security-policy", POLICY],
  ...["x-content-type-options", "nosniff"],
  ...["x-frame-options", "DENY"],
  // What is asked is in the address: it is told to this server alone, whose changes need the header origin.
  ...["referrer-policy", "same-origin"],
  ...["permissions-policy", NO_DEVICES],
  ...["cross-origin-resource-policy", "same-origin"],
];
