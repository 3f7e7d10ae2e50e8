/** Secrets of a definition that the book keeps sealed: here they are texts that nobody looks into. */

const SEALED = /^sealed:\d{1,3}:[0-9a-f]{8}:[A-Za-z0-9_-]+$/;

/** Whether a webhook's address or secret is a text that the book has sealed, and that did not open. */
export function isSealed(value: unknown): value is string {
  return typeof value === "string" && SEALED.test(value);
}
