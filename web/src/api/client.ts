/** One request to the server, and what can go wrong with it in a form that views can tell. */
import { connection } from "./connection.ts";
import { presentedKey } from "./credentials.ts";

export type Parameters = Readonly<Record<string, string | number | boolean | readonly string[] | null | undefined>>;

export interface Asked {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  parameters?: Parameters;
  body?: object;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

/** What the server has said no with, or that it could not be reached. */
export class ApiError extends Error {
  /** 0 where there was no answer. */
  readonly status: number;
  readonly code: string;
  /** The parameter or field that is wrong. */
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { status, code, field, retryAfterMs }: Pick<ApiError, "status" | "code"> & Partial<ApiError>) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.field = field;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether asking again, without anybody doing anything, may help. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

/**
 * The document at the path, or undefined where the server answers without one (204).
 *
 * @throws ApiError
 */
export async function askServer<Document>(path: string, asked: Asked = {}): Promise<Document> {
  const response = await fetchFromServer(path, asked);
  if (response.status === 204) return undefined as Document;
  try {
    return (await response.json()) as Document;
  } catch (error) {
    if (asked.signal?.aborted) throw error;
    void connection.doubted();
    throw new ApiError("The server's answer broke off.", { status: 0, code: "broken_off" });
  }
}

/** The answer itself, once it is a good one. @throws ApiError */
export async function fetchFromServer(path: string, asked: Asked = {}): Promise<Response> {
  const { method = "GET", parameters = {}, body, headers = {}, signal } = asked;
  const key = presentedKey();
  let response: Response;
  try {
    response = await fetch(path + queryText(parameters), {
      method,
      credentials: "same-origin",
      cache: "no-store",
      headers: {
        ...headers,
        ...(body && { "content-type": "application/json" }),
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    connection.lost();
    throw new ApiError("The server can't be reached.", { status: 0, code: "unreachable" });
  }
  if (!response.ok) throw await refusalIn(response);
  connection.reached();
  return response;
}

/** As the query of a path, with its question mark; several values repeat the name, an empty one asks for records without one. */
export function queryText(parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

const GATEWAY_FAILURES = new Set([502, 504]);

async function refusalIn(response: Response): Promise<ApiError> {
  const { status, headers } = response;
  const told: { error?: { code?: string; message?: string; field?: string } } = await response.json().catch(() => ({}));
  const { code = "unknown", message = `The server answered ${status}.`, field } = told.error ?? {};
  if (status === 401) connection.expired();
  else if (code === "closing" || GATEWAY_FAILURES.has(status)) connection.lost();
  else connection.reached();
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return new ApiError(message, {
    status,
    code,
    ...(field !== undefined && { field }),
    ...(Number.isFinite(seconds) && { retryAfterMs: seconds * 1_000 }),
  });
}
