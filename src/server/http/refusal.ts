/** "Answer this status": what a check throws when a request goes no further. */

export interface RefusalOptions {
  /** After so long the same request may pass. */
  retryAfterMs?: number;
  /** Headers of the answer, names and values in turn. */
  headers?: readonly string[];
  /** The field or parameter that is wrong. */
  field?: string;
}

/** The message is for the client: it holds nothing but what the client has sent, and what is accepted. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterMs: number | undefined;
  readonly headers: readonly string[];
  readonly field: string | undefined;

  constructor(status: number, code: string, message: string, options: RefusalOptions = {}) {
    super(message);
    this.name = "Refusal";
    this.status = status;
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.headers = options.headers ?? [];
    this.field = options.field;
  }
}

/** Where no provider's format is known, OpenAI's: most clients read it. */
export function refusalBody(refusal: Refusal): string {
  return JSON.stringify({
    error: {
      message: refusal.message,
      type: refusal.status < 500 ? "invalid_request_error" : "server_error",
      param: null,
      code: refusal.code,
    },
  });
}
