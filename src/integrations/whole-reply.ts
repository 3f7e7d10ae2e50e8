/** A reply that is not streamed: read before anybody gets it. */
import { type Operation, type Reading, readReply } from "../providers/index.ts";
import type { ReadBody } from "./read-response.ts";

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json/i;

export async function bodyOf(response: Response, contentType: string | undefined): Promise<ReadBody> {
  if (contentType === undefined || !JSON_TYPE.test(contentType)) return { bytes: new Uint8Array(await response.arrayBuffer()) };
  const text = await response.text();
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    return { text };
  }
}

export function readingOf({ text, bytes, value }: ReadBody, response: Response, operation: Operation): Reading {
  const whole = typeof value === "object" && value !== null && !Array.isArray(value) ? value : (bytes ?? Buffer.from(text ?? ""));
  const reading = readReply(whole, { operation });
  if (reading.usage !== undefined) return reading;
  const headers = usageHeaders(response);
  return headers === undefined ? reading : readReply(whole, { operation, headers });
}

/** Asked for only where nothing else tells of usage. */
export function lengthOf({ text = "", bytes }: ReadBody, { usage }: Reading): number {
  return usage === undefined ? (bytes?.length ?? Buffer.byteLength(text)) : 0;
}

/** Amazon's: token counts of models that tell none in their replies. */
const USAGE_HEADERS = ["x-amzn-bedrock-input-token-count", "x-amzn-bedrock-output-token-count"];

function usageHeaders({ headers }: Response): Record<string, string> | undefined {
  let told: Record<string, string> | undefined;
  for (const name of USAGE_HEADERS) {
    const value = headers.get(name);
    if (value === null) continue;
    told ??= {};
    told[name] = value;
  }
  return told;
}
