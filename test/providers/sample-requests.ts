/** Small requests of each format, and how they are read or refused. */
import { expect } from "vitest";
import { InvalidInput } from "../../src/errors.ts";
import { type Operation, type ReadRequestOptions, type RequestReading, readRequest } from "../../src/providers/index.ts";

export function read(operation: Operation, body: unknown, options?: ReadRequestOptions): RequestReading {
  return readRequest(operation, Buffer.from(typeof body === "string" ? body : JSON.stringify(body)), options);
}

/** The message with which a request is refused, or `accepted`. */
export function refusal(operation: Operation, body: unknown, options?: ReadRequestOptions): string {
  try {
    read(operation, body, options);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInput);
    return (error as InvalidInput).message;
  }
  return "accepted";
}

const messages = [{ role: "user", content: "Hi" }];
export const chat = { model: "gpt-4o", messages };
export const message = { model: "claude-sonnet-4-5", messages, max_tokens: 100 };
export const contents = [{ role: "user", parts: [{ text: "Hi" }] }];
export const gemini: ReadRequestOptions = { modelInPath: "gemini-2.5-flash" };
