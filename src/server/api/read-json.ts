/** A request's body as a value: JSON, said to be JSON, and what its route's schema says. */
import type { IncomingMessage } from "node:http";
import { readBody } from "../http/read-body.ts";
import { Refusal } from "../http/refusal.ts";
import { checkValue } from "./check-value.ts";
import type { ApiBody } from "./route.ts";

const USUAL_BYTES = 524_288;

/**
 * @param onBytes told what each piece of the body adds to memory
 * @throws Refusal 400, 413, 415. A page of another site can post a form or plain text without asking, JSON it can't: so the type must be said
 */
export async function readJson(
  request: IncomingMessage,
  { schema, maxBytes = USUAL_BYTES }: ApiBody,
  onBytes: (bytes: number) => void,
): Promise<unknown> {
  if (request.headers["content-type"] === undefined)
    throw new Refusal(415, "unsupported_media_type", "The body must be JSON: send content-type: application/json.");
  const bytes = await readBody(request, { maxBytes, onBytes });
  let body: unknown;
  try {
    body = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw new Refusal(400, "invalid_json", bytes.byteLength === 0 ? "The body is empty; JSON is needed." : "The body is not valid JSON.");
  }
  checkValue(body, schema, "");
  return body;
}
