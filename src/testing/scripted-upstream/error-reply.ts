/** Errors as each service writes them. */
const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  529: "overloaded_error",
};
const GEMINI_STATUSES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  503: "UNAVAILABLE",
};

export type PathFormat = "openai" | "anthropic" | "gemini";

export function formatOf(path: string): PathFormat {
  if (/\/messages(?:\/|$)/.test(path)) return "anthropic";
  return /\/v1(?:beta|alpha)\b|:[a-zA-Z]+$/.test(path) ? "gemini" : "openai";
}

export function errorDocument(format: PathFormat, status: number, message: string): object {
  if (format === "anthropic") return { type: "error", error: { type: ANTHROPIC_TYPES[status] ?? "api_error", message } };
  if (format === "gemini") return { error: { code: status, message, status: GEMINI_STATUSES[status] ?? "INTERNAL" } };
  const type = status === 429 ? "requests" : status < 500 ? "invalid_request_error" : "server_error";
  return { error: { message, type, param: null, code: status === 429 ? "rate_limit_exceeded" : null } };
}

/** An error that a stream tells after it has begun well. */
export function errorEvent(format: PathFormat, message: string): string {
  const document = errorDocument(format, format === "anthropic" ? 529 : 503, message);
  if (format === "anthropic") return `event: error\ndata: ${JSON.stringify(document)}\n\n`;
  return `data: ${JSON.stringify(document)}\n\n`;
}
