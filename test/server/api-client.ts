/** Asks a running gateway's API, as programs do. */
import type { RunningGateway } from "./running-gateway.ts";

export interface Asked {
  /** Absent: nobody's, which on this machine is an admin's. */
  key?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Answered {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what comes over the wire is compared field by field.
  body: any;
}

export async function ask(gateway: Pick<RunningGateway, "url">, method: string, path: string, asked: Asked = {}): Promise<Answered> {
  const { key, body, headers = {} } = asked;
  const response = await fetch(`${gateway.url}${path}`, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
}

/** A record as it is posted; each number makes another one. */
export function usageForm(number: number, part: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: `call-${number}`,
    timestamp: new Date(Date.UTC(2026, 4, 1) + number * 1000).toISOString(),
    provider: "openai",
    model: "gpt-4o",
    input_tokens: 1000 + number,
    output_tokens: 10,
    ...part,
  };
}
